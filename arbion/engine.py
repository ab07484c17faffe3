"""The market engine: each tick makes prices, records and sends them, and lets the simulated venue fill orders.

Wherever it runs (a thread of the embedded process, a process of its own in production) a lease sees to it that one
engine alone ticks, and an error in one tick is logged and outlived.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.db import close_old_connections

from arbion import heartbeats, lease
from arbion.lib.clock import SYSTEM, Clock

logger = logging.getLogger(__name__)

LEASE = "market engine"
BACKOFF_SECONDS_MAX = 30.0

Tick = Callable[[Clock], int]


def market_tick() -> Tick:
    """The work of one tick over the whole simulated market; answers how many instruments moved."""
    # Loaded where it ticks: numpy and the catalogue are no business of the other processes.
    from marketdata import fanout, quotes  # noqa: PLC0415
    from marketdata.options import quotes as options  # noqa: PLC0415
    from marketdata.simulator.market import open_market  # noqa: PLC0415
    from trading.execution.conditions.watch import Watch  # noqa: PLC0415
    from trading.execution.engine import Memory, engine_step  # noqa: PLC0415
    from trading.execution.reconcile import reconcile_all  # noqa: PLC0415

    # Starting and recovering are one: what the last process left half-way is finished before the market moves.
    reconcile_all()
    market, memory, conditions = open_market(), Memory(), Watch()

    def tick(clock: Clock) -> int:
        reports = market.tick(clock.now())
        quotes.record(reports)
        fanout.publish_quotes(reports)
        contracts = options.refresh(clock.now())
        quotes.record(contracts)
        fanout.publish_quotes(contracts)
        engine_step(memory=memory, conditions=conditions, clock=clock)
        return len(reports)

    return tick


@dataclass
class Engine:
    """The loop around the tick."""

    make_tick: Callable[[], Tick] = market_tick
    holder: str = "embedded"
    interval: float = 0.0
    clock: Clock = SYSTEM

    def __post_init__(self) -> None:
        self.interval = self.interval or settings.TICK_INTERVAL_SECS
        self.lease_seconds = max(10.0, 5 * self.interval)
        self.hold: lease.Hold | None = None
        self.tick: Tick | None = None
        self.failures = 0

    def run(self, stop: threading.Event) -> None:
        """Tick until told to stop."""
        while not stop.is_set():
            begun = time.monotonic()
            try:
                self.turn()
                self.failures = 0
            except Exception:  # a task's outermost loop: the next tick may do better
                self.failures += 1
                self.tick = None
                logger.exception("the market engine failed in a tick (%s in a row)", self.failures)
            finally:
                close_old_connections()
            stop.wait(max(0.05, self.pause() - (time.monotonic() - begun)))
        self.leave()

    def turn(self) -> None:
        """One tick, if the lease is ours."""
        if not self.holds_lease():
            return
        if self.tick is None:
            self.tick = self.make_tick()
            if not self.holds_lease():  # opening the market may take longer than the lease lasts
                return
        begun = time.monotonic()
        moved = self.tick(self.clock)
        heartbeats.beat(
            heartbeats.ENGINE,
            clock=self.clock,
            holder=self.holder,
            fence=self.hold.fence if self.hold else 0,
            instruments=moved,
            milliseconds=round((time.monotonic() - begun) * 1000),
        )

    def holds_lease(self) -> bool:
        """Renew the lease, or take it when it is free."""
        if self.hold and lease.renew(self.hold, seconds=self.lease_seconds, clock=self.clock):
            return True
        lost, self.hold = self.hold, lease.take(LEASE, self.holder, seconds=self.lease_seconds, clock=self.clock)
        if lost and self.hold is None:
            logger.warning("another engine has taken over; this one waits")
        elif self.hold and not lost:
            logger.info("the market engine runs here (%s, fence %s)", self.holder, self.hold.fence)
        return self.hold is not None

    def pause(self) -> float:
        """Seconds between the beginnings of two ticks: longer and longer while ticks fail."""
        return min(BACKOFF_SECONDS_MAX, self.interval * 2 ** min(self.failures, 5)) if self.failures else self.interval

    def leave(self) -> None:
        """Give the lease back, so that another engine need not wait for its deadline."""
        if self.hold:
            lease.give_back(self.hold, clock=self.clock)
        close_old_connections()
