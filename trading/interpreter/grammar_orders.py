"""The clause of an order: its head, then its parts in whatever sequence they were said."""

from collections.abc import Callable
from dataclasses import dataclass

from trading.interpreter import lexicon
from trading.interpreter import lexicon_more as more
from trading.interpreter.frame import Frame
from trading.interpreter.grammar_conditions import ConditionRead, read_condition
from trading.interpreter.grammar_exits import read_exit
from trading.interpreter.grammar_heads import read_head
from trading.interpreter.grammar_instruments import read_instrument
from trading.interpreter.grammar_options import is_option_clause, read_option_part
from trading.interpreter.grammar_prices import (
    read_price,
    read_stop,
    read_stop_value,
    read_trail,
    read_trail_value,
)
from trading.interpreter.grammar_sizes import read_size
from trading.interpreter.grammar_times import read_schedule, read_time_in_force
from trading.interpreter.reader import Reader

Rule = Callable[[Reader, Frame, int], int]
StartsCommand = Callable[[Reader, int], bool]


@dataclass(frozen=True, slots=True)
class Before:
    """The condition and the schedule said before the verb; they hold for every order of its clause."""

    condition: ConditionRead | None
    schedule: dict[str, str]


@dataclass(frozen=True, slots=True)
class OrdersRead:
    """The orders of one clause and where it ended."""

    frames: list[Frame]
    end: int


def read_orders(reader: Reader, at: int, *, starts_command: StartsCommand, before: Before) -> OrdersRead | None:
    """The order or orders whose clause begins here."""
    opened = read_head(reader, at)
    if opened is None:
        return None
    frame, at = opened
    frame.is_option = is_option_clause(reader, at, _clause_end(reader, at, starts_command))
    frame.schedule_parts.update(before.schedule)
    frame.condition = before.condition
    frames = [frame]
    while True:
        at = _parts(reader, frames[-1], at)
        at = _in_brackets(reader, frames[-1], at)
        frames[-1].end = at
        joined = reader.is_phrase(lexicon.CONNECTORS, at)
        if not joined or starts_command(reader, at + joined):
            break
        after = at + joined
        if frames[-1].condition is not None and reader.is_phrase(more.WHEN, after):
            break
        if end := _part(reader, frames[-1], after, rules=TERMS):
            at = end
        elif (chained := _chain(reader, frames[-1], after)) is not None:
            chained[0].condition = before.condition
            chained[0].schedule_parts.update(before.schedule)
            frames.append(chained[0])
            at = chained[1]
        elif end := _part(reader, frames[-1], after, rules=OBJECTS):
            at = end
        else:
            break
    return OrdersRead(frames, at)


def _clause_end(reader: Reader, at: int, starts_command: StartsCommand) -> int:
    """Where the next command begins, so that a call in it is not taken for one here."""
    for step in range(at, len(reader.tokens)):
        joined = reader.is_phrase(lexicon.CONNECTORS, step)
        if joined and starts_command(reader, step + joined):
            return step
    return len(reader.tokens)


def _filler(reader: Reader, frame: Frame, at: int) -> int:
    token = reader.tokens[at]
    if frame.name is None and token.text.isupper() and not reader.shouts and reader.index.ticker(token.text):
        return 0
    if reader.low(at) in {"like", "both"} and reader.amount(at + 1) is not None and not frame.has_size:
        return at + 1
    length = reader.is_phrase(lexicon.FILLERS, at)
    return at + length if length else 0


def _condition(reader: Reader, frame: Frame, at: int) -> int:
    if frame.condition is not None:
        return 0
    found = read_condition(reader, at)
    if found is None:
        return 0
    frame.condition = found
    frame.spans["when"] = reader.said(at, at + found.length)
    return at + found.length


def _to_buy(reader: Reader, frame: Frame, at: int) -> int:
    """ "use $500 to buy Apple", "with $500": the verb said after its money."""
    if frame.is_money_verb and frame.has_size and frame.name is None and reader.low(at) == "to":
        return at + 2 if reader.low(at + 1) in {"buy", "purchase", "get", "acquire"} else 0
    if frame.side == "buy" and reader.low(at) in {"with", "using", "worth", "for"} and not frame.has_size:
        amount = reader.amount(at + 1)
        if reader.low(at) != "for" and amount and amount.kind == "money" and not frame.is_vague:
            return read_size(reader, frame, at + 1)
    return 0


def _loose_noun(reader: Reader, frame: Frame, at: int) -> int:
    """ "my position", "the shares": the holding, left unnamed or named elsewhere."""
    step = at + (reader.low(at) in {"my", "the", "this", "that", "of"})
    if reader.low(step) not in lexicon.NOUNS or (frame.is_option and reader.low(step) in lexicon.CONTRACT_UNITS):
        return 0
    if frame.side == "sell" and reader.low(at) == "my":
        frame.is_own = True
    return step + 1


def _that_i_own(reader: Reader, frame: Frame, at: int) -> int:
    """ "every share of Ford I own", "the Tesla I have": whose they are."""
    length = reader.is_phrase(lexicon.I_OWN, at)
    if not length or frame.side != "sell" or frame.name is None:
        return 0
    frame.is_own = True
    return at + length


def _each(reader: Reader, frame: Frame, at: int) -> int:
    length = reader.is_phrase(lexicon.EACH, at)
    return at + length if length and frame.limit is not None else 0


# The terms of an order may follow a comma or "and"; its size and its instrument there may begin another order.
TERMS: tuple[Rule, ...] = (
    read_time_in_force, read_schedule, _filler, read_trail, read_exit, read_option_part, read_stop, _condition,
    read_trail_value, read_stop_value, _to_buy, read_price,
)  # fmt: skip
OBJECTS: tuple[Rule, ...] = (read_size, read_instrument, _each, _loose_noun, _that_i_own)


def _part(reader: Reader, frame: Frame, at: int, *, rules: tuple[Rule, ...] = (*TERMS, *OBJECTS)) -> int:
    """The end of the part that begins here; 0 when no rule knows it."""
    if at >= len(reader.tokens):
        return 0
    for rule in rules:
        if end := rule(reader, frame, at):
            return end
    return 0


def _parts(reader: Reader, frame: Frame, at: int) -> int:
    """Read part after part until one is not known."""
    while end := _part(reader, frame, at):
        if end <= at:
            break
        at = end
    return at


def _in_brackets(reader: Reader, frame: Frame, start: int) -> int:
    """ "(SL 470 / TP 600)": terms in brackets; where they end, or where they began if not all of them are known."""
    if reader.low(start) != "(":
        return start
    at = start
    while reader.low(at) in {"(", "/", ","}:
        end = _part(reader, frame, at + 1, rules=TERMS)
        if not end:
            return start
        at = _parts(reader, frame, end)
    return at + 1 if reader.low(at) == ")" else start


def read_terms(reader: Reader, frame: Frame, at: int) -> int:
    """Everything that belongs to one order, commas and all; where it ended."""
    while True:
        at = _parts(reader, frame, at)
        joined = reader.is_phrase(lexicon.CONNECTORS, at)
        end = _part(reader, frame, at + joined) if joined else 0
        if not end:
            return at
        at = end


def _chain(reader: Reader, frame: Frame, at: int) -> tuple[Frame, int] | None:
    """Another order of the same verb: "and 5 MSFT", "and 5 at 260", ", Microsoft" after "10 each of"."""
    if (
        frame.name is None
        or frame.is_option
        or not (frame.has_size or frame.is_vague or frame.is_own or frame.is_close)
    ):
        return None
    new = Frame(start=at, side=frame.side, verb=frame.verb, is_money_verb=frame.is_money_verb, is_close=frame.is_close)
    new.spans["side"] = frame.spans.get("side", "")
    end = read_size(reader, new, at)
    if end and (named := read_instrument(reader, new, end)) and new.name and (new.name.symbol or new.name.choices):
        return new, named
    if end and new.quantity is not None and reader.is_phrase(lexicon.AT_PRICE, end) and frame.limit is not None:
        new.name = frame.name
        return new, end
    if end:
        return None
    return _same_size(reader, frame, new, at)


def _same_size(reader: Reader, frame: Frame, new: Frame, at: int) -> tuple[Frame, int] | None:
    """The next name of a list that shares its size."""
    named = read_instrument(reader, new, at)
    if not named or new.name is None or not new.name.symbol:
        return None
    whole = frame.percent_of_position is not None or (frame.is_own and not frame.has_size) or frame.is_close
    if not (frame.is_each or whole):
        new.doubt("How much of each do you mean?")
    for slot in ("quantity", "notional", "percent_of_position", "percent_of_cash"):
        setattr(new, slot, getattr(frame, slot))
    new.is_each, new.is_own, new.is_vague = frame.is_each, frame.is_own or new.is_own, frame.is_vague
    return new, named
