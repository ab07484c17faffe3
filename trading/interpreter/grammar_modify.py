"""Changes to an order on the book: "change my TSLA limit to 235", "make my Apple order 20 shares at 180"."""

from decimal import Decimal

from trading.interpreter import lexicon
from trading.interpreter import lexicon_commands as words
from trading.interpreter.grammar_commands import MINE, ORDER_NOUNS, CommandRead, order_id_at, skip
from trading.interpreter.interpretation import ModifyOrder
from trading.interpreter.numbers import Amount
from trading.interpreter.phrases import Phrases
from trading.interpreter.reader import Named, Reader

TO = Phrases.of(
    "to|be|up to|down to|to be|back to|back up to|back down to|to at|over to|all the way to|to just|to exactly|to only|"
    "to read|out to|in to|so it is|so that it is"
)
# Words between the figures of one change: "to 15 shares at 405", "limit 405 and stop 400".
BETWEEN = Phrases.of("and|,|, and|with|and the|with a|and a|with the|and also|and change the|and change|and set the")
FIGURE_LEADS = Phrases.of("a|at|@|of|to|at a|the|an|for|price of|is|=|price|be")


def read_modify(reader: Reader, start: int) -> CommandRead | None:
    """ "change my TSLA limit to 235", "raise the stop on order 42 to 190", "make my Apple order 20 shares"."""
    at = start + reader.is_phrase(words.MODIFY, start)
    if at == start:
        return None
    at = skip(reader, at, MINE - {"a", "an", "all", "every", "any"})
    at = skip(reader, at, words.ORDER_STATES)
    target = _target(reader, at)
    if target is None:
        return None
    name, order_id, slot, at = target
    if reader.low(start) == "reprice":
        slot = slot or "limit_price"
    if reader.low(at) == "from" and (old := reader.price(at + 1, name)):
        at += 1 + old.length
        at += reader.low(at) in lexicon.UNITS
    settles = reader.low(at) == "at" and slot in {"limit_price", "quantity"} and reader.low(start) in {"set", "move"}
    to = reader.is_phrase(TO, at)
    if to or settles or (reader.low(at) == "with" and reader.low(start) == "replace"):
        at += to or 1
    elif reader.low(start) != "make" and not _lists(reader, at):
        return None
    at += reader.low(at) in {":", ","}
    return _changes(reader, at, (name, order_id), slot)


def _target(reader: Reader, at: int) -> tuple[Named | None, str | None, str | None, int] | None:
    """Which order, and which of its fields, in any sequence: "TSLA limit", "limit on my order"."""
    name: Named | None = None
    order_id: str | None = None
    slot: str | None = None
    seen_order = False
    while True:
        field_found = words.PRICE_FIELDS.match(reader.tokens, at)
        if field_found and (slot is None or field_found[0] == slot):
            slot, at = field_found[0], at + field_found[1]
            seen_order = seen_order or reader.low(at - 1) in ORDER_NOUNS
        elif (found := order_id_at(reader, at)) and order_id is None:
            order_id, at = found
        elif reader.low(at) in ORDER_NOUNS:
            seen_order, at = True, at + 1
        elif reader.low(at) in {"on", "of", "for", "my", "the", "in", "'s"} and (slot or name or seen_order):
            at += 1
        elif name is None and (found_name := reader.name(at, slot=True)):
            name, at = found_name, at + found_name.length
        else:
            break
    return (name, order_id, slot, at) if slot or seen_order or order_id else None


def _lists(reader: Reader, at: int) -> bool:
    """ ": limit 400", ", limit 402": the new figures after a pause."""
    return reader.low(at) == ":" or (reader.low(at) == "," and bool(reader.is_phrase(words.PRICE_FIELDS, at + 1)))


def _changes(reader: Reader, at: int, which: tuple[Named | None, str | None], slot: str | None) -> CommandRead | None:
    """The new figures, one or several."""
    name, order_id = which
    values: dict[str, Decimal] = {}
    missing: list[str] = []
    questions: list[str] = []
    end = at
    while found := _figure(reader, at, name, slot):
        slot, amount, end = found
        if slot is None:
            missing.append("clarification")
            questions.append("Should I change the price or the number of shares?")
        elif amount.kind == "percent" or amount.value <= 0 or values.get(slot, amount.value) != amount.value:
            missing.append(slot)
            questions.append("To what price or size exactly?")
        else:
            values[slot] = amount.value
        at = end + reader.is_phrase(BETWEEN, end)
        slot = None
        if not _goes_on(reader, at, end):
            break
    if not values and not missing:
        return None
    symbol = name.symbol if name else None
    if symbol is None and order_id is None:
        order_id = reader.context.last_order_id if name is None else None
        if order_id is None:
            missing.append("symbol")
            questions.append(
                f"I don't know “{name.words}”. Which symbol do you mean?" if name else "Which order do you mean?"
            )
    action = ModifyOrder(
        symbol=symbol,
        order_id=order_id,
        limit_price=values.get("limit_price"),
        stop_price=values.get("stop_price"),
        quantity=values.get("quantity"),
        missing=tuple(missing),
        spans={field: format(value, "f") for field, value in values.items()},
    )
    return CommandRead([action], end, questions, symbol)


def _goes_on(reader: Reader, at: int, end: int) -> bool:
    """Whether another figure of the same order follows, with its own word before or after it."""
    field = reader.is_phrase(words.PRICE_FIELDS, at)
    if field:
        return reader.amount(at + field + reader.is_phrase(FIGURE_LEADS, at + field)) is not None
    if reader.low(at) in {"at", "@"}:
        return reader.amount(at + 1) is not None
    amount = reader.amount(at + (reader.low(at) == "for"))
    unit = at + (reader.low(at) == "for") + amount.length if amount else at
    return at > end and amount is not None and reader.low(unit) in lexicon.UNITS


def _figure(reader: Reader, at: int, name: Named | None, slot: str | None) -> tuple[str | None, Amount, int] | None:
    """One figure and the field it belongs to, by the word before it, its unit, or what was named already."""
    priced = reader.low(at) in {"at", "@"}
    at += reader.is_phrase(FIGURE_LEADS, at)
    field = words.PRICE_FIELDS.match(reader.tokens, at)
    if field and slot in {None, field[0]}:
        slot, at = field[0], at + field[1]
        at += reader.is_phrase(FIGURE_LEADS, at)
    counted = reader.amount(at)
    if counted and reader.low(at + counted.length) in lexicon.UNITS and slot in {None, "quantity"}:
        return "quantity", counted, at + counted.length + 1
    amount = reader.price(at, name)
    if amount is None or amount.is_part or reader.low(at + amount.length) in lexicon.UNITS:
        return None
    end = at + amount.length
    named = words.PRICE_FIELDS.match(reader.tokens, end)
    if slot is None and named:
        slot, end = named[0], end + named[1]
    if slot is None and (priced or amount.kind == "money"):
        slot = "limit_price"
    return slot, amount, end + reader.is_phrase(lexicon.EACH, end)
