"""The book of everything that waits for a figure, sorted by level: a figure finds what it wakes without asking others.

The rows are the truth and the book only proposes. Work rises with what is reached, not with all that waits.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from marketdata.conditions import Condition
from trading.conditions.level import Level

ORDER, ALERT = "order", "alert"
Key = tuple[str, UUID]
# An instrument, an account, or the two of a position.
Place = tuple[str, int] | tuple[str, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One condition as it stands in its row; `level` is None while there is nothing to count from.

    One that is not `is_armed` is woken where its condition is untrue again. Before `quiet_until` it is left alone.
    """

    key: Key
    version: int
    account_id: int
    place: Place
    condition: Condition
    level: Level | None
    start: Decimal | None
    is_armed: bool = True
    quiet_until: datetime | None = None
    expires_at: datetime | None = None
    splits_until: datetime
    # The position whose average price it is counted from.
    average_of: tuple[int, int] | None = None


@dataclass(slots=True)
class Shelf:
    """What waits for one figure of one place: woken by a rise, and by a fall."""

    rising: list[tuple[Decimal, Key]] = field(default_factory=list)
    falling: list[tuple[Decimal, Key]] = field(default_factory=list)


class Book:
    """All conditions that are watched."""

    def __init__(self) -> None:
        self.items: dict[Key, Item] = {}
        self.shelves: dict[Place, dict[str, Shelf]] = {}
        self.of_average: dict[tuple[int, int], set[Key]] = {}
        self.times: list[tuple[datetime, Key]] = []

    @property
    def instruments(self) -> set[int]:
        """The instruments whose figures are waited for."""
        return {place[1] for place in self.shelves if place[0] == "instrument"}

    @property
    def accounts(self) -> set[int]:
        """The accounts of whose books a figure is waited for."""
        return {place[1] for place in self.shelves if place[0] != "instrument"}

    def put(self, item: Item) -> None:
        """Take a condition in, or its newer state."""
        self.drop(item.key)
        self.items[item.key] = item
        if item.expires_at is not None:
            insort(self.times, (item.expires_at, item.key))
        if item.average_of is not None:
            self.of_average.setdefault(item.average_of, set()).add(item.key)
        if item.level is not None:
            shelf = self.shelves.setdefault(item.place, {}).setdefault(item.level.axis, Shelf())
            insort(_row(shelf, item), (item.level.at, item.key))

    def drop(self, key: Key) -> None:
        """Forget one; one that is not here is no matter."""
        item = self.items.pop(key, None)
        if item is None:
            return
        if item.expires_at is not None:
            _remove(self.times, (item.expires_at, key))
        if item.average_of is not None:
            self.of_average[item.average_of].discard(key)
            if not self.of_average[item.average_of]:
                del self.of_average[item.average_of]
        if item.level is None:
            return
        axes = self.shelves[item.place]
        shelf = axes[item.level.axis]
        _remove(_row(shelf, item), (item.level.at, key))
        if not shelf.rising and not shelf.falling:
            del axes[item.level.axis]
        if not axes:
            del self.shelves[item.place]

    def axes(self, place: Place) -> set[str]:
        """The figures of a place that are waited for."""
        return set(self.shelves.get(place, ()))

    def woken(self, place: Place, axis: str, low: Decimal, high: Decimal) -> list[Item]:
        """What a figure wakes that is at least `low` and at most `high`: only what both of them have reached."""
        shelf = self.shelves.get(place, {}).get(axis)
        if shelf is None:
            return []
        risen = shelf.rising[: bisect_right(shelf.rising, low, key=_level)]
        fallen = shelf.falling[bisect_left(shelf.falling, high, key=_level) :]
        return [self.items[key] for _, key in (*risen, *fallen)]

    def due(self, at: datetime) -> list[Item]:
        """Those whose time is over."""
        found = []
        for moment, key in self.times:
            if moment > at:
                break
            found.append(self.items[key])
        return found


def _row(shelf: Shelf, item: Item) -> list[tuple[Decimal, Key]]:
    assert item.level is not None, "only what has a level stands on a shelf"  # noqa: S101
    return shelf.rising if item.level.is_at_least == item.is_armed else shelf.falling


def _level(row: tuple[Decimal, Key]) -> Decimal:
    return row[0]


def _remove(rows: list[Any], row: Any) -> None:
    del rows[bisect_left(rows, row)]
