"""Corrections of what was just said: "no, make it 5"."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from trading.interpreter import guards
from trading.interpreter.assemble import MOST_SHARES
from trading.interpreter.explain import explain
from trading.interpreter.grammar import Reading
from trading.interpreter.interpretation import (
    HALF,
    HIGH,
    SOME,
    Action,
    Context,
    Interpretation,
    ModifyOrder,
    PlaceOrder,
)
from trading.interpreter.lexicon import UNITS
from trading.interpreter.phrases import Phrases
from trading.interpreter.reader import Reader

MAKE_IT = Phrases.of(
    "make it|make that|no make it|no , make it|actually make it|actually , make it|sorry make it|"
    "sorry , make it|no wait make it|change it to|change that to|no , make that|no make that|wait , make it|"
    "wait make it|i mean|i meant|no i mean|no , i mean|no , i meant|actually|no|no ,|actually ,|sorry ,|"
    "oops , make it|let us make it|no change it to|better make it|no , wait , make it|no , actually|"
    "no actually|rather|hmm make it|hmm , make it|ok make it|okay make it|and make it|no , no , make it|"
    "no , change it to|no , change that to|no , let us make it|let us do"
)


@dataclass(frozen=True, slots=True)
class NewSize:
    """The size a correction names."""

    value: Decimal
    is_money: bool
    has_unit: bool


def correct(reader: Reader) -> Interpretation | None:
    """The order just spoken of with its size changed; None when the sentence is no such correction."""
    found = _new_size(reader, 0)
    return _changed(reader, found, reader.context.last_order) if found else None


def correct_within(reader: Reader, read: Callable[[Reader], Reading]) -> Interpretation | None:
    """ "buy 10 apple, no, make it 5": the first order with the size that was said last."""
    for at in range(2, len(reader.tokens)):
        found = _new_size(reader, at)
        if found is None:
            continue
        first = replace(reader, tokens=reader.tokens[:at])
        reading = read(first)
        if guards.vetoes(first) or reading.unread or reading.questions or len(reading.actions) != 1:
            return None
        (action,) = reading.actions
        if not isinstance(action, PlaceOrder) or _has_other_figures(action):
            return None
        return _changed(replace(first, context=Context()), found, action)
    return None


def _has_other_figures(action: PlaceOrder) -> bool:
    """Whether the new figure could as well mean a price."""
    terms = action.order
    figures = (terms.limit_price, terms.stop_price, terms.trail_amount, terms.trail_percent, terms.option)
    return any(figure is not None for figure in (*figures, action.when, action.bracket, action.every))


def _new_size(reader: Reader, at: int) -> NewSize | None:
    """A correction that begins here and ends the sentence."""
    start = reader.is_phrase(MAKE_IT, at)
    amount = reader.amount(at + start) if start else None
    if amount is None or amount.is_part or amount.kind == "percent":
        return None
    end = at + start + amount.length
    has_unit = reader.low(end) in UNITS
    end += has_unit
    while reader.low(end) in {"please", ".", "!", "instead", "thanks"}:
        end += 1
    return NewSize(amount.value, amount.kind == "money", has_unit) if end == len(reader.tokens) else None


def _changed(reader: Reader, new: NewSize, order: PlaceOrder | None) -> Interpretation:
    context, value = reader.context, new.value
    action: Action
    if value <= 0:
        return Interpretation(question="The size has to be more than zero. How much do you mean?", confidence=HALF)
    whole = value == value.to_integral_value() or order is None or order.order.option is None
    if value > MOST_SHARES or not whole:
        return Interpretation(question="That size cannot be meant. How much do you mean?", confidence=HALF)
    if context.last_order_id and not new.is_money:
        action = ModifyOrder(order_id=context.last_order_id, quantity=value, spans={"quantity": format(value, "f")})
    elif order is not None:
        is_money = new.is_money or (order.order.notional is not None and not new.has_unit)
        cleared = replace(order.order, quantity=None, notional=None, percent_of_position=None, percent_of_cash=None)
        changed = replace(cleared, notional=value) if is_money else replace(cleared, quantity=value)
        action = replace(order, order=changed, missing=tuple(item for item in order.missing if item != "quantity"))
    else:
        return Interpretation(question="Make what so? Say the whole order, please.", confidence=SOME)
    question = "The rest of that order is still open. What should it be?" if action.missing else None
    return Interpretation(actions=(action,), question=question, confidence=HIGH, explanation=explain([action]))
