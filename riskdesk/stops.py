"""Stops: where each kind stands, how it follows the price and when it is breached; reckoning only, no rows, no acts.

A stop guards one position. Its level never moves against the position's owner: a trailing stop only follows a gain, and
a break-even stop, once it has moved, stays at the entry or better. Prices are per unit, as they are quoted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from django.db.models import TextChoices

from arbion.domain.enums import OrderType
from arbion.domain.errors import InvalidInput
from arbion.domain.numbers import EXACT, HUNDRED, ONE, PRICE_MAX, PRICE_SCALE, PRICE_UNIT, ZERO, plain


class StopKind(TextChoices):
    """What moves a stop, and what sets it off."""

    FIXED = "fixed", "At a price"
    PERCENT = "percent", "So many percent from the entry"
    TRAIL_AMOUNT = "trail_amount", "Trails the price by an amount"
    TRAIL_PERCENT = "trail_percent", "Trails the price by a percentage"
    BREAK_EVEN = "break_even", "Moves to the entry after a gain"
    TAKE_PROFIT = "take_profit", "Takes the profit at a price"
    TIME = "time", "Closes at a time"


TRAILING = frozenset({StopKind.TRAIL_AMOUNT, StopKind.TRAIL_PERCENT})
PERCENT_SCALE = 4
# Where a venue has no plain stop, a stop with a limit so many percent beyond it stands for one.
LIMIT_ROOM = Decimal(2)
# Which figures each kind takes: what it needs, and what it may have. Of a profit's target exactly one is given.
_NEEDS: dict[StopKind, tuple[frozenset[str], frozenset[str]]] = {
    StopKind.FIXED: (frozenset({"price"}), frozenset()),
    StopKind.PERCENT: (frozenset({"percent"}), frozenset()),
    StopKind.TRAIL_AMOUNT: (frozenset({"amount"}), frozenset()),
    StopKind.TRAIL_PERCENT: (frozenset({"percent"}), frozenset()),
    StopKind.BREAK_EVEN: (frozenset({"percent"}), frozenset({"price"})),
    StopKind.TAKE_PROFIT: (frozenset(), frozenset({"price", "percent"})),
    StopKind.TIME: (frozenset({"closes_at"}), frozenset()),
}
_NAMES = ("price", "percent", "amount", "closes_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class StopTerms:
    """What was asked: the kind and its figures, for a long position or (`is_long` false) one that is owed.

    `price` is where a fixed stop or a profit's target stands, or where a break-even stop stands until it moves.
    `percent` is the distance from the entry, behind the price, or the gain after which a break-even stop moves.
    Raises InvalidInput with the field, the code and the reason.
    """

    kind: StopKind
    is_long: bool = True
    price: Decimal | None = None
    percent: Decimal | None = None
    amount: Decimal | None = None
    closes_at: datetime | None = None

    def __post_init__(self) -> None:
        needed, allowed = _NEEDS[self.kind]
        for name in _NAMES:
            is_given = getattr(self, name) is not None
            if name in needed and not is_given:
                raise InvalidInput.of(name, "required", "A stop of this kind needs this.")
            if is_given and name not in needed | allowed:
                raise InvalidInput.of(name, "not_allowed", "A stop of this kind does not take this.")
        if self.kind is StopKind.TAKE_PROFIT and (self.price is None) == (self.percent is None):
            raise InvalidInput.of("price", "one_way", "Give the target as a price or as a percentage of gain.")
        _check("price", self.price, largest=PRICE_MAX, decimals=PRICE_SCALE)
        _check("amount", self.amount, largest=PRICE_MAX, decimals=PRICE_SCALE)
        _check("percent", self.percent, largest=Decimal(1000), decimals=PERCENT_SCALE)
        if self.percent is not None and self.percent >= HUNDRED and self._falls:
            raise InvalidInput.of("percent", "too_large", "A price cannot fall by 100 percent or more.")

    @property
    def _falls(self) -> bool:
        """Whether the percentage is of a fall of the price."""
        gains = self.kind in {StopKind.BREAK_EVEN, StopKind.TAKE_PROFIT}
        return self.is_long is not gains

    @property
    def fires_below(self) -> bool:
        """Whether it is a falling price that sets it off."""
        return self.is_long is not (self.kind is StopKind.TAKE_PROFIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class StopState:
    """Where a stop stands: the best price since it was attached, the level that sets it off, and since when it moved.

    `level` is None where no price sets it off (yet); `armed_at` is when a break-even stop moved to the entry.
    """

    extreme: Decimal | None = None
    level: Decimal | None = None
    armed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RestTerms:
    """The order that stands for a stop at its venue: its type and its prices."""

    order_type: OrderType
    stop_price: Decimal | None = None
    limit_price: Decimal | None = None
    trail_amount: Decimal | None = None
    trail_percent: Decimal | None = None


def begin(terms: StopTerms, *, price: Decimal, at: datetime, entry: Decimal) -> StopState:
    """The state of a stop that is attached now, at this price, to a position with this average entry price."""
    level: Decimal | None = terms.price
    if terms.kind is StopKind.PERCENT:
        level = _beside(entry, terms.percent or ZERO, up=not terms.is_long)
    elif terms.kind is StopKind.TAKE_PROFIT and terms.percent is not None:
        level = _beside(entry, terms.percent, up=terms.is_long)
    return advance(terms, StopState(level=level), price=price, at=at, entry=entry)


def advance(terms: StopTerms, state: StopState, *, price: Decimal, at: datetime, entry: Decimal) -> StopState:
    """The state after a price that is believed: the level follows a gain, and never goes back."""
    best = price if state.extreme is None else _better(terms, price, state.extreme)
    if terms.kind in TRAILING:
        level = _behind(terms, best)
        if state.level is not None:
            level = _better(terms, level, state.level)
        return replace(state, extreme=best, level=level)
    if terms.kind is StopKind.BREAK_EVEN and state.armed_at is None and _has_gained(terms, best, entry):
        level = entry if state.level is None else _better(terms, entry, state.level)
        return replace(state, extreme=best, level=level, armed_at=at)
    return state if best == state.extreme else replace(state, extreme=best)


def is_breached(terms: StopTerms, state: StopState, *, price: Decimal | None, at: datetime) -> bool:
    """Whether the stop goes off: its time has come, or the price stands at its level or beyond."""
    if terms.closes_at is not None:
        return at >= terms.closes_at
    if price is None or state.level is None:
        return False
    return price <= state.level if terms.fires_below else price >= state.level


def gain_price(terms: StopTerms, entry: Decimal) -> Decimal:
    """The price at which a break-even stop moves to the entry."""
    return _beside(entry, terms.percent or ZERO, up=terms.is_long)


def moves_at(terms: StopTerms, state: StopState, entry: Decimal) -> Decimal | None:
    """The price at which (or beyond which) the level moves next; None where it never moves again."""
    if terms.kind in TRAILING and state.extreme is not None:
        return state.extreme + PRICE_UNIT if terms.is_long else state.extreme - PRICE_UNIT
    if terms.kind is StopKind.BREAK_EVEN and state.armed_at is None:
        return gain_price(terms, entry)
    return None


def rest_terms(terms: StopTerms, state: StopState, *, offered: frozenset[OrderType], step: Decimal) -> RestTerms | None:
    """The order in which the stop can rest at a venue that offers these types; None where it cannot.

    Prices lie on the instrument's steps so that the order is reached where the stop is. A trail whose amount is no
    whole number of steps, a level that is not there yet, and a time rest nowhere.
    """
    if terms.kind in TRAILING:
        is_on_step = terms.amount is None or terms.amount % step == ZERO
        if OrderType.TRAILING_STOP not in offered or not is_on_step:
            return None
        return RestTerms(OrderType.TRAILING_STOP, trail_amount=terms.amount, trail_percent=terms.percent)
    if state.level is None:
        return None
    level = _on_step(state.level, step, up=not terms.fires_below)
    if terms.kind is StopKind.TAKE_PROFIT:
        return RestTerms(OrderType.LIMIT, limit_price=level) if OrderType.LIMIT in offered else None
    if OrderType.STOP in offered:
        return RestTerms(OrderType.STOP, stop_price=level)
    if OrderType.STOP_LIMIT not in offered:
        return None
    limit = _on_step(_beside(level, LIMIT_ROOM, up=not terms.is_long), step, up=not terms.is_long)
    return RestTerms(OrderType.STOP_LIMIT, stop_price=level, limit_price=limit)


def rescaled(terms: StopTerms, state: StopState, *, ratio: Decimal) -> tuple[StopTerms, StopState]:
    """Terms and state after a split into `ratio` new units for each old one: every price is divided by it."""

    def after(value: Decimal | None) -> Decimal | None:
        return None if value is None else max(_fine(EXACT.divide(value, ratio)), PRICE_UNIT)

    asked = replace(terms, price=after(terms.price), amount=after(terms.amount))
    return asked, replace(state, extreme=after(state.extreme), level=after(state.level))


def _better(terms: StopTerms, one: Decimal, other: Decimal) -> Decimal:
    """Of two prices the one that is better for whoever holds the position."""
    return max(one, other) if terms.is_long else min(one, other)


def _behind(terms: StopTerms, best: Decimal) -> Decimal:
    if terms.amount is not None:
        return max(best - terms.amount, PRICE_UNIT) if terms.is_long else best + terms.amount
    return _beside(best, terms.percent or ZERO, up=not terms.is_long)


def _has_gained(terms: StopTerms, price: Decimal, entry: Decimal) -> bool:
    target = gain_price(terms, entry)
    return price >= target if terms.is_long else price <= target


def _beside(price: Decimal, percent: Decimal, *, up: bool) -> Decimal:
    """The price so many percent above (or below) another, at price scale."""
    away = EXACT.divide(percent, HUNDRED)
    return max(_fine(EXACT.multiply(price, ONE + away if up else ONE - away)), PRICE_UNIT)


def _on_step(price: Decimal, step: Decimal, *, up: bool) -> Decimal:
    """The price on a whole step, the next above or below; never below the first."""
    steps = EXACT.divide(price, step).to_integral_value(ROUND_CEILING if up else ROUND_FLOOR)
    return max(EXACT.multiply(steps, step), step)


def _fine(price: Decimal) -> Decimal:
    return price.quantize(PRICE_UNIT, context=EXACT)


def _check(field: str, value: Decimal | None, *, largest: Decimal, decimals: int) -> None:
    if value is None:
        return
    if not value.is_finite() or value <= ZERO:
        raise InvalidInput.of(field, "not_positive", "This must be above zero.")
    if value > largest:
        raise InvalidInput.of(field, "too_large", f"This must be at most {plain(largest)}.")
    if -int(value.normalize().as_tuple().exponent) > decimals:
        raise InvalidInput.of(field, "too_fine", f"This can have at most {decimals} decimals.")
