"""Rows and requests for the exchange's tests: a market of our own making, and accounts in it."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from decimal import Decimal

from arbion.domain.enums import AssetClass, FillModel, OrderStatus, OrderType, Side, TimeInForce
from arbion.domain.numbers import plain
from arbion.domain.options import read_symbol
from arbion.domain.orders import OrderRequest
from arbion.domain.reports import OrderReport
from arbion.lib.clock import Clock
from brokers.models import VenueCash, VenueHolding
from brokers.simulator import venue
from marketdata.models import Instrument, OptionContract, Quote

# A Wednesday, 10:30 in New York.
NOON = datetime(2026, 3, 18, 14, 30, tzinfo=UTC)
REFERENCE = "sim-test"
PRICES = ("limit_price", "stop_price", "trail_amount", "trail_percent")

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


def quote(
    symbol: str = "AAPL",
    bid: str = "99.90",
    ask: str = "100.10",
    *,
    at: datetime = NOON,
    last: str | None = None,
    volume: str = "0",
) -> None:
    """Make this the symbol's latest quote; its last price is the bid where none is named."""
    low, high = Decimal(bid), Decimal(ask)
    Quote.objects.update_or_create(
        instrument=Instrument.objects.get(symbol=symbol),
        defaults={
            "bid": low, "ask": high, "last": low if last is None else Decimal(last), "previous_close": low,
            "volume": Decimal(volume), "at": at,
            "source": "test", "minute": at.replace(second=0), "minute_open": low, "minute_high": low, "minute_low": low,
            "minute_volume": Decimal(0),
        },
    )  # fmt: skip


def list_option(symbol: str, **fields: object) -> Instrument:
    """A listed option of the share that its symbol names, in whole contracts of a hundred."""
    terms = read_symbol(symbol)
    assert terms is not None
    instrument = list_instrument(symbol, **{"asset_class": AssetClass.OPTION, "multiplier": Decimal(100), **fields})
    OptionContract.objects.create(
        instrument=instrument,
        underlying=Instrument.objects.get(symbol=terms.underlying),
        right=terms.right,
        strike=terms.strike,
        expires_on=terms.expires_on,
    )
    return instrument


def open_account(
    reference: str = REFERENCE,
    *,
    cash: str = "10000",
    fill_model: FillModel = FillModel.IDEAL,
    allows_short: bool = False,
    **units: str,
) -> str:
    """An account with cash, and units by symbol."""
    venue.open_account(
        reference=reference,
        currency="USD",
        amount=Decimal(cash),
        fill_model=fill_model,
        allows_short=allows_short,
    )
    for symbol, quantity in units.items():
        VenueHolding.objects.create(reference=reference, symbol=symbol, quantity=Decimal(quantity))
    return reference


def request(side: Side = Side.BUY, quantity: str = "10", **fields: object) -> OrderRequest:
    """An order request with an id of its own; prices come as text, and say of which type it is."""
    prices = {name: Decimal(str(fields.pop(name))) for name in PRICES if fields.get(name) is not None}
    kinds = {
        frozenset(): OrderType.MARKET,
        frozenset({"limit_price"}): OrderType.LIMIT,
        frozenset({"stop_price"}): OrderType.STOP,
        frozenset({"limit_price", "stop_price"}): OrderType.STOP_LIMIT,
        frozenset({"trail_amount"}): OrderType.TRAILING_STOP,
        frozenset({"trail_percent"}): OrderType.TRAILING_STOP,
    }
    defaults: dict[str, object] = {
        "client_order_id": f"order-{next(_numbers)}",
        "symbol": "AAPL",
        "side": side,
        "order_type": kinds[frozenset(prices)],
        "quantity": Decimal(quantity),
        "time_in_force": TimeInForce.DAY,
        **dict.fromkeys(PRICES),
        **prices,
    }
    return OrderRequest(**{**defaults, **fields})  # type: ignore[arg-type]


def place(clock: Clock, order: OrderRequest, reference: str = REFERENCE) -> OrderReport:
    """Place an order at the exchange."""
    return venue.place(reference=reference, request=order, clock=clock)


def accepted(clock: Clock, order: OrderRequest, reference: str = REFERENCE) -> str:
    """Place an order that the exchange takes and does not fill at once; returns its id."""
    report = place(clock, order, reference)
    assert report.status is OrderStatus.ACCEPTED, report
    return order.client_order_id


def refused(clock: Clock, order: OrderRequest, reference: str = REFERENCE) -> str:
    """Place an order that must be refused, see that nothing moved and that a sentence says why; returns the code."""
    before = custody_of(reference)
    report = place(clock, order, reference)
    assert report.status is OrderStatus.REJECTED, report
    assert (report.filled_quantity, custody_of(reference)) == (0, before)
    assert report.reject_reason.endswith(".")
    return report.reject_code


def known(client_order_id: str, reference: str = REFERENCE) -> OrderReport:
    """What the exchange says of an order."""
    report = venue.order_report(reference=reference, client_order_id=client_order_id)
    assert report is not None
    return report


def paid(reference: str = REFERENCE) -> list[tuple[str, str]]:
    """Quantity and price of every execution of the account, as plain text, in their order."""
    fills = venue.fills_after(reference=reference, after=0)
    return [(plain(fill.quantity), plain(fill.price)) for fill in fills]


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
