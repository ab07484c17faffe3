"""Corrections of what was just said: "no, make it 5"."""

from dataclasses import replace
from decimal import Decimal

from trading.interpreter.explain import explain
from trading.interpreter.interpretation import Action, Interpretation, ModifyOrder
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


def correct(reader: Reader) -> Interpretation | None:
    """The order just spoken of with its size changed; None when the sentence is no such correction."""
    start = reader.is_phrase(MAKE_IT, 0)
    if not start:
        return None
    amount = reader.amount(start)
    if amount is None or amount.is_part or amount.kind == "percent":
        return None
    end = start + amount.length
    end += reader.low(end) in {"shares", "share", "coins", "contracts"}
    while reader.low(end) in {"please", ".", "!", "instead", "thanks"}:
        end += 1
    if end < len(reader.tokens):
        return None
    return _changed(reader, amount.value, is_money=amount.kind == "money")


def _changed(reader: Reader, value: Decimal, *, is_money: bool) -> Interpretation:
    context = reader.context
    action: Action
    if value <= 0:
        return Interpretation(question="The size has to be more than zero. How much do you mean?", confidence=0.5)
    if context.last_order_id and not is_money:
        action = ModifyOrder(order_id=context.last_order_id, quantity=value, spans={"quantity": format(value, "f")})
    elif context.last_order is not None:
        terms = context.last_order.order
        cleared = replace(terms, quantity=None, notional=None, percent_of_position=None, percent_of_cash=None)
        changed = replace(cleared, notional=value) if is_money else replace(cleared, quantity=value)
        left = tuple(item for item in context.last_order.missing if item != "quantity")
        action = replace(context.last_order, order=changed, missing=left)
    else:
        return Interpretation(question="Make what so? Say the whole order, please.", confidence=0.4)
    question = "The rest of that order is still open. What should it be?" if action.missing else None
    return Interpretation(actions=(action,), question=question, confidence=0.9, explanation=explain([action]))
