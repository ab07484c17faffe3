"""Guarded positions: what a look of the stop monitor costs among a thousand, ten and a hundred thousand of them.

In each size the same burst of quotes comes: once with no stop near the prices, and then with ever more stops that the
prices move. The cost must follow those that are near, and not all that are there.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from arbion.benchmarks import world
from arbion.benchmarks.figures import Figures, milliseconds, ratio
from arbion.benchmarks.rooms import NotMeasured
from arbion.benchmarks.world import PRICE
from arbion.lib.clock import SYSTEM
from brokers.models import BrokerAccount
from marketdata.models import Instrument
from riskdesk.stops import StopKind
from trading.books.opening import ensure_simulated_account
from trading.execution.protection.watch import Looked, Watch
from trading.models import Position, Stop

LOOKS_MAX = 40
LOOKS_MIN = 5
NEAR_LOOKS = 3
STEP = Decimal("0.10")
FAR = Decimal(60)
_BATCH = 2000
_BREACHED = """
SELECT s."id" FROM trading_stop AS s JOIN marketdata_quote AS q ON q."instrument_id" = s."instrument_id"
WHERE s."status" IN ('guarding', 'alarm') AND ((s."is_long" AND q."last" <= s."level")
    OR (NOT s."is_long" AND q."last" >= s."level") OR (s."kind" = 'trail_percent' AND q."last" > s."extreme"))
"""


class _Size(NamedTuple):
    stops: tuple[int, ...]
    quotes: int
    near: tuple[int, ...]


FULL = _Size(stops=(1_000, 10_000, 100_000), quotes=1_000, near=(10, 100, 1_000))
SMALL = _Size(stops=(30, 60), quotes=10, near=(2, 4))


@dataclass
class Guards:
    """Everybody whose positions are guarded; each account holds every instrument once."""

    instruments: Sequence[Instrument]
    price: Decimal = PRICE
    accounts: list[BrokerAccount] = field(default_factory=list)

    def fill_up(self, count: int) -> None:
        """Let so many positions have a stop, far below the price."""
        while len(self.accounts) * len(self.instruments) < count:
            (user,) = world.make_people(1, name=f"guarded{len(self.accounts)}x")
            self.accounts.append(ensure_simulated_account(user))
        at, there = _long_ago(), Stop.objects.count()
        places = [(account, instrument) for account in self.accounts for instrument in self.instruments][there:count]
        Position.objects.bulk_create(
            [
                Position(account=account, instrument=one, quantity=Decimal(10), cost=10 * PRICE, updated_at=at)
                for account, one in places
            ],
            batch_size=_BATCH,
        )
        Stop.objects.bulk_create([_stop(*place, at=at, number=n) for n, place in enumerate(places)], batch_size=_BATCH)

    def bring_near(self, count: int) -> None:
        """Let so many of them trail the price: every quote above the last one moves these, and no other."""
        keys = list(Stop.objects.order_by("created_at", "client_key").values_list("pk", flat=True)[:count])
        for first in range(0, len(keys), 500):
            part = keys[first : first + 500]
            Stop.objects.filter(pk__in=part).update(
                kind=StopKind.TRAIL_PERCENT, price=None, percent=Decimal(50), extreme=self.price,
                level=self.price / 2, updated_at=SYSTEM.now(),
            )  # fmt: skip

    def burst(self) -> None:
        """A new quote for every instrument, a little above the last."""
        self.price += STEP
        world.quote_all(self.instruments, price=self.price)


def measure(*, seconds: float, small: bool) -> Figures:
    """Every size in turn, each with a monitor that begins anew."""
    size = SMALL if small else FULL
    guards = Guards(world.make_instruments(size.quotes))
    world.quote_all(guards.instruments)
    sizes = {str(count): _of(guards, count, size, seconds=seconds) for count in size.stops}
    return {"quotes": size.quotes, "sizes": sizes, "growth": _growth(sizes)}


def _of(guards: Guards, count: int, size: _Size, *, seconds: float) -> Figures:
    Stop.objects.update(kind=StopKind.FIXED, price=PRICE - FAR, percent=None, level=PRICE - FAR, updated_at=_long_ago())
    guards.fill_up(count)
    watch = Watch()
    first, _ = _look(watch)
    guards.burst()
    _look(watch)
    quiet = _repeat(guards, watch, seconds=seconds)
    statement = [_timed_statement() for _ in range(LOOKS_MIN)]
    near: Figures = {}
    for number in size.near:
        guards.bring_near(number)
        _look(watch)
        near[str(number)] = _near(guards, watch, number)
    quiet_ms = milliseconds(quiet)["p50_ms"]
    return {
        "first_look_ms": round(first * 1000, 1),
        "quiet_look": milliseconds(quiet),
        "one_sql": milliseconds(statement),
        "near": near,
        "quiet_to_sql": ratio(quiet_ms, milliseconds(statement)["p50_ms"]),
    }


def _repeat(guards: Guards, watch: Watch, *, seconds: float) -> list[float]:
    """Bursts that no stop is near to."""
    took: list[float] = []
    deadline = time.monotonic() + seconds
    while len(took) < LOOKS_MIN or (time.monotonic() < deadline and len(took) < LOOKS_MAX):
        guards.burst()
        lasted, looked = _look(watch)
        if looked.woken or looked.fired or looked.quotes != len(guards.instruments):
            raise NotMeasured(f"a quiet look saw {looked.quotes} quotes and woke {looked.woken} stops")
        took.append(lasted)
    return took


def _near(guards: Guards, watch: Watch, number: int) -> Figures:
    """Bursts to which so many stops are near: they are woken and moved, and no other is."""
    took = []
    for _ in range(NEAR_LOOKS):
        guards.burst()
        lasted, looked = _look(watch)
        if (looked.woken, looked.moved) != (number, number):
            raise NotMeasured(f"of {number} stops that are near {looked.woken} were woken, {looked.moved} moved")
        took.append(lasted)
    return {**milliseconds(took), "woken": number}


def _long_ago() -> datetime:
    """A moment from before the looks: rows that have just changed are read again for a while."""
    return SYSTEM.now() - timedelta(hours=1)


def _look(watch: Watch) -> tuple[float, Looked]:
    begun = time.perf_counter()
    looked = watch.look()
    return time.perf_counter() - begun, looked


def _timed_statement() -> float:
    """What finding them would cost the database, asked about all of them."""
    begun = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(_BREACHED)
        if cursor.fetchall():
            raise NotMeasured("one SQL statement finds stops that are breached")
    return time.perf_counter() - begun


def _growth(sizes: Figures) -> Figures:
    """The largest size as a multiple of the smallest: the stops and each look; and of the largest, most near to least.

    `near` is how many times as many are near, `near_look` how many times as long that takes.
    """
    counts = sorted(map(int, sizes))
    least, most = sizes[str(counts[0])], sizes[str(counts[-1])]
    numbers = sorted(map(int, most["near"]))
    few, many = most["near"][str(numbers[0])], most["near"][str(numbers[-1])]
    return {
        "stops": ratio(counts[-1], counts[0]),
        "first_look": ratio(most["first_look_ms"], least["first_look_ms"]),
        "quiet_look": ratio(most["quiet_look"]["p50_ms"], least["quiet_look"]["p50_ms"]),
        "same_near": ratio(few["p50_ms"], least["near"][str(numbers[0])]["p50_ms"]),
        "one_sql": ratio(most["one_sql"]["p50_ms"], least["one_sql"]["p50_ms"]),
        "near": ratio(numbers[-1], numbers[0]),
        "near_look": ratio(many["p50_ms"], few["p50_ms"]),
    }


def _stop(account: BrokerAccount, instrument: Instrument, *, at: datetime, number: int) -> Stop:
    return Stop(
        account=account, instrument=instrument, client_key=f"guard {number:06d} {instrument.pk}", body_hash="0" * 64,
        kind=StopKind.FIXED, is_long=True, price=PRICE - FAR, level=PRICE - FAR, entry=PRICE, extreme=PRICE,
        splits_until=at, created_at=at, updated_at=at,
    )  # fmt: skip
