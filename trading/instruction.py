"""The instruction: the one thing that every door makes, checked where it is born."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from accounts.models import User
from arbion.domain.enums import OrderType, Side, Source, TimeInForce
from arbion.domain.errors import InvalidInput
from arbion.domain.numbers import HUNDRED, MONEY_MAX, MONEY_SCALE, PRICE_MAX, PRICE_SCALE, QUANTITY_MAX, plain
from brokers.models import BrokerAccount

CLIENT_KEY_LENGTH_MAX = 80
# Field, largest value, most decimals.
_BOUNDS: tuple[tuple[str, Decimal, int], ...] = (
    ("quantity", QUANTITY_MAX, MONEY_SCALE),
    ("notional", MONEY_MAX, MONEY_SCALE),
    ("percent_of_position", HUNDRED, 4),
    ("percent_of_cash", HUNDRED, 4),
    ("limit_price", PRICE_MAX, PRICE_SCALE),
)
_SIZES = ("quantity", "notional", "percent_of_position", "percent_of_cash")


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """Who wants what, for which account, in which size, under which key.

    Exactly one size is set: `quantity` in units, `notional` in the account's currency, or a percent (0 to 100].
    `client_key` makes a repeat the same wish. Raises InvalidInput with the field, the code and the reason.
    """

    user: User
    account: BrokerAccount
    source: Source
    client_key: str
    symbol: str
    side: Side
    order_type: OrderType
    time_in_force: TimeInForce
    quantity: Decimal | None = None
    notional: Decimal | None = None
    percent_of_position: Decimal | None = None
    percent_of_cash: Decimal | None = None
    limit_price: Decimal | None = None
    words: str = ""

    def __post_init__(self) -> None:
        if not 1 <= len(self.client_key) <= CLIENT_KEY_LENGTH_MAX:
            raise InvalidInput.of("client_order_id", "length", "The key must have 1 to 80 characters.")
        self._check_sizes()
        for field, largest, decimals in _BOUNDS:
            _check_number(field, getattr(self, field), largest=largest, decimals=decimals)
        if self.order_type is OrderType.LIMIT and self.limit_price is None:
            raise InvalidInput.of("limit_price", "required", "A limit order needs a limit price.")
        if self.order_type is OrderType.MARKET and self.limit_price is not None:
            raise InvalidInput.of("limit_price", "not_allowed", "A market order has no limit price.")

    def _check_sizes(self) -> None:
        given = [name for name in _SIZES if getattr(self, name) is not None]
        if not given:
            raise InvalidInput.of("quantity", "required", "Say how much: a quantity or an amount of money.")
        if len(given) > 1:
            raise InvalidInput.of(given[1], "one_size", "Give one size only: a quantity or an amount of money.")
        if self.side is Side.BUY and self.percent_of_position is not None:
            raise InvalidInput.of("percent_of_position", "not_allowed", "Only a sale can be a part of a position.")
        if self.side is Side.SELL and self.percent_of_cash is not None:
            raise InvalidInput.of("percent_of_cash", "not_allowed", "Only a purchase can be a part of the cash.")

    def body(self) -> dict[str, Any]:
        """The instruction as JSON values, without the key: what a repeat must say again."""
        values: dict[str, Any] = {
            "account": str(self.account.public_id),
            "symbol": self.symbol,
            "side": self.side.value,
            "order_type": self.order_type.value,
            "time_in_force": self.time_in_force.value,
        }
        for name in (*_SIZES, "limit_price"):
            value = getattr(self, name)
            values[name] = None if value is None else plain(value)
        return values

    def body_hash(self) -> str:
        """SHA-256 over the body in one spelling."""
        return hashlib.sha256(json.dumps(self.body(), sort_keys=True).encode()).hexdigest()


def _check_number(field: str, value: Decimal | None, *, largest: Decimal, decimals: int) -> None:
    if value is None:
        return
    if not value.is_finite():
        raise InvalidInput.of(field, "invalid_number", "This is not a number.")
    if value <= 0:
        raise InvalidInput.of(field, "not_positive", "This must be above zero.")
    if value > largest:
        raise InvalidInput.of(field, "too_large", f"This must be at most {plain(largest)}.")
    if -int(value.normalize().as_tuple().exponent) > decimals:
        raise InvalidInput.of(field, "too_fine", f"This can have at most {decimals} decimals.")
