"""One symbol: its chart, the order ticket, and what the person has and wants of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from arbion.domain.enums import Interval
from arbion.domain.errors import InvalidInput
from arbion.lib.clock import SYSTEM
from marketdata import hours, quotes
from marketdata.models import CorporateAction, CorporateStatus, Instrument
from marketdata.options.contracts import bring, terms_of
from trading import selectors
from trading.books.opening import ensure_simulated_account
from trading.contracts import instrument_called
from trading.execution.exercise import exercise as exercise_options
from trading.forms import TicketForm
from trading.forms.exercise import ExerciseForm
from trading.forms.ticket import Standing
from trading.models import OptionExercise, Order, WishStatus
from trading.views import ticket
from trading.views.door import PersonRequest, door, wants_fragment
from trading.views.orders import in_their_groups, with_parts

FIRST_SYMBOL = "AAPL"
FILLS_SHOWN = 20
ACTIONS_SHOWN = 4


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
    instrument = bring(symbol)
    if instrument.symbol != symbol:
        return redirect("trading:trade", instrument.symbol)
    standing = ticket.standing_of(request, instrument)
    if request.method == "GET":
        form = TicketForm.fresh(standing, side=request.GET.get("side", ""))
        return render(request, "trading/trade.html", page_context(request, instrument, form=form))
    if request.POST.get("step") == "size":
        return _sized(request, standing)
    form = TicketForm(request.POST, standing=standing)
    if request.POST.get("step") == "place":
        order = ticket.place(request, form)
        return _ticket(request, form) if order is None else ticket.answer(request, order, instrument=instrument)
    shown = ticket.previews(request, form)
    return _ticket(request, form, reviewing=bool(shown) and request.POST.get("step") == "review", **shown)


@door
@require_GET
def position(request: PersonRequest, symbol: str) -> HttpResponse:
    """The position in the symbol, fetched again when it changes."""
    context = _position(request, instrument_called(symbol))
    return render(request, "trading/partials/position.html", context)


@door
@require_GET
def working(request: PersonRequest, symbol: str) -> HttpResponse:
    """Open orders in the symbol, fetched again when they change."""
    context = {"open_orders": _working(request, instrument_called(symbol))}
    return render(request, "trading/partials/open_orders.html", context)


@door
@require_GET
def fills(request: PersonRequest, symbol: str) -> HttpResponse:
    """Executions in the symbol, fetched again when there are new ones."""
    found = selectors.fills(request.user).filter(instrument=instrument_called(symbol))[:FILLS_SHOWN]
    return render(request, "trading/partials/fills.html", {"fills": found})


@door
@require_POST
def exercise(request: PersonRequest, symbol: str) -> HttpResponse:
    """Exercise contracts that one holds; a refusal stands beside the number."""
    instrument = instrument_called(symbol)
    form = ExerciseForm(request.POST, auto_id="exercise_%s")
    if form.is_valid():
        values = form.cleaned_data
        try:
            wish = exercise_options(
                ensure_simulated_account(request.user),
                symbol=instrument.symbol,
                quantity=values["quantity"],
                client_key=values["client_order_id"],
                actor=request.user,
            )
        except InvalidInput as refusal:
            form.show(refusal)
        else:
            _say(request, wish)
            return redirect("trading:trade", instrument.symbol)
    ticket_form = TicketForm.fresh(ticket.standing_of(request, instrument))
    context = page_context(request, instrument, form=ticket_form, exercise=form)
    return render(request, "trading/trade.html", context, status=422)


def _say(request: PersonRequest, wish: OptionExercise) -> None:
    if wish.status == WishStatus.REFUSED:
        messages.error(request, f"The exchange refused it: {wish.refusal_reason}")
    else:
        messages.success(request, "The exercise was asked of the exchange.")


def _sized(request: PersonRequest, standing: Standing) -> HttpResponse:
    """The ticket with the size that was asked for by risk, and what the order would be with it."""
    form, why = ticket.size(request, standing)
    is_refused = bool(form.errors or why["sizing"].errors)
    shown = {} if is_refused or not why["sized"].size.units else ticket.previews(request, form)
    return _ticket(request, form, status=422 if is_refused else 200, **why, **shown)


def page_context(request: PersonRequest, instrument: Instrument, *, form: TicketForm, **more: Any) -> dict[str, Any]:
    """Everything that the page of a symbol shows."""
    quote = quotes.latest_of(instrument)
    interval = request.GET.get("interval", "")
    now = SYSTEM.now()
    return {
        "section": "trade",
        "quote": quote,
        "change_percent": quotes.change_percent(quote) if quote else None,
        "interval": interval if interval in Interval.values else Interval.M5.value,
        "intervals": Interval.values,
        "option": terms_of(instrument),
        "exercise": ExerciseForm.fresh(),
        "is_session_open": hours.is_open(instrument, now),
        "actions": upcoming(instrument),
        "open_orders": _working(request, instrument),
        "fills": selectors.fills(request.user).filter(instrument=instrument)[:FILLS_SHOWN],
        **_position(request, instrument),
        "guards": selectors.guards_of(ensure_simulated_account(request.user), instrument, at=now),
        **ticket.ticket_context(form),
        **more,
    }


def upcoming(instrument: Instrument) -> list[CorporateAction]:
    """The next dividends and splits that are announced for the instrument, soonest first."""
    waiting = (CorporateStatus.SCHEDULED, CorporateStatus.APPLYING)
    found = CorporateAction.objects.filter(instrument=instrument, status__in=waiting)
    return list(found.order_by("ex_date")[:ACTIONS_SHOWN])


def _position(request: PersonRequest, instrument: Instrument) -> dict[str, Any]:
    account = ensure_simulated_account(request.user)
    held = selectors.position(account, instrument)
    lots = selectors.open_lots(account).get(instrument.pk, [])
    return {"instrument": instrument, "position": held, "position_lots": lots}


def _working(request: PersonRequest, instrument: Instrument) -> list[Order]:
    found = selectors.open_orders(request.user).filter(instrument=instrument)
    return in_their_groups(with_parts(found))


def _ticket(request: PersonRequest, form: TicketForm, *, status: int | None = None, **more: Any) -> HttpResponse:
    """The ticket again: alone for a script, within its page otherwise; 422 where something is wrong with it."""
    status = status or (422 if form.errors else 200)
    instrument = form.standing.instrument
    if wants_fragment(request):
        context = {**ticket.ticket_context(form), **more}
        return render(request, "trading/partials/ticket.html", context, status=status)
    context = page_context(request, instrument, form=form, **more)
    return render(request, "trading/trade.html", context, status=status)
