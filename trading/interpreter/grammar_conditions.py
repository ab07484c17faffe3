"""Conditions: "when it drops 5% today", "if bitcoin falls below 50k", "on a break above 165"."""

from dataclasses import dataclass, replace
from decimal import Decimal

from trading.interpreter import lexicon_more as more
from trading.interpreter.numbers import Amount
from trading.interpreter.reader import Named, Reader

FALLING, RISING = "<=", ">="
WHOLE = Decimal(100)


@dataclass(frozen=True, slots=True)
class ConditionRead:
    """A condition as said; ``operator`` is empty where the words leave the direction open ("hits 200")."""

    length: int
    metric: str
    operator: str
    value: Decimal
    reference: str | None = None
    name: Named | None = None
    manner: str = ""
    is_it: bool = False


def read_condition(reader: Reader, start: int, *, lead: bool = True) -> ConditionRead | None:
    """The condition that begins here, with its leading "if" or "when" unless ``lead`` is false."""
    at = start
    if lead:
        at += reader.is_phrase(more.WHEN, start)
        if at == start:
            return _on_a_move(reader, start)
    if [reader.low(at), reader.low(at + 1)] == ["i", "am"]:
        return _on_my_cost(reader, start, at + 2)
    name, metric, at, said_subject = _subject(reader, at)
    signals, at = _predicate(reader, at)
    if not signals and metric == "price" and not said_subject:
        return None
    found = _value(reader, (start, at), signals, name=name, metric=metric)
    return replace(found, is_it=said_subject and name is None) if found else None


def _on_my_cost(reader: Reader, start: int, at: int) -> ConditionRead | None:
    """ "when I'm up 25%", "if I am down 10% on it": against what the position cost, where no other day is said."""
    signals, at = _predicate(reader, at)
    found = _value(reader, (start, at), signals, name=None, metric="price")
    if found is None or found.metric != "percent_change":
        return None
    reference = "average_price" if found.reference == "now" else found.reference
    length = found.length + reader.is_phrase(more.ON_IT, start + found.length)
    return replace(found, reference=reference, length=length, is_it=True)


def _subject(reader: Reader, at: int) -> tuple[Named | None, str, int, bool]:
    """Whose price or reading it is: a name, "it", "its RSI", "the RSI of Apple"."""
    begin = at
    name: Named | None = None
    if reader.low(at) == "my" or (
        reader.low(at) == "the" and reader.low(at + 1) == "price" and reader.low(at + 2) == "of"
    ):
        at += 1 if reader.low(at) == "my" else 3
    metric_found = more.METRICS.match(reader.tokens, at)
    subject = reader.is_phrase(more.SUBJECT, at)
    if metric_found and metric_found[1] >= subject:
        at += metric_found[1]
        if reader.low(at) in {"of", "on", "for"} and (name := reader.name(at + 1, slot=True)) and name.symbol:
            at += 1 + name.length
        return name, metric_found[0], at, True
    if subject:
        return None, "price", at + subject, True
    name = reader.name(at, slot=True)
    if name is None:
        return None, "price", begin, False
    at += name.length
    if reader.low(at) == "'s":
        at += 1
    metric_found = more.METRICS.match(reader.tokens, at)
    if metric_found:
        return name, metric_found[0], at + metric_found[1], True
    if reader.low(at) in {"stock", "shares", "share", "coin"}:
        at += 2 if reader.low(at + 1) == "price" else 1
    return name, "price", at, True


def _predicate(reader: Reader, at: int) -> tuple[list[str], int]:
    """The moves, directions and prepositions up to the amount."""
    signals: list[str] = []
    while found := more.MOVES.match(reader.tokens, at):
        signals.append(found[0])
        at += found[1]
    return signals, at


def _value(
    reader: Reader, place: tuple[int, int], signals: list[str], *, name: Named | None, metric: str
) -> ConditionRead | None:
    start, at = place
    amount = reader.amount(at)
    if amount is None or amount.is_part or not set(signals) - {more.AUX, more.TO, more.MORE}:
        return None
    at += amount.length
    operator = _operator(signals, amount)
    if operator is None:
        return None
    if amount.kind == "percent" and not operator and reader.low(at) in {"above", "below"}:
        operator = RISING if reader.low(at) == "above" else FALLING
    if amount.kind == "percent" and metric == "price" and more.TO not in signals:
        return _percent_change(reader, (start, at), operator, amount=amount, name=name)
    if amount.kind == "percent" or not _is_a_level(signals, metric):
        return None
    after = reader.is_phrase(more.AFTER_LEVEL, at)
    if after and reader.amount(at + after):
        after = 0
    if after and _contradicts(reader.low(at + 1), operator):
        return None
    if after and not operator and reader.low(at) == "or":
        operator = FALLING if reader.low(at + 1) in {"lower", "less", "below", "under"} else RISING
    manner = next((word for word in (more.CROSS, more.BREAK) if word in signals), "")
    return ConditionRead(at + after - start, metric, operator, amount.value, None, name, manner)


def _operator(signals: list[str], amount: Amount) -> str | None:
    """Which way, empty where open, None where the words contradict each other."""
    said = set(signals)
    if amount.kind == "percent" and said & {more.DOWN, more.UP}:
        said -= {more.ABOVE, more.BELOW} if more.ABOVE in said else set()
    down, up = said & {more.DOWN, more.BELOW}, said & {more.UP, more.ABOVE}
    if more.MORE in said and amount.kind != "percent" and not (down or up):
        return RISING
    if down and up:
        return None
    return FALLING if down else RISING if up else ""


def _is_a_level(signals: list[str], metric: str) -> bool:
    """Whether "falls 5" may stand: a move needs "to" before a price, else it says by how much."""
    if more.BY in signals:
        return False
    return metric != "price" or bool(
        set(signals) & {more.TO, more.BELOW, more.ABOVE, more.LEVEL, more.BREAK, more.CROSS}
    )


def _contradicts(word: str, operator: str) -> bool:
    lower, higher = {"lower", "less", "below", "under"}, {"higher", "more", "above", "over"}
    return (word in lower and operator == RISING) or (word in higher and operator == FALLING)


def _percent_change(
    reader: Reader, place: tuple[int, int], operator: str, *, amount: Amount, name: Named | None
) -> ConditionRead | None:
    start, at = place
    if not operator or amount.value <= 0 or (operator == FALLING and amount.value >= WHOLE):
        return None
    if reader.low(at) == "or" and reader.low(at + 1) in {"more", "greater"}:
        at += 2
    if reader.low(at) in {"in", "of"} and reader.low(at + 1) in {"price", "value"}:
        at += 2
    if reader.low(at) in {"below", "above"} and not more.REFERENCES.match(reader.tokens, at):
        return None
    reference = more.REFERENCES.match(reader.tokens, at)
    if reference:
        at += reference[1]
    value = -amount.value if operator == FALLING else amount.value
    return ConditionRead(at - start, "percent_change", operator, value, reference[0] if reference else "now", name)


def _on_a_move(reader: Reader, start: int) -> ConditionRead | None:
    """ "on a 5% dip", "on a dip to 170", "on a break above 165"."""
    at = start + reader.is_phrase(more.ON_A, start)
    if at == start:
        return None
    percent = reader.amount(at)
    if percent and percent.kind == "percent":
        noun = more.MOVE_NOUNS.match(reader.tokens, at + percent.length)
        if not noun or noun[0] not in {more.DOWN, more.UP}:
            return None
        end = at + percent.length + noun[1]
        operator = FALLING if noun[0] == more.DOWN else RISING
        return _percent_change(reader, (start, end), operator, amount=percent, name=None)
    noun = more.MOVE_NOUNS.match(reader.tokens, at)
    if not noun:
        return None
    signals, end = _predicate(reader, at + noun[1])
    if reader.low(end) == "of" and not signals:
        end += 1
        amount = reader.amount(end)
        if amount is None or amount.kind != "percent":
            return None
    return _value(reader, (start, end), [noun[0], *signals], name=None, metric="price")


def with_default(read: ConditionRead, operator: str) -> ConditionRead:
    """The condition with a direction where the words left it open."""
    return read if read.operator else replace(read, operator=operator)
