"""The platform's only price source: recording quotes as they arrive and answering what a thing costs now."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
from django.conf import settings
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import F

from arbion.domain.numbers import EXACT, PRICE_MAX, PRICE_SCALE, QUANTITY_MAX, QUANTITY_SCALE, ZERO
from arbion.domain.reports import QuoteReport
from arbion.lib.clock import SYSTEM, Clock
from marketdata.batch import QuoteBatch
from marketdata.models import Instrument, Quote
from marketdata.rollup import close_minutes, hold_recorder
from marketdata.times import from_seconds, to_seconds

logger = logging.getLogger(__name__)

# A wrong clock must not look fresh for ever, nor keep later quotes out.
AHEAD_MAX = timedelta(seconds=5)
_LOGGED_MAX = 2000
_logged: set[tuple[str, str]] = set()

_SHOWN = ("bid", "ask", "last", "previous_close", "volume", "at", "source")
_COLUMNS = (
    "instrument_id", "bid", "ask", "last", "previous_close", "volume", "at", "source",
    "minute", "minute_open", "minute_high", "minute_low", "minute_volume",
)  # fmt: skip
_MERGE = """
ON CONFLICT ("instrument_id") DO UPDATE SET
    "bid" = excluded."bid", "ask" = excluded."ask", "last" = excluded."last",
    "previous_close" = excluded."previous_close", "volume" = excluded."volume",
    "at" = excluded."at", "source" = excluded."source", "minute" = excluded."minute",
    "minute_open" = CASE WHEN q."minute" = excluded."minute" THEN q."minute_open" ELSE excluded."last" END,
    "minute_high" = CASE WHEN q."minute" = excluded."minute" AND q."minute_high" > excluded."last"
        THEN q."minute_high" ELSE excluded."last" END,
    "minute_low" = CASE WHEN q."minute" = excluded."minute" AND q."minute_low" < excluded."last"
        THEN q."minute_low" ELSE excluded."last" END,
    "minute_volume" = CASE WHEN q."minute" = excluded."minute" THEN q."minute_volume" ELSE 0 END
        + CASE WHEN excluded."volume" >= q."volume" THEN excluded."volume" - q."volume" ELSE excluded."volume" END
WHERE q."at" <= excluded."at"
"""
_INTO = f"INSERT INTO marketdata_quote AS q ({', '.join(_COLUMNS)})"
_SQLITE_UPSERT = f"{_INTO} VALUES ({', '.join(['%s'] * 12)}, 0) {_MERGE}"
_NUMBERS = "id, bid, ask, last, previous_close, volume, moment, origin"
_POSTGRES_UPSERT = (
    f"{_INTO} SELECT id, bid, ask, last, previous_close, volume, (%s::timestamptz[])[moment], (%s::text[])[origin], "  # noqa: S608
    f"(%s::bigint[])[moment], last, last, last, 0 FROM unnest({', '.join(['%s::bigint[]'] * 8)}) AS t({_NUMBERS}) "
    f"{_MERGE}"
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A quote that was not recorded, and why."""

    symbol: str
    reason: str


def record(reports: Sequence[QuoteReport], *, clock: Clock = SYSTEM) -> list[Refusal]:
    """Keep each quote as its instrument's latest and in its forming minute; closes the minutes that have ended.

    A quote that makes no sense is refused by name, logged once, and does not hold up the others. A quote older than the
    one we have changes nothing.
    """
    if isinstance(reports, QuoteBatch):
        _write(reports)
        return []
    batch, later, refusals = _sift(reports, clock.now() + AHEAD_MAX)
    _write(batch)
    for refusal in refusals:
        _log_once(refusal)
    return refusals + record(later, clock=clock) if later else refusals


def latest(symbols: Iterable[str]) -> dict[str, QuoteReport]:
    """The newest quote of each of these symbols that has one."""
    found = Quote.objects.filter(instrument__symbol__in=list(symbols)).values(*_SHOWN, symbol=F("instrument__symbol"))
    return {row["symbol"]: QuoteReport(**row) for row in found}


def latest_of(instrument: Instrument) -> QuoteReport | None:
    """The newest quote of one instrument, or nothing when it never had one."""
    row = Quote.objects.filter(pk=instrument.pk).values(*_SHOWN).first()
    return None if row is None else QuoteReport(symbol=instrument.symbol, **row)


def is_stale(report: QuoteReport, now: datetime) -> bool:
    """Whether the quote is too old to trade on, or from a clock that is ahead of ours."""
    age = now - report.at
    return age > timedelta(seconds=settings.QUOTE_AGE_SECONDS_MAX) or age < -AHEAD_MAX


def change_percent(report: QuoteReport) -> Decimal:
    """The move since the previous close in percent, to two decimals."""
    if report.previous_close <= ZERO:
        return ZERO
    move = EXACT.divide(report.last - report.previous_close, report.previous_close)
    return (move * 100).quantize(Decimal("0.01"))


def _sift(reports: Sequence[QuoteReport], newest: datetime) -> tuple[QuoteBatch, list[QuoteReport], list[Refusal]]:
    """The usable quotes as a batch, further quotes of the same symbols for the next round, and the refusals."""
    ids = dict(Instrument.objects.filter(symbol__in={report.symbol for report in reports}).values_list("symbol", "pk"))
    taken: dict[int, QuoteReport] = {}
    later: list[QuoteReport] = []
    refusals: list[Refusal] = []
    for report in reports:
        key = ids.get(report.symbol)
        reason = "unknown_symbol" if key is None else _fault(report, newest)
        if key is None or reason:
            refusals.append(Refusal(report.symbol, reason))
        elif key in taken:
            later.append(report)
        else:
            taken[key] = report
    return _batch(dict(sorted(taken.items()))), later, refusals


def _fault(report: QuoteReport, newest: datetime) -> str:
    """Why a quote cannot be used, as a stable word; empty when it can."""
    prices = (report.bid, report.ask, report.last, report.previous_close)
    if not all(number.is_finite() for number in (*prices, report.volume)):
        return "not_a_number"
    if any(number <= ZERO for number in prices):
        return "not_positive"
    if any(number > PRICE_MAX for number in prices):
        return "too_large"
    if any(number != number.quantize(Decimal(1).scaleb(-PRICE_SCALE), context=EXACT) for number in prices):
        return "finer_than_kept"
    if report.bid > report.ask:
        return "crossed"
    if report.volume < ZERO:
        return "negative_volume"
    if report.at.tzinfo is None:
        return "time_without_zone"
    return "ahead_of_clock" if report.at > newest else ""


def _batch(taken: dict[int, QuoteReport]) -> QuoteBatch:
    reports = list(taken.values())

    def column(name: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.array([int(getattr(report, name).scaleb(PRICE_SCALE, EXACT)) for report in reports], np.int64)

    volumes = [int(min(report.volume, QUANTITY_MAX).scaleb(QUANTITY_SCALE, EXACT)) for report in reports]
    return QuoteBatch(
        ids=np.fromiter(taken, np.int64, len(taken)),
        symbols=[report.symbol for report in reports],
        bid=column("bid"),
        ask=column("ask"),
        last=column("last"),
        previous_close=column("previous_close"),
        volume=np.array(volumes, np.int64),
        sources=[report.source for report in reports],
        at=[report.at for report in reports],
    )


@transaction.atomic
def _write(batch: QuoteBatch) -> None:
    """Close what has ended, then upsert the quotes, in one transaction."""
    if not len(batch):
        return
    minutes = {at: to_seconds(at) // 60 * 60 for at in set(batch.at)}
    with connection.cursor() as cursor:
        hold_recorder()
        close_minutes(from_seconds(max(minutes.values())))
        if connection.vendor == "postgresql":
            _upsert_by_arrays(cursor, batch, minutes)
        else:
            _upsert_by_rows(cursor, batch, minutes)
    if batch.untraded:
        Quote.objects.filter(pk__in=batch.untraded).update(minute=None)


def _upsert_by_rows(cursor: CursorWrapper, batch: QuoteBatch, minutes: dict[datetime, int]) -> None:
    """SQLite: one prepared statement run for each row."""
    stored = {at: connection.ops.adapt_datetimefield_value(at) for at in minutes}
    last = batch.last.tolist()
    columns = (
        batch.ids.tolist(), batch.bid.tolist(), batch.ask.tolist(), last, batch.previous_close.tolist(),
        batch.volume.tolist(), [stored[at] for at in batch.at], batch.sources,
        [minutes[at] for at in batch.at], last, last, last,
    )  # fmt: skip
    cursor.executemany(_SQLITE_UPSERT, list(zip(*columns, strict=True)))


def _upsert_by_arrays(cursor: CursorWrapper, batch: QuoteBatch, minutes: dict[datetime, int]) -> None:
    """PostgreSQL: one statement over arrays, as text because that goes in quickest; moments and origins by number."""
    moments = {at: number for number, at in enumerate(minutes, start=1)}
    origins = {source: number for number, source in enumerate(dict.fromkeys(batch.sources), start=1)}
    numbers = (
        batch.ids.tolist(), batch.bid.tolist(), batch.ask.tolist(), batch.last.tolist(), batch.previous_close.tolist(),
        batch.volume.tolist(), [moments[at] for at in batch.at], [origins[source] for source in batch.sources],
    )  # fmt: skip
    arrays = ["{" + ",".join(map(str, column)) + "}" for column in numbers]
    cursor.execute(_POSTGRES_UPSERT, [list(minutes), list(origins), list(minutes.values()), *arrays])


def _log_once(refusal: Refusal) -> None:
    key = (refusal.symbol, refusal.reason)
    if key not in _logged and len(_logged) < _LOGGED_MAX:
        _logged.add(key)
        logger.warning("quote of %.24s refused: %s", refusal.symbol, refusal.reason)
