"""The figures that conditions wait for, read from prices that are believed and from books at those prices."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from arbion.domain.numbers import EXACT, QUANTITY_UNIT
from brokers.models import BrokerAccount
from marketdata.conditions import is_indicator
from marketdata.conditions.condition import PRICE, VOLUME
from marketdata.conditions.reading import read_indicators
from marketdata.models import Instrument, Quote
from trading import selectors
from trading.conditions.asking import position_figure
from trading.conditions.book import Book, Place
from trading.conditions.level import DAY_CHANGE, change
from trading.execution.protection.market import splits
from trading.execution.protection.sight import Sight
from trading.models import Position
from trading.selectors import PortfolioView, PositionView

logger = logging.getLogger(__name__)

# Indicators move with the day and books with many prices: both cost more to read than a quote.
INDICATORS_EVERY = timedelta(seconds=10)
BOOKS_EVERY = timedelta(seconds=5)

FollowSplit = Callable[[int, Decimal, datetime], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure that is known now. Where two quotes have to agree, `low` and `high` are what they say."""

    axis: str
    low: Decimal
    high: Decimal
    at: datetime
    price: Decimal | None = None
    previous_close: Decimal | None = None


@dataclass(slots=True)
class Figures:
    """The memory of prices: what is believed, what the last quote said beside its price, and when more was read."""

    sight: Sight = field(default_factory=Sight)
    last: dict[int, Decimal] = field(default_factory=dict)
    beside: dict[int, tuple[Decimal, Decimal]] = field(default_factory=dict)
    indicators_at: dict[int, datetime] = field(default_factory=dict)
    books_at: datetime | None = None
    held: frozenset[int] = frozenset()
    splits_at: dict[int, datetime] = field(default_factory=dict)

    def read(self, book: Book, now: datetime, *, follow_split: FollowSplit) -> Iterator[tuple[Place, Figure]]:
        """Every figure that is new and waited for, with its place."""
        watched = book.instruments | self.held
        self.sight.learn(watched)
        found = self.sight.read(watched, now)
        for split in splits(now) if watched else ():
            if split.instrument_id not in watched or split.is_of_underlying:
                continue
            if split.applied_at is None:
                self.sight.still.add(split.instrument_id)
                continue
            if self.splits_at.get(split.instrument_id) != split.applied_at:
                self._forget(split.instrument_id)
                self.splits_at[split.instrument_id] = split.applied_at
                follow_split(split.instrument_id, split.ratio, split.applied_at)
            tick = found.get(split.instrument_id)
            if tick is not None and tick.at <= split.applied_at:
                del found[split.instrument_id]  # a price of other shares
        prices, _ = self.sight.follow(found, watched, now)
        self.last |= prices
        yield from self._of_market(book, prices, now)
        if book.accounts:
            yield from self._of_books(book, now)

    def _forget(self, instrument_id: int) -> None:
        for memory in (self.sight.tapes, self.last, self.beside):
            memory.pop(instrument_id, None)

    def _of_market(self, book: Book, prices: dict[int, Decimal], now: datetime) -> Iterator[tuple[Place, Figure]]:
        axes = {pk: book.axes(("instrument", pk)) for pk in prices}
        asked = [pk for pk, wanted in axes.items() if wanted & {DAY_CHANGE, VOLUME}]
        beside = self._read_beside(asked)
        for pk, price in prices.items():
            place: Place = ("instrument", pk)
            at = self.sight.tapes[pk].believed_at or now
            if PRICE in axes[pk]:
                yield place, Figure(axis=PRICE, low=price, high=price, at=at, price=price)
            for figure in self._of_quotes(price, axes[pk], beside.get(pk, ()), at=at):
                yield place, figure
            metrics = {axis for axis in axes[pk] - {PRICE, DAY_CHANGE, VOLUME} if is_indicator(axis)}
            if metrics and self._is_time(pk, now):
                for name, value in _read(pk, metrics, price=price, at=now).items():
                    yield place, Figure(axis=name, low=value, high=value, at=at)

    def _is_time(self, pk: int, now: datetime) -> bool:
        before = self.indicators_at.get(pk)
        if before is not None and now - before < INDICATORS_EVERY:
            return False
        self.indicators_at[pk] = now
        return True

    def _read_beside(self, pks: list[int]) -> dict[int, tuple[tuple[Decimal, Decimal], ...]]:
        """Previous close and volume as the last two quotes say: one alone may be wild."""
        found: dict[int, tuple[tuple[Decimal, Decimal], ...]] = {}
        rows = Quote.objects.filter(pk__in=pks).values_list("pk", "previous_close", "volume") if pks else ()
        for pk, close, volume in rows:
            before = self.beside.get(pk)
            self.beside[pk] = (close, volume)
            if before is not None:
                found[pk] = (before, (close, volume))
        return found

    @staticmethod
    def _of_quotes(
        price: Decimal, axes: set[str], seen: tuple[tuple[Decimal, Decimal], ...], *, at: datetime
    ) -> Iterator[Figure]:
        if VOLUME in axes and seen:
            volumes = [volume for _, volume in seen]
            yield Figure(axis=VOLUME, low=min(volumes), high=max(volumes), at=at)
        if DAY_CHANGE in axes and seen:
            moves = [change(price, close) for close, _ in seen if close > 0]
            if moves:
                yield Figure(
                    axis=DAY_CHANGE, low=min(moves), high=max(moves), at=at, price=price, previous_close=seen[-1][0]
                )

    def _of_books(self, book: Book, now: datetime) -> Iterator[tuple[Place, Figure]]:
        """Figures of positions and accounts, at believed prices; none of an account while a price is not known."""
        if self.books_at is not None and now - self.books_at < BOOKS_EVERY:
            return
        self.books_at = now
        owners = book.accounts
        self.held = frozenset(
            Position.objects.filter(account__in=owners).exclude(quantity=0).values_list("instrument_id", flat=True)
        )
        for account in BrokerAccount.objects.filter(pk__in=owners, archived_at=None).select_related("user"):
            view = self._at_believed(selectors.portfolio(account, at=now), now)
            if view is None:
                continue
            for axis in book.axes(("account", account.pk)):
                value = getattr(view, axis)
                if value is not None:
                    yield ("account", account.pk), _same(axis, value, now)
            for row in view.positions:
                place: Place = ("position", account.pk, row.instrument.pk)
                for axis in book.axes(place):
                    value = position_figure(axis, row)
                    if value is not None:
                        yield place, _same(axis, value, now)

    def _at_believed(self, view: PortfolioView, now: datetime) -> PortfolioView | None:
        rows = [self._believed(row, now) for row in view.positions]
        known = tuple(row for row in rows if row is not None)
        return replace(view, positions=known) if len(known) == len(rows) else None

    def _believed(self, row: PositionView, now: datetime) -> PositionView | None:
        """The position at the price that is believed; at its last one while its market stands still."""
        pk, quote = row.instrument.pk, row.quote
        if quote is None or pk not in self.sight.known:
            return None
        if pk not in self.sight.still and (pk not in self.last or self.sight.is_dark(pk, now)):
            return None
        return replace(row, quote=replace(quote, last=self.last.get(pk, quote.last)))


def _read(pk: int, metrics: set[str], *, price: Decimal, at: datetime) -> dict[str, Decimal]:
    """These indicators; candles that cannot be reckoned with tell nothing, and keep no other figure from being read."""
    try:
        return read_indicators(Instrument.objects.get(pk=pk), metrics, price=price, at=at)
    except (ArithmeticError, ValueError):
        logger.exception("the indicators of instrument %s could not be read", pk)
        return {}


def _same(axis: str, value: Decimal, at: datetime) -> Figure:
    exact = value.quantize(QUANTITY_UNIT, context=EXACT)
    return Figure(axis=axis, low=exact, high=exact, at=at)
