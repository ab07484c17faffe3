"""Which positions the watch looks at for what rests at their venues: those that changed, a few in each look.

A position is looked at once for each state of its stops, its orders and its units. What waits for time to pass (a
market that opens, a refusal that is over) comes round every minute, and everything once at the beginning.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from datetime import datetime, timedelta

from django.db import DatabaseError
from django.db.models import Q

from arbion.domain.enums import OPEN
from arbion.domain.errors import ArbionError
from arbion.lib.clock import SYSTEM, Clock
from brokers.rules import venues_that_rest
from trading.errors import NotInCharge
from trading.execution.protection.fire import Guard
from trading.execution.protection.resting import tend
from trading.models import WATCHED, Order, Position, Stop

logger = logging.getLogger(__name__)

# Rows that are committed so long after the moment that they bear are still found.
LATE = timedelta(seconds=10)
EVERY = timedelta(minutes=1)
# So many positions in one look: the prices of all others must not wait for them.
AT_ONCE_MAX = 20

Place = tuple[int, int]


class Rounds:
    """The memory of one monitor of what it has looked at."""

    def __init__(self, *, guard: Guard = lambda: 0, clock: Clock = SYSTEM) -> None:
        self.guard, self.clock = guard, clock
        self.seen: dict[Place, frozenset[object]] = {}
        self.queue: dict[Place, None] = {}
        self.round_at: datetime | None = None
        self.is_needed = True

    def go(self) -> int:
        """Look at what is due; returns how many steps were taken. Raises NotInCharge."""
        now = self.clock.now()
        if self.round_at is None or now - self.round_at >= EVERY:
            self._come_round(now, is_first=self.round_at is None)
        if not self.is_needed:
            return 0
        self._notice(now)
        taken = 0
        for place in list(self.queue)[:AT_ONCE_MAX]:
            del self.queue[place]
            try:
                taken += tend(*place, guard=self.guard, clock=self.clock)
            except NotInCharge:
                raise
            except (ArbionError, DatabaseError):
                self.seen.pop(place, None)
                logger.exception("what rests for account %s in instrument %s is looked at again", *place)
        return taken

    def _come_round(self, now: datetime, *, is_first: bool) -> None:
        self.round_at = now
        rows = Stop.objects.filter(status__in=WATCHED)
        if not venues_that_rest():
            # What still rests from when it was allowed is taken back.
            rows = rows.filter(resting__status__in=OPEN)
        elif is_first:
            rows = rows.filter(account__venue__in=venues_that_rest())
        else:
            rows = rows.filter(account__venue__in=venues_that_rest()).filter(Q(resting=None) | ~Q(rest_note=""))
        places = list(rows.values_list("account_id", "instrument_id").distinct())
        self.is_needed = bool(venues_that_rest() or places)
        self.queue |= dict.fromkeys(places)

    def _notice(self, now: datetime) -> None:
        """Queue the positions where a stop, an order or the units have changed of late and that were not seen since."""
        since = now - LATE
        found: dict[Place, set[object]] = defaultdict(set)
        orders = Order.objects.filter(updated_at__gte=since, account__stops__isnull=False)
        stops = Stop.objects.filter(updated_at__gte=since)
        positions = Position.objects.filter(updated_at__gte=since)
        for one, instrument, key, version in (
            *stops.values_list("account_id", "instrument_id", "pk", "version"),
            *orders.values_list("account_id", "instrument_id", "pk", "version").distinct(),
        ):
            found[one, instrument].add((key, version))
        for one, instrument, units in positions.values_list("account_id", "instrument_id", "quantity"):
            found[one, instrument].add(units)
        fresh = {place: frozenset(states) for place, states in found.items()}
        self.queue |= {
            place: None for place, states in fresh.items() if not states <= self.seen.get(place, frozenset())
        }
        self.seen = fresh
