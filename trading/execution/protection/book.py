"""The book of stops in memory, sorted by price: what a price wakes is found without asking the others.

The rows are the truth and the book only proposes. Work rises with the stops near the price, not with all of them: a
stop is woken where it would go off, or where its level would move.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from arbion.domain.numbers import PRICE_UNIT
from riskdesk.stops import StopState, StopTerms, moves_at
from trading.models import Stop, StopStatus

Mark = tuple[datetime, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """One stop as it stands in its row; `mark` tells one state of the row from the next."""

    id: UUID
    mark: Mark
    account_id: int
    instrument_id: int
    terms: StopTerms
    state: StopState
    entry: Decimal
    splits_until: datetime
    in_alarm: bool

    @property
    def wakes_below(self) -> Decimal | None:
        """The price at or below which something happens to it."""
        return self.state.level if self.terms.fires_below else self._move(is_up=False)

    @property
    def wakes_above(self) -> Decimal | None:
        """The price at or above which something happens to it."""
        return self._move(is_up=True) if self.terms.fires_below else self.state.level

    def _move(self, *, is_up: bool) -> Decimal | None:
        return moves_at(self.terms, self.state, self.entry) if self.terms.is_long is is_up else None


@dataclass(slots=True)
class Shelf:
    """The stops of one instrument by the prices that wake them, rising."""

    below: list[tuple[Decimal, UUID]] = field(default_factory=list)
    above: list[tuple[Decimal, UUID]] = field(default_factory=list)
    ids: set[UUID] = field(default_factory=set)
    alarmed: set[UUID] = field(default_factory=set)

    def to_mark(self, *, is_dark: bool) -> list[UUID]:
        """The stops that do not say yet whether their price can be read; without asking those that do."""
        if not is_dark:
            return list(self.alarmed)
        return list(self.ids - self.alarmed) if len(self.alarmed) < len(self.ids) else []


class Book:
    """All stops that are watched."""

    def __init__(self) -> None:
        self.stops: dict[UUID, Guarded] = {}
        self.shelves: dict[int, Shelf] = {}
        self.positions: dict[tuple[int, int], set[UUID]] = {}
        self.times: list[tuple[datetime, UUID]] = []

    def put(self, stop: Guarded) -> None:
        """Take a stop in, or its newer state."""
        self.drop(stop.id)
        self.stops[stop.id] = stop
        shelf = self.shelves.setdefault(stop.instrument_id, Shelf())
        shelf.ids.add(stop.id)
        if stop.in_alarm:
            shelf.alarmed.add(stop.id)
        self.positions.setdefault((stop.account_id, stop.instrument_id), set()).add(stop.id)
        if stop.wakes_below is not None:
            insort(shelf.below, (stop.wakes_below, stop.id))
        if stop.wakes_above is not None:
            insort(shelf.above, (stop.wakes_above, stop.id))
        if stop.terms.closes_at is not None:
            insort(self.times, (stop.terms.closes_at, stop.id))

    def drop(self, stop_id: UUID) -> None:
        """Forget a stop; one that is not here is no matter."""
        stop = self.stops.pop(stop_id, None)
        if stop is None:
            return
        shelf = self.shelves[stop.instrument_id]
        shelf.ids.discard(stop_id)
        shelf.alarmed.discard(stop_id)
        held = self.positions[stop.account_id, stop.instrument_id]
        held.discard(stop_id)
        if not held:
            del self.positions[stop.account_id, stop.instrument_id]
        if stop.wakes_below is not None:
            _remove(shelf.below, (stop.wakes_below, stop_id))
        if stop.wakes_above is not None:
            _remove(shelf.above, (stop.wakes_above, stop_id))
        if stop.terms.closes_at is not None:
            _remove(self.times, (stop.terms.closes_at, stop_id))
        if not shelf.ids:
            del self.shelves[stop.instrument_id]

    def woken(self, instrument_id: int, price: Decimal) -> list[Guarded]:
        """The stops to which something happens at this price, those that go off and those that move."""
        shelf = self.shelves[instrument_id]
        below = shelf.below[bisect_left(shelf.below, (price,)) :]
        above = shelf.above[: bisect_left(shelf.above, (price + PRICE_UNIT,))]
        return [self.stops[stop_id] for stop_id in dict.fromkeys(key for _, key in (*below, *above))]

    def due(self, at: datetime) -> list[Guarded]:
        """The stops whose time has come."""
        found = []
        for moment, stop_id in self.times:
            if moment > at:
                break
            found.append(self.stops[stop_id])
        return found


def _remove(rows: list[Any], row: Any) -> None:
    del rows[bisect_left(rows, row)]


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
