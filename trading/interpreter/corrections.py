"""Answers to the question just asked, and new sizes for what was said before: "10 shares"; "no, make it 5"."""

from dataclasses import dataclass, replace
from decimal import Decimal

from trading.interpreter.assemble_checks import MOST_CONTRACTS, MOST_SHARES
from trading.interpreter.built import HUNDRED
from trading.interpreter.explain import explain
from trading.interpreter.grammar_sizes import percent_text
from trading.interpreter.interpretation import (
    HALF,
    HIGH,
    SOME,
    Action,
    Interpretation,
    ModifyOrder,
    PlaceOrder,
)
from trading.interpreter.lexicon import UNITS
from trading.interpreter.phrases import Phrases
from trading.interpreter.reader import Reader

MAKE_IT = Phrases.of(
    "make it|make that|actually make that|actually , make that|sorry , make that|ok make that|and make that|"
    "no make it|no , make it|actually make it|actually , make it|sorry make it|"
    "sorry , make it|no wait make it|change it to|change that to|no , make that|no make that|wait , make it|"
    "wait make it|i mean|i meant|no i mean|no , i mean|no , i meant|actually|no|no ,|actually ,|sorry ,|"
    "oops , make it|let us make it|no change it to|better make it|no , wait , make it|no , actually|"
    "no actually|rather|hmm make it|hmm , make it|ok make it|okay make it|and make it|no , no , make it|"
    "no , change it to|no , change that to|no , let us make it|let us do"
)

WHOLE = Phrases.of("all|all of it|all of them|everything|it all|the lot|the whole position|all my shares|all shares")
ANSWER_LEADS = Phrases.of(
    "let us do|let us say|i want|i would like|say|just|make it|make that|do|ok|okay|yes|yes ,|give me"
)
COURTESY = frozenset({"please", ".", "!", "instead", "thanks", "then", ","})
SIZES = ("quantity", "notional", "percent_of_position", "percent_of_cash")


@dataclass(frozen=True, slots=True)
class NewSize:
    """The size a correction or an answer names: plain, money or percent."""

    value: Decimal
    kind: str
    has_unit: bool


def correct(reader: Reader) -> Interpretation | None:
    """The order just spoken of with its size given or changed; None when the sentence does neither."""
    order = reader.context.last_order
    if order is not None and "quantity" in order.missing and (answer := _answer(reader, order)):
        return _changed(reader, answer, order)
    found = _new_size(reader, 0)
    return _changed(reader, found, order) if found else None


def _answer(reader: Reader, order: PlaceOrder) -> NewSize | None:
    """A size and nothing else: "10", "10 shares", "$500 please"; of a sale "half" and "all of them" too.

    Where more than the size is missing a bare figure could be a price, and is no answer.
    """
    side = order.order.side
    if side == "sell" and (whole := reader.is_phrase(WHOLE, 0)):
        return NewSize(HUNDRED, "percent", False) if _ends(reader, whole) else None
    at = reader.is_phrase(ANSWER_LEADS, 0)
    amount = reader.amount(at)
    if amount is None:
        return None
    end = at + amount.length
    has_unit = reader.low(end) in UNITS
    end += has_unit + (reader.low(end) == "worth" and amount.kind == "money")
    if not _ends(reader, end):
        return None
    if order.missing != ("quantity",) and not has_unit:
        return None
    if not (amount.is_part and not has_unit) and amount.kind != "percent":
        return NewSize(amount.value, amount.kind, has_unit)
    value = amount.value if amount.kind == "percent" else percent_text(amount.value)
    return NewSize(value, "percent", has_unit) if side == "sell" and not has_unit else None


def _ends(reader: Reader, at: int) -> bool:
    """Whether nothing but courtesy is left."""
    while reader.low(at) in COURTESY:
        at += 1
    return at == len(reader.tokens)


def _new_size(reader: Reader, at: int) -> NewSize | None:
    """A correction that begins here and ends the sentence."""
    start = reader.is_phrase(MAKE_IT, at)
    amount = reader.amount(at + start) if start else None
    if amount is None or amount.is_part or amount.kind == "percent":
        return None
    end = at + start + amount.length
    has_unit = reader.low(end) in UNITS
    end += has_unit
    of_them = reader.low(end) == "of" and reader.low(end + 1) in {"them", "those", "it", "these"}
    has_unit = has_unit or (of_them and amount.kind == "plain")
    return NewSize(amount.value, amount.kind, has_unit) if _ends(reader, end + 2 * of_them) else None


def _can_be_meant(new: NewSize, order: PlaceOrder | None) -> bool:
    if new.kind == "percent":
        return new.value <= HUNDRED
    if order is None or order.order.option is None:
        return new.value <= MOST_SHARES
    return new.kind == "plain" and new.value == new.value.to_integral_value() and new.value <= MOST_CONTRACTS


def _resized(order: PlaceOrder, new: NewSize) -> PlaceOrder:
    """The same order with this size and no other."""
    is_money = new.kind == "money" or (order.order.notional is not None and not new.has_unit)
    slot = "percent_of_position" if new.kind == "percent" else "notional" if is_money else "quantity"
    sizes: dict[str, Decimal | None] = dict.fromkeys(SIZES)
    terms = replace(order.order, **{**sizes, slot: new.value})  # type: ignore[arg-type]
    spans = {slot: said for slot, said in order.spans.items() if slot not in SIZES}
    missing = tuple(item for item in order.missing if item != "quantity")
    return replace(order, order=terms, missing=missing, spans={**spans, slot: format(new.value, "f")})


def _changed(reader: Reader, new: NewSize, order: PlaceOrder | None) -> Interpretation:
    context, value = reader.context, new.value
    action: Action
    if value <= 0:
        return Interpretation(question="The size has to be more than zero. How much do you mean?", confidence=HALF)
    if not _can_be_meant(new, order):
        return Interpretation(question="That size cannot be meant. How much do you mean?", confidence=HALF)
    if order is not None:
        action = _resized(order, new)
    elif context.last_order_id and new.kind != "money":
        action = ModifyOrder(order_id=context.last_order_id, quantity=value, spans={"quantity": format(value, "f")})
    else:
        return Interpretation(question="Make what so? Say the whole order, please.", confidence=SOME)
    question = "The rest of that order is still open. What should it be?" if action.missing else None
    return Interpretation(actions=(action,), question=question, confidence=HIGH, explanation=explain([action]))
