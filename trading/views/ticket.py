"""The order ticket of one symbol: its estimate while one types, its review, and the placing."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from arbion.domain.enums import GroupKind
from arbion.domain.errors import ArbionError, InvalidInput
from arbion.domain.numbers import ZERO
from marketdata.models import Instrument
from trading import selectors
from trading.books.opening import ensure_simulated_account
from trading.contracts import instrument_called
from trading.execution.groups import place_group
from trading.execution.place import place_order
from trading.execution.preview import as_json, preview_order
from trading.execution.sizing import Sized, size_entry
from trading.forms.sizing import SizingForm
from trading.forms.ticket import Standing, TicketForm
from trading.instruction import Instruction
from trading.models import Order
from trading.throttle import count_order
from trading.views.door import PersonRequest, door, wants_fragment

Json = dict[str, Any]


def standing_of(request: PersonRequest, instrument: Instrument) -> Standing:
    """Whose ticket it is and what the account holds of the instrument."""
    account = ensure_simulated_account(request.user)
    held = selectors.position(account, instrument)
    lots = selectors.open_lots(account).get(instrument.pk, [])
    return Standing(
        account=account,
        instrument=instrument,
        held=ZERO if held is None else held.quantity,
        lots=frozenset(lot.pk for lot in lots),
    )


def ticket_context(form: TicketForm, *, sizing: SizingForm | None = None, sized: Sized | None = None) -> Json:
    """What the ticket's template needs beside the form."""
    standing = form.standing
    words = dict(standing.side_words())
    value = form["lots"].value() or ()
    return {
        "form": form,
        "instrument": standing.instrument,
        "sizing": sizing or SizingForm.kept(form.data),
        "sized": sized,
        "action": words.get(str(form["side"].value()), "Buy"),
        "lots": selectors.open_lots(standing.account).get(standing.instrument.pk, []),
        "chosen": {int(key) for key in value if str(key).isdigit()},
    }


@door
@require_POST
def estimate(request: PersonRequest, symbol: str) -> HttpResponse:
    """What the ticket would cost as it stands, for a script that asks while one types."""
    form = TicketForm(request.POST, standing=standing_of(request, instrument_called(symbol)))
    shown = previews(request, form)
    problem = next((texts[0] for texts in form.errors.values()), "") if form.errors else ""
    context = {**shown, "problem": problem, "has_size": bool(request.POST.get("size", "").strip())}
    return render(request, "trading/partials/estimate_now.html", context)


def previews(request: PersonRequest, form: TicketForm) -> Json:
    """What the orders of the ticket would be and cost; without them where it was refused."""
    try:
        shown = [as_json(preview_order(instruction)) for instruction in form.instructions(user=request.user)]
    except InvalidInput as refusal:
        form.show(refusal)
        return {}
    except ArbionError as refusal:
        form.show(InvalidInput(refusal.detail))
        return {}
    return dict(zip(("preview", "second"), shown, strict=False))


def size(request: PersonRequest, standing: Standing) -> tuple[TicketForm, Json]:
    """The ticket with the size that its sizing finds, and what explains it; else as it was, with the reason."""
    form, sizing = TicketForm(request.POST, standing=standing), SizingForm(request.POST)
    entry = form.entry()
    wish = None if entry is None else sizing.wish(form)
    if entry is None or wish is None:
        return form, {"sizing": sizing}
    side, terms = entry
    try:
        sized = size_entry(standing.account, instrument=standing.instrument, side=side, terms=terms, wish=wish)
    except ArbionError as refusal:
        sizing.show(refusal)
        return form, {"sizing": sizing}
    return sizing.fill(form, sized) if sized.size.units else form, {"sizing": sizing, "sized": sized}


def place(request: PersonRequest, form: TicketForm) -> Order | None:
    """Place what the ticket says: the order, or the first of the two; None where it was refused, with the reason.

    Raises RateLimited, and what else the verbs raise that is not about a field.
    """
    instructions = form.instructions(user=request.user)
    if not instructions:
        return None
    for instruction in instructions:
        count_order(instruction)
    try:
        return _placed(instructions)
    except InvalidInput as refusal:
        form.show(refusal)
        return None


def _placed(instructions: list[Instruction]) -> Order:
    if len(instructions) == 1:
        return place_order(instructions[0]).order
    return place_group(GroupKind.OCO, instructions)[0].order


def answer(request: PersonRequest, order: Order, *, instrument: Instrument) -> HttpResponse:
    """The order that was placed: live in the ticket's place for a script, its own page otherwise."""
    if not wants_fragment(request):
        return redirect("trading:order", order.pk)
    others = [] if order.group is None else list(order.group.orders.exclude(pk=order.pk).order_by("created_at", "id"))
    context = {"order": order, "others": others, "instrument": instrument}
    return render(request, "trading/partials/placed.html", context)
