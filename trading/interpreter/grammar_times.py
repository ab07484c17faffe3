"""When and how often: times in force and schedules."""

from trading.interpreter import lexicon_more as more
from trading.interpreter.dates import ORDINAL_WORDS, WEEKDAY_NAMES, WEEKDAYS, day_number, read_time
from trading.interpreter.frame import Frame
from trading.interpreter.interpretation import Schedule
from trading.interpreter.reader import Reader

EVERY = frozenset({"every", "each"})
PARTS_OF_DAY = frozenset({"morning", "evening", "night", "afternoon"})
INTERVALS = {"day": "day", "week": "week", "month": "month"}
ADVERBS = {"daily": "day", "weekly": "week", "monthly": "month"}


def read_time_in_force(reader: Reader, frame: Frame, at: int) -> int:
    """ "good till cancelled", "at the open", "ioc"."""
    start = at
    if reader.low(at) in {"and", "with"} and reader.is_phrase(more.TIME_IN_FORCE, at + 1):
        at += 1
    if reader.low(at) in {"a", "an"} and reader.is_phrase(more.TIME_IN_FORCE, at + 1):
        at += 1
    if reader.is_phrase(more.RIGHT_AT, at) and not more.TIME_IN_FORCE.match(reader.tokens, at):
        at += reader.is_phrase(more.RIGHT_AT, at)
    found = more.TIME_IN_FORCE.match(reader.tokens, at)
    if not found and reader.low(at) == "day" and (frame.limit is not None or frame.stop is not None):
        found = ("day", 1)
    if not found:
        return 0
    end = at + found[1]
    if frame.time_in_force not in {None, found[0]}:
        frame.doubt("There are two times in force. Which one do you mean?")
    frame.time_in_force = found[0]
    frame.spans["time_in_force"] = reader.said(start, end)
    if found[0] == "opg" and reader.low(end) == "tomorrow":
        end += 1
    return end


def read_schedule(reader: Reader, frame: Frame, at: int) -> int:
    """ "every Monday", "monthly on the 15th", "a week", "every day at 9:30"."""
    for rule in (_interval, _on_days, _time_of_day):
        if end := rule(reader, frame, at):
            return end
    return 0


def _keep(frame: Frame, **parts: str) -> None:
    """Note parts of a schedule; two different ones for the same part are a doubt."""
    for part, value in parts.items():
        if frame.schedule_parts.setdefault(part, value) != value:
            frame.doubt("How often exactly, and on which day?")


def _interval(reader: Reader, frame: Frame, at: int) -> int:
    word, following = reader.low(at), reader.low(at + 1)
    if word in ADVERBS:
        _keep(frame, interval=ADVERBS[word])
        return at + 1
    if word in EVERY and following in WEEKDAYS:
        _keep(frame, interval="week", weekday=WEEKDAY_NAMES[WEEKDAYS[following]])
        return at + 2
    if word in EVERY and following in PARTS_OF_DAY:
        _keep(frame, interval="day")
        return at + 2
    if word in EVERY and following in {"single", "trading"} and reader.low(at + 2) == "day":
        _keep(frame, interval="day")
        return at + 3
    if word in EVERY | {"per", "a", "an", "once"} and following in INTERVALS and not frame.is_option:
        _keep(frame, interval=INTERVALS[following])
        return at + 2
    if [word, following] == ["once", "a"] and reader.low(at + 2) in INTERVALS:
        _keep(frame, interval=INTERVALS[reader.low(at + 2)])
        return at + 3
    if word == "on" and following in EVERY and reader.low(at + 2) in WEEKDAYS:
        return _interval(reader, frame, at + 1)
    if word in EVERY:
        return _every_date(reader, frame, at + 1)
    return 0


def _every_date(reader: Reader, frame: Frame, at: int) -> int:
    """ "every 15th", "every first of the month"."""
    token = reader.tokens[at] if at < len(reader.tokens) else None
    day = day_number(reader.tokens, at)
    if day is None or token is None or (token.kind == "number" and not token.suffix):
        return 0
    end = at + day[1]
    for tail in (["of", "the", "month"], ["day", "of", "the", "month"], ["of", "month"]):
        if [reader.low(end + step) for step in range(len(tail))] == tail:
            end += len(tail)
            break
    else:
        if token.low in ORDINAL_WORDS:
            return 0
    _keep(frame, interval="month", day_of_month=str(day[0]))
    return end


def _on_days(reader: Reader, frame: Frame, at: int) -> int:
    """ "on Mondays", "on the 15th [of every month]", "on Friday" beside an interval."""
    start = at
    at += reader.low(at) in {"on", "every"}
    at += reader.low(at) == "the"
    if reader.low(at) in WEEKDAYS and at > start:
        many = reader.low(at).endswith("days") or reader.low(at) == "mondays"
        if not many and frame.schedule_parts.get("interval") != "week":
            return 0
        _keep(frame, interval="week", weekday=WEEKDAY_NAMES[WEEKDAYS[reader.low(at)]])
        return at + 1
    day = day_number(reader.tokens, at) if at > start else None
    if day is None:
        return 0
    end = at + day[1]
    if reader.low(end) == "day":
        end += 1
    tail = [reader.low(end + step) for step in range(3)]
    if tail[0] in {"of", ""} and tail[1] in EVERY | {"the"} and tail[2] == "month":
        if tail[1] == "the" and frame.schedule_parts.get("interval") != "month":
            return 0
        end += 3
    elif tail[:2] in (["each", "month"], ["every", "month"]):
        end += 2
    elif frame.schedule_parts.get("interval") != "month":
        return 0
    _keep(frame, interval="month", day_of_month=str(day[0]))
    return end


def _time_of_day(reader: Reader, frame: Frame, at: int) -> int:
    step = at + (reader.low(at) in {"at", "@"})
    found = read_time(reader.tokens, step)
    if not found:
        return 0
    _keep(frame, time=found[0])
    return step + found[1]


def schedule_of(frame: Frame) -> Schedule | None:
    """The schedule the noted parts make; a time without an interval is a doubt."""
    parts = frame.schedule_parts
    if not parts:
        return None
    if "interval" not in parts:
        frame.doubt("Orders cannot wait for a time of day. Shall I place it now, at the open or at the close?")
        return None
    day = parts.get("day_of_month")
    return Schedule(
        interval=parts["interval"],
        weekday=parts.get("weekday"),
        day_of_month=int(day) if day else None,
        time=parts.get("time"),
    )
