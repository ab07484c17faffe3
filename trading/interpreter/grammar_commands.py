"""Commands that take orders off the book, and what all commands share."""

from dataclasses import dataclass, field

from trading.interpreter import lexicon
from trading.interpreter import lexicon_commands as words
from trading.interpreter.interpretation import (
    Action,
    CancelOrders,
)
from trading.interpreter.reader import Named, Reader


@dataclass(slots=True)
class CommandRead:
    """The actions of one command, where it ended, and what to ask."""

    actions: list[Action]
    end: int
    questions: list[str] = field(default_factory=list)
    symbol: str | None = None


def skip(reader: Reader, at: int, words_: frozenset[str]) -> int:
    """Past all of these words."""
    while reader.low(at) in words_:
        at += 1
    return at


MINE = frozenset({"my", "the", "all", "any", "of", "every", "a", "an", "our", "those", "these", "that", "this", "both"})
ORDER_NOUNS = frozenset({"order", "orders"})
SIDES = frozenset(
    {"buy", "sell", "limit", "stop", "market", "purchase", "sale", "buys", "sells", "bid", "bids", "offer", "offers"}
)
ON = frozenset({"for", "on", "in", "of"})


def read_cancel(reader: Reader, start: int) -> CommandRead | None:
    """ "cancel my Apple orders", "cancel everything", "cancel order 42", "cancel that"."""
    at = start + reader.is_phrase(words.CANCEL, start)
    if at == start:
        return None
    verb = reader.low(start)
    if found := _cancel_named(reader, start, at):
        return found
    everything = reader.is_phrase(words.CANCEL_ALL, at)
    bare = {"all", "everything", "all of them", "them all"}
    said = reader.said(at, at + everything).lower()
    plainly = said not in bare or verb in {"cancel", "abort", "revoke", "withdraw"}
    if everything and plainly:
        if reader.low(at + everything) not in ON:
            return CommandRead([CancelOrders(spans={"symbol": said})], at + everything)
        names, end = _names(reader, at + everything + 1)
        if names:
            return _cancels(reader, names, end, narrowed=False)
    return _cancel_that(reader, start, at) if verb in {"cancel", "kill", "scrap", "pull", "undo", "abort"} else None


def _cancel_that(reader: Reader, start: int, at: int) -> CommandRead | None:
    that = reader.is_phrase(words.THAT_ORDER, at)
    if not that:
        return None
    order_id = reader.context.last_order_id
    spans = {"order_id": reader.said(at, at + that)}
    if order_id:
        return CommandRead([CancelOrders(order_id=order_id, spans=spans)], at + that)
    action = CancelOrders(missing=("order_id",), spans=spans)
    return CommandRead([action], at + that, ["Which order do you want to cancel?"])


def _cancel_named(reader: Reader, start: int, at: int) -> CommandRead | None:
    """Orders of one or several symbols, or one order by its number."""
    step = skip(reader, at, MINE)
    if found := order_id_at(reader, step):
        return CommandRead([CancelOrders(order_id=found[0], spans={"order_id": found[0]})], found[1])
    step = skip(reader, step, words.ORDER_STATES)
    typed = step
    step = skip(reader, step, SIDES)
    narrowed = step > typed
    names: list[Named] = []
    after = step + 1
    after += reader.is_phrase(words.I_PLACED, after)
    if reader.low(step) in ORDER_NOUNS and reader.low(after) in ON | {"to"}:
        names, step = _names(reader, after + 1)
    elif narrowed and reader.low(step) in {"for", "on", "in"}:
        names, step = _names(reader, step + 1)
    else:
        names, step = _names(reader, step)
        step = skip(reader, step, words.ORDER_STATES)
        before = step
        step = skip(reader, step, SIDES)
        narrowed = narrowed or step > before
        if not names or (reader.low(step) not in ORDER_NOUNS and not narrowed):
            return None
        step += reader.low(step) in ORDER_NOUNS
    if not names:
        return None
    return _cancels(reader, names, step, narrowed=narrowed)


def _cancels(reader: Reader, names: list[Named], end: int, *, narrowed: bool) -> CommandRead:
    actions: list[Action] = []
    questions: list[str] = []
    for name in names:
        missing: tuple[str, ...] = ()
        if name.symbol is None:
            missing = ("symbol",)
            questions.append(f"I don't know “{name.words}”. Which symbol do you mean?")
        elif narrowed:
            missing = ("order_id",)
            questions.append(f"Shall I cancel all orders for {name.symbol}, or one of them? Say which by its number.")
        actions.append(CancelOrders(symbol=name.symbol, missing=missing, spans={"symbol": name.words}))
    return CommandRead(actions, end, questions, names[-1].symbol)


def _names(reader: Reader, at: int) -> tuple[list[Named], int]:
    """One name or a list of them."""
    names: list[Named] = []
    while True:
        step = at + (reader.low(at) in {"my", "the"})
        name = reader.name(step, slot=True)
        if name is None:
            return names, at
        names.append(name)
        at = step + name.length
        at += reader.low(at) == "'s"
        if reader.low(at) in {"shares", "stock", "share"}:
            at += 1
        joined = 1 if reader.low(at) in {"and", "&", ","} else 0
        joined += joined and reader.low(at) == "," and reader.low(at + 1) == "and"
        following = reader.name(at + joined, slot=True) if joined else None
        if following is None or following.symbol is None:
            return names, at
        at += joined


def order_id_at(reader: Reader, at: int) -> tuple[str, int] | None:
    """ "order 42", "order #42", "#42", "order number abc-123"."""
    step = at
    if reader.low(step) in ORDER_NOUNS:
        step += 1
        step += reader.low(step) in {"number", "no", "id", "no."}
    elif reader.low(step) != "#":
        return None
    step += reader.low(step) == "#"
    token = reader.tokens[step] if step < len(reader.tokens) else None
    if token is None or token.kind not in {"number", "word"}:
        return None
    if reader.low(step + 1) in lexicon.UNITS:
        return None
    looks_like_id = any(mark.isdigit() for mark in token.text) and not (token.money or token.percent)
    return (token.text, step + 1) if looks_like_id else None
