"""Closing minutes into candles and rolling candles up to wider ones, one statement for all instruments."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from arbion.domain.enums import INTERVAL_SECONDS, Interval
from marketdata.models import Candle, Quote, RollUpMark
from marketdata.models.fields import STORED_WIDTH
from marketdata.times import floor_time, to_seconds

# Each width is made from the one before it.
CHAIN: tuple[tuple[Interval, Interval], ...] = (
    (Interval.M5, Interval.M1),
    (Interval.H1, Interval.M5),
    (Interval.H4, Interval.H1),
    (Interval.D1, Interval.H4),
)
SOURCE: dict[Interval, Interval] = dict(CHAIN)

_RECORDER_LOCK = 0x61726269_6F6E  # one recorder at a time on PostgreSQL; SQLite has one writer anyway

# A minute that was closed once may gain a late quote: it keeps its open and takes the later close.
_CLOSE = """
INSERT INTO marketdata_candle AS c ("instrument_id", "interval", "opens_at", "open", "high", "low", "close", "volume")
SELECT "instrument_id", 1, "minute", "minute_open", "minute_high", "minute_low", "last", "minute_volume"
FROM marketdata_quote WHERE "minute" < %s ORDER BY "instrument_id"
ON CONFLICT ("instrument_id", "interval", "opens_at") DO UPDATE SET
    "high" = CASE WHEN excluded."high" > c."high" THEN excluded."high" ELSE c."high" END,
    "low" = CASE WHEN excluded."low" < c."low" THEN excluded."low" ELSE c."low" END,
    "close" = excluded."close",
    "volume" = c."volume" + excluded."volume"
"""
_CLOSED = 'UPDATE marketdata_quote SET "minute" = NULL WHERE "minute" < %s'

_ROLL = """
INSERT INTO marketdata_candle ("instrument_id", "interval", "opens_at", "open", "high", "low", "close", "volume")
SELECT span."instrument_id", %s, %s, first_one."open", span."high", span."low", last_one."close", span."volume"
FROM (
    SELECT "instrument_id", MIN("opens_at") AS "begins", MAX("opens_at") AS "ends",
           MAX("high") AS "high", MIN("low") AS "low", CAST(SUM("volume") AS bigint) AS "volume"
    FROM marketdata_candle WHERE "interval" = %s AND "opens_at" >= %s AND "opens_at" < %s GROUP BY "instrument_id"
) AS span
JOIN marketdata_candle AS first_one ON first_one."instrument_id" = span."instrument_id"
    AND first_one."interval" = %s AND first_one."opens_at" = span."begins"
JOIN marketdata_candle AS last_one ON last_one."instrument_id" = span."instrument_id"
    AND last_one."interval" = %s AND last_one."opens_at" = span."ends"
WHERE TRUE
ON CONFLICT ("instrument_id", "interval", "opens_at") DO UPDATE SET
    "open" = excluded."open", "high" = excluded."high", "low" = excluded."low",
    "close" = excluded."close", "volume" = excluded."volume"
"""


def hold_recorder() -> None:
    """Be the only one who writes quotes and candles until the transaction ends."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_RECORDER_LOCK])


@transaction.atomic
def close_minutes(boundary: datetime) -> None:
    """Write every minute that ended by the boundary as a candle, then every wider bucket that ended with it.

    The caller holds the recorder's lock, so that no minute is closed twice.
    """
    closed = list(Quote.objects.filter(minute__lt=boundary).values_list("minute", flat=True).distinct())
    if closed:
        with connection.cursor() as cursor:
            cursor.execute(_CLOSE, [to_seconds(boundary)])
            cursor.execute(_CLOSED, [to_seconds(boundary)])
    _roll_ended(boundary, [minute for minute in closed if minute is not None])


def roll_up(interval: Interval, bucket: datetime) -> None:
    """Make one bucket's candles from the finer ones, for all instruments; doing it again changes nothing."""
    target, source = STORED_WIDTH[interval], STORED_WIDTH[SOURCE[interval]]
    begins = to_seconds(bucket)
    with connection.cursor() as cursor:
        cursor.execute(_ROLL, [target, begins, source, begins, begins + INTERVAL_SECONDS[interval], source, source])


def marks() -> dict[Interval, datetime]:
    """How far each width is rolled up; a width without a mark has never been."""
    return {Interval(interval): until for interval, until in RollUpMark.objects.values_list("interval", "until")}


def _roll_ended(boundary: datetime, closed: list[datetime]) -> None:
    known = marks()
    for interval, source in CHAIN:
        ended = floor_time(boundary, interval)
        since = known.get(interval)
        late = {floor_time(minute, interval) for minute in closed}
        buckets = {bucket for bucket in late if bucket < ended}
        if since is None or ended > since:
            buckets |= _with_candles(interval, source, since, ended)
            RollUpMark.objects.update_or_create(interval=interval, defaults={"until": ended})
        for bucket in sorted(buckets):
            roll_up(interval, bucket)


def _with_candles(interval: Interval, source: Interval, since: datetime | None, until: datetime) -> set[datetime]:
    found = Candle.objects.filter(interval=source, opens_at__lt=until)
    if since is not None:
        found = found.filter(opens_at__gte=since)
    return {floor_time(opens_at, interval) for opens_at in found.values_list("opens_at", flat=True).distinct()}
