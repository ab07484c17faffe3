"""Candles: the tick that closes a minute of every instrument, and an hour, beside rows that are only written."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction

from arbion.benchmarks import world
from arbion.benchmarks.figures import Figures, milliseconds, ratio
from arbion.benchmarks.rooms import NotMeasured
from arbion.domain.enums import Interval
from arbion.lib.clock import SYSTEM
from marketdata import quotes
from marketdata.batch import PRICE_ONE, QUANTITY_ONE
from marketdata.models import Candle
from marketdata.models.fields import STORED_WIDTH
from marketdata.rollup import close_minutes, hold_recorder
from marketdata.simulator.market import SimulatedMarket
from marketdata.times import floor_time, to_seconds

INSTRUMENTS, SMALL_INSTRUMENTS = 10_000, 40
HOUR, FIVE, MINUTE = timedelta(hours=1), timedelta(minutes=5), timedelta(minutes=1)
# The minutes of the hour that are lived through: one of them ends five minutes, the last one ends the hour.
MINUTES = range(50, 60)
_COLUMNS = '("instrument_id", "interval", "opens_at", "open", "high", "low", "close", "volume")'
_INSERT = f"INSERT INTO marketdata_candle {_COLUMNS} VALUES (?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608  our own columns
_COPY = f"COPY marketdata_candle {_COLUMNS} FROM STDIN"
_Row = tuple[int, ...]


def measure(*, seconds: float, small: bool) -> Figures:
    """The end of an hour is lived through tick by tick; how much is fixed, so `seconds` change nothing."""
    instruments = world.make_instruments(SMALL_INSTRUMENTS if small else INSTRUMENTS)
    count = len(instruments)
    hour = floor_time(SYSTEM.now(), Interval.H1) + HOUR
    ids = [instrument.pk for instrument in instruments]
    # The peer writes the five minutes of the hour, of which the house makes the hour afterwards.
    bare = [_timed(_writer(_rows(ids, hour + FIVE * number))) for number in range(12)]
    lived = _live(SimulatedMarket(instruments, seed=world.SEED), hour)
    _ensure_written(hour, count)
    peer, closing = milliseconds(bare), milliseconds(lived["closing_alone"])
    hour_ms = milliseconds(lived["hour"])["p50_ms"]
    return {
        "instruments": count,
        "plain_tick": milliseconds(lived["plain"]),
        "minute_tick": milliseconds(lived["minute"]),
        "closing_alone": closing,
        "candles_per_second": _rate(count, closing["p50_ms"]),
        "five_minutes_tick_ms": milliseconds(lived["five"])["p50_ms"],
        "hour_tick_ms": hour_ms,
        "bare": {"by": _peer_name(), **peer, "candles_per_second": _rate(count, peer["p50_ms"])},
        "closing_to_bare": ratio(closing["p50_ms"], peer["p50_ms"]),
        "minute_to_plain_tick": ratio(milliseconds(lived["minute"])["p50_ms"], milliseconds(lived["plain"])["p50_ms"]),
        "hour_to_bare": ratio(hour_ms, peer["p50_ms"]),
    }


def _live(market: SimulatedMarket, hour: datetime) -> dict[str, list[float]]:
    """Each minute of the hour's end: a tick inside it, and then the one with which it is over."""
    took: dict[str, list[float]] = {name: [] for name in ("plain", "minute", "closing_alone", "five", "hour")}
    quotes.record(market.tick(hour + MINUTE * MINUTES[0]))
    for minute in MINUTES:
        inside, after = hour + MINUTE * minute + MINUTE / 2, hour + MINUTE * (minute + 1)
        took["plain"].append(_timed(_recorder(market, inside)))
        if after == hour + HOUR:
            took["hour"].append(_timed(_recorder(market, after)))
        elif (minute + 1) % 5 == 0:
            took["five"].append(_timed(_recorder(market, after)))
        elif minute % 2:
            took["minute"].append(_timed(_recorder(market, after)))
        else:
            took["closing_alone"].append(_timed(_closer(after)))
            quotes.record(market.tick(after))
    return took


def _recorder(market: SimulatedMarket, at: datetime) -> Callable[[], object]:
    batch = market.tick(at)
    return lambda: quotes.record(batch)


def _closer(boundary: datetime) -> Callable[[], None]:
    def close() -> None:
        with transaction.atomic():
            hold_recorder()
            close_minutes(boundary)

    return close


def _rows(ids: Sequence[int], opens_at: datetime) -> list[_Row]:
    """A candle of five minutes for each of these."""
    price, begins = 100 * PRICE_ONE, to_seconds(opens_at)
    prices = (price, price + PRICE_ONE, price - PRICE_ONE, price)
    return [(key, STORED_WIDTH[Interval.M5], begins, *prices, QUANTITY_ONE) for key in ids]


def _writer(rows: Sequence[_Row]) -> Callable[[], None]:
    """The rows by the quickest way that the driver knows, in one transaction."""
    connection.ensure_connection()

    def insert() -> None:
        with transaction.atomic():
            connection.connection.executemany(_INSERT, rows)

    def copy() -> None:
        with transaction.atomic(), connection.connection.cursor() as cursor, cursor.copy(_COPY) as lines:
            for row in rows:
                lines.write_row(row)

    return copy if connection.vendor == "postgresql" else insert


def _peer_name() -> str:
    return "COPY" if connection.vendor == "postgresql" else "executemany of the sqlite3 module"


def _ensure_written(hour: datetime, count: int) -> None:
    """Every instrument must have its minutes and its hour; a measurement of anything else would be of no use."""
    wanted = {Interval.M1: count * len(MINUTES), Interval.H1: count}
    for interval, many in wanted.items():
        found = Candle.objects.filter(interval=interval, opens_at__gte=hour, opens_at__lt=hour + HOUR).count()
        if found != many:
            raise NotMeasured(f"{found} candles of {interval} were written, not {many}")


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _rate(count: int, took_ms: float) -> float | None:
    return round(count * 1000 / took_ms) if took_ms else None
