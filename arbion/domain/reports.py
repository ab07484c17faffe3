"""What venues and markets tell us, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from arbion.domain.enums import ActivityKind, OrderStatus, Side
from arbion.domain.numbers import ONE


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteReport:
    """The latest price of one instrument; sizes of the day so far in `volume`."""

    symbol: str
    bid: Decimal
    ask: Decimal
    last: Decimal
    previous_close: Decimal
    volume: Decimal
    at: datetime
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingTerms:
    """The size and the prices that are in force at a venue."""

    quantity: Decimal
    limit_price: Decimal | None
    stop_price: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReport:
    """What a venue says of one order: its status there, how much is filled, why it refused.

    `revision` is the newest change that the venue has answered, and `terms` are in force since then; both count only
    where the venue tells them. `revision_refused` says why that change was not made.
    """

    client_order_id: str
    venue_order_id: str
    status: OrderStatus
    filled_quantity: Decimal
    reported_at: datetime
    reject_code: str = ""
    reject_reason: str = ""
    revision: int = 0
    revision_refused: str = ""
    terms: WorkingTerms | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FillReport:
    """One execution at a venue; `cursor` orders the executions of one account as the venue saw them.

    `leg` is the place of the instrument among the order's legs, counted from 0; 0 for an order without legs.
    `multiplier` is what the instrument's was when it traded, which a split may have changed since; None where the
    venue does not say.
    """

    client_order_id: str
    venue_order_id: str
    venue_fill_id: str
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal
    fee: Decimal
    filled_at: datetime
    cursor: int
    leg: int = 0
    multiplier: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetChange:
    """An amount that came (positive) or went (negative): units of a symbol, or money of a currency."""

    asset: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityReport:
    """Something that happened to an account at its venue without an order; `cursor` orders those of one account.

    `changes` is the whole effect on what the venue holds. `symbol` is what it is about: the share that paid or split,
    the option that was exercised, assigned or expired; empty for cash. `price` is the money per unit that it was
    reckoned at (the dividend, the strike, the settlement price), `ratio` the new units for each old one of a split.
    `client_id` is the caller's own, for what was asked for. `fills_before` is the cursor of the account's last fill
    before it (0 for none), None where the venue does not say and the moments have to tell.
    """

    activity_id: str
    kind: ActivityKind
    changes: tuple[AssetChange, ...]
    happened_at: datetime
    cursor: int
    symbol: str = ""
    price: Decimal | None = None
    ratio: Decimal = ONE
    client_id: str = ""
    fills_before: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionReport:
    """How much of one instrument a venue holds for an account; below zero where it is owed."""

    symbol: str
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceReport:
    """How much cash a venue holds for an account."""

    currency: str
    amount: Decimal
