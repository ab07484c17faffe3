"""The requests that go to a venue, checked where they are born."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from arbion.domain.enums import AUCTION, IMMEDIATE, OrderType, PositionEffect, Side, TimeInForce
from arbion.domain.errors import InvalidInput
from arbion.domain.numbers import HUNDRED, ZERO

_T = OrderType
LEGS_MAX = 4
# Which price fields an order of each type carries: all that are named, and no other.
PRICES: dict[OrderType, frozenset[str]] = {
    _T.MARKET: frozenset(),
    _T.LIMIT: frozenset({"limit_price"}),
    _T.STOP: frozenset({"stop_price"}),
    _T.STOP_LIMIT: frozenset({"limit_price", "stop_price"}),
    _T.TRAILING_STOP: frozenset(),
}
_NAMES = {"limit_price": "limit price", "stop_price": "stop price"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How an order meets the market: its type, its prices, how long it works and in which sessions.

    Prices in the instrument's currency; `trail_percent` in percent of the price (0 to 100); exactly one trail belongs
    to a trailing stop. For an order of several legs `limit_price` is the net price of one package: positive is paid,
    negative is received. Raises InvalidInput with the field, the code and the reason.
    """

    order_type: OrderType
    time_in_force: TimeInForce = TimeInForce.DAY
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_amount: Decimal | None = None
    trail_percent: Decimal | None = None
    expires_at: datetime | None = None
    extended_hours: bool = False
    is_package: bool = False

    def __post_init__(self) -> None:
        self._check_prices()
        self._check_trail()
        self._check_time()

    def _check_prices(self) -> None:
        wanted, kind = PRICES[self.order_type], self.order_type.label.lower()
        for field, name in _NAMES.items():
            value = getattr(self, field)
            if field in wanted and value is None:
                raise InvalidInput.of(field, "required", f"A {kind} order needs a {name}.")
            if field not in wanted and value is not None:
                raise InvalidInput.of(field, "not_allowed", f"A {kind} order has no {name}.")
            may_be_negative = self.is_package and field == "limit_price"
            if value is not None and not (value.is_finite() and (may_be_negative or value > ZERO)):
                raise InvalidInput.of(field, "not_positive", f"The {name} must be above zero.")
        if self.is_package and self.order_type not in {_T.MARKET, _T.LIMIT}:
            raise InvalidInput.of("order_type", "not_allowed", "An order of several legs is a market or a limit order.")

    def _check_trail(self) -> None:
        given = [name for name in ("trail_amount", "trail_percent") if getattr(self, name) is not None]
        if self.order_type is not _T.TRAILING_STOP:
            if given:
                raise InvalidInput.of(given[0], "not_allowed", "Only a trailing stop has a trail.")
            return
        if not given:
            raise InvalidInput.of("trail_amount", "required", "A trailing stop needs a trail: an amount or a percent.")
        if len(given) > 1:
            raise InvalidInput.of("trail_percent", "one_trail", "Give one trail only: an amount or a percent.")
        value = getattr(self, given[0])
        if not value.is_finite() or value <= ZERO:
            raise InvalidInput.of(given[0], "not_positive", "The trail must be above zero.")
        if given[0] == "trail_percent" and value >= HUNDRED:
            raise InvalidInput.of("trail_percent", "too_large", "The trail must be below 100 percent.")

    def _check_time(self) -> None:
        tif = self.time_in_force
        if (tif is TimeInForce.GTD) != (self.expires_at is not None):
            code = "required" if self.expires_at is None else "not_allowed"
            reason = "Good till date needs the date." if code == "required" else "Only good till date has a date."
            raise InvalidInput.of("expires_at", code, reason)
        if tif in AUCTION | IMMEDIATE and self.order_type not in {_T.MARKET, _T.LIMIT}:
            raise InvalidInput.of(
                "time_in_force", "not_allowed", f"{tif.label} goes with market and limit orders only."
            )
        if self.extended_hours and (self.order_type is not _T.LIMIT or tif in AUCTION):
            raise InvalidInput.of("extended_hours", "not_allowed", "Only limit orders trade outside regular hours.")


@dataclass(frozen=True, slots=True, kw_only=True)
class LegRequest:
    """One leg of a package: `ratio` units of the instrument for each package, bought or sold."""

    symbol: str
    side: Side
    ratio: int
    effect: PositionEffect

    def __post_init__(self) -> None:
        if self.ratio < 1:
            raise InvalidInput.of("legs", "not_positive", "Each leg needs a whole number of units of at least one.")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRequest:
    """One order for one account at one venue; quantity in shares, coins, contracts or packages.

    `symbol` and `side` are those of the instrument, or, where there are legs, of the underlying and of the first leg.
    Orders of one account with the same `oco_group` are one wish: what one of them fills the others lose.
    """

    client_order_id: str
    symbol: str
    side: Side
    order_type: OrderType
    quantity: Decimal
    time_in_force: TimeInForce = TimeInForce.DAY
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail_amount: Decimal | None = None
    trail_percent: Decimal | None = None
    expires_at: datetime | None = None
    extended_hours: bool = False
    effect: PositionEffect | None = None
    legs: tuple[LegRequest, ...] = ()
    oco_group: str = ""

    def __post_init__(self) -> None:
        if not self.quantity.is_finite() or self.quantity <= ZERO:
            raise InvalidInput.of("quantity", "not_positive", "The quantity must be above zero.")
        if len(self.legs) == 1 or len(self.legs) > LEGS_MAX:
            raise InvalidInput.of("legs", "count", f"An order of several legs has two to {LEGS_MAX} of them.")
        _ = self.terms

    @property
    def terms(self) -> Terms:
        """How it meets the market."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderChange:
    """New terms for a working order: what is None stays. `revision` counts the changes of one order from 1.

    A venue that has this revision, or a later one, already, changes nothing; so a repeat is harmless.
    """

    revision: int
    quantity: Decimal | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None

    def __post_init__(self) -> None:
        if self.revision < 1:
            raise InvalidInput.of("revision", "not_positive", "Revisions count from one.")
        if self.quantity is self.limit_price is self.stop_price is None:
            raise InvalidInput.of("quantity", "required", "Say what to change: a quantity or a price.")
        if self.quantity is not None and not (self.quantity.is_finite() and self.quantity > ZERO):
            raise InvalidInput.of("quantity", "not_positive", "The quantity must be above zero.")


@dataclass(frozen=True, slots=True, kw_only=True)
class CashRequest:
    """Cash to put into an account (positive) or to take out of it (negative), under the caller's own id."""

    client_id: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ExerciseRequest:
    """Contracts that their holder wants to exercise now, under the caller's own id."""

    client_id: str
    symbol: str
    quantity: Decimal
