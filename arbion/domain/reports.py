"""What venues and markets tell us, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from arbion.domain.enums import OrderStatus, Side


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
class OrderReport:
    """What a venue says of one order: its status there, how much is filled, why it refused."""

    client_order_id: str
    venue_order_id: str
    status: OrderStatus
    filled_quantity: Decimal
    reported_at: datetime
    reject_code: str = ""
    reject_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FillReport:
    """One execution at a venue; `cursor` orders the executions of one account as the venue saw them."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionReport:
    """How much of one instrument a venue holds for an account."""

    symbol: str
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceReport:
    """How much cash a venue holds for an account."""

    currency: str
    amount: Decimal
