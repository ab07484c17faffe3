"""The watch: looks at the prices of everything that a stop guards, lets stops go off, and says what it cannot see.

One watch lives in the monitor's process and remembers prices and levels; its rows are the truth, which it reads again
whenever they change. Each look is one pass: rows, quotes, splits, what goes off, what moves, what follows.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Sum

from arbion.domain.errors import ArbionError
from arbion.domain.numbers import EXACT, ZERO, round_down
from arbion.lib.clock import SYSTEM, Clock
from riskdesk import ticks
from riskdesk.stops import TRAILING, StopState, advance, is_breached, rescaled
from riskdesk.ticks import Tape, Tick
from trading.errors import NotInCharge
from trading.execution.protection import fire as exits
from trading.execution.protection import telling
from trading.execution.protection.book import Book, Guarded
from trading.execution.protection.fire import Guard
from trading.execution.protection.market import Thing, read_quotes, splits, still_ones, things
from trading.locks import lock_account
from trading.models import STANDING, WATCHED, Position, Stop, StopStatus
from trading.models.stop import WatchMark

logger = logging.getLogger(__name__)

# Rows that are committed so long after the moment that they bear are still found.
LATE = timedelta(seconds=5)
COMPARE_EVERY = timedelta(minutes=1)
MOVES_A_COMMIT = 200
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
        self.known: dict[int, Thing] = {}
        self.tapes: dict[int, Tape] = {}
        self.waiting_since: dict[int, datetime] = {}
        self.still: set[int] = set()
        self.read_until: datetime | None = None
        self.compared_at: datetime | None = None
        self.triggered: set[UUID] = set()
        # Whose last price is compared again, although it is no news: at the beginning, and after what went wrong.
        self.again: set[int] | None = None
        self.marked_at: datetime | None = None

    def warm(self) -> None:
        """Remember prices and rows without acting, so that taking over needs no second look."""
        now = self.clock.now()
        self._read_rows(now)
        self._read_prices(now, Looked(), acts=False)
        self.again = None

    def look(self) -> Looked:
        """One pass over everything. Raises NotInCharge where another monitor has taken over."""
        now = self.clock.now()
        looked = Looked()
        self._read_rows(now)
        self._end_without_position(now)
        prices = self._old_prices(now) | self._read_prices(now, looked)
        for stop in self.book.due(now):
            if stop.instrument_id not in self.still:
                self._fire(stop, None, looked)
        moves: list[tuple[Guarded, StopState, Decimal]] = []
        for instrument_id, price in prices.items():
            for stop in self.book.woken(instrument_id, price) if instrument_id in self.book.shelves else ():
                looked.woken += 1
                if is_breached(stop.terms, stop.state, price=price, at=now):
                    self._fire(stop, price, looked)
                else:
                    state = advance(stop.terms, stop.state, price=price, at=now, entry=stop.entry)
                    if _has_moved(stop, state):
                        moves.append((stop, state, price))
        self._move(moves, now, looked)
        self._raise_alarms(now, looked)
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
        new = self.book.shelves.keys() - self.known.keys()
        if new:
            self.known |= things(new)
        if len(self.known) > 2 * len(self.book.shelves) + 100:
            self.known = {pk: thing for pk, thing in self.known.items() if pk in self.book.shelves}

    def _take(self, row: Stop) -> None:
        if row.status not in WATCHED:
            self.book.drop(row.pk)
            (self.triggered.add if row.status == StopStatus.TRIGGERED else self.triggered.discard)(row.pk)
            return
        mark = (row.updated_at, row.version)
        held = self.book.stops.get(row.pk)
        if held is None or held.mark != mark:
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

    def _old_prices(self, now: datetime) -> dict[int, Decimal]:
        """The last prices that are still good, of those that are compared again."""
        asked = self.tapes.keys() if self.again is None else self.again
        self.again = set()
        found = {}
        for pk in asked & self.book.shelves.keys():
            tape = self.tapes.get(pk, Tape())
            is_young = tape.believed_at is not None and now - tape.believed_at <= _age_max()
            if tape.prices and tape.suspect is None and is_young:
                found[pk] = tape.prices[-1]
        return found

    def _read_prices(self, now: datetime, looked: Looked, *, acts: bool = True) -> dict[int, Decimal]:
        """The prices that are known now, of those instruments that told something new."""
        watched = self.book.shelves.keys()
        found = read_quotes(watched, now)
        # After the quotes: then no quote from after a split is met with terms from before it.
        self.still = still_ones({pk: self.known[pk] for pk in watched}, now) if watched else set()
        if acts:
            self._follow_splits(now)
        prices: dict[int, Decimal] = {}
        for pk in watched:
            tape = self.tapes.get(pk, Tape())
            if pk in self.still:
                self.tapes[pk] = ticks.paused(tape)
                self.waiting_since[pk] = now
                continue
            self.waiting_since.setdefault(pk, now)
            tick = found.get(pk)
            if tick is None or not self._is_news(tick, tape, now, self.known[pk].step):
                continue
            looked.quotes += 1
            self.tapes[pk], price = ticks.take(tape, tick, step=self.known[pk].step)
            if price is not None:
                prices[pk] = price
        return prices

    def _is_news(self, tick: Tick, tape: Tape, now: datetime, step: Decimal) -> bool:
        is_new = tape.at is None or tick.at > tape.at
        return is_new and ticks.is_usable(tick, now=now, age_max=_age_max(), step=step)

    def _follow_splits(self, now: datetime) -> None:
        """Bring stops from before a split to its prices; what is being split stands still."""
        for split in splits(now) if self.book.stops else ():
            if split.instrument_id not in self.book.shelves:
                continue
            if split.applied_at is None:
                self.still.add(split.instrument_id)
                continue
            behind = [self.book.stops[key] for key in self.book.shelves[split.instrument_id].ids]
            for stop in [one for one in behind if one.splits_until < split.applied_at]:
                ratio = Decimal(1) if split.is_of_underlying else split.ratio
                fresh = self._follow(stop, split.ratio, units=ratio, until=split.applied_at)
                self._take(fresh)

    @transaction.atomic
    def _follow(self, stop: Guarded, ratio: Decimal, *, units: Decimal, until: datetime) -> Stop:
        fence = self.guard()
        lock_account(stop.account_id)
        row = Stop.objects.select_related("instrument").get(pk=stop.id)
        if row.splits_until >= until or row.status not in WATCHED:
            return row
        terms, state = rescaled(row.terms, row.state, ratio=ratio)
        row.price, row.amount, row.extreme, row.level = terms.price, terms.amount, state.extreme, state.level
        row.entry = rescaled(terms, StopState(level=row.entry), ratio=ratio)[1].level or row.entry
        if row.quantity is not None:
            part = round_down(EXACT.multiply(row.quantity, units), row.instrument.size_increment)
            row.quantity = part if part > ZERO else None
        row.splits_until, row.fence, row.updated_at = until, fence, self.clock.now()
        row.version += 1
        row.save()
        logger.info("stop %s follows a split to %s", row.pk, row.level)
        return row

    def _fire(self, stop: Guarded, price: Decimal | None, looked: Looked) -> None:
        try:
            if exits.fire(stop.id, stop.account_id, price=price, guard=self.guard, clock=self.clock):
                looked.fired += 1
                self.triggered.add(stop.id)
        except NotInCharge:
            raise
        except (ArbionError, DatabaseError):
            looked.failed += 1
            self.again = {*(self.again or ()), stop.instrument_id}
            logger.exception("stop %s could not go off; the next look tries again", stop.id)
            return
        row = Stop.objects.get(pk=stop.id)
        self.book.drop(stop.id)
        self._take(row)

    def _move(self, moves: list[tuple[Guarded, StopState, Decimal]], now: datetime, looked: Looked) -> None:
        """Write the levels that have moved; one that somebody has just changed is read again instead."""
        for first in range(0, len(moves), MOVES_A_COMMIT):
            with transaction.atomic():
                fence = self.guard()
                for stop, state, price in moves[first : first + MOVES_A_COMMIT]:
                    mark = (now, stop.mark[1] + 1)
                    mine = Stop.objects.filter(pk=stop.id, version=stop.mark[1], updated_at=stop.mark[0])
                    written = mine.filter(status__in=WATCHED).update(
                        extreme=state.extreme,
                        level=state.level,
                        armed_at=state.armed_at,
                        looked_at=now,
                        looked_price=price,
                        fence=fence,
                        updated_at=now,
                        version=mark[1],
                    )
                    if written:
                        looked.moved += 1
                        self.book.put(replace(stop, state=state, mark=mark))

    def _raise_alarms(self, now: datetime, looked: Looked) -> None:
        """Say of every instrument whose price cannot be read that it is so, and take it back when it can."""
        for pk, shelf in list(self.book.shelves.items()):
            seen = self.tapes[pk].believed_at if pk in self.tapes else None
            since = max(filter(None, (seen, self.waiting_since.get(pk, now))))
            is_dark = pk not in self.still and now - since > _age_max()
            if is_dark:
                looked.unseen.append(self.known[pk].symbol)
                looked.alarms += len(shelf.ids)
            changed = [key for key in shelf.ids if self.book.stops[key].in_alarm is not is_dark]
            if changed:
                self._mark(pk, changed, is_dark=is_dark, now=now)

    def _mark(self, instrument_id: int, changed: list[UUID], *, is_dark: bool, now: datetime) -> None:
        symbol = self.known[instrument_id].symbol
        if is_dark:
            logger.error("the price of %s cannot be read: %s stops guard it blindly", symbol, len(changed))
            status, reason = StopStatus.ALARM, f"The price of {symbol} cannot be read."
        else:
            logger.info("the price of %s can be read again", symbol)
            status, reason = StopStatus.GUARDING, ""
        with transaction.atomic():
            fence = self.guard()
            for key in changed:
                stop = self.book.stops[key]
                mine = Stop.objects.filter(pk=key, version=stop.mark[1], updated_at=stop.mark[0], status__in=WATCHED)
                mark = (now, stop.mark[1] + 1)
                if mine.update(status=status, reason=reason, fence=fence, updated_at=now, version=mark[1]):
                    self.book.put(replace(stop, in_alarm=is_dark, mark=mark))
            telling.in_the_dark({self.book.stops[key].account_id for key in changed}, symbol, is_dark=is_dark, at=now)

    def _settle(self, looked: Looked) -> None:
        """Follow up what has gone off."""
        rows = Stop.objects.select_related("order", "account").filter(pk__in=self.triggered) if self.triggered else ()
        for row in rows:
            try:
                exits.settle(row, guard=self.guard, clock=self.clock)
            except NotInCharge:
                raise
            except (ArbionError, DatabaseError):
                looked.failed += 1
                logger.exception("stop %s is followed up again later", row.pk)
        if self.triggered:
            still = Stop.objects.filter(pk__in=self.triggered, status=StopStatus.TRIGGERED)
            self.triggered = set(still.values_list("pk", flat=True))

    def _leave_mark(self, now: datetime, looked: Looked) -> None:
        """Write down that this look was made, once a second at most."""
        if self.marked_at is not None and now - self.marked_at < MARK_EVERY:
            return
        with transaction.atomic():
            seen = {"at": now, "fence": self.guard(), "stops": looked.stops, "alarms": looked.alarms}
            WatchMark.objects.update_or_create(pk=1, defaults=seen)
        self.marked_at = now


def guarded(row: Stop) -> Guarded:
    """The row as the book keeps it."""
    return Guarded(
        id=row.pk,
        mark=(row.updated_at, row.version),
        account_id=row.account_id,
        instrument_id=row.instrument_id,
        terms=row.terms,
        state=row.state,
        entry=row.entry,
        splits_until=row.splits_until,
        in_alarm=row.status == StopStatus.ALARM,
    )


def _has_moved(stop: Guarded, state: StopState) -> bool:
    if stop.terms.kind in TRAILING:
        return state != stop.state
    return (state.level, state.armed_at) != (stop.state.level, stop.state.armed_at)


def _age_max() -> timedelta:
    return timedelta(seconds=settings.QUOTE_AGE_SECONDS_MAX)
