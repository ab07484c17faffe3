"""Rows and requests for the exchange's tests: a market of our own making, and accounts in it."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from decimal import Decimal

from arbion.domain.enums import AssetClass, OrderType, Side, TimeInForce
from arbion.domain.orders import OrderRequest
from arbion.domain.reports import OrderReport
from brokers.models import VenueCash, VenueHolding
from brokers.simulator import venue
from marketdata.models import Instrument, Quote

# A Wednesday, 10:30 in New York.
NOON = datetime(2026, 3, 18, 14, 30, tzinfo=UTC)
REFERENCE = "sim-test"

_numbers = itertools.count(1)


def list_instrument(symbol: str = "AAPL", **fields: object) -> Instrument:
    """A listed share with steps of a cent and one unit."""
    defaults: dict[str, object] = {
        "name": symbol,
        "asset_class": AssetClass.EQUITY,
        "exchange": "NASDAQ",
        "price_increment": Decimal("0.01"),
        "size_increment": Decimal(1),
        "base_price": Decimal(100),
    }
    return Instrument.objects.create(symbol=symbol, **{**defaults, **fields})


def quote(symbol: str = "AAPL", bid: str = "99.90", ask: str = "100.10", *, at: datetime = NOON) -> None:
    """Make this the symbol's latest quote."""
    low, high = Decimal(bid), Decimal(ask)
    Quote.objects.update_or_create(
        instrument=Instrument.objects.get(symbol=symbol),
        defaults={
            "bid": low, "ask": high, "last": low, "previous_close": low, "volume": Decimal(0), "at": at,
            "source": "test", "minute": at.replace(second=0), "minute_open": low, "minute_high": low, "minute_low": low,
            "minute_volume": Decimal(0),
        },
    )  # fmt: skip


def open_account(reference: str = REFERENCE, *, cash: str = "10000", **units: str) -> str:
    """An account with cash, and units by symbol."""
    venue.open_account(reference=reference, currency="USD", amount=Decimal(cash))
    for symbol, quantity in units.items():
        VenueHolding.objects.create(reference=reference, symbol=symbol, quantity=Decimal(quantity))
    return reference


def request(side: Side = Side.BUY, quantity: str = "10", **fields: object) -> OrderRequest:
    """An order request with an id of its own; a `limit_price` as text makes it a limit order."""
    limit = fields.pop("limit_price", None)
    defaults: dict[str, object] = {
        "client_order_id": f"order-{next(_numbers)}",
        "symbol": "AAPL",
        "side": side,
        "order_type": OrderType.MARKET if limit is None else OrderType.LIMIT,
        "quantity": Decimal(quantity),
        "time_in_force": TimeInForce.DAY,
        "limit_price": None if limit is None else Decimal(str(limit)),
    }
    return OrderRequest(**{**defaults, **fields})  # type: ignore[arg-type]


def cash_of(reference: str = REFERENCE) -> Decimal:
    """The cash the exchange holds for the account."""
    return VenueCash.objects.get(reference=reference).amount


def units_of(symbol: str = "AAPL", reference: str = REFERENCE) -> Decimal:
    """The units the exchange holds for the account."""
    found = VenueHolding.objects.filter(reference=reference, symbol=symbol).first()
    return Decimal(0) if found is None else found.quantity


def custody_of(reference: str = REFERENCE) -> tuple[Decimal, dict[str, Decimal]]:
    """All that the exchange holds for the account, to compare before and after."""
    rows = VenueHolding.objects.filter(reference=reference)
    return cash_of(reference), {row.symbol: row.quantity for row in rows}


def status_of(report: OrderReport | None) -> str:
    """The status in a report that must be there."""
    assert report is not None
    return report.status.value
