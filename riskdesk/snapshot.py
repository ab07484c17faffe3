"""What the gate sees: one frozen picture of the account, the order and the market, taken under the account's lock."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from arbion.domain.enums import Side
from arbion.domain.numbers import gross, plain
from riskdesk.limits import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskSnapshot:
    """Money in the account's currency, quantities in units, prices per unit; a missing price is None."""

    at: datetime
    symbol: str
    side: Side
    quantity: Decimal
    limit_price: Decimal | None
    is_owner: bool
    halts: tuple[str, ...]
    limits: Limits
    instrument_tradable: bool
    instrument_halted: bool
    market_open: bool
    bid: Decimal | None
    ask: Decimal | None
    last: Decimal | None
    quote_age_seconds: Decimal | None
    quote_age_seconds_max: Decimal
    cash: Decimal
    cash_held: Decimal
    units: Decimal
    units_held: Decimal
    cost_estimate: Decimal | None
    open_buy_quantity: Decimal
    orders_last_minute: int
    unknown_orders: int
    open_discrepancies: int
    equity: Decimal | None
    equity_at_day_start: Decimal | None

    @property
    def is_exit(self) -> bool:
        """Whether the order can only make the position smaller: a sale within the units that are free."""
        return self.side is Side.SELL and self.quantity <= self.units - self.units_held

    @property
    def cash_free(self) -> Decimal:
        """Cash that no open order has claimed."""
        return self.cash - self.cash_held

    @property
    def price(self) -> Decimal | None:
        """The price this order is judged at: its limit, else the side of the quote it would meet."""
        return self.limit_price or (self.ask if self.side is Side.BUY else self.bid)

    @property
    def order_value(self) -> Decimal | None:
        """Quantity at that price."""
        return None if self.price is None else gross(self.quantity, self.price)

    @property
    def position_value_after(self) -> Decimal | None:
        """The position with this order and every open buy filled, at the order's price."""
        if self.price is None:
            return None
        return gross(self.units + self.open_buy_quantity + self.quantity, self.price)

    @property
    def day_profit(self) -> Decimal | None:
        """Equity now less equity at the start of the market's day."""
        if self.equity is None or self.equity_at_day_start is None:
            return None
        return self.equity - self.equity_at_day_start

    def facts(self) -> dict[str, Any]:
        """The picture as JSON values: decimals and times as text."""
        return {name: _jsonable(value) for name, value in asdict(self).items()}


def _jsonable(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _jsonable(inner) for key, inner in value.items()}
    if isinstance(value, tuple):
        return [_jsonable(inner) for inner in value]
    return value
