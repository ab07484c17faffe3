"""The instruction: the one thing that every door makes, checked where it is born."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from accounts.models import User
from arbion.domain.enums import LotMethod, OrderType, PositionEffect, Side, Source, TimeInForce
from arbion.domain.errors import InvalidInput
from arbion.domain.numbers import HUNDRED, MONEY_MAX, MONEY_SCALE, PRICE_MAX, PRICE_SCALE, QUANTITY_MAX, plain
from arbion.domain.orders import LEGS_MAX, Terms
from brokers.models import BrokerAccount
from marketdata.conditions import Condition

CLIENT_KEY_LENGTH_MAX = 80
RATIO_MAX = 1000
# Field, largest value, most decimals.
_BOUNDS: tuple[tuple[str, Decimal, int], ...] = (
    ("quantity", QUANTITY_MAX, MONEY_SCALE),
    ("notional", MONEY_MAX, MONEY_SCALE),
    ("percent_of_position", HUNDRED, 4),
    ("percent_of_cash", HUNDRED, 4),
    ("limit_price", PRICE_MAX, PRICE_SCALE),
    ("stop_price", PRICE_MAX, PRICE_SCALE),
    ("trail_amount", PRICE_MAX, PRICE_SCALE),
    ("trail_percent", HUNDRED, 4),
)
_SIZES = ("quantity", "notional", "percent_of_position", "percent_of_cash")
_PRICES = ("limit_price", "stop_price", "trail_amount", "trail_percent")


@dataclass(frozen=True, slots=True, kw_only=True)
class InstructionLeg:
    """One leg of a package: `ratio` units for each package, so 100 for the shares beside a contract."""

    symbol: str
    side: Side
    ratio: int = 1
    effect: PositionEffect | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.ratio <= RATIO_MAX:
            raise InvalidInput.of("legs", "ratio", f"A leg's ratio is a whole number from 1 to {RATIO_MAX}.")

    def body(self) -> dict[str, Any]:
        """The leg as JSON values."""
        effect = None if self.effect is None else self.effect.value
        return {"symbol": self.symbol, "side": self.side.value, "ratio": self.ratio, "effect": effect}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bracket:
    """A stop loss, a take profit or both, that come into force when the entry has filled.

    A percent is the distance from the entry's average fill price. Each of the two is given in one way only.
    """

    stop_loss_price: Decimal | None = None
    stop_loss_percent: Decimal | None = None
    take_profit_price: Decimal | None = None
    take_profit_percent: Decimal | None = None

    def __post_init__(self) -> None:
        for name in ("stop_loss", "take_profit"):
            price, percent = getattr(self, f"{name}_price"), getattr(self, f"{name}_percent")
            if price is not None and percent is not None:
                raise InvalidInput.of(f"{name}_percent", "one_way", "Give a price or a percent, not both.")
            _check_number(f"{name}_price", price, largest=PRICE_MAX, decimals=PRICE_SCALE)
            _check_number(f"{name}_percent", percent, largest=Decimal(1000), decimals=4)
        if self.stop_loss_percent is not None and self.stop_loss_percent >= HUNDRED:
            raise InvalidInput.of("stop_loss_percent", "too_large", "The stop must be less than 100 percent away.")
        if not any(value is not None for value in self.values()):
            raise InvalidInput.of("bracket", "required", "A bracket needs a stop loss or a take profit.")

    @property
    def has_stop_loss(self) -> bool:
        """Whether one of its exits limits a loss."""
        return self.stop_loss_price is not None or self.stop_loss_percent is not None

    def values(self) -> Iterator[Decimal | None]:
        """The four figures."""
        return (getattr(self, name) for name in BRACKET_FIELDS)

    def body(self) -> dict[str, Any]:
        """The bracket as JSON values."""
        return {name: _text(getattr(self, name)) for name in BRACKET_FIELDS}


BRACKET_FIELDS = ("stop_loss_price", "stop_loss_percent", "take_profit_price", "take_profit_percent")


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """Who wants what, for which account, in which size, under which key.

    Exactly one size is set: `quantity` in units (contracts, packages), `notional` in the account's currency, or a
    percent (0 to 100]. Of a package `symbol` is the underlying, `side` that of the first leg, and `limit_price` the net
    price of one unit: positive is paid, negative received. `effect` is worked out where it is not said.
    `when` holds the order here until the condition is true, at the longest until `when_until`; its time in force and,
    where the size is said in money or percent, its size are reckoned from then.
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
    stop_price: Decimal | None = None
    trail_amount: Decimal | None = None
    trail_percent: Decimal | None = None
    expires_at: datetime | None = None
    extended_hours: bool = False
    effect: PositionEffect | None = None
    legs: tuple[InstructionLeg, ...] = ()
    bracket: Bracket | None = None
    lot_method: LotMethod | None = None
    chosen_lots: tuple[int, ...] = ()
    when: Condition | None = None
    when_until: datetime | None = None
    words: str = ""

    def __post_init__(self) -> None:
        if not 1 <= len(self.client_key) <= CLIENT_KEY_LENGTH_MAX:
            raise InvalidInput.of("client_order_id", "length", "The key must have 1 to 80 characters.")
        self._check_sizes()
        for field, largest, decimals in _BOUNDS:
            may_be_negative = bool(self.legs) and field == "limit_price"
            value = getattr(self, field)
            _check_number(field, abs(value) if may_be_negative and value else value, largest=largest, decimals=decimals)
        _ = self.terms
        self._check_legs()
        self._check_bracket()
        self._check_lots()
        self._check_when()

    @property
    def terms(self) -> Terms:
        """How the order shall meet the market."""
        return Terms(
            order_type=self.order_type,
            time_in_force=self.time_in_force,
            limit_price=self.limit_price,
            stop_price=self.stop_price,
            trail_amount=self.trail_amount,
            trail_percent=self.trail_percent,
            expires_at=self.expires_at,
            extended_hours=self.extended_hours,
            is_package=bool(self.legs),
        )

    def _check_sizes(self) -> None:
        given = [name for name in _SIZES if getattr(self, name) is not None]
        if not given:
            raise InvalidInput.of("quantity", "required", "Say how much: a quantity or an amount of money.")
        if len(given) > 1:
            raise InvalidInput.of(given[1], "one_size", "Give one size only: a quantity or an amount of money.")
        if self.side is Side.SELL and self.percent_of_cash is not None:
            raise InvalidInput.of("percent_of_cash", "not_allowed", "Only a purchase can be a part of the cash.")
        if self.legs and self.quantity is None:
            raise InvalidInput.of(given[0], "not_allowed", "Several legs are ordered in packages: give a quantity.")

    def _check_legs(self) -> None:
        if not self.legs:
            return
        if not 2 <= len(self.legs) <= LEGS_MAX:
            raise InvalidInput.of("legs", "count", f"An order of several legs has two to {LEGS_MAX} of them.")
        if len({leg.symbol for leg in self.legs}) != len(self.legs):
            raise InvalidInput.of("legs", "repeated", "Each leg must be of another contract.")
        if self.legs[0].side is not self.side:
            raise InvalidInput.of("side", "mismatch", "The side is that of the first leg.")

    def _check_bracket(self) -> None:
        if self.bracket is None:
            return
        if self.legs:
            raise InvalidInput.of("bracket", "not_allowed", "A bracket goes with an order of one instrument.")
        if self.effect is PositionEffect.CLOSE:
            raise InvalidInput.of("bracket", "not_allowed", "A bracket goes with an order that opens a position.")

    def _check_lots(self) -> None:
        if (self.lot_method is LotMethod.CHOSEN) != bool(self.chosen_lots):
            raise InvalidInput.of("lots", "required", "Name the lots to close, and choose that method with them.")
        if len(set(self.chosen_lots)) != len(self.chosen_lots):
            raise InvalidInput.of("lots", "repeated", "Name each lot once.")

    def _check_when(self) -> None:
        if self.when is None and self.when_until is not None:
            raise InvalidInput.of("when", "required", "Only an order that waits for something has an end of waiting.")
        if self.when is not None and self.when.is_of_books:
            detail = "An order can wait for a figure of the market: a price, a change, an indicator or the volume."
            raise InvalidInput.of("when.metric", "not_allowed", detail)

    def body(self) -> dict[str, Any]:
        """The instruction as JSON values, without the key: what a repeat must say again.

        What was not said is left out, but for the fields that have always been there.
        """
        values: dict[str, Any] = {
            "account": str(self.account.public_id),
            "symbol": self.symbol,
            "side": self.side.value,
            "order_type": self.order_type.value,
            "time_in_force": self.time_in_force.value,
        }
        for name in (*_SIZES, "limit_price"):
            values[name] = _text(getattr(self, name))
        more: dict[str, Any] = {name: _text(getattr(self, name)) for name in _PRICES[1:]}
        more |= {
            "expires_at": None if self.expires_at is None else self.expires_at.isoformat(),
            "extended_hours": self.extended_hours or None,
            "effect": None if self.effect is None else self.effect.value,
            "legs": [leg.body() for leg in self.legs] or None,
            "bracket": None if self.bracket is None else self.bracket.body(),
            "lot_method": None if self.lot_method is None else self.lot_method.value,
            "lots": list(self.chosen_lots) or None,
            "when": None if self.when is None else self.when.body(),
            "when_until": None if self.when_until is None else self.when_until.isoformat(),
        }
        return values | {name: value for name, value in more.items() if value is not None}

    def body_hash(self) -> str:
        """SHA-256 over the body in one spelling."""
        return hashlib.sha256(json.dumps(self.body(), sort_keys=True).encode()).hexdigest()


def _text(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


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
