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
from marketdata.tape_parquet import is_parquet, rows_of

FIGURES = ("open", "high", "low", "close", "volume")
TIME_COLUMNS = {"date": Interval.D1, "local_time": Interval.M1, "time": Interval.M1}
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
    """The bars of a CSV or Parquet file: `date` for days; for minutes `local_time` in the given zone, or `time`.

    A CSV file begins with the header `date,open,high,low,close,volume`; in a Parquet file the columns are found by
    name. A `time` bears its zone: 2014-06-09T13:30:00Z. Raises InvalidTape with every line (or row) that is wrong.
    """
    try:
        if is_parquet(path):
            rows = rows_of(path, times=tuple(TIME_COLUMNS), figures=FIGURES, rows_max=BARS_MAX)
            kind = _kind(next(rows))
            bars, errors = _read_rows(rows, kind, zone, unit="row", first=1)
        else:
            with path.open(newline="", encoding="utf-8-sig") as file:
                rows = csv.reader(file, strict=True)
                kind = _kind(next(rows, []))
                bars, errors = _read_rows(rows, kind, zone, unit="line", first=2)
    except OSError as error:
        raise _refused("file", "unreadable", f"The file cannot be read: {error.strerror}.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise _refused("file", "not_csv", "The file is neither Parquet nor CSV text in UTF-8.") from error
    if errors:
        unit = errors[0].field.split()[0]
        found = f"{len(errors)} bad {unit}{'s' if len(errors) > 1 else ''}, the first: {errors[0].detail}"
        raise InvalidTape(found, errors=tuple(errors[:ERRORS_SHOWN_MAX]))
    if not bars:
        raise _refused("file", "empty", "The file holds no bars.")
    return TapeFile(path.name[:120], TIME_COLUMNS[kind], bars)


def _refused(field: str, code: str, detail: str) -> InvalidTape:
    return InvalidTape(detail, errors=(FieldError(field, code, detail),))


def _kind(header: list[str]) -> str:
    """Which column of time the file has."""
    names = [name.strip().lower() for name in header]
    if not names or names[0] not in TIME_COLUMNS or tuple(names[1:6]) != FIGURES:
        wanted = "date (or local_time, or time),open,high,low,close,volume"
        raise _refused("line 1", "wrong_header", f"Line 1: the header must be {wanted}.")
    return names[0]


def _read_rows(
    rows: Iterator[list[str]], kind: str, zone: ZoneInfo, *, unit: str, first: int
) -> tuple[list[Bar], list[FieldError]]:
    bars: list[Bar] = []
    errors: list[FieldError] = []
    for number, row in enumerate(rows, start=first):
        if not row:
            continue
        try:
            bar = _bar(row, kind, zone)
            if bars and bar.opens_at <= bars[-1].opens_at:
                raise BadRow("not_in_order", f"its time is not after the {unit} before")
            bars.append(bar)
        except BadRow as error:
            errors.append(FieldError(f"{unit} {number}", error.code, f"{unit.capitalize()} {number}: {error}."))
        if len(bars) > BARS_MAX:
            raise _refused("file", "too_long", f"The file holds more than {BARS_MAX} bars.")
    return bars, errors


def _bar(row: list[str], kind: str, zone: ZoneInfo) -> Bar:
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
    return Bar(_time(row[0], kind, zone), opening, high, low, closing, volume)


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


def _time(text: str, kind: str, zone: ZoneInfo) -> datetime:
    try:
        if kind == "date":
            day = date.fromisoformat(text.strip())
            return datetime(day.year, day.month, day.day, tzinfo=UTC)
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadRow("not_a_time", "the first column is not an ISO 8601 date or time") from None
    if at.second or at.microsecond:
        raise BadRow("not_a_time", "a minute is written without seconds")
    if kind == "time":
        if at.tzinfo is None:
            raise BadRow("not_a_time", "a time needs its zone, for example 2014-06-09T13:30:00Z")
        return at.astimezone(UTC)
    if at.tzinfo is not None:
        raise BadRow("not_a_time", "a local time is written without a zone")
    return at.replace(tzinfo=zone).astimezone(UTC)
