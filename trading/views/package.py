"""The ticket of several legs: what was chosen on the chain, its net price, its checks, and the placing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from arbion.domain.enums import AssetClass, Side
from arbion.domain.errors import ArbionError, InvalidInput
from arbion.domain.numbers import ZERO
from arbion.domain.options import SHARES_A_CONTRACT
from arbion.domain.orders import LEGS_MAX
from marketdata import quotes
from marketdata.errors import UnknownSymbol
from marketdata.models import Instrument
from marketdata.options.contracts import bring
from trading.books.opening import ensure_simulated_account
from trading.contracts import instrument_called
from trading.execution.place import place_order
from trading.execution.preview import as_json, preview_order
from trading.forms.package import PackageForm, leg_text, read_leg
from trading.instruction import Instruction, InstructionLeg
from trading.throttle import count_order
from trading.views.door import PersonRequest, door, wants_fragment

Json = dict[str, Any]
CENT = Decimal("0.01")


@door
@require_http_methods(["GET", "POST"])
def package(request: PersonRequest, symbol: str) -> HttpResponse:
    """The ticket; a POST reviews it, or places it."""
    underlying = instrument_called(symbol)
    if request.method == "GET":
        legs, problem = _legs(request.GET.getlist("leg"))
        form = PackageForm.fresh(legs, net=_net(legs))
        return render(request, "trading/package.html", _context(underlying, form, problem=problem))
    legs, problem = _legs(request.POST.getlist("leg"))
    form = PackageForm(request.POST, legs=legs)
    if problem:
        form.add_error(None, problem)
    instruction = _instruction(request, form, underlying)
    if request.POST.get("step") == "place":
        return _place(request, form, underlying, instruction)
    preview = _preview(form, instruction)
    reviewing = preview is not None and request.POST.get("step") == "review"
    return _again(request, form, underlying, preview=preview, reviewing=reviewing)


@door
@require_POST
def estimate(request: PersonRequest, symbol: str) -> HttpResponse:
    """What the packages would cost as the ticket stands."""
    underlying = instrument_called(symbol)
    legs, _ = _legs(request.POST.getlist("leg"))
    form = PackageForm(request.POST, legs=legs)
    preview = _preview(form, _instruction(request, form, underlying))
    problem = next((texts[0] for texts in form.errors.values()), "") if form.errors else ""
    context = {"preview": preview, "problem": problem, "has_size": bool(request.POST.get("size", "").strip())}
    return render(request, "trading/partials/estimate_now.html", context)


def _legs(texts: list[str]) -> tuple[list[InstructionLeg], str]:
    """The legs that the address or the form names, and what is wrong with them."""
    try:
        legs = [read_leg(text) for text in texts[:LEGS_MAX]]
        for leg in legs:
            _listed(leg.symbol)
    except (InvalidInput, UnknownSymbol) as refusal:
        return [], refusal.detail
    return legs, ""


def _net(legs: list[InstructionLeg]) -> Decimal | None:
    """What one share's worth of the package costs between bid and ask: positive is paid; None without prices."""
    found = quotes.latest([_listed(leg.symbol).symbol for leg in legs])
    total = ZERO
    for leg in legs:
        quote = found.get(leg.symbol)
        if quote is None:
            return None
        middle = (quote.bid + quote.ask) / 2 * leg.ratio
        total += middle if leg.side is Side.BUY else -middle
    return total.quantize(CENT) if legs else None


def _listed(symbol: str) -> Instrument:
    found: Instrument = bring(symbol)
    return found


def _instruction(request: PersonRequest, form: PackageForm, underlying: Instrument) -> Instruction | None:
    account = ensure_simulated_account(request.user)
    return form.instruction(user=request.user, account=account, underlying=underlying.symbol)


def _preview(form: PackageForm, instruction: Instruction | None) -> Json | None:
    if instruction is None:
        return None
    try:
        return as_json(preview_order(instruction))
    except ArbionError as refusal:
        form.show(refusal)
        return None


def _place(
    request: PersonRequest, form: PackageForm, underlying: Instrument, instruction: Instruction | None
) -> HttpResponse:
    if instruction is None:
        return _again(request, form, underlying)
    count_order(instruction)
    try:
        placed = place_order(instruction)
    except InvalidInput as refusal:
        form.show(refusal)
        return _again(request, form, underlying)
    if not wants_fragment(request):
        return redirect("trading:order", placed.order.pk)
    return render(request, "trading/partials/placed.html", {"order": placed.order, "instrument": underlying})


def _again(request: PersonRequest, form: PackageForm, underlying: Instrument, **more: Any) -> HttpResponse:
    """The ticket with what is wrong with it: alone for a script, within its page otherwise."""
    status = 422 if form.errors else 200
    part = "trading/partials/package_ticket.html" if wants_fragment(request) else "trading/package.html"
    return render(request, part, {**_context(underlying, form), **more}, status=status)


def _context(underlying: Instrument, form: PackageForm, *, problem: str = "") -> Json:
    found = quotes.latest([leg.symbol for leg in form.legs]) if form.legs else {}
    rows = []
    for leg in form.legs:
        instrument = _listed(leg.symbol)
        units = leg.ratio if instrument.asset_class == AssetClass.OPTION else leg.ratio * int(SHARES_A_CONTRACT)
        rows.append({"leg": leg, "instrument": instrument, "quote": found.get(leg.symbol), "units": units})
    return {
        "section": "trade",
        "instrument": underlying,
        "quote": quotes.latest_of(underlying),
        "form": form,
        "rows": rows,
        "leg_texts": [leg_text(leg) for leg in form.legs],
        "problem": problem,
    }
