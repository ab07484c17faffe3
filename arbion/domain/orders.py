"""The request that goes to a venue, checked where it is born."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from arbion.domain.enums import OrderType, Side, TimeInForce
from arbion.domain.errors import InvalidInput
from arbion.domain.numbers import ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRequest:
    """One order for one account at one venue; quantity in shares or coins, price in the instrument's currency."""

    client_order_id: str
    symbol: str
    side: Side
    order_type: OrderType
    quantity: Decimal
    time_in_force: TimeInForce = TimeInForce.DAY
    limit_price: Decimal | None = None

    def __post_init__(self) -> None:
        if not self.quantity.is_finite() or self.quantity <= ZERO:
            raise InvalidInput.of("quantity", "not_positive", "The quantity must be above zero.")
        if self.order_type is OrderType.LIMIT and self.limit_price is None:
            raise InvalidInput.of("limit_price", "required", "A limit order needs a limit price.")
        if self.order_type is OrderType.MARKET and self.limit_price is not None:
            raise InvalidInput.of("limit_price", "not_allowed", "A market order has no limit price.")
        if self.limit_price is not None and (not self.limit_price.is_finite() or self.limit_price <= ZERO):
            raise InvalidInput.of("limit_price", "not_positive", "The limit price must be above zero.")
