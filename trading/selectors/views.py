"""What a position and an account look like at the latest prices."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from arbion.domain.numbers import EXACT, HUNDRED, PRICE_UNIT, ZERO, gross
from arbion.domain.reports import QuoteReport
from brokers.models import BrokerAccount
from marketdata.models import Instrument


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionView:
    """One position at the latest price; figures that need a price are None where there is none.

    Units, cost and value are below zero where the position is short.
    """

    account: BrokerAccount
    instrument: Instrument
    quantity: Decimal
    cost: Decimal
    realized: Decimal
    quote: QuoteReport | None
    day_start_value: Decimal | None

    @property
    def average_price(self) -> Decimal:
        """Cost a unit of the price, fees included, at price scale; of a short position what a unit brought."""
        units = EXACT.multiply(self.quantity, self.instrument.multiplier)
        return EXACT.divide(self.cost, units).quantize(PRICE_UNIT, context=EXACT) if units else ZERO

    @property
    def is_short(self) -> bool:
        """Whether the units are owed."""
        return self.quantity < ZERO

    @property
    def value(self) -> Decimal | None:
        """Quantity at the last price, in money; below zero where the units are owed."""
        return None if self.quote is None else gross(self.quantity, self.quote.last, self.instrument.multiplier)

    @property
    def unrealized(self) -> Decimal | None:
        """Value less cost."""
        return None if self.value is None else self.value - self.cost

    @property
    def unrealized_percent(self) -> Decimal | None:
        """Unrealised profit in percent of the cost, two decimals."""
        return percent(self.unrealized, abs(self.cost))

    @property
    def day_profit(self) -> Decimal | None:
        """What today made of what is held now: since the previous close, or since it was bought today."""
        if self.value is None or self.day_start_value is None:
            return None
        return self.value - self.day_start_value


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioView:
    """An account at the latest prices. `equity` and what follows from it are None while a price is missing.

    `opening` is what was put in: the opening cash and deposits, less withdrawals. `equity_at_day_start` counts what was
    put in since as if it had been there, so that moving cash is no profit. `security` is the cash that covers what is
    owed, `dividends` what was received of them, less what was owed.
    """

    account: BrokerAccount
    at: datetime
    cash: Decimal
    cash_held: Decimal
    equity_at_day_start: Decimal | None
    opening: Decimal
    fees: Decimal
    realized: Decimal
    dividends: Decimal
    security: Decimal
    positions: tuple[PositionView, ...]

    @property
    def buying_power(self) -> Decimal:
        """Cash that no open order has claimed and that covers nothing that is owed."""
        return self.cash - self.cash_held - self.security

    @property
    def holdings_value(self) -> Decimal | None:
        """All positions at the last prices."""
        return total(position.value for position in self.positions)

    @property
    def equity(self) -> Decimal | None:
        """Cash and holdings."""
        return None if self.holdings_value is None else self.cash + self.holdings_value

    @property
    def unrealized(self) -> Decimal | None:
        """Profit of what is held."""
        return total(position.unrealized for position in self.positions)

    @property
    def day_profit(self) -> Decimal | None:
        """Equity now less equity at the start of the market's day."""
        if self.equity is None or self.equity_at_day_start is None:
            return None
        return self.equity - self.equity_at_day_start

    @property
    def day_profit_percent(self) -> Decimal | None:
        """The same in percent of the equity at the start of the day."""
        return percent(self.day_profit, self.equity_at_day_start)

    @property
    def total_profit(self) -> Decimal | None:
        """Equity less what was put in."""
        return None if self.equity is None else self.equity - self.opening

    def exposure(self) -> dict[str, Decimal]:
        """Value of the holdings by asset class; what has no price is left out."""
        by_class: dict[str, Decimal] = {}
        for position in self.positions:
            if position.value is not None:
                name = position.instrument.asset_class
                by_class[name] = by_class.get(name, ZERO) + position.value
        return by_class


def total(values: Iterable[Decimal | None]) -> Decimal | None:
    """The sum, or None where one of the values is missing."""
    found = list(values)
    return None if any(value is None for value in found) else sum((v for v in found if v is not None), ZERO)


def percent(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    """`part` in percent of `whole`, two decimals; None where it cannot be said."""
    if part is None or not whole:
        return None
    return EXACT.divide(EXACT.multiply(part, HUNDRED), whole).quantize(Decimal("0.01"))
