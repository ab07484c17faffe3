"""When the desk halts an account by itself: one small function a cause, over figures that somebody else has read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from arbion.domain.numbers import EXACT, HUNDRED, ZERO
from riskdesk.models import HaltCode

# Books that differ may agree again by the next comparing, a minute later; after this long somebody has to look.
DIFFERENCE_MAX = timedelta(minutes=5)
STREAK_MAX = 5
# Far beyond the age at which the gate refuses a price: a pause of the feed is no reason to stop an account.
PRICE_AGE_MAX = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What is true of one account; None where it is not known or not limited, and then nothing follows from it.

    Money is in the account's currency, `drawdown_percent_max` in percent of the peak. `price_age` is the age of the
    oldest price of what is held while its market is open, `difference_age` of the oldest difference between the books.
    """

    day_profit: Decimal | None = None
    daily_loss_max: Decimal | None = None
    equity: Decimal | None = None
    peak_equity: Decimal | None = None
    drawdown_percent_max: Decimal | None = None
    difference_age: timedelta | None = None
    rejections_in_a_row: int = 0
    price_age: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """Why an account is halted: the code, and a sentence with the figures."""

    code: HaltCode
    reason: str


def daily_loss(figures: Figures) -> Cause | None:
    """The loss since the market's day began is over its limit."""
    if figures.day_profit is None or figures.daily_loss_max is None or -figures.day_profit <= figures.daily_loss_max:
        return None
    said = f"the loss of the day, {-figures.day_profit:,.2f}, is over the limit of {figures.daily_loss_max:,.2f}"
    return Cause(HaltCode.DAILY_LOSS, said)


def drawdown(figures: Figures) -> Cause | None:
    """Equity is further below its highest point than the limit allows."""
    if figures.equity is None or figures.peak_equity is None or figures.drawdown_percent_max is None:
        return None
    if figures.peak_equity <= ZERO:
        return None
    fallen = EXACT.divide(EXACT.multiply(figures.peak_equity - figures.equity, HUNDRED), figures.peak_equity)
    if fallen <= figures.drawdown_percent_max:
        return None
    said = f"equity is {fallen:.2f}% below its peak, over the limit of {figures.drawdown_percent_max:.2f}%"
    return Cause(HaltCode.DRAWDOWN, said)


def stale_data(figures: Figures) -> Cause | None:
    """Something that is held has had no new price for too long, although its market is open."""
    if figures.price_age is None or figures.price_age <= PRICE_AGE_MAX:
        return None
    minutes = figures.price_age // timedelta(minutes=1)
    return Cause(HaltCode.STALE_DATA, f"a price of what is held is {minutes} minutes old while its market is open")


def reconciliation(figures: Figures) -> Cause | None:
    """The venue's book and ours have differed for too long."""
    if figures.difference_age is None or figures.difference_age <= DIFFERENCE_MAX:
        return None
    minutes = figures.difference_age // timedelta(minutes=1)
    return Cause(HaltCode.RECONCILIATION, f"the venue's book and ours have differed for {minutes} minutes")


def rejections(figures: Figures) -> Cause | None:
    """The venue has refused several orders in a row: whoever sends them should stop and look."""
    if figures.rejections_in_a_row < STREAK_MAX:
        return None
    return Cause(HaltCode.REJECTIONS, f"the venue refused {figures.rejections_in_a_row} orders in a row")


CAUSES: tuple[Callable[[Figures], Cause | None], ...] = (daily_loss, drawdown, stale_data, reconciliation, rejections)


def causes(figures: Figures) -> tuple[Cause, ...]:
    """Every cause for a halt that these figures are."""
    return tuple(found for found in (cause(figures) for cause in CAUSES) if found is not None)
