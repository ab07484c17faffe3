"""The sentence: openers, commands joined by connectors, and whatever could not be read."""

from dataclasses import dataclass, field

from trading.interpreter import lexicon, lexicon_commands
from trading.interpreter import lexicon_more as more
from trading.interpreter.assemble import build
from trading.interpreter.built import Built
from trading.interpreter.frame import Frame
from trading.interpreter.grammar_alerts import read_alert
from trading.interpreter.grammar_commands import CommandRead, read_cancel
from trading.interpreter.grammar_conditions import ConditionRead, read_condition
from trading.interpreter.grammar_entries import name_first
from trading.interpreter.grammar_modify import read_modify
from trading.interpreter.grammar_orders import Before, OrdersRead, read_orders
from trading.interpreter.grammar_queries import read_query
from trading.interpreter.grammar_strategies import read_strategy
from trading.interpreter.grammar_times import read_schedule
from trading.interpreter.interpretation import CERTAIN, Action, Sureness
from trading.interpreter.reader import Reader

FULL_STOPS = frozenset({".", ";", "!", "?"})
POLITE = frozenset({"can", "could", "will", "would"})


@dataclass(slots=True)
class Reading:
    """All that was read of a sentence; ``unread`` is the first stretch nobody understood."""

    actions: list[Action] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    sureness: Sureness = CERTAIN
    unread: tuple[int, int] | None = None
    is_polite: bool = False
    has_question_mark: bool = False
    short_sale: bool = False
    last_symbol: str | None = None
    last_end: int = 0
    is_joined: bool = False
    is_led: bool = False
    was_led: bool = False


def read_sentence(reader: Reader) -> Reading:
    """Every command of the sentence, in the sequence said."""
    reading = Reading()
    count = len(reader.tokens)
    at = _openers(reader, reading, 0)
    while at < count:
        stops = {reader.low(step) for step in range(reading.last_end, at)} & FULL_STOPS
        reading.is_joined = bool(reading.actions) and not stops
        reading.was_led, reading.is_led = reading.is_led and reading.is_joined, False
        known = len(reading.actions)
        end = _command(reader, reading, at)
        if end is None:
            reading.unread = (at, count)
            break
        if reading.was_led and not reading.is_led and any(action.TRADES for action in reading.actions[known:]):
            reading.questions.append("Does what you said first hold for all of that, or only for the first order?")
        reading.is_led, reading.last_end = reading.is_led or reading.was_led, end
        after = _after(reader, reading, end)
        if after is None:
            reading.unread = (end, count)
            break
        at = _openers(reader, reading, after)
    return reading


def _openers(reader: Reader, reading: Reading, at: int) -> int:
    """Past greetings, politeness and connectors."""
    while True:
        opener = reader.is_phrase(lexicon.OPENERS, at)
        if opener and not _is_command_word(reader, at, opener):
            asked = {reader.low(step) for step in range(at, at + opener)}
            reading.is_polite = reading.is_polite or reader.low(at) in POLITE or "mind" in asked
            at += opener
            continue
        joined = reader.is_phrase(lexicon.CONNECTORS, at) or (1 if reader.low(at) in {"!", "'s"} else 0)
        if not joined:
            return at
        at += joined


def past_openers(reader: Reader, at: int = 0) -> int:
    """Where the first command may begin."""
    return _openers(reader, Reading(), at)


def _is_command_word(reader: Reader, at: int, opener: int) -> bool:
    """Whether what looks like an opener is the head itself: "I want 10 Apple", "go long"."""
    for table in (lexicon.BUY, lexicon.SELL, lexicon.SHORT, lexicon_commands.ALERT):
        if reader.is_phrase(table, at) > opener:
            return True
    return opener == 1 and reader.low(at) == "go" and reader.low(at + 1) in {"all", "long", "flat", "short"}


def starts_command(reader: Reader, at: int) -> bool:
    """Whether a new command begins here, so that a connector before it ends the last one."""
    reading = Reading()
    begin = _openers(reader, reading, at)
    if begin >= len(reader.tokens):
        return False
    if reader.is_phrase(lexicon.GUARDS, begin) and _is_exit_of_entry(reader, begin):
        return False
    if (
        read_cancel(reader, begin)
        or read_modify(reader, begin)
        or read_strategy(reader, begin)
        or read_alert(reader, begin)
    ):
        return True
    if reader.is_phrase(lexicon.SHORT, begin) or reader.is_phrase(lexicon.EFFECTS, begin):
        return True
    if reader.is_phrase(lexicon.TYPED, begin):
        return True
    buys, sells = reader.is_phrase(lexicon.BUY, begin), reader.is_phrase(lexicon.SELL, begin)
    if buys or sells:
        return reader.low(begin + max(buys, sells)) not in {"price", "at", "@", "by"} and not _is_noun(reader, begin)
    if name_first(reader, begin) or (reader.is_phrase(lexicon.INVEST, begin) and reader.amount(begin + 1)):
        return True
    return (begin > at and _asks(reader, begin)) or _asks(reader, begin)


def _is_noun(reader: Reader, at: int) -> bool:
    """ "stop loss", "target" and the like after "and" belong to the order before."""
    return reader.low(at) in {"take", "cut"} and reader.low(at + 1) in {"profit", "profits", "losses"}


def _is_exit_of_entry(reader: Reader, at: int) -> bool:
    step = at + reader.is_phrase(lexicon.GUARDS, at)
    step += reader.low(step) in {"a", "an", "my", "the", "it", "them"}
    step += reader.low(step) == "with"
    step += reader.low(step) in {"a", "an"}
    amount = reader.amount(step)
    step += amount.length if amount else 0
    tables = (more.STOP_LOSS, more.TAKE_PROFIT, more.STOP, more.TRAIL)
    return any(reader.is_phrase(table, step) for table in tables)


def _asks(reader: Reader, at: int) -> bool:
    """Whether a question or a request to show begins here."""
    return reader.low(at) in {"what", "show", "how", "tell", "list", "analyze", "analyse", "display", "check", "quote"}


def _command(reader: Reader, reading: Reading, at: int) -> int | None:
    """Read one command, with the condition said before it; its end, or None."""
    start = at
    lead = read_condition(reader, at) if _may_lead(reader, at) else None
    if lead is not None:
        at += lead.length
        while joined := reader.is_phrase(lexicon.CONNECTORS, at):
            at += joined
        at = _openers(reader, reading, at)
    if reader.is_phrase(lexicon.SHORT, at) and not _is_short_name(reader, at):
        reading.short_sale = True
        return None
    end = _plain_command(reader, reading, at, lead)
    if end is not None:
        return end
    scheduled = _lead_schedule(reader, at) if lead is None else None
    if scheduled is not None:
        at = scheduled.end
    before = Before(lead, dict(scheduled.schedule_parts) if scheduled else {})
    orders = read_orders(reader, at, starts_command=starts_command, before=before)
    if orders is not None and _is_worth(orders):
        reading.is_led = lead is not None or scheduled is not None
        _check_reach(reading, orders)
        return _keep_orders(reader, reading, orders)
    if (lead is not None and reader.low(start) != "should") or scheduled is not None or _watches(reader, at):
        return None
    return _query(reader, reading, start)


def _is_short_name(reader: Reader, at: int) -> bool:
    return reader.low(at) == "short" and reader.low(at + 1) in {"term", "squeeze"}


def _may_lead(reader: Reader, at: int) -> bool:
    return bool(reader.is_phrase(more.WHEN, at)) or reader.low(at) == "on"


def _plain_command(reader: Reader, reading: Reading, at: int, lead: ConditionRead | None) -> int | None:
    alert = read_alert(reader, at, lead, last_symbol=reading.last_symbol)
    if alert is not None:
        reading.is_led = True
        return _keep(reading, alert)
    if lead is not None:
        return None
    for read in (read_modify, read_cancel, read_strategy):
        found = read(reader, at)
        if found is not None:
            return _keep(reading, found)
    return None


def _keep(reading: Reading, found: CommandRead) -> int:
    reading.actions.extend(found.actions)
    reading.questions.extend(found.questions)
    reading.last_symbol = found.symbol or reading.last_symbol
    return found.end


def _is_worth(orders: OrdersRead) -> bool:
    """A head with nothing else read is still an order if it is a plain verb: "sell"."""
    frame = orders.frames[0]
    return frame.verb != "order" or frame.has_size or frame.name is not None


def _lead_schedule(reader: Reader, at: int) -> Frame | None:
    """ "every Monday buy ...": the schedule said first, kept in a frame of its own."""
    frame = Frame(start=at, end=at)
    while end := read_schedule(reader, frame, frame.end):
        frame.end = end
    while joined := reader.is_phrase(lexicon.CONNECTORS, frame.end):
        frame.end += joined
    return frame if frame.schedule_parts else None


def _watches(reader: Reader, at: int) -> bool:
    """Whether an alert is asked for whose condition could not be read."""
    length = reader.is_phrase(lexicon_commands.ALERT, at)
    return bool(length) and any(reader.is_phrase(more.WHEN, step) for step in range(at + length, len(reader.tokens)))


def _check_reach(reading: Reading, orders: OrdersRead) -> None:
    """A condition on something else, or a schedule, said after two orders may hold for both, and is asked about."""
    if not reading.is_joined or reading.is_led or not any(action.TRADES for action in reading.actions):
        return
    for frame in orders.frames:
        watched = frame.condition.name.symbol if frame.condition and frame.condition.name else None
        own = frame.name.symbol if frame.name else None
        if (watched and watched != own) or frame.schedule_parts:
            frame.doubt("Does that hold for all of these orders, or only for the last?")


def _keep_orders(reader: Reader, reading: Reading, orders: OrdersRead) -> int:
    frames = orders.frames
    _share_times(frames)
    for frame in frames:
        built: Built = build(reader, frame, last_symbol=reading.last_symbol)
        reading.actions.append(built.action)
        reading.questions.extend(built.questions)
        reading.sureness = min(reading.sureness, built.sureness)
        reading.last_symbol = built.symbol or reading.last_symbol
    return orders.end


def _share_times(frames: list[Frame]) -> None:
    """The time or schedule said at the end of a list holds for all of it; a condition there is asked about."""
    last = frames[-1]
    for frame in frames[:-1]:
        if frame.time_in_force is None:
            frame.time_in_force = last.time_in_force
        if frame.schedule_parts and not last.schedule_parts:
            last.doubt("Does that repeat for all of them, or only for the first?")
        if not frame.schedule_parts:
            frame.schedule_parts = dict(last.schedule_parts)
        if last.condition is not None and frame.condition is None:
            last.doubt("Does that condition hold for all of them, or only for the last?")


def _query(reader: Reader, reading: Reading, start: int) -> int | None:
    """The question that begins here, up to the next command."""
    end = len(reader.tokens)
    for step in range(start + 1, len(reader.tokens)):
        if reader.low(step) == "s&p":
            continue
        joined = reader.is_phrase(lexicon.CONNECTORS, step)
        if reader.low(step) == "?" or (joined and starts_command(reader, step + joined)):
            end = step
            break
    if reader.low(end) == ":":
        return None
    queries = read_query(reader, start, end)
    if not queries or (any(action.TRADES for action in reading.actions) and not _asks(reader, start)):
        return None
    reading.actions.extend(queries)
    reading.last_symbol = queries[-1].symbol or reading.last_symbol
    return end


def _after(reader: Reader, reading: Reading, at: int) -> int | None:
    """Past what may stand after a command; None where something else does."""
    count = len(reader.tokens)
    begin = at
    while at < count:
        filler = reader.is_phrase(lexicon.FILLERS, at)
        if filler:
            at += filler
        elif reader.low(at) == "?":
            reading.has_question_mark = reading.has_question_mark or bool(
                reading.actions and reading.actions[-1].TRADES
            )
            at += 1
        elif joined := reader.is_phrase(lexicon.CONNECTORS, at):
            at += joined
        else:
            return at if at > begin else None
    return at
