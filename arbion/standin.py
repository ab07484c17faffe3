"""The stand-in for the stop monitor: a scheduled task looks at the stops where nobody does, and at nothing elsewhere.

It takes the monitor's own lease, so that it never acts beside one; where a monitor holds that, it asks once and goes.
A first look only remembers prices, because a single quote may be a wild one; so it makes a few, a second apart, and
its process remembers what it saw for the next time. It is the second line: the first is a monitor that runs all the
time, and while none does the gate trusts only the moments after a look.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable

from arbion.lib.clock import SYSTEM, Clock
from arbion.monitor import Monitor

LOOKS = 6
PAUSE_SECONDS = 1.0
LEASE_SECONDS = 3.0


class StandIn:
    """One process's stand-in, with its memory of prices."""

    def __init__(self, *, clock: Clock = SYSTEM) -> None:
        holder = f"stand-in:{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self.monitor = Monitor(holder=holder, lease_seconds=LEASE_SECONDS, clock=clock)
        self._alone = threading.Lock()

    def look(self, *, looks: int = LOOKS, pause: Callable[[float], object] = time.sleep) -> int:
        """Look a few times if nobody else watches; returns how many looks that were. Two at once are one."""
        if not self._alone.acquire(blocking=False):
            return 0
        try:
            return self._sit(looks, pause) if self.monitor.holds_lease() else 0
        finally:
            self.monitor.leave()
            self._alone.release()

    def _sit(self, looks: int, pause: Callable[[float], object]) -> int:
        for made in range(1, looks + 1):
            seen = self.monitor.turn()
            if seen is None:
                return made - 1
            if made == looks or not (seen.stops or seen.triggered):
                return made
            pause(PAUSE_SECONDS)
        return 0


_ours: dict[int, StandIn] = {}


def stand_in() -> StandIn:
    """The stand-in of this process: one that was made before a fork is another's."""
    return _ours.setdefault(os.getpid(), StandIn())
