"""Reads history files: every row is checked, and a bad file is refused whole with line numbers and reasons."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from arbion.domain.enums import Interval
from arbion.domain.errors import FieldError
from arbion.domain.numbers import PRICE_MAX, PRICE_UNIT, QUANTITY_MAX, QUANTITY_UNIT, ZERO, is_multiple, read_decimal
from marketdata.errors import InvalidTape

FIGURES = ("open", "high", "low", "close", "volume")
TIME_COLUMNS = {"date": Interval.D1, "local_time": Interval.M1}
BARS_MAX = 500_000
ERRORS_SHOWN_MAX = 20


class BadRow(ValueError):
    """One row cannot be used; carries a stable code and the reason."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a history file."""

    opens_at: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


@dataclass(frozen=True, slots=True)
class TapeFile:
    """A history that was found sound."""

    name: str
    interval: Interval
    bars: list[Bar]


def read_tape_file(path: Path, *, zone: ZoneInfo) -> TapeFile:
    """The bars of a CSV file with a header: `date,…` for days, `local_time,…` in the given zone for minutes."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.reader(file, strict=True)
            interval = _interval(next(rows, []))
            bars, errors = _read_rows(rows, interval, zone)
    except OSError as error:
        raise _refused("file", "unreadable", f"The file cannot be read: {error.strerror}.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise _refused("file", "not_csv", "The file is not CSV text in UTF-8.") from error
    if errors:
        found = f"{len(errors)} bad line{'s' if len(errors) > 1 else ''}, the first: {errors[0].detail}"
        raise InvalidTape(found, errors=tuple(errors[:ERRORS_SHOWN_MAX]))
    if not bars:
        raise _refused("file", "empty", "The file holds no bars.")
    return TapeFile(path.name[:120], interval, bars)


def _refused(field: str, code: str, detail: str) -> InvalidTape:
    return InvalidTape(detail, errors=(FieldError(field, code, detail),))


def _interval(header: list[str]) -> Interval:
    names = [name.strip().lower() for name in header]
    if not names or names[0] not in TIME_COLUMNS or tuple(names[1:6]) != FIGURES:
        wanted = "date (or local_time),open,high,low,close,volume"
        raise _refused("line 1", "wrong_header", f"Line 1: the header must be {wanted}.")
    return TIME_COLUMNS[names[0]]


def _read_rows(rows: Iterator[list[str]], interval: Interval, zone: ZoneInfo) -> tuple[list[Bar], list[FieldError]]:
    bars: list[Bar] = []
    errors: list[FieldError] = []
    for line, row in enumerate(rows, start=2):
        if not row:
            continue
        try:
            bar = _bar(row, interval, zone)
            if bars and bar.opens_at <= bars[-1].opens_at:
                raise BadRow("not_in_order", "its time is not after the line before")
            bars.append(bar)
        except BadRow as error:
            errors.append(FieldError(f"line {line}", error.code, f"Line {line}: {error}."))
        if len(bars) > BARS_MAX:
            raise _refused("file", "too_long", f"The file holds more than {BARS_MAX} bars.")
    return bars, errors


def _bar(row: list[str], interval: Interval, zone: ZoneInfo) -> Bar:
    if len(row) < len(FIGURES) + 1:
        raise BadRow("too_few_columns", f"{len(row)} columns where {len(FIGURES) + 1} are needed")
    prices = [_figure(name, text, PRICE_UNIT, PRICE_MAX) for name, text in zip(FIGURES[:4], row[1:5], strict=True)]
    opening, high, low, closing = prices
    if low <= ZERO:
        raise BadRow("not_positive", "prices must be above zero")
    if high < max(prices) or low > min(prices):
        raise BadRow("not_a_range", "the high is not the highest or the low not the lowest price")
    volume = _figure("volume", row[5], QUANTITY_UNIT, QUANTITY_MAX)
    if volume < ZERO:
        raise BadRow("negative_volume", "the volume is negative")
    return Bar(_time(row[0], interval, zone), opening, high, low, closing, volume)


def _figure(name: str, text: str, unit: Decimal, largest: Decimal) -> Decimal:
    try:
        value = read_decimal(text.strip())
    except ValueError:
        raise BadRow("not_a_number", f"{name} is not a plain number") from None
    if not is_multiple(value, unit):
        raise BadRow("too_many_decimals", f"{name} has more decimals than are kept")
    if value > largest:
        raise BadRow("too_large", f"{name} is too large")
    return value


def _time(text: str, interval: Interval, zone: ZoneInfo) -> datetime:
    try:
        if interval is Interval.D1:
            day = date.fromisoformat(text.strip())
            return datetime(day.year, day.month, day.day, tzinfo=UTC)
        local = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadRow("not_a_time", "the first column is not an ISO 8601 date or time") from None
    if local.tzinfo is not None or local.second or local.microsecond:
        raise BadRow("not_a_time", "a minute is written as local time, without seconds and without a zone")
    return local.replace(tzinfo=zone).astimezone(UTC)
