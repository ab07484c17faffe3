"""Alerts: "tell me when bitcoin goes above 100k", "price alert on AAPL at 200", "if TSLA drops 5%, let me know"."""

from trading.interpreter import lexicon
from trading.interpreter import lexicon_commands as words
from trading.interpreter import lexicon_more as more
from trading.interpreter.grammar_commands import CommandRead
from trading.interpreter.grammar_conditions import RISING, ConditionRead, read_condition, with_default
from trading.interpreter.interpretation import Action, Condition, CreateAlert
from trading.interpreter.reader import Named, Reader


def _watched(reader: Reader, start: int) -> tuple[int, Named | None]:
    """ "watch TSLA and tell me when …": where the alert itself begins, and what to watch."""
    lead = reader.is_phrase(words.WATCH, start)
    name = reader.name(start + lead, slot=True) if lead else None
    if name is None or name.symbol is None:
        return start, None
    at = start + lead + name.length
    at += reader.low(at) in lexicon.NOUNS
    while reader.low(at) in {"and", "for", "me", ",", "then", "please"}:
        at += 1
    return (at, name) if reader.is_phrase(words.ALERT, at) else (start, None)


def read_alert(
    reader: Reader, start: int, lead: ConditionRead | None = None, *, last_symbol: str | None = None
) -> CommandRead | None:
    """ "tell me when bitcoin goes above 100k", "price alert on AAPL at 200", "if TSLA drops 5%, let me know"."""
    begin, name = _watched(reader, start)
    at = begin + reader.is_phrase(words.ALERT, begin)
    if at == begin:
        return None
    at += reader.low(at) == ":"
    at += reader.low(at) == "for" and reader.is_phrase(more.WHEN, at + 1) > 0
    step = at + (reader.low(at) in {"for", "on", "about", "of", "in"})
    step += reader.low(step) in {"my", "the"}
    if (found := reader.name(step, slot=True)) and found.symbol and not reader.is_phrase(more.WHEN, step):
        name, at = found, step + found.length
    if lead is not None and (
        at >= len(reader.tokens) or reader.is_phrase(lexicon.CONNECTORS, at) or reader.is_phrase(lexicon.FILLERS, at)
    ):
        return _alerts([lead], at, name, last_symbol or reader.context.last_symbol)
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
    while _joins(reader, at) and (further := _another(reader, at + 1)):
        reads.append(further)
        at += 1 + further.length
    return _alerts(reads, at, name or first.name, last_symbol or reader.context.last_symbol)


def _joins(reader: Reader, at: int) -> bool:
    """Whether a further condition follows: after "or", or after "and" with its own "if"."""
    return reader.low(at) == "or" or (reader.low(at) == "and" and bool(reader.is_phrase(more.WHEN, at + 1)))


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


def _alerts(reads: list[ConditionRead], at: int, name: Named | None, last_symbol: str | None) -> CommandRead:
    actions: list[Action] = []
    questions: list[str] = []
    symbol: str | None = None
    for read in reads:
        whose = read.name or name
        symbol = whose.symbol if whose else last_symbol
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
