"""How far an account has fallen from its peak, how long it stayed below, and how long it took to come back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from arbion.domain.errors import InvalidInput
from arbion.domain.numbers import EXACT, ZERO
from riskdesk.analytics.figures import FIGURE_UNIT


@dataclass(frozen=True, slots=True)
class Point:
    """What the account was worth at a moment, in its currency."""

    at: datetime
    equity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Fall:
    """One stretch below a peak: money lost at its lowest point, and that as a fraction of the peak.

    `share` is None where the peak was not above zero. `recovered_at` is the first moment at or above the peak again,
    None while it has not come.
    """

    peak: Point
    trough: Point
    recovered_at: datetime | None
    until: datetime

    @property
    def depth(self) -> Decimal:
        """Money from peak to trough, not below zero."""
        return self.peak.equity - self.trough.equity

    @property
    def share(self) -> Decimal | None:
        """The depth as a fraction of the peak."""
        return _share(self.depth, self.peak.equity)

    @property
    def length(self) -> timedelta:
        """From the peak to the recovery, or to the last point where there was none."""
        return self.until - self.peak.at

    @property
    def recovery(self) -> timedelta | None:
        """From the trough to the recovery."""
        return None if self.recovered_at is None else self.recovered_at - self.trough.at


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawdown:
    """The account's peak, where it is now below it, and its falls.

    `current` is money below the peak now (not below zero) and `current_share` that as a fraction of the peak. Where
    it never fell, `deepest` and `longest` are None.
    """

    peak: Point
    last: Point
    current: Decimal
    current_share: Decimal | None
    deepest: Fall | None
    longest: Fall | None
    count: int


def drawdown(points: Sequence[Point]) -> Drawdown | None:
    """The drawdown of equity, oldest point first; None without points.

    Money that was paid in or out moves equity too: give a series without it. The deepest fall is the largest as a
    fraction of its peak (as money where peaks are not above zero), the longest the one that lasted longest, the one
    still open counted to the last point. Raises InvalidInput where time runs backwards or a figure is not a number.
    """
    _check(points)
    if not points:
        return None
    peak, falls = points[0], list[Fall]()
    fall: Fall | None = None
    for point in points[1:]:
        if point.equity >= peak.equity:
            if fall is not None:
                falls.append(replace(fall, recovered_at=point.at, until=point.at))
            peak, fall = point, None
        elif fall is None:
            fall = Fall(peak=peak, trough=point, recovered_at=None, until=point.at)
        else:
            fall = replace(fall, trough=min(fall.trough, point, key=lambda one: one.equity), until=point.at)
    if fall is not None:
        falls.append(fall)
    last = points[-1]
    return Drawdown(
        peak=peak,
        last=last,
        current=peak.equity - last.equity,
        current_share=_share(peak.equity - last.equity, peak.equity),
        deepest=max(falls, key=lambda one: (one.share or ZERO, one.depth), default=None),
        longest=max(falls, key=lambda one: one.length, default=None),
        count=len(points),
    )


def _check(points: Sequence[Point]) -> None:
    for number, point in enumerate(points):
        if not point.equity.is_finite():
            raise InvalidInput.of("equity", "not_a_number", "An equity in the series is not a number.")
        if number and point.at <= points[number - 1].at:
            raise InvalidInput.of("at", "not_in_order", "The series does not run forwards in time.")


def _share(depth: Decimal, peak: Decimal) -> Decimal | None:
    return EXACT.divide(depth, peak).quantize(FIGURE_UNIT) if peak > 0 else None
