"""The watch: looks at the prices of everything that a stop guards, lets stops go off, and says what it cannot see.

One watch lives in the monitor's process and remembers prices and levels; its rows are the truth, which it reads again
whenever they change. Each look is one pass: rows, quotes, splits, what goes off, what moves, what follows.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import DatabaseError
from django.db.models import Sum

from arbion.domain.errors import ArbionError
from arbion.domain.numbers import ZERO
from arbion.lib.clock import SYSTEM, Clock
from riskdesk.stops import TRAILING, StopState, advance, is_breached
from trading.errors import NotInCharge
from trading.execution.protection import fire as exits
from trading.execution.protection import writes
from trading.execution.protection.book import Book, Guarded, guarded
from trading.execution.protection.chase import Chase
from trading.execution.protection.fire import Guard
from trading.execution.protection.market import splits
from trading.execution.protection.rounds import Rounds
from trading.execution.protection.sight import Sight
from trading.execution.protection.writes import Move
from trading.models import STANDING, WATCHED, Position, Stop, StopStatus

logger = logging.getLogger(__name__)

# Rows that are committed so long after the moment that they bear are still found.
LATE = timedelta(seconds=5)
COMPARE_EVERY = timedelta(minutes=1)
MARK_EVERY = timedelta(seconds=1)


@dataclass(kw_only=True)
class Looked:
    """What one look saw and did: stops and instruments under watch, and how many stops each thing happened to.

    `quotes` counts the quotes that were new, `unseen` the instruments whose price cannot be read.
    """

    stops: int = 0
    instruments: int = 0
    quotes: int = 0
    woken: int = 0
    moved: int = 0
    fired: int = 0
    failed: int = 0
    alarms: int = 0
    triggered: int = 0
    unseen: list[str] = field(default_factory=list)


class Watch:
    """The memory of one monitor. `guard` says in each transaction whether it is still the one in charge."""

    def __init__(self, *, guard: Guard = lambda: 0, clock: Clock = SYSTEM) -> None:
        self.guard, self.clock = guard, clock
        self.book = Book()
        self.sight = Sight()
        self.read_until: datetime | None = None
        self.compared_at: datetime | None = None
        self.triggered: set[UUID] = set()
        self.marked_at: datetime | None = None
        self.rounds = Rounds(guard=guard, clock=clock)
        self.chase = Chase(clock=clock)
        # Since when the price stands beyond stops that rest at their venue, and the price.
        self.beyond: dict[UUID, tuple[datetime, Decimal]] = {}

    def warm(self) -> None:
        """Remember prices and rows without acting, so that taking over needs no second look."""
        now = self.clock.now()
        self._read_rows(now)
        self._read_prices(now, Looked(), acts=False)
        self.sight.again = None

    def look(self) -> Looked:
        """One pass over everything. Raises NotInCharge where another monitor has taken over."""
        now = self.clock.now()
        looked = Looked()
        self._read_rows(now)
        self._end_without_position(now)
        prices = self.sight.old_prices(self.book.shelves.keys(), now) | self._read_prices(now, looked)
        for stop in self.book.due(now):
            if stop.instrument_id not in self.sight.still:
                self._fire(stop, None, looked, now)
        self._move(self._compare(prices, now, looked), now, looked)
        self._raise_alarms(now, looked)
        self.rounds.go()
        self._settle(looked)
        looked.stops, looked.instruments = len(self.book.stops), len(self.book.shelves)
        looked.triggered = len(self.triggered)
        self._leave_mark(now, looked)
        return looked

    def _read_rows(self, now: datetime) -> None:
        """Take in the rows that have changed; now and then see whether any was missed."""
        rows = Stop.objects.all()
        if self.read_until is None or self._has_missed(now):
            self.book, self.triggered = Book(), set()
            rows = rows.filter(status__in=STANDING)
            self.compared_at = now
        else:
            rows = rows.filter(updated_at__gte=self.read_until - LATE)
        self.read_until = now
        for row in rows.order_by("updated_at"):
            self._take(row)
        self.sight.learn(self.book.shelves.keys())

    def _take(self, row: Stop) -> None:
        if row.status not in WATCHED:
            self.book.drop(row.pk)
            (self.triggered.add if row.status == StopStatus.TRIGGERED else self.triggered.discard)(row.pk)
            return
        mark = (row.updated_at, row.version)
        held = self.book.stops.get(row.pk)
        if held is None or held.mark != mark:
            if held is not None and held.state.level != row.level:
                # The price was compared with a level that is not its any more.
                self.beyond.pop(row.pk, None)
            self.book.put(guarded(row))

    def _has_missed(self, now: datetime) -> bool:
        if self.compared_at is not None and now - self.compared_at < COMPARE_EVERY:
            return False
        self.compared_at = now
        there = Stop.objects.filter(status__in=WATCHED).aggregate(versions=Sum("version"))["versions"] or 0
        return bool(there != sum(stop.mark[1] for stop in self.book.stops.values()))

    def _end_without_position(self, now: datetime) -> None:
        """End the stops of positions that were closed; at the first look, of all of them."""
        is_whole = self.compared_at == now
        rows = Position.objects.all() if is_whole else Position.objects.filter(updated_at__gte=now - 2 * LATE)
        fields = rows.values_list("account_id", "instrument_id", "quantity")
        held = {(account_id, instrument_id): units for account_id, instrument_id, units in fields}
        places = self.book.positions.keys()
        for place in list(places if is_whole else places & held.keys()):
            units = held.get(place, ZERO)
            stops = [self.book.stops[key] for key in self.book.positions[place]]
            for stop in [one for one in stops if (units if one.terms.is_long else -units) <= ZERO]:
                if exits.end_without_position(stop.id, stop.account_id, guard=self.guard, clock=self.clock):
                    self.book.drop(stop.id)

    def _read_prices(self, now: datetime, looked: Looked, *, acts: bool = True) -> dict[int, Decimal]:
        """The prices that are known now, of those instruments that told something new."""
        watched = self.book.shelves.keys()
        found = self.sight.read(watched, now)
        if acts:
            self._follow_splits(now)
        prices, looked.quotes = self.sight.follow(found, watched, now)
        return prices

    def _follow_splits(self, now: datetime) -> None:
        """Bring stops from before a split to its prices; what is being split stands still."""
        for split in splits(now) if self.book.stops else ():
            if split.instrument_id not in self.book.shelves:
                continue
            if split.applied_at is None:
                self.sight.still.add(split.instrument_id)
                continue
            behind = [self.book.stops[key] for key in self.book.shelves[split.instrument_id].ids]
            for stop in [one for one in behind if one.splits_until < split.applied_at]:
                ratio = Decimal(1) if split.is_of_underlying else split.ratio
                until = split.applied_at
                row = writes.follow_split(stop, split.ratio, units=ratio, until=until, at=now, guard=self.guard)
                self._take(row)

    def _compare(self, prices: dict[int, Decimal], now: datetime, looked: Looked) -> list[Move]:
        """Let go off what these prices have reached; returns what they move."""
        moves: list[Move] = []
        reached: dict[UUID, Decimal] = {}
        for instrument_id, price in prices.items():
            for stop in self.book.woken(instrument_id, price) if instrument_id in self.book.shelves else ():
                looked.woken += 1
                if is_breached(stop.terms, stop.state, price=price, at=now):
                    reached[stop.id] = price
                    continue
                state = advance(stop.terms, stop.state, price=price, at=now, entry=stop.entry)
                if _has_moved(stop, state):
                    moves.append((stop, state, price))
        for key, price in (reached | self._still_beyond(prices, reached, now)).items():
            since, _ = self.beyond.get(key, (now, price))
            self.beyond[key] = since, price
            self._fire(self.book.stops[key], price, looked, since)
        return moves

    def _still_beyond(
        self, prices: dict[int, Decimal], reached: dict[UUID, Decimal], now: datetime
    ) -> dict[UUID, Decimal]:
        """The stops at their venue whose time is over, although no new price has come; others are forgotten."""
        over = {}
        for key, (since, price) in list(self.beyond.items()):
            stop = self.book.stops.get(key)
            if stop is None or stop.instrument_id in self.sight.still:
                del self.beyond[key]
            elif stop.instrument_id in prices:
                if key not in reached:
                    del self.beyond[key]
            elif now - since >= exits.grace() and not self.sight.is_dark(stop.instrument_id, now):
                over[key] = price
        return over

    def _fire(self, stop: Guarded, price: Decimal | None, looked: Looked, since: datetime) -> None:
        try:
            if exits.fire(stop.id, stop.account_id, price=price, guard=self.guard, since=since, clock=self.clock):
                self.beyond.pop(stop.id, None)
                looked.fired += 1
                self.triggered.add(stop.id)
        except NotInCharge:
            raise
        except (ArbionError, DatabaseError):
            looked.failed += 1
            self.sight.compare_again(stop.instrument_id)
            logger.exception("stop %s could not go off; the next look tries again", stop.id)
            return
        row = Stop.objects.get(pk=stop.id)
        self.book.drop(stop.id)
        self._take(row)

    def _move(self, moves: list[Move], now: datetime, looked: Looked) -> None:
        """Write the levels that have moved; one that somebody has just changed is read again instead."""
        for stop in writes.write_moves(moves, at=now, guard=self.guard):
            looked.moved += 1
            self.book.put(stop)

    def _raise_alarms(self, now: datetime, looked: Looked) -> None:
        """Say of every instrument whose price cannot be read that it is so, and take it back when it can."""
        for pk, shelf in list(self.book.shelves.items()):
            is_dark = self.sight.is_dark(pk, now)
            if is_dark:
                looked.unseen.append(self.sight.known[pk].symbol)
                looked.alarms += len(shelf.ids)
            changed = shelf.to_mark(is_dark=is_dark)
            if changed:
                self._mark(pk, changed, is_dark=is_dark, now=now)

    def _mark(self, instrument_id: int, changed: list[UUID], *, is_dark: bool, now: datetime) -> None:
        symbol = self.sight.known[instrument_id].symbol
        if is_dark:
            logger.error("the price of %s cannot be read: %s stops guard it blindly", symbol, len(changed))
        else:
            logger.info("the price of %s can be read again", symbol)
        stops = [self.book.stops[key] for key in changed]
        for stop in writes.write_alarms(stops, symbol, is_dark=is_dark, at=now, guard=self.guard):
            self.book.put(stop)

    def _settle(self, looked: Looked) -> None:
        """Follow up what has gone off."""
        if not self.triggered:
            return
        rows = list(Stop.objects.select_related("order", "account", "resting").filter(pk__in=self.triggered))
        for row in rows:
            try:
                exits.settle(row, guard=self.guard, clock=self.clock)
            except NotInCharge:
                raise
            except (ArbionError, DatabaseError):
                looked.failed += 1
                logger.exception("stop %s is followed up again later", row.pk)
        try:
            self.chase.go([row.order for row in rows if row.order is not None])
        except (ArbionError, DatabaseError):  # only in tests: elsewhere it is done on a thread
            logger.exception("exits without word are asked for again later")
        still = Stop.objects.filter(pk__in=self.triggered, status=StopStatus.TRIGGERED)
        self.triggered = set(still.values_list("pk", flat=True))

    def _leave_mark(self, now: datetime, looked: Looked) -> None:
        """Write down that this look was made, once a second at most."""
        if self.marked_at is not None and now - self.marked_at < MARK_EVERY:
            return
        writes.leave_mark(at=now, stops=looked.stops, alarms=looked.alarms, guard=self.guard)
        self.marked_at = now


def _has_moved(stop: Guarded, state: StopState) -> bool:
    if stop.terms.kind in TRAILING:
        return state != stop.state
    return (state.level, state.armed_at) != (stop.state.level, stop.state.armed_at)
