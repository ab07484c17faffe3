"""Resting orders: what a look at the market costs among a thousand, ten thousand and a hundred thousand of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, TypeVar

import numpy as np
from django.db import connection, connections
from numpy.typing import NDArray

from arbion.benchmarks import crowd, world
from arbion.benchmarks.crowd import Crowd
from arbion.benchmarks.figures import Figures, milliseconds, ratio
from arbion.benchmarks.rooms import NotMeasured
from arbion.lib.clock import SYSTEM
from brokers.models import VenueFill, VenueOrder
from brokers.simulator.book import RestingBook
from brokers.simulator.custody import RESTING
from brokers.simulator.matcher import match_all

Answer = TypeVar("Answer")
LOOKS_MAX = 200
# As many of an instrument's prices as the columns of the exchange's book hold.
_PRICES = 3
_READ = """
SELECT "id", "status", "symbol", "side", "order_type", "time_in_force", "extended_hours", "is_package",
       "triggered_at", "eligible_at", "expires_at", "limit_price", "stop_price", "extreme_price"
FROM brokers_venueorder WHERE "status" IN ('accepted', 'partially_filled')
"""
_RIPE = """
SELECT o."id" FROM brokers_venueorder AS o
JOIN marketdata_instrument AS i ON i."symbol" = o."symbol" JOIN marketdata_quote AS q ON q."instrument_id" = i."id"
WHERE o."status" IN ('accepted', 'partially_filled') AND i."tradable" AND NOT i."is_halted" AND (
    (o."order_type" = 'limit' AND o."side" = 'buy' AND q."ask" <= o."limit_price")
    OR (o."order_type" = 'limit' AND o."side" = 'sell' AND q."bid" >= o."limit_price")
    OR (o."order_type" IN ('stop', 'trailing_stop') AND q."last" <= o."stop_price")
    OR (o."order_type" = 'trailing_stop' AND q."last" > o."extreme_price"))
"""


class _Size(NamedTuple):
    orders: tuple[int, ...]
    instruments: int
    accounts: int
    ripe: int


@dataclass(frozen=True)
class _Columns:
    """What plain numpy compares: for each order its instrument, the price it watches and its bounds."""

    instrument: NDArray[np.int32]
    watch: NDArray[np.int8]
    at_most: NDArray[np.int64]
    at_least: NDArray[np.int64]
    prices: NDArray[np.int64]

    def look(self) -> NDArray[np.intp]:
        """The places of the ripe ones."""
        price = self.prices[self.watch, self.instrument]
        return np.flatnonzero((price <= self.at_most) | (price >= self.at_least))


FULL = _Size(orders=(1_000, 10_000, 100_000), instruments=2_000, accounts=1_000, ripe=100)
SMALL = _Size(orders=(30, 60), instruments=10, accounts=5, ripe=4)


def measure(*, seconds: float, small: bool) -> Figures:
    """Every size in turn, in a thread of its own: the exchange's columns belong to a thread, so each begins anew."""
    size = SMALL if small else FULL
    instruments = world.make_instruments(size.instruments)
    people = crowd.gather(instruments, accounts=size.accounts)
    sizes: Figures = {}
    for count in size.orders:
        with ThreadPoolExecutor(1) as pool:
            sizes[str(count)] = pool.submit(_of, people, count, ripe=size.ripe, seconds=seconds).result()
    return {"instruments": size.instruments, "accounts": size.accounts, "sizes": sizes, "growth": _growth(sizes)}


def _of(people: Crowd, count: int, *, ripe: int, seconds: float) -> Figures:
    try:
        people.fill_up(count, ripe=ripe)
        _read()  # whoever reads first pays for the connection and for what is cold
        bare_read = _timed(_read)[0]
        first = _timed(match_all)[0]
        quiet = _repeat(match_all, seconds=seconds)
        # Neither peer is asked when something happens: it would find the same, and fill nothing.
        columns = _columns(people)
        if len(columns.look()):
            raise NotMeasured("plain numpy finds orders ripe before the price moved")
        numpy_alone = _repeat(columns.look, seconds=min(seconds, 0.5))
        one_sql = _repeat(_ripe, seconds=min(seconds, 0.5))
        filled = [_fill(people, turn, ripe=ripe) for turn in range(crowd.TURNS)]
        followed, trails = _follow(people)
    finally:
        connections.close_all()
    quiet_ms = milliseconds(quiet)["p50_ms"]
    return {
        "first_look_ms": round(first * 1000, 1),
        "bare_read_ms": round(bare_read * 1000, 1),
        "quiet_look": milliseconds(quiet),
        "plain_numpy": milliseconds(numpy_alone),
        "one_sql": milliseconds(one_sql),
        "ripe": ripe,
        "ripe_look": milliseconds(filled),
        "fills_per_second": round(ripe * len(filled) / sum(filled), 1),
        "trails": trails,
        "trails_look_ms": round(followed * 1000, 1),
        "first_to_bare_read": ratio(first, bare_read),
        "quiet_to_numpy": ratio(quiet_ms, milliseconds(numpy_alone)["p50_ms"]),
        "quiet_to_sql": ratio(quiet_ms, milliseconds(one_sql)["p50_ms"]),
    }


def _growth(sizes: Figures) -> Figures:
    """The largest size as a multiple of the smallest: the orders, and each look."""
    counts = sorted(map(int, sizes))
    least, most = sizes[str(counts[0])], sizes[str(counts[-1])]
    return {
        "orders": ratio(counts[-1], counts[0]),
        "first_look": ratio(most["first_look_ms"], least["first_look_ms"]),
        "quiet_look": ratio(most["quiet_look"]["p50_ms"], least["quiet_look"]["p50_ms"]),
        "ripe_look": ratio(most["ripe_look"]["p50_ms"], least["ripe_look"]["p50_ms"]),
        "one_sql": ratio(most["one_sql"]["p50_ms"], least["one_sql"]["p50_ms"]),
    }


def _fill(people: Crowd, turn: int, *, ripe: int) -> float:
    """A tick with which so many orders become ripe, and the look that fills them all."""
    people.fall(turn)
    found = sorted(RestingBook().ripe(SYSTEM.now()))
    if found != _ripe():
        raise NotMeasured(f"the exchange finds {len(found)} ripe orders, and one SQL statement others")
    before = VenueFill.objects.count()
    took, changed = _timed(match_all)
    fills = VenueFill.objects.count() - before
    if (len(found), fills) != (ripe, ripe) or not changed:
        raise NotMeasured(f"of {ripe} orders {len(found)} became ripe and {fills} filled")
    return took


def _follow(people: Crowd) -> tuple[float, int]:
    """A tick upwards, after which trailing stops only follow: how long the look took, and how many they were."""
    people.rise()
    trails = len(_ripe())
    took, changed = _timed(match_all)
    if changed or _ripe():
        raise NotMeasured("a trailing stop did something else than follow")
    return took, trails


def _read() -> list[tuple[object, ...]]:
    """What the exchange's columns are made of, as the driver gives it."""
    with connection.cursor() as cursor:
        cursor.execute(_READ)
        return list(cursor.fetchall())


def _ripe() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_RIPE)
        return sorted(row[0] for row in cursor.fetchall())


def _columns(people: Crowd) -> _Columns:
    """The resting orders as bare arrays: limits and stops by their price, trails from one step above their best."""
    places = {instrument.symbol: place for place, instrument in enumerate(people.instruments)}
    rows = VenueOrder.objects.filter(status__in=RESTING).values_list(
        "symbol", "order_type", "side", "limit_price", "stop_price", "extreme_price"
    )
    never = np.iinfo(np.int64).max
    made = []
    for symbol, kind, side, limit, stop, extreme in rows.iterator(chunk_size=5000):
        if kind == "limit" and side == "buy":
            made.append((places[symbol], 0, _cents(limit), never))
        elif kind == "limit":
            made.append((places[symbol], 1, -1, _cents(limit)))
        else:
            made.append((places[symbol], 2, _cents(stop), never if extreme is None else _cents(extreme) + 1))
    instrument, watch, at_most, at_least = zip(*made, strict=True)
    return _Columns(
        instrument=np.array(instrument, np.int32),
        watch=np.array(watch, np.int8),
        at_most=np.array(at_most, np.int64),
        at_least=np.array(at_least, np.int64),
        prices=np.full((_PRICES, len(places)), _cents(world.PRICE), np.int64),
    )


def _cents(price: Decimal | None) -> int:
    if price is None:
        raise NotMeasured("a resting order lacks its price")
    return int(price * 100)


def _repeat(look: Callable[[], object], *, seconds: float) -> list[float]:
    took: list[float] = []
    deadline = time.monotonic() + seconds
    while not took or (time.monotonic() < deadline and len(took) < LOOKS_MAX):
        took.append(_timed(look)[0])
    return took


def _timed(work: Callable[[], Answer]) -> tuple[float, Answer]:
    start = time.perf_counter()
    answer = work()
    return time.perf_counter() - start, answer
