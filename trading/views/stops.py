"""Stops on the pages: what guards a position, and the forms that attach a stop, change it and take it away."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from arbion.domain.errors import ArbionError
from arbion.domain.numbers import ZERO
from arbion.lib.clock import SYSTEM
from arbion.lib.ids import new_id
from marketdata.models import Instrument
from trading import selectors, throttle
from trading.books.opening import ensure_simulated_account
from trading.contracts import instrument_called
from trading.execution.protection.attach import attach as attach_stop
from trading.execution.protection.attach import cancel as cancel_stop
from trading.execution.protection.attach import change as change_stop
from trading.execution.protection.attach import preview as preview_stop
from trading.forms.stop import StopForm
from trading.models import Stop
from trading.selectors import StopView
from trading.views.door import PersonRequest, door, wants_fragment

PREVIEW = "preview"
# What is only not written yet is no mistake while one types.
UNFILLED = frozenset({"required", "one_way"})


@door
@require_GET
def guards(request: PersonRequest, symbol: str) -> HttpResponse:
    """What guards the position in the symbol, fetched again when it changes."""
    found = selectors.guards_of(ensure_simulated_account(request.user), instrument_called(symbol), at=SYSTEM.now())
    return render(request, "trading/partials/stops.html", {"guards": found})


@door
@require_GET
def mine(request: PersonRequest) -> HttpResponse:
    """What guards each position, fetched again when it changes."""
    return render(request, "trading/partials/risk_stops.html", all_guards(request))


def all_guards(request: PersonRequest) -> dict[str, Any]:
    """Every stop of the person that stands, the positions that none guards, and what the monitor did of late."""
    at = SYSTEM.now()
    return {
        "views": selectors.standing_views(request.user),
        "unguarded": selectors.unguarded_positions(request.user),
        "is_unwatched": selectors.is_unwatched(at),
        "watched": selectors.watch_state(request.user, at),
    }


@door
@require_http_methods(["GET", "POST"])
def attach(request: PersonRequest, symbol: str) -> HttpResponse:
    """Attach a stop to the position in the symbol; a refusal stands beside its field."""
    instrument = instrument_called(symbol)
    if request.method == "GET":
        return _form(request, StopForm.fresh(request.GET.get("kind", "")), instrument)
    form = StopForm(request.POST)
    asked = form.asked()
    if not asked or request.POST.get("step") == PREVIEW:
        return _previewed(request, form, instrument)
    throttle.count_request(request.user)
    account, key = ensure_simulated_account(request.user), form.cleaned_data["client_key"] or str(new_id())
    try:
        made, _ = attach_stop(account, user=request.user, instrument=instrument, client_key=key, **asked)
    except ArbionError as refusal:
        form.show_refusal(refusal)
        return _form(request, form, instrument, status=422)
    return _done(request, made, "A stop guards")


@door
@require_POST
def preview(request: PersonRequest, symbol: str) -> HttpResponse:
    """What the stop would do as it is filled in, for a script that asks while one types."""
    form = StopForm(request.POST)
    shown = _look_ahead(request, form, instrument_called(symbol))
    wrong = [error for found in form.errors.as_data().values() for error in found if error.code not in UNFILLED]
    problem = wrong[0].messages[0] if wrong else ""
    return render(request, "trading/partials/stop_preview.html", {"view": shown, "problem": problem})


@door
@require_http_methods(["GET", "POST"])
def change(request: PersonRequest, stop_id: str) -> HttpResponse:
    """The terms of a stop as a form; a POST gives it new ones."""
    found = selectors.stop_of(request.user, stop_id)
    if request.method == "GET":
        return _form(request, StopForm.of(found), found.instrument, stop=found, view=_seen(found))
    form = StopForm(request.POST)
    asked = form.asked()
    if not asked or request.POST.get("step") == PREVIEW:
        return _previewed(request, form, found.instrument, stop=found)
    throttle.count_request(request.user)
    try:
        is_whole = asked["quantity"] is None
        changed = change_stop(found, user=request.user, is_whole=is_whole, cleared=form.cleared(), **asked)
    except ArbionError as refusal:
        form.show_refusal(refusal)
        return _form(request, form, found.instrument, stop=found, status=422)
    return _done(request, changed, "The stop was changed for")


@door
@require_http_methods(["GET", "POST"])
def take_away(request: PersonRequest, stop_id: str) -> HttpResponse:
    """Ask once more whether to take a stop away; a POST does it."""
    found = selectors.stop_of(request.user, stop_id)
    if request.method == "GET":
        context = {"section": "trade", "stop": found, "instrument": found.instrument, "view": _seen(found)}
        name = "partials/stop_cancel" if wants_fragment(request) else "stop_cancel"
        return render(request, f"trading/{name}.html", context)
    return _done(request, cancel_stop(found, user=request.user), "The stop was taken away from")


def _previewed(request: PersonRequest, form: StopForm, instrument: Instrument, **more: Any) -> HttpResponse:
    """The form again with what it would do, or with what is wrong with it."""
    shown = _look_ahead(request, form, instrument)
    return _form(request, form, instrument, view=shown, status=200 if shown else 422, **more)


def _look_ahead(request: PersonRequest, form: StopForm, instrument: Instrument) -> StopView | None:
    """The stop as the form says it, beside the price of now; None where it was refused, with the reason."""
    asked = form.asked()
    if not asked:
        return None
    try:
        made = preview_stop(ensure_simulated_account(request.user), user=request.user, instrument=instrument, **asked)
    except ArbionError as refusal:
        form.show_refusal(refusal)
        return None
    return _seen(made)


def _seen(stop: Stop) -> StopView:
    held = selectors.position(stop.account, stop.instrument)
    return selectors.view_of(stop, held=ZERO if held is None else held.quantity)


def _form(
    request: PersonRequest, form: StopForm, instrument: Instrument, *, status: int = 200, **more: Any
) -> HttpResponse:
    account = ensure_simulated_account(request.user)
    context = {
        "section": "trade",
        "form": form,
        "instrument": instrument,
        "position": selectors.position(account, instrument),
        **more,
    }
    name = "trading/partials/stop_form.html" if wants_fragment(request) else "trading/stop.html"
    return render(request, name, context, status=status)


def _done(request: PersonRequest, stop: Stop, what: str) -> HttpResponse:
    """Say it: alone for a script, on the symbol's page otherwise."""
    said = f"{what} {stop.instrument.symbol}."
    if wants_fragment(request):
        return render(request, "trading/partials/stop_done.html", {"said": said})
    messages.success(request, said)
    return redirect("trading:trade", stop.instrument.symbol)
