"""Which quotes are believed: one wild tick sets nothing off, a real gap does, and nonsense is no price at all.

A quote that jumps out of the band around the last prices is believed only when the next quote stands out on the same
side too; then the milder of the two is what is known. The first quote after a pause (an opening, the end of a halt, a
silence) is a gap that is expected, and is believed at once where its last price fits its own book.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median

from arbion.domain.numbers import EXACT, ZERO

# How far a price may move from one quote to the next before it needs a second witness.
BAND = Decimal("0.03")
STEPS = 2
KEPT = 5
# After so long without a quote the price may be anywhere.
SILENCE = timedelta(minutes=2)
# A quote may carry the time of a clock that is a little ahead of ours.
AHEAD_MAX = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """What a quote says: both sides of the book, the last price, and its own moment."""

    bid: Decimal
    ask: Decimal
    last: Decimal
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Tape:
    """What is remembered of one instrument: the last prices that were believed, and one that waits for a witness.

    `at` is the moment of the newest quote, `believed_at` of the newest that was believed. `is_paused` says that the
    next quote is the first after a pause.
    """

    prices: tuple[Decimal, ...] = ()
    suspect: Decimal | None = None
    at: datetime | None = None
    believed_at: datetime | None = None
    is_paused: bool = False

    @property
    def reference(self) -> Decimal | None:
        """The price that the next one is compared with."""
        return median(self.prices[-3:]) if self.prices else None


def paused(tape: Tape) -> Tape:
    """The same memory, with an opening or the end of a halt before the next quote."""
    return tape if tape.is_paused else Tape(at=tape.at, believed_at=tape.believed_at, is_paused=True)


def is_usable(tick: Tick, *, now: datetime, age_max: timedelta, step: Decimal = ZERO) -> bool:
    """Whether it is a quote at all: finite, above zero, not crossed, its last price in its own book, and fresh."""
    prices = (tick.bid, tick.ask, tick.last)
    if not all(price.is_finite() and price > ZERO for price in prices) or tick.bid > tick.ask:
        return False
    if not -AHEAD_MAX <= now - tick.at <= age_max:
        return False
    spread = tick.ask - tick.bid
    room = max(spread, EXACT.multiply(tick.last, BAND), step * STEPS)
    return tick.bid - room <= tick.last <= tick.ask + room


def take(tape: Tape, tick: Tick, *, step: Decimal = ZERO) -> tuple[Tape, Decimal | None]:
    """Remember one more usable quote; the price that is known now, or None where this one is not believed yet.

    `step` is the instrument's price increment: of a price of pennies a step or two is no jump. A quote that was seen
    before tells nothing new.
    """
    if tape.at is not None and tick.at <= tape.at:
        return tape, None
    is_first = tape.is_paused or (tape.at is not None and tick.at - tape.at > SILENCE)
    if is_first:
        return _believed(Tape(), tick.last, tick.at), tick.last
    reference = tape.reference
    if reference is not None and _is_near(tick.last, reference, step):
        return _believed(tape, tick.last, tick.at), tick.last
    if reference is None and (tape.suspect is None or not _is_near(tick.last, tape.suspect, step)):
        return _doubted(tape, tick.last, tick.at), None
    if reference is None:
        return _believed(Tape(), tick.last, tick.at), tick.last
    if tape.suspect is None or (tape.suspect > reference) != (tick.last > reference):
        return _doubted(tape, tick.last, tick.at), None
    return _gapped(tape.suspect, tick, is_up=tick.last > reference, step=step)


def _gapped(suspect: Decimal, tick: Tick, *, is_up: bool, step: Decimal) -> tuple[Tape, Decimal]:
    """A move that two quotes in a row have seen: the milder one is known, a wilder second one still wants a witness."""
    known = min(suspect, tick.last) if is_up else max(suspect, tick.last)
    doubt = None if _is_near(tick.last, known, step) else tick.last
    return Tape(prices=(known,), suspect=doubt, at=tick.at, believed_at=tick.at), known


def _believed(tape: Tape, price: Decimal, at: datetime) -> Tape:
    return Tape(prices=(*tape.prices, price)[-KEPT:], at=at, believed_at=at)


def _doubted(tape: Tape, price: Decimal, at: datetime) -> Tape:
    return Tape(prices=tape.prices, suspect=price, at=at, believed_at=tape.believed_at)


def _is_near(price: Decimal, other: Decimal, step: Decimal) -> bool:
    room = max(EXACT.multiply(other, BAND), step * STEPS)
    return abs(price - other) <= room
