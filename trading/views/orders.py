"""Orders: the list with its filter, one order's whole history, and its cancel."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from arbion.domain.enums import OPEN, OrderStatus
from trading import selectors
from trading.execution.cancel import request_cancel
from trading.models import Order
from trading.views.door import PersonRequest, door, wants_fragment

PAGE_LENGTH = 50
STATES = [
    ("", "All states"),
    ("open", "Open"),
    *((value, label) for value, label in OrderStatus.choices if value != OrderStatus.INITIALIZED),
]


@door
@require_GET
def orders(request: PersonRequest) -> HttpResponse:
    """The person's orders, newest first, by symbol and state."""
    filters = {"symbol": request.GET.get("symbol", "").strip()[:24].upper(), "status": request.GET.get("status", "")}
    found = selectors.orders(request.user)
    if filters["symbol"]:
        found = found.filter(instrument__symbol__startswith=filters["symbol"])
    if filters["status"] == "open":
        found = found.filter(status__in=OPEN)
    elif filters["status"] in OrderStatus.values:
        found = found.filter(status=filters["status"])
    page = Paginator(found, PAGE_LENGTH).get_page(request.GET.get("page"))
    context = {"section": "orders", "page": page, "filters": filters, "states": STATES}
    return render(request, "trading/orders.html", context)


@door
@require_GET
def order(request: PersonRequest, order_id: str) -> HttpResponse:
    """One order with all that happened to it."""
    found = selectors.order_of(request.user, order_id)
    return render(request, "trading/order.html", {"section": "orders", **_history(found)})


@door
@require_GET
def history(request: PersonRequest, order_id: str) -> HttpResponse:
    """The history alone, fetched again when something happened."""
    found = selectors.order_of(request.user, order_id)
    return render(request, "trading/partials/order_history.html", _history(found))


@door
@require_POST
def cancel(request: PersonRequest, order_id: str) -> HttpResponse:
    """Ask the venue to cancel the order."""
    asked = request_cancel(selectors.order_of(request.user, order_id), actor=request.user)
    if wants_fragment(request):
        return render(request, "trading/partials/status.html", {"order": asked})
    messages.success(request, f"Cancel of {asked.get_side_display().lower()} {asked.instrument.symbol} was asked.")
    return redirect("trading:order", asked.pk)


def _history(found: Order) -> dict[str, object]:
    return {
        "order": found,
        "events": selectors.events(found),
        "fills": found.fills.select_related("instrument").order_by("id"),
        "ledger_lines": selectors.transfers_of(found),
    }
