"""What sizing reads: how far a day's price usually ranges, and what an account's closed trades have brought."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from arbion.domain.enums import Interval
from arbion.domain.numbers import EXACT, ZERO
from brokers.models import BrokerAccount
from marketdata.candles import candles
from marketdata.indicators import compute
from marketdata.models import Instrument
from marketdata.selectors import SETTLING_BARS
from trading.selectors.streaks import profits_of_trades

ATR_DAYS = 14
FINE = Decimal("0.0001")


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeRecord:
    """What the closed trades of an account were: how many won and lost, and what all winners and losers came to.

    Money is in the account's currency, after fees; `lost` is positive. A trade that made nothing counts as lost.
    """

    wins: int
    losses: int
    won: Decimal
    lost: Decimal

    @property
    def count(self) -> int:
        """All of them."""
        return self.wins + self.losses

    @property
    def win_rate(self) -> Decimal:
        """The part that won, four decimals."""
        return EXACT.divide(Decimal(self.wins), Decimal(self.count)).quantize(FINE, context=EXACT)

    @property
    def payoff(self) -> Decimal | None:
        """The average gain in average losses, four decimals; None where nothing was won, or nothing was lost."""
        if not self.won or not self.lost:
            return None
        gain, loss = EXACT.divide(self.won, Decimal(self.wins)), EXACT.divide(self.lost, Decimal(self.losses))
        return EXACT.divide(gain, loss).quantize(FINE, context=EXACT)


def average_true_range(instrument: Instrument, *, at: datetime) -> Decimal | None:
    """Wilder's average true range of 14 whole days, in money a unit; None where there are not enough days."""
    found = candles(instrument, Interval.D1, end=at, limit=ATR_DAYS + SETTLING_BARS + 1)
    values = compute([f"atr_{ATR_DAYS}"], [candle for candle in found if candle.closed])[f"atr_{ATR_DAYS}"]
    newest = values[-1] if values else None
    return None if newest is None else Decimal(str(newest)).quantize(FINE, context=EXACT)


def trade_record(account: BrokerAccount) -> TradeRecord:
    """What the account's closed trades of late came to."""
    profits = profits_of_trades(account)
    wins = [profit for profit in profits if profit > ZERO]
    losses = [profit for profit in profits if profit <= ZERO]
    return TradeRecord(wins=len(wins), losses=len(losses), won=sum(wins, ZERO), lost=-sum(losses, ZERO))
