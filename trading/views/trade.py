"""One symbol: its chart, the order ticket, and what the person has and wants of it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from arbion.domain.enums import Interval
from arbion.domain.errors import ArbionError, InvalidInput
from marketdata import quotes
from marketdata.instruments import get_instrument
from marketdata.models import Instrument
from trading import selectors
from trading.books.opening import ensure_simulated_account
from trading.execution.place import place_order
from trading.execution.preview import as_json, preview_order
from trading.forms import TicketForm
from trading.throttle import count_order
from trading.views.door import PersonRequest, door, wants_fragment

FIRST_SYMBOL = "AAPL"
FILLS_SHOWN = 20


@door
@require_GET
def home(request: PersonRequest) -> HttpResponse:
    """The symbol that the person traded last, or a well-known one."""
    last = selectors.orders(request.user).first()
    return redirect("trading:trade", last.instrument.symbol if last else FIRST_SYMBOL)


@door
@require_http_methods(["GET", "POST"])
def trade(request: PersonRequest, symbol: str) -> HttpResponse:
    """The page of a symbol; a POST is the ticket, reviewed first and then placed."""
    instrument = get_instrument(symbol)
    if instrument.symbol != symbol:
        return redirect("trading:trade", instrument.symbol)
    if request.method == "GET":
        form = TicketForm.fresh(instrument, side=request.GET.get("side", ""))
        return render(request, "trading/trade.html", page_context(request, instrument, form=form))
    form = TicketForm(request.POST)
    if request.POST.get("step") == "place":
        return _place(request, instrument, form=form)
    preview = _preview(request, instrument, form=form)
    reviewing = preview is not None and request.POST.get("step") == "review"
    return _ticket(request, instrument, form=form, preview=preview, reviewing=reviewing)


@door
@require_POST
def estimate(request: PersonRequest, symbol: str) -> HttpResponse:
    """What the ticket would cost as it stands, for a script that asks while one types."""
    form = TicketForm(request.POST)
    preview = _preview(request, get_instrument(symbol), form=form)
    problem = next((texts[0] for texts in form.errors.values()), "") if form.errors else ""
    context = {"preview": preview, "problem": problem, "has_size": bool(request.POST.get("size", "").strip())}
    return render(request, "trading/partials/estimate_now.html", context)


@door
@require_GET
def position(request: PersonRequest, symbol: str) -> HttpResponse:
    """The position in the symbol, fetched again when it changes."""
    instrument = get_instrument(symbol)
    held = selectors.position(ensure_simulated_account(request.user), instrument)
    return render(request, "trading/partials/position.html", {"instrument": instrument, "position": held})


@door
@require_GET
def working(request: PersonRequest, symbol: str) -> HttpResponse:
    """Open orders in the symbol, fetched again when they change."""
    found = selectors.open_orders(request.user).filter(instrument=get_instrument(symbol))
    return render(request, "trading/partials/open_orders.html", {"open_orders": found})


@door
@require_GET
def fills(request: PersonRequest, symbol: str) -> HttpResponse:
    """Executions in the symbol, fetched again when there are new ones."""
    found = selectors.fills(request.user).filter(instrument=get_instrument(symbol))[:FILLS_SHOWN]
    return render(request, "trading/partials/fills.html", {"fills": found})


def page_context(request: PersonRequest, instrument: Instrument, **more: Any) -> dict[str, Any]:
    """Everything that the page of a symbol shows."""
    account = ensure_simulated_account(request.user)
    quote = quotes.latest_of(instrument)
    interval = request.GET.get("interval", "")
    return {
        "section": "trade",
        "instrument": instrument,
        "quote": quote,
        "change_percent": quotes.change_percent(quote) if quote else None,
        "interval": interval if interval in Interval.values else Interval.M5.value,
        "intervals": Interval.values,
        "position": selectors.position(account, instrument),
        "open_orders": selectors.open_orders(request.user).filter(instrument=instrument),
        "fills": selectors.fills(request.user).filter(instrument=instrument)[:FILLS_SHOWN],
        **more,
    }


def _preview(request: PersonRequest, instrument: Instrument, *, form: TicketForm) -> dict[str, Any] | None:
    account = ensure_simulated_account(request.user)
    instruction = form.instruction(user=request.user, account=account, instrument=instrument)
    if instruction is None:
        return None
    try:
        return as_json(preview_order(instruction))
    except InvalidInput as refusal:
        form.show(refusal)
    except ArbionError as refusal:
        form.show(InvalidInput(refusal.detail))
    return None


def _place(request: PersonRequest, instrument: Instrument, *, form: TicketForm) -> HttpResponse:
    account = ensure_simulated_account(request.user)
    instruction = form.instruction(user=request.user, account=account, instrument=instrument)
    if instruction is None:
        return _ticket(request, instrument, form=form)
    count_order(instruction)
    try:
        placed = place_order(instruction)
    except InvalidInput as refusal:
        form.show(refusal)
        return _ticket(request, instrument, form=form)
    if not wants_fragment(request):
        return redirect("trading:order", placed.order.pk)
    return render(request, "trading/partials/placed.html", {"order": placed.order, "instrument": instrument})


def _ticket(request: PersonRequest, instrument: Instrument, *, form: TicketForm, **more: Any) -> HttpResponse:
    """The ticket again: alone for a script, within its page otherwise; 422 where something is wrong with it."""
    status = 422 if form.errors else 200
    if wants_fragment(request):
        context = {"instrument": instrument, "form": form, **more}
        return render(request, "trading/partials/ticket.html", context, status=status)
    context = page_context(request, instrument, form=form, **more)
    return render(request, "trading/trade.html", context, status=status)
