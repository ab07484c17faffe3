"""The watch over conditions: believes prices as the stop monitor does, and lets what has come true happen, once.

One watch lives beside the market engine and remembers prices and levels; the rows are the truth, which it reads again
whenever they change. A price that is not believed, stands still or is old sets nothing off.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from django.db import DatabaseError

from arbion.domain.errors import ArbionError
from arbion.lib.clock import SYSTEM, Clock
from marketdata.conditions.condition import CHANGE
from trading.alerts import fire as alerts
from trading.conditions import rows
from trading.conditions.book import ORDER, Book, Item, Key
from trading.conditions.level import change
from trading.conditions.sighting import Sighting
from trading.execution.conditions import fire as orders
from trading.execution.conditions.figures import Figure, Figures
from trading.models import Position

logger = logging.getLogger(__name__)

# Rows that are committed so long after the moment that they bear are still found.
LATE = timedelta(seconds=5)
COMPARE_EVERY = timedelta(minutes=1)


@dataclass(kw_only=True)
class Looked:
    """What one look did: conditions under watch, those that were woken, and what happened to how many."""

    watched: int = 0
    woken: int = 0
    fired: int = 0
    expired: int = 0
    failed: int = 0


class Watch:
    """The memory of one process."""

    def __init__(self, *, clock: Clock = SYSTEM) -> None:
        self.clock = clock
        self.book, self.figures = Book(), Figures()
        self.read_until: datetime | None = None
        self.compared_at: datetime | None = None

    def look(self) -> Looked:
        """One pass over everything that is new."""
        now, looked = self.clock.now(), Looked()
        self._read_rows(now)
        for item in self.book.due(now):
            looked.expired += self._guarded(item, self._expire, looked)
        for place, figure in self.figures.read(self.book, now, follow_split=self._follow_split):
            for item in self.book.woken(place, figure.axis, figure.low, figure.high):
                if item.quiet_until is not None and now < item.quiet_until:
                    continue
                looked.woken += 1
                looked.fired += self._guarded(item, partial(self._act, figure), looked)
        looked.watched = len(self.book.items)
        return looked

    def _read_rows(self, now: datetime) -> None:
        """Take in the rows that have changed, and those whose average price has; now and then see if one was missed."""
        if self.read_until is None or self._has_missed(now):
            self.book, self.compared_at = Book(), now
            for item in rows.everything():
                self.book.put(item)
        else:
            for key, row in rows.changed(self.read_until - LATE):
                held = self.book.items.get(key)
                if row is None:
                    self.book.drop(key)
                elif held is None or held.version != row.version:
                    self.book.put(row)
            self._follow_averages(now)
        self.read_until = now

    def _follow_averages(self, now: datetime) -> None:
        if not self.book.of_average:
            return
        moved = Position.objects.filter(updated_at__gte=now - 2 * LATE).values_list("account_id", "instrument_id")
        for place in set(moved) & self.book.of_average.keys():
            for key in list(self.book.of_average[place]):
                self._reread(key)

    def _has_missed(self, now: datetime) -> bool:
        if self.compared_at is not None and now - self.compared_at < COMPARE_EVERY:
            return False
        self.compared_at = now
        versions = sum(item.version for item in self.book.items.values())
        return rows.count() != (len(self.book.items), versions)

    def _follow_split(self, instrument_id: int, ratio: Decimal, applied_at: datetime) -> None:
        """Bring what waits from before a split to its prices."""
        now = self.clock.now()
        for item in list(self.book.items.values()):
            if item.place[-1] == instrument_id and item.place[0] != "account" and item.splits_until < applied_at:
                rows.follow_split(item, ratio, until=applied_at, at=now)
                self._reread(item.key)

    def _act(self, figure: Figure, item: Item) -> bool:
        """Let one condition that is reached happen, or arm an alert whose condition is untrue again."""
        value = figure.low if item.condition.is_at_least else figure.high
        if not item.is_armed:
            assert item.level is not None, "what is woken has a level"  # noqa: S101
            alerts.rearm(
                item.key[1], item.account_id, version=item.version, level=item.level, figure=value, clock=self.clock
            )
            return False
        seen = _sighting(item, figure, value)
        act = orders.fire if item.key[0] == ORDER else alerts.fire
        return act(item.key[1], item.account_id, version=item.version, seen=seen, clock=self.clock)

    def _expire(self, item: Item) -> bool:
        end = orders.expire if item.key[0] == ORDER else alerts.expire
        return end(item.key[1], item.account_id, clock=self.clock)

    def _guarded(self, item: Item, act: Callable[[Item], bool], looked: Looked) -> bool:
        """Act on one; its trouble keeps no other from being served, and its row is read again."""
        try:
            done = act(item)
        except (ArbionError, DatabaseError, ArithmeticError, ValueError):
            looked.failed += 1
            logger.exception("a condition (%s %s) could not be served; the next price tries again", *item.key)
            return False
        self._reread(item.key)
        return done

    def _reread(self, key: Key) -> None:
        item = rows.one(key)
        if item is None:
            self.book.drop(key)
        else:
            self.book.put(item)


def _sighting(item: Item, figure: Figure, value: Decimal) -> Sighting:
    """What is told of it: of a change the percent and both prices, of anything else the figure."""
    if item.condition.metric != CHANGE:
        return Sighting(figure=value, price=figure.price, start=None, at=figure.at)
    start = item.start or figure.previous_close
    price = figure.price if figure.price is not None else value
    moved = value if start is None else change(price, start)
    return Sighting(figure=moved, price=price, start=start, at=figure.at)
