"""Orders: the list with its filters, one order's whole history, its change and its cancel."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from arbion.domain.enums import OPEN, GroupRole, OrderStatus
from arbion.domain.errors import ArbionError, NotFound
from brokers.accounts import account_of, accounts_of, archived_accounts_of
from trading import selectors
from trading.execution.cancel import request_cancel
from trading.execution.replace import request_replace
from trading.forms.change import ChangeForm
from trading.models import Order
from trading.templatetags.orders import title
from trading.views.door import PersonRequest, door, wants_fragment

PAGE_LENGTH = 50
PARTS = {role.value: number for number, role in enumerate(GroupRole)}
TABS = {
    "": ("All", None),
    "open": ("Open", OPEN - {OrderStatus.INITIALIZED}),
    "held": ("Held", {OrderStatus.HELD}),
    "filled": ("Filled", {OrderStatus.FILLED}),
    "canceled": ("Canceled", {OrderStatus.CANCELED, OrderStatus.EXPIRED}),
    "refused": ("Refused", {OrderStatus.DENIED, OrderStatus.REJECTED}),
}


@door
@require_GET
def orders(request: PersonRequest) -> HttpResponse:
    """The person's orders, newest first, by state, symbol, account and words."""
    filters = filters_of(request)
    found = with_parts(found_orders(request, filters))
    page = Paginator(found, PAGE_LENGTH).get_page(request.GET.get("page"))
    context = {
        "section": "orders",
        "page": page,
        "orders": in_their_groups(page.object_list),
        "filters": filters,
        "is_filtered": any(filters.values()),
        "tabs": [(value, label) for value, (label, _) in TABS.items()],
        "accounts": [*accounts_of(request.user), *archived_accounts_of(request.user)],
    }
    name = "trading/partials/orders.html" if wants_fragment(request) else "trading/orders.html"
    return render(request, name, context)


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
    messages.success(request, f"Cancel of {title(asked)[0].lower()}{title(asked)[1:]} was asked.")
    return redirect("trading:order", asked.pk)


@door
@require_http_methods(["GET", "POST"])
def replace(request: PersonRequest, order_id: str) -> HttpResponse:
    """The order's size and prices as a form; a POST asks the venue for the new ones."""
    found = selectors.order_of(request.user, order_id)
    if request.method == "GET":
        return _change(request, found, ChangeForm(order=found))
    form = ChangeForm(request.POST, order=found)
    changes = form.changes()
    if not changes:
        return _change(request, found, form, status=422)
    try:
        asked = request_replace(
            found,
            actor=request.user,
            quantity=changes.get("quantity"),
            limit_price=changes.get("limit_price"),
            stop_price=changes.get("stop_price"),
        )
    except ArbionError as refusal:
        form.show(refusal)
        return _change(request, found, form, status=422)
    if wants_fragment(request):
        return render(request, "trading/partials/status.html", {"order": asked})
    messages.success(request, "The change was asked of the exchange. The timeline says what came of it.")
    return redirect("trading:order", asked.pk)


def filters_of(request: PersonRequest) -> dict[str, str]:
    """What the address asks for, cut to what can be meant."""
    status = request.GET.get("status", "")
    return {
        "symbol": request.GET.get("symbol", "").strip()[:24].upper(),
        "search": request.GET.get("search", "").strip()[:60],
        "account": request.GET.get("account", "")[:36],
        "status": status if status in TABS else "",
    }


def found_orders(request: PersonRequest, filters: dict[str, str]) -> QuerySet[Order]:
    """The person's orders that fit the filters, newest first; an account that is not the person's has none."""
    found = selectors.orders(request.user)
    states = TABS[filters["status"]][1]
    if states is not None:
        found = found.filter(status__in=states)
    if filters["symbol"]:
        found = found.filter(instrument__symbol__startswith=filters["symbol"])
    if filters["account"]:
        try:
            found = found.filter(account=account_of(request.user, filters["account"]))
        except NotFound:
            return found.none()
    return found.filter(_says(filters["search"])) if filters["search"] else found


def with_parts(found: QuerySet[Order]) -> QuerySet[Order]:
    """The orders with their groups and legs, as a list shows them."""
    return found.select_related("group").prefetch_related("legs__instrument")


def in_their_groups(found: Iterable[Order]) -> list[Order]:
    """The same orders; those of a group stand where its newest stands, the entry first."""
    rows = list(found)
    place: dict[object, int] = {}
    for number, order in enumerate(rows):
        place.setdefault(order.group_id or order.pk, number)
    return sorted(rows, key=lambda order: (place[order.group_id or order.pk], PARTS.get(order.group_role, len(PARTS))))


def _says(text: str) -> Q:
    """Orders whose instrument, words or ids contain the text."""
    says = Q(instrument__symbol__icontains=text) | Q(instrument__name__icontains=text)
    says |= Q(intent__words__icontains=text) | Q(venue_order_id__iexact=text)
    try:
        return says | Q(pk=UUID(text))
    except ValueError:
        return says


def _change(request: PersonRequest, found: Order, form: ChangeForm, *, status: int = 200) -> HttpResponse:
    name = "trading/partials/change_form.html" if wants_fragment(request) else "trading/change.html"
    return render(request, name, {"section": "orders", "order": found, "form": form}, status=status)


def _history(found: Order) -> dict[str, object]:
    siblings: list[Order] = []
    if found.group_id is not None:
        group = with_parts(selectors.orders(found.account.user)).filter(group_id=found.group_id)
        siblings = list(group.exclude(pk=found.pk).order_by("created_at", "id"))
    return {
        "order": found,
        "events": selectors.events(found),
        "fills": found.fills.select_related("instrument").order_by("id"),
        "legs": list(found.legs.select_related("instrument")) if found.is_package else [],
        "siblings": siblings,
        "ledger_lines": selectors.transfers_of(found),
    }
