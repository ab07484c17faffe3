"""What the gate sees: one frozen picture of the account, the order and the market, taken under the account's lock."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from arbion.domain.enums import PositionEffect, Side, Waiting
from arbion.domain.numbers import EXACT, HUNDRED, ONE, ZERO, gross, plain
from riskdesk.limits import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitsNeeded:
    """Units of one instrument that the order needs free, to deliver, to bring back or as cover; and what is free."""

    symbol: str
    needed: Decimal
    free: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskSnapshot:
    """Money in the account's currency, quantities in units, prices per unit; a missing price is None.

    `price` is what the order is judged at: its limit or stop, else the side of the quote that it would meet; of a
    package its net price. `units` are below zero where they are owed. `cost_estimate` is the cash that the order
    claims, fees, a cushion for a moving price and security for what it owes included; `cash_required` is what
    positions that are owed bind already. `opposing_quantity` is what open orders may yet open on the other side.
    `waiting_for` says that the order is kept here for now: its market and its price are judged when it is released.
    `has_condition`: what it waits for is a figure, and not another order.
    `gross_value`, `class_value` and `sector_value` are what is held and owed already, at last prices and whichever way
    it points, and what open orders have claimed to open more: all of it, that of the order's asset class, and that of
    its sector. `duplicates` are orders just like this one that came a moment ago. `watch_age_seconds` is how long
    ago the stops of everybody were last looked at; None where they never were.
    """

    at: datetime
    symbol: str
    side: Side
    effect: PositionEffect = PositionEffect.OPEN
    quantity: Decimal
    multiplier: Decimal = ONE
    is_package: bool = False
    limit_price: Decimal | None
    price: Decimal | None
    waiting_for: Waiting = Waiting.NONE
    has_condition: bool = False
    is_owner: bool
    halts: tuple[str, ...]
    limits: Limits
    instrument_tradable: bool
    instrument_halted: bool
    halt_reason: str = ""
    market_open: bool
    bid: Decimal | None
    ask: Decimal | None
    last: Decimal | None
    quote_age_seconds: Decimal | None
    quote_age_seconds_max: Decimal
    watch_age_seconds: Decimal | None = None
    watch_age_seconds_max: Decimal | None = None
    cash: Decimal
    cash_held: Decimal
    cash_required: Decimal = ZERO
    units: Decimal
    units_held: Decimal
    units_needed: tuple[UnitsNeeded, ...] = ()
    uncovered: tuple[str, ...] = ()
    adds_risk: bool = False
    may_be_short: bool = False
    opens_short_shares: bool = False
    cost_estimate: Decimal | None
    opening_quantity: Decimal = ZERO
    opposing_quantity: Decimal = ZERO
    orders_last_minute: int
    unknown_orders: int
    open_discrepancies: int
    equity: Decimal | None
    equity_at_day_start: Decimal | None
    equity_peak: Decimal | None = None
    has_live_grant: bool = False
    is_at_market: bool = False
    has_stop: bool = False
    asset_class: str = ""
    sector: str = ""
    gross_value: Decimal | None = None
    class_value: Decimal | None = None
    sector_value: Decimal | None = None
    trades_today: int | None = None
    duplicates: int | None = None
    losses_in_a_row: int | None = None
    last_loss_at: datetime | None = None

    @property
    def is_exit(self) -> bool:
        """Whether the order can only make positions smaller: it closes units that are free, and binds nothing more.

        Buying back what is owed takes cash; it is an exit where that cash is there, or where the account may owe it.
        """
        if self.effect is not PositionEffect.CLOSE or self.adds_risk or not self.units_needed:
            return False
        if any(need.needed > need.free for need in self.units_needed):
            return False
        return self.side is Side.SELL or self.may_be_short or (self.cost_estimate or ZERO) <= self.cash_free

    @property
    def cash_free(self) -> Decimal:
        """Cash that neither open orders nor what is owed have claimed."""
        return self.cash - self.cash_held - self.cash_required

    @property
    def order_value(self) -> Decimal | None:
        """Quantity at that price; of a package what it costs or brings, or the security it binds if that is more."""
        if self.price is None:
            return None
        value = abs(gross(self.quantity, self.price, self.multiplier))
        return max(value, self.cost_estimate or ZERO) if self.is_package else value

    @property
    def position_value_after(self) -> Decimal | None:
        """The position with this order and every open order of its side filled, at the order's price."""
        if self.price is None:
            return None
        if self.is_package:
            return self.order_value
        return gross(abs(self.units) + self.opening_quantity + self.quantity, self.price, self.multiplier)

    @property
    def instrument_value_after(self) -> Decimal | None:
        """The same, what is held already at the last price: what one instrument is of the account."""
        if self.price is None or self.last is None:
            return None
        if self.is_package:
            return self.order_value
        held = gross(abs(self.units), self.last, self.multiplier)
        return held + gross(self.opening_quantity + self.quantity, self.price, self.multiplier)

    def with_order(self, value: Decimal | None) -> Decimal | None:
        """A worth that is there already, and this order's on top; None where either is not known."""
        worth = self.order_value
        return None if value is None or worth is None else value + worth

    def percent_of_equity(self, value: Decimal | None) -> Decimal | None:
        """A worth in percent of the account's; None where either is not known, or where the account has no worth."""
        if value is None or self.equity is None or not self.equity.is_finite() or self.equity <= ZERO:
            return None
        return EXACT.divide(EXACT.multiply(value, HUNDRED), self.equity)

    @property
    def drawdown_percent(self) -> Decimal | None:
        """How far the account's worth is below its peak, in percent of the peak; a worth above the peak is one."""
        if self.equity is None or self.equity_peak is None or not self.equity_peak.is_finite():
            return None
        peak = max(self.equity_peak, self.equity)
        return ZERO if peak <= ZERO else EXACT.divide(EXACT.multiply(peak - self.equity, HUNDRED), peak)

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
