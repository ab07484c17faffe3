"""Reads calendar dates, weekdays and times of day against a given moment."""

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from trading.interpreter.numbers import ONES, ORDINALS, TENS, read_amount
from trading.interpreter.tokens import Token

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
            "september sep sept", "october oct", "november nov", "december dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "monday mondays mon", "tuesday tuesdays tue tues", "wednesday wednesdays wed weds",
            "thursday thursdays thu thur thurs", "friday fridays fri", "saturday saturdays sat", "sunday sundays sun",
        )
    )
    for name in names.split()
}  # fmt: skip
WEEKDAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ORDINAL_WORDS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15, "sixteenth": 16,
    "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "thirtieth": 30,
}  # fmt: skip
# Which of a month's weekdays is meant; 0 is the last.
NTH = {
    "first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "last": 0,
}  # fmt: skip
DAY_MONTH_YEAR = re.compile(r"^(\d{1,2})([a-z]{3})(\d+)$")
TIME = re.compile(r"^(\d{1,2})(?::(\d{2}))? ?(?:([ap])\.?m\.?)?$")


@dataclass(frozen=True, slots=True)
class DateRead:
    """A date and the number of tokens that said it; ``is_exact`` is false for "January 2027"."""

    day: date
    length: int
    is_exact: bool = True


def read_date(tokens: Sequence[Token], start: int, today: date) -> DateRead | None:
    """The date that begins here, the next such one where no year is said."""
    for reader in (_written, _month_day, _nth_weekday, _day_month, _slashed, _relative):
        if found := reader(tokens, start, today):
            return found
    return None


def _low(tokens: Sequence[Token], at: int) -> str:
    return tokens[at].low.rstrip(".") if 0 <= at < len(tokens) else ""


def _safe(year: int, month: int, day: int) -> date | None:
    if not (1 <= month <= 12 and 2000 <= year <= 2100 and 1 <= day <= monthrange(year, month)[1]):
        return None
    return date(year, month, day)


def _coming(month: int, day: int, today: date) -> date | None:
    """The next such day of a year, today included."""
    this_year = _safe(today.year, month, day)
    if this_year and this_year >= today:
        return this_year
    return _safe(today.year + 1, month, day)


def _written(tokens: Sequence[Token], start: int, _today: date) -> DateRead | None:
    """2026-12-18, 12/18/2026, 12/18/26."""
    if start >= len(tokens) or tokens[start].kind != "date":
        return None
    if named := DAY_MONTH_YEAR.match(tokens[start].low):
        glued = _safe(int(named[3]) + (2000 if len(named[3]) == 2 else 0), MONTHS[named[2]], int(named[1]))
        return DateRead(glued, 1) if glued else None
    parts = [int(part) for part in re.split(r"[-/]", tokens[start].low)]
    year, month, day = parts if "-" in tokens[start].low else (parts[2], parts[0], parts[1])
    found = _safe(year + 2000 if year < 100 else year, month, day)
    return DateRead(found, 1) if found else None


def day_number(tokens: Sequence[Token], at: int) -> tuple[int, int] | None:
    """A day of the month, "18", "18th" or "eighteenth", and its length."""
    word = _low(tokens, at)
    following = ORDINAL_WORDS.get(_low(tokens, at + 1), 10)
    if word in {"twenty", "thirty"} and following < 10 and TENS[word] + following <= 31:
        return TENS[word] + following, 2
    if word in ORDINAL_WORDS:
        return ORDINAL_WORDS[word], 1
    if at >= len(tokens) or tokens[at].kind != "number":
        return None
    token = tokens[at]
    whole = token.value is not None and token.value == int(token.value) and 1 <= token.value <= 31
    if not whole or token.money or token.percent or (token.suffix and token.suffix not in ORDINALS):
        return None
    return int(token.value or 0), 1


def _year(tokens: Sequence[Token], at: int) -> tuple[int, int] | None:
    """ "2026" or "'26", perhaps after a comma."""
    step = 1 if _low(tokens, at) == "," else 0
    quoted = 1 if _low(tokens, at + step) == "'" else 0
    spoken = [_low(tokens, at + step + more) for more in range(3)]
    if spoken[:1] == ["twenty"] and spoken[1] in {"twenty", "thirty"}:
        ones = ONES.get(spoken[2], 0) if ONES.get(spoken[2], 10) < 10 else 0
        return 2000 + TENS[spoken[1]] + ones, step + 2 + bool(ones)
    token = tokens[at + step + quoted] if at + step + quoted < len(tokens) else None
    if token is None or token.kind != "number" or token.value is None or token.money or token.percent or token.suffix:
        return None
    if token.text.isdigit() and (2000 <= token.value <= 2100 or (quoted and token.value < 100)):
        return int(token.value) + (2000 if token.value < 100 else 0), step + quoted + 1
    return None


def _month_day(tokens: Sequence[Token], start: int, today: date) -> DateRead | None:
    """December 18, 2026; Dec 18th; January 2027."""
    month = MONTHS.get(_low(tokens, start))
    if not month:
        return None
    at = start + 1
    if at < len(tokens) and tokens[at].low in {".", "the"}:
        at += 1
    day = day_number(tokens, at)
    if day is None:
        year = _year(tokens, at)
        first = _safe(year[0], month, 1) if year else None
        return DateRead(first, at + year[1] - start, is_exact=False) if first and year else None
    return _finish(tokens, start, at + day[1], (month, day[0]), today)


def _day_month(tokens: Sequence[Token], start: int, today: date) -> DateRead | None:
    """18 December 2026; the 18th of December."""
    at = start + 1 if _low(tokens, start) == "the" else start
    day = day_number(tokens, at)
    if day is None:
        return None
    at += day[1]
    if _low(tokens, at) == "of":
        at += 1
    month = MONTHS.get(_low(tokens, at))
    return _finish(tokens, start, at + 1, (month, day[0]), today) if month else None


def _nth_weekday(tokens: Sequence[Token], start: int, today: date) -> DateRead | None:
    """The third Friday of January, the last Friday in December 2026: the next such one where no year is said."""
    at = start + 1 if _low(tokens, start) == "the" else start
    nth = NTH.get(_low(tokens, at))
    weekday = WEEKDAYS.get(_low(tokens, at + 1))
    month = MONTHS.get(_low(tokens, at + 2 + (_low(tokens, at + 2) in {"of", "in"})))
    if nth is None or weekday is None or month is None:
        return None
    at += 3 + (_low(tokens, at + 2) in {"of", "in"})
    year = _year(tokens, at)
    for candidate in (year[0],) if year else (today.year, today.year + 1):
        found = _nth_in(candidate, month, weekday, nth)
        if found and (year or found >= today):
            return DateRead(found, at + (year[1] if year else 0) - start)
    return None


def _nth_in(year: int, month: int, weekday: int, nth: int) -> date | None:
    """This weekday of a month by its place in it; 0 is the last one, and a fifth that there is not is None."""
    first, days = monthrange(year, month)
    begin = 1 + (weekday - first) % 7
    day = begin + 7 * (nth - 1) if nth else begin + 7 * ((days - begin) // 7)
    return _safe(year, month, day)


def _finish(tokens: Sequence[Token], start: int, at: int, month_day: tuple[int, int], today: date) -> DateRead | None:
    year = _year(tokens, at)
    found = _safe(year[0], *month_day) if year else _coming(*month_day, today)
    return DateRead(found, at + (year[1] if year else 0) - start) if found else None


def _slashed(tokens: Sequence[Token], start: int, today: date) -> DateRead | None:
    """12/18, the American way round."""
    if start >= len(tokens) or tokens[start].kind != "slash":
        return None
    month, day = (int(part) for part in tokens[start].low.split("/"))
    found = _coming(month, day, today) if 1 <= month <= 12 and 1 <= day <= 31 else None
    return DateRead(found, 1) if found else None


def _relative(tokens: Sequence[Token], start: int, today: date) -> DateRead | None:
    """Today, tomorrow, this Friday, next Friday, in 30 days, in two weeks."""
    word = _low(tokens, start)
    if word in {"today", "tomorrow"}:
        return DateRead(today + timedelta(days=word == "tomorrow"), 1)
    step = 1 if word in {"this", "next", "coming"} else 0
    weekday = WEEKDAYS.get(_low(tokens, start + step))
    if weekday is not None:
        return _weekday(word, weekday, step, today)
    at = start + 1 if word == "in" else start
    amount = read_amount(tokens, at)
    if amount is None or amount.kind != "plain" or amount.value != int(amount.value) or not 0 < amount.value < 1000:
        return None
    unit = _low(tokens, at + amount.length)
    days = {"day": 1, "days": 1, "week": 7, "weeks": 7}.get(unit)
    if days is None:
        return None
    length = at + amount.length + 1 - start
    if [_low(tokens, start + length), _low(tokens, start + length + 1)] in (["from", "now"], ["from", "today"]):
        length += 2
    elif _low(tokens, start + length) == "out":
        length += 1
    elif at == start:
        return None
    return DateRead(today + timedelta(days=int(amount.value) * days), length)


def _weekday(word: str, weekday: int, step: int, today: date) -> DateRead | None:
    """The coming weekday; "next Friday" said early in a week could be either of two, and is not guessed."""
    ahead = (weekday - today.weekday()) % 7
    if word == "next":
        if ahead and weekday > today.weekday():
            return None
        ahead = ahead or 7
    elif ahead == 0 and step == 0:
        return None
    return DateRead(today + timedelta(days=ahead), step + 1)


def read_time(tokens: Sequence[Token], at: int) -> tuple[str, int] | None:
    """A time of day as HH:MM: "10am", "9:30", "3:30 pm", "noon"."""
    if _low(tokens, at) in {"noon", "midday"}:
        return "12:00", 1
    if at >= len(tokens) or tokens[at].kind != "time":
        return None
    found = TIME.match(tokens[at].low)
    if not found:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3] and not 1 <= hour <= 12:
        return None
    if found[3]:
        hour = hour % 12 + (12 if found[3] == "p" else 0)
    return (f"{hour:02d}:{minute:02d}", 1) if hour < 24 and minute < 60 else None
