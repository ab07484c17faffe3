"""Commands that are not new orders: cancel, change, alert, and the strategies."""

from dataclasses import dataclass, field
from decimal import Decimal

from trading.interpreter import lexicon
from trading.interpreter import lexicon_commands as words
from trading.interpreter import lexicon_more as more
from trading.interpreter.grammar_conditions import RISING, ConditionRead, read_condition, with_default
from trading.interpreter.interpretation import (
    Action,
    CancelOrders,
    Condition,
    CreateAlert,
    ModifyOrder,
    StrategyCommand,
)
from trading.interpreter.numbers import Amount
from trading.interpreter.reader import Named, Reader


@dataclass(slots=True)
class CommandRead:
    """The actions of one command, where it ended, and what to ask."""

    actions: list[Action]
    end: int
    questions: list[str] = field(default_factory=list)
    symbol: str | None = None


def _skip(reader: Reader, at: int, words_: frozenset[str]) -> int:
    while reader.low(at) in words_:
        at += 1
    return at


MINE = frozenset({"my", "the", "all", "any", "of", "every", "a", "an", "our", "those", "these", "that", "this", "both"})
ORDER_NOUNS = frozenset({"order", "orders"})
SIDES = frozenset({"buy", "sell", "limit", "stop", "market", "purchase", "sale", "buys", "sells"})


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
    if everything and plainly and reader.low(at + everything) not in {"for", "on", "in", "of"}:
        return CommandRead([CancelOrders(spans={"symbol": said})], at + everything)
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
    step = _skip(reader, at, MINE)
    if found := _order_id(reader, step):
        return CommandRead([CancelOrders(order_id=found[0], spans={"order_id": found[0]})], found[1])
    step = _skip(reader, step, words.ORDER_STATES)
    typed = step
    step = _skip(reader, step, SIDES)
    narrowed = step > typed
    names: list[Named] = []
    if reader.low(step) in ORDER_NOUNS and reader.low(step + 1) in {"for", "on", "in", "of", "to"}:
        names, step = _names(reader, step + 2)
    elif narrowed and reader.low(step) in {"for", "on", "in"}:
        names, step = _names(reader, step + 1)
    else:
        names, step = _names(reader, step)
        step = _skip(reader, step, words.ORDER_STATES)
        before = step
        step = _skip(reader, step, SIDES)
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


def _order_id(reader: Reader, at: int) -> tuple[str, int] | None:
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


def read_modify(reader: Reader, start: int) -> CommandRead | None:
    """ "change my TSLA limit to 235", "raise the stop on order 42 to 190", "make my Apple order 20 shares"."""
    at = start + reader.is_phrase(words.MODIFY, start)
    if at == start:
        return None
    at = _skip(reader, at, MINE - {"a", "an", "all", "every", "any"})
    at = _skip(reader, at, words.ORDER_STATES)
    target = _target(reader, at)
    if target is None:
        return None
    name, order_id, slot, at = target
    if reader.low(at) == "from" and (old := reader.amount(at + 1)):
        at += 1 + old.length
    settles = reader.low(at) == "at" and slot in {"limit_price", "quantity"} and reader.low(start) in {"set", "move"}
    if reader.low(at) in {"to", "be"} or settles or (reader.low(at) == "with" and reader.low(start) == "replace"):
        at += 1
    elif reader.low(start) != "make":
        return None
    return _modify_value(reader, at, (name, order_id), slot)


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
        elif (found := _order_id(reader, at)) and order_id is None:
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


def _modify_value(
    reader: Reader, at: int, which: tuple[Named | None, str | None], slot: str | None
) -> CommandRead | None:
    name, order_id = which
    amount = reader.amount(at)
    if amount is None or amount.is_part:
        return None
    end = at + amount.length
    questions: list[str] = []
    if reader.low(end) in lexicon.UNITS:
        if slot not in {None, "quantity"}:
            return None
        slot, end = "quantity", end + 1
    missing: list[str] = []
    if slot is None:
        missing.append("clarification")
        questions.append("Should I change the price or the number of shares?")
    if amount.kind == "percent" or amount.value <= 0:
        missing.append(slot or "limit_price")
        questions.append("To what price or size exactly?")
    symbol = name.symbol if name else None
    if symbol is None and order_id is None:
        order_id = reader.context.last_order_id if name is None else None
        if order_id is None:
            missing.append("symbol")
            questions.append(
                f"I don't know “{name.words}”. Which symbol do you mean?" if name else "Which order do you mean?"
            )
    return CommandRead([_modified(symbol, order_id, slot, amount, tuple(missing))], end, questions, symbol)


def _modified(
    symbol: str | None, order_id: str | None, slot: str | None, amount: Amount, missing: tuple[str, ...]
) -> ModifyOrder:
    values: dict[str, Decimal] = {slot: amount.value} if slot and amount.kind != "percent" else {}
    return ModifyOrder(
        symbol=symbol,
        order_id=order_id,
        limit_price=values.get("limit_price"),
        stop_price=values.get("stop_price"),
        quantity=values.get("quantity"),
        missing=missing,
        spans={slot: format(amount.value, "f")} if slot else {},
    )


def read_alert(reader: Reader, start: int, lead: ConditionRead | None = None) -> CommandRead | None:
    """ "tell me when bitcoin goes above 100k", "price alert on AAPL at 200", "if TSLA drops 5%, let me know"."""
    at = start + reader.is_phrase(words.ALERT, start)
    if at == start:
        return None
    name: Named | None = None
    at += reader.low(at) == ":"
    step = at + (reader.low(at) in {"for", "on", "about", "of", "in"})
    step += reader.low(step) in {"my", "the"}
    if (found := reader.name(step, slot=True)) and found.symbol and not reader.is_phrase(more.WHEN, step):
        name, at = found, step + found.length
    if lead is not None and (
        at >= len(reader.tokens) or reader.is_phrase(lexicon.CONNECTORS, at) or reader.is_phrase(lexicon.FILLERS, at)
    ):
        return _alerts(reader, [lead], at, name)
    first = read_condition(reader, at) if reader.is_phrase(more.WHEN, at) else read_condition(reader, at, lead=False)
    if first is None and (name is not None or reader.low(at) == "at"):
        first = _at_price(reader, at)
    if first is None:
        return None
    at += first.length
    if (
        name is None
        and first.name is None
        and reader.low(at) in {"for", "on"}
        and (found := reader.name(at + 1, slot=True))
    ):
        name, at = found, at + 1 + found.length
    reads = [first]
    while reader.low(at) == "or" and (further := _another(reader, at + 1)):
        reads.append(further)
        at += 1 + further.length
    return _alerts(reader, reads, at, name or first.name)


def _another(reader: Reader, at: int) -> ConditionRead | None:
    """A further condition after "or", with or without its own "if"."""
    return read_condition(reader, at) if reader.is_phrase(more.WHEN, at) else read_condition(reader, at, lead=False)


def _at_price(reader: Reader, at: int) -> ConditionRead | None:
    """ "alert on Apple at 200"."""
    step = at + (reader.low(at) in {"at", "@"})
    amount = reader.amount(step)
    if amount is None or amount.kind == "percent" or amount.is_part:
        return None
    return ConditionRead(step + amount.length - at, "price", RISING, amount.value)


def _alerts(reader: Reader, reads: list[ConditionRead], at: int, name: Named | None) -> CommandRead:
    actions: list[Action] = []
    questions: list[str] = []
    symbol: str | None = None
    for read in reads:
        whose = read.name or name
        symbol = whose.symbol if whose else reader.context.last_symbol
        missing = () if symbol else ("symbol",)
        if not symbol:
            questions.append(
                f"I don't know “{whose.words}”. Which symbol do you mean?" if whose else "Which symbol should I watch?"
            )
        full = with_default(read, RISING)
        when = Condition(
            symbol=symbol, metric=full.metric, operator=full.operator, value=full.value, reference=full.reference
        )
        spans = {"symbol": whose.words} if whose else {}
        actions.append(CreateAlert(when=when, missing=missing, spans=spans))
    return CommandRead(actions, at, questions, symbol)


def read_strategy(reader: Reader, start: int) -> CommandRead | None:
    """ "start the wheel on F with $5,000", "pause my wheel strategy", "stop all strategies"."""
    found = words.STRATEGY_COMMANDS.match(reader.tokens, start)
    if not found:
        return None
    at = start + found[1]
    every = reader.is_phrase(words.ALL_STRATEGIES, at)
    if every and found[0] != "start":
        action = StrategyCommand(command=found[0], spans={"command": reader.said(start, at)})
        return CommandRead([action], at + every)
    at = _skip(reader, at, frozenset({"my", "the", "a", "an", "new", "running", "our", "using", "that"}))
    name = reader.name(at) if not words.STRATEGIES.match(reader.tokens, at) else None
    if name and name.symbol and words.STRATEGIES.match(reader.tokens, at + name.length):
        at += name.length
    else:
        name = None
    strategy = words.STRATEGIES.match(reader.tokens, at)
    if not strategy:
        return None
    at += strategy[1]
    noun = reader.low(at) in words.STRATEGY_NOUNS
    at = _skip(reader, at, words.STRATEGY_NOUNS)
    if strategy[0] in {"value", "rsi", "macd"} and not noun:
        return None
    return _strategy_rest(reader, at, (found[0], strategy[0]), name)


def _strategy_rest(reader: Reader, at: int, what: tuple[str, str], name: Named | None) -> CommandRead:
    """The symbol and the capital of a strategy, in either sequence."""
    command, strategy = what
    capital: Amount | None = None
    unknown: Named | None = None
    while True:
        lead = reader.is_phrase(words.FOR_CAPITAL, at)
        step = at + lead
        amount = reader.amount(step) if lead else None
        if amount and capital is None and amount.kind != "percent" and not amount.is_part:
            capital, at = amount, step + amount.length
            at += ([reader.low(at), reader.low(at + 1)] == ["of", "capital"] and 2) or (
                reader.low(at) in {"capital", "budget"}
            )
            continue
        step = at + (reader.low(at) in {"on", "for", "in", "with", "using"})
        step += reader.low(step) in {"my", "the"}
        candidate = reader.name(step, slot=True) if name is None and step > at else None
        if candidate is None:
            break
        name, at = candidate, step + candidate.length
        at = _skip(reader, at, frozenset({"shares", "stock", "position", "holding"}))
        unknown = candidate if candidate.symbol is None else None
    missing: list[str] = []
    questions: list[str] = []
    if unknown:
        missing.append("symbol")
        questions.append(f"I don't know “{unknown.words}”. Which symbol do you mean?")
    elif command == "start" and name is None and strategy != "ai":
        missing.append("symbol")
        questions.append(f"On which symbol should I start the {strategy.replace('_', ' ')} strategy?")
    if capital and capital.value <= 0:
        missing.append("capital")
        questions.append("With how much capital?")
    action = StrategyCommand(
        command=command,
        strategy=strategy,
        symbol=name.symbol if name else None,
        capital=capital.value if capital else None,
        missing=tuple(missing),
        spans={"strategy": strategy} | ({"symbol": name.words} if name else {}),
    )
    return CommandRead([action], at, questions, action.symbol)
