"""Where to look: resting orders as columns, so that a tick finds the ripe ones among a hundred thousand.

The columns only say which orders the newest quotes may concern. They are refreshed from the table, which is the truth:
what changed since the last look (with an overlap), everything once a minute and whenever the counts disagree. Each
order that is found is read again and judged under its account's lock, so a stale column costs a look and no more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import starmap
from typing import NamedTuple

import numpy as np
from django.conf import settings
from django.db import connection
from django.db.models import BigIntegerField, Count, Max, QuerySet
from django.db.models.functions import Cast
from numpy.typing import NDArray

from arbion.domain.enums import IMMEDIATE, AssetClass, OrderType, SessionPhase, Side, TimeInForce
from brokers.models import VenueOrder
from brokers.simulator.custody import RESTING
from brokers.simulator.triggers import STOPS
from marketdata import hours, quotes
from marketdata.models import Quote
from marketdata.times import EPOCH

RELOAD = timedelta(minutes=1)
OVERLAP = timedelta(seconds=5)
_NEVER = np.iinfo(np.int64).max
_ASK, _BID, _LAST = 0, 1, 2
_MICROSECOND = timedelta(microseconds=1)
_TYPE = np.dtype(
    [
        ("pk", np.int64),
        ("symbol", np.int32),
        ("watch", np.int8),  # which price
        ("at_most", np.int64),  # ripe where it is at most this
        ("at_least", np.int64),  # or at least this
        ("regular", np.bool_),  # only in the regular session
        ("eligible", np.int64),
        ("expires", np.int64),
    ]
)


@dataclass(frozen=True, slots=True)
class _Prices:
    """Raw ask, bid and last by symbol number, when they were quoted, and whether each phase may trade on them."""

    levels: NDArray[np.int64]
    quoted: NDArray[np.int64]
    regular: NDArray[np.bool_]
    extended: NDArray[np.bool_]


class _Values(NamedTuple):
    """What of an order decides when it is ripe, as it is stored: prices are whole numbers of their smallest unit."""

    pk: int
    status: str
    symbol: str
    side: str
    order_type: str
    time_in_force: str
    extended_hours: bool
    is_package: bool
    triggered_at: datetime | None
    eligible_at: datetime | None
    expires_at: datetime | None
    limit: int | None
    stop: int | None
    extreme: int | None


class RestingBook:
    """The columns of one process; not shared between threads."""

    def __init__(self) -> None:
        self._rows = np.empty(0, _TYPE)
        self._place: dict[int, int] = {}
        self._size = 0
        self._symbols: dict[str, int] = {}
        self._loaded_at: datetime | None = None
        self._seen_at: datetime | None = None

    def ripe(self, now: datetime) -> list[int]:
        """Keys of the orders that the newest quotes or the clock may concern."""
        self._refresh(now)
        rows = self._rows[: self._size]
        if not len(rows):
            return []
        prices = self._prices(now)
        price = prices.levels[rows["watch"], rows["symbol"]]
        concerned = (price <= rows["at_most"]) | (price >= rows["at_least"])
        may_trade = np.where(rows["regular"], prices.regular[rows["symbol"]], prices.extended[rows["symbol"]])
        arrived = prices.quoted[rows["symbol"]] >= rows["eligible"]
        over = rows["expires"] <= _micros(now)
        keys: list[int] = rows["pk"][(concerned & may_trade & arrived) | over].tolist()
        return keys

    def _refresh(self, now: datetime) -> None:
        loaded, seen = self._loaded_at, self._seen_at
        # What is read inside somebody's transaction may be taken back, so it is not remembered.
        if loaded is None or seen is None or not loaded <= now < loaded + RELOAD or connection.in_atomic_block:
            self._load(now)
            return
        for values in _values(VenueOrder.objects.filter(updated_at__gte=seen - OVERLAP)):
            self._put(values)
        self._seen_at = now
        if (self._size, max(self._place, default=None)) != _counted():
            self._load(now)

    def _load(self, now: datetime) -> None:
        self._symbols = {}
        columns = [self._column(values) for values in _values(VenueOrder.objects.filter(status__in=RESTING))]
        self._rows, self._size = np.array(columns, _TYPE), len(columns)
        self._place = {column[0]: place for place, column in enumerate(columns)}
        self._loaded_at = self._seen_at = now

    def _put(self, values: _Values) -> None:
        """Write an order's column, or take out one that rests no longer."""
        key = values.pk
        place = self._place.get(key)
        if values.status not in RESTING:
            if place is not None:
                self._take_out(key, place)
            return
        if place is None:
            if self._size == len(self._rows):
                self._rows = np.resize(self._rows, max(1024, 2 * self._size))
            place = self._place[key] = self._size
            self._size += 1
        self._rows[place] = self._column(values)

    def _column(self, values: _Values) -> tuple[int, int, int, int, int, bool, int, int]:
        number = self._symbols.setdefault(values.symbol, len(self._symbols))
        watch, at_most, at_least = _watched(values)
        eligible = -_NEVER if values.eligible_at is None else _micros(values.eligible_at)
        expires = _NEVER if values.expires_at is None else _micros(values.expires_at)
        return values.pk, number, watch, at_most, at_least, not values.extended_hours, eligible, expires

    def _take_out(self, key: int, place: int) -> None:
        self._size -= 1
        moved = self._rows[self._size]
        self._rows[place] = moved
        self._place[int(moved["pk"])] = place
        del self._place[key]

    def _prices(self, now: datetime) -> _Prices:
        count = len(self._symbols)
        levels, quoted = np.zeros((3, count), np.int64), np.full(count, -_NEVER, np.int64)
        regular, extended = np.zeros(count, np.bool_), np.zeros(count, np.bool_)
        phases = {kind.value: hours.class_phase(kind, now) for kind in AssetClass}
        wanted = Quote.objects.filter(instrument__is_halted=False, instrument__tradable=True)
        if count <= 1000:
            wanted = wanted.filter(instrument__symbol__in=list(self._symbols))
        raw = [Cast(name, BigIntegerField()) for name in ("ask", "bid", "last")]
        for symbol, kind, at, *values in wanted.values_list(
            "instrument__symbol", "instrument__asset_class", "at", *raw
        ):
            number = self._symbols.get(symbol)
            if number is None:
                continue
            phase = phases[kind]
            levels[:, number], quoted[number] = values, _micros(at)
            regular[number], extended[number] = phase is SessionPhase.REGULAR, phase is not SessionPhase.CLOSED
        oldest = now - timedelta(seconds=settings.QUOTE_AGE_SECONDS_MAX)
        fresh = (quoted >= _micros(oldest)) & (quoted <= _micros(now + quotes.AHEAD_MAX))
        return _Prices(levels, quoted, regular & fresh, extended & fresh)


def _values(orders: QuerySet[VenueOrder]) -> Iterator[_Values]:
    """What the columns are made of, as the database gives it: reading a hundred thousand rows must not take long."""
    raw = [Cast(name, BigIntegerField()) for name in ("limit_price", "stop_price", "extreme_price")]
    statement, parameters = orders.values_list(*_Values._fields[:-3], *raw).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        while rows := cursor.fetchmany(5000):
            yield from starmap(_Values, rows)


def _counted() -> tuple[int, int | None]:
    """How many orders rest, and the newest of them."""
    found = VenueOrder.objects.filter(status__in=RESTING).aggregate(count=Count("pk"), newest=Max("pk"))
    return found["count"], found["newest"]


def _watched(values: _Values) -> tuple[int, int, int]:
    """Which price the order watches, and where it is ripe: at most, at least."""
    facing = _ASK if values.side == Side.BUY else _BID
    if values.time_in_force == TimeInForce.CLS:
        return facing, -1, _NEVER
    if values.order_type in STOPS and values.triggered_at is None and values.stop is not None:
        # A trail moves as soon as the price is better than the best it has seen: one step beyond it.
        beyond = values.extreme if values.order_type == OrderType.TRAILING_STOP else None
        if facing == _ASK:
            return _LAST, -1 if beyond is None else beyond - 1, values.stop
        return _LAST, values.stop, _NEVER if beyond is None else beyond + 1
    if values.limit is None or values.is_package or values.time_in_force in IMMEDIATE:
        return facing, _NEVER, _NEVER
    return (facing, values.limit, _NEVER) if facing == _ASK else (facing, -1, values.limit)


@lru_cache(maxsize=4096)
def _micros(at: datetime) -> int:
    """Microseconds since the epoch; what SQLite keeps is in UTC and does not say so."""
    return ((at if at.tzinfo else at.replace(tzinfo=UTC)) - EPOCH) // _MICROSECOND
