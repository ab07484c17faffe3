"""The stop monitor: looks at every stop, many times a second, in a process or a thread that needs nothing but the rows.

It asks neither Redis nor beat nor a worker for anything. Several may be started and one alone acts: it holds a lease
with a short deadline and a number that rises with every holder, and every transaction that it writes first shows that
its number is still the newest. The others keep their memory of prices warm, and take over within two seconds.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db import close_old_connections

from arbion import heartbeats, lease
from arbion.lib.clock import SYSTEM, Clock
from trading.errors import NotInCharge
from trading.execution.protection.watch import Looked, Watch

logger = logging.getLogger(__name__)

LEASE = "stop monitor"
LEASE_SECONDS = 1.0
LOOK_SECONDS = 0.25
BEAT_EVERY = timedelta(seconds=1)
BACKOFF_SECONDS_MAX = 5.0


@dataclass
class Monitor:
    """The loop around the look."""

    holder: str = "embedded"
    interval: float = LOOK_SECONDS
    lease_seconds: float = LEASE_SECONDS
    clock: Clock = SYSTEM

    def __post_init__(self) -> None:
        self.hold: lease.Hold | None = None
        self.renewed_at: datetime | None = None
        self.beaten_at: datetime | None = None
        self.watch = self._new_watch()
        self.failures = 0

    def run(self, stop: threading.Event) -> None:
        """Look until told to stop."""
        while not stop.is_set():
            begun = time.monotonic()
            try:
                self.turn()
                self.failures = 0
            except Exception:  # a task's outermost loop: the next look may do better
                self.failures += 1
                self.watch = self._new_watch()
                logger.exception("the stop monitor failed in a look (%s in a row)", self.failures)
            finally:
                close_old_connections()
            stop.wait(max(0.02, self.pause() - (time.monotonic() - begun)))
        self.leave()

    def turn(self) -> Looked | None:
        """One look, if the lease is ours; otherwise only remember prices."""
        if not self.holds_lease():
            self.watch.warm()
            return None
        begun = time.monotonic()
        try:
            looked = self.watch.look()
        except NotInCharge:
            logger.warning("another stop monitor has taken over; this one waits (%s)", self.holder)
            self.hold, self.watch = None, self._new_watch()
            return None
        self._beat(looked, milliseconds=round((time.monotonic() - begun) * 1000))
        return looked

    def holds_lease(self) -> bool:
        """Renew the lease well before its deadline, or take it when it is free."""
        now = self.clock.now()
        is_young = self.renewed_at is not None and now - self.renewed_at < timedelta(seconds=self.lease_seconds / 4)
        if self.hold and (is_young or lease.renew(self.hold, seconds=self.lease_seconds, clock=self.clock)):
            self.renewed_at = self.renewed_at if is_young else now
            return True
        self.hold = lease.take(LEASE, self.holder, seconds=self.lease_seconds, clock=self.clock)
        self.renewed_at = now if self.hold else None
        if self.hold:
            self.beaten_at = None
            logger.info("the stop monitor acts here (%s, fence %s)", self.holder, self.hold.fence)
        return self.hold is not None

    def guard(self) -> int:
        """This monitor's number, inside a transaction. Raises NotInCharge where a newer one was given out."""
        if self.hold is None or not lease.insist(self.hold, seconds=self.lease_seconds, clock=self.clock):
            raise NotInCharge
        return self.hold.fence

    def pause(self) -> float:
        """Seconds between the beginnings of two looks: longer and longer while looks fail."""
        return min(BACKOFF_SECONDS_MAX, self.interval * 2 ** min(self.failures, 5)) if self.failures else self.interval

    def leave(self) -> None:
        """Give the lease back, so that another monitor need not wait for its deadline."""
        if self.hold:
            lease.give_back(self.hold, clock=self.clock)
        self.hold = None
        close_old_connections()

    def _new_watch(self) -> Watch:
        return Watch(guard=self.guard, clock=self.clock)

    def _beat(self, looked: Looked, *, milliseconds: int) -> None:
        now = self.clock.now()
        is_quiet = not looked.fired and self.beaten_at is not None
        if is_quiet and self.beaten_at is not None and now - self.beaten_at < BEAT_EVERY:
            return
        fence = self.hold.fence if self.hold else 0
        facts = asdict(looked) | {"unseen": looked.unseen[:20]}
        heartbeats.beat(
            heartbeats.MONITOR, clock=self.clock, holder=self.holder, fence=fence, milliseconds=milliseconds, **facts
        )
        self.beaten_at = now
