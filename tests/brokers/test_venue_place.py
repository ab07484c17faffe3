"""Placing at the simulated exchange: what is taken, what is refused, and that a refusal moves nothing."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from arbion.domain.enums import AssetClass, OrderStatus, OrderType, Side
from arbion.domain.orders import OrderRequest
from arbion.lib.clock import FrozenClock
from brokers.errors import VenueRejected
from brokers.fees import FeeSchedule
from brokers.models import VenueCash, VenueFill, VenueOrder
from brokers.simulator import venue
from brokers.simulator.depth import unlimited
from brokers.simulator.terms import Terms
from marketdata.models import Instrument, Quote
from tests.brokers.factories import (
    NOON,
    REFERENCE,
    cash_of,
    custody_of,
    list_instrument,
    open_account,
    quote,
    request,
    units_of,
)

PERCENT = Terms(name="percent", fees=FeeSchedule(name="p", fraction_of_value=Decimal("0.01")), depth=unlimited)
MINIMUM = Terms(name="minimum", fees=FeeSchedule(name="m", minimum=Decimal(5)), depth=unlimited)


def place(order: OrderRequest, clock: FrozenClock, **more: Terms) -> str:
    """Place for the test's account and return the status."""
    return venue.place(reference=REFERENCE, request=order, clock=clock, **more).status.value


def refused(order: OrderRequest, clock: FrozenClock, **more: Terms) -> str:
    """Place an order that must be refused, see that nothing moved and the refusal is kept; returns its code."""
    before = custody_of()

    report = venue.place(reference=REFERENCE, request=order, clock=clock, **more)

    assert report.status is OrderStatus.REJECTED
    assert report.filled_quantity == 0
    assert report.reject_reason.endswith(".")
    assert venue.order_report(reference=REFERENCE, client_order_id=order.client_order_id) == report
    assert custody_of() == before
    assert not VenueFill.objects.filter(order__client_order_id=order.client_order_id).exists()
    return report.reject_code


def test_opening_an_account_again_changes_nothing(db: None) -> None:
    venue.open_account(reference="one", currency="USD", amount=Decimal(100))
    venue.open_account(reference="one", currency="USD", amount=Decimal(999))

    assert [(row.reference, row.amount) for row in VenueCash.objects.all()] == [("one", Decimal(100))]


def test_market_buy_fills_at_once_at_the_ask(share: str, clock: FrozenClock) -> None:
    open_account()

    report = venue.place(reference=REFERENCE, request=request(client_order_id="a"), clock=clock)

    assert (report.status, report.filled_quantity) == (OrderStatus.FILLED, Decimal(10))
    assert (cash_of(), units_of()) == (Decimal(8999), Decimal(10))
    (fill,) = venue.fills_after(reference=REFERENCE, after=0)
    assert (fill.client_order_id, fill.symbol, fill.side) == ("a", "AAPL", Side.BUY)
    assert (fill.quantity, fill.price, fill.fee, fill.filled_at) == (10, Decimal("100.10"), 0, NOON)


def test_market_sell_fills_at_once_at_the_bid(share: str, clock: FrozenClock) -> None:
    open_account(AAPL="10")

    assert place(request(Side.SELL), clock) == "filled"

    assert (cash_of(), units_of()) == (Decimal(10999), Decimal(0))


@pytest.mark.parametrize(("side", "limit", "cash"), [(Side.BUY, "105", "8999"), (Side.SELL, "95", "10999")])
def test_marketable_limit_fills_at_the_better_quote(
    share: str, clock: FrozenClock, side: Side, limit: str, cash: str
) -> None:
    open_account(AAPL="10")

    assert place(request(side, limit_price=limit), clock) == "filled"

    assert cash_of() == Decimal(cash)


def test_limit_away_from_the_market_rests_and_moves_nothing(share: str, clock: FrozenClock) -> None:
    open_account()
    before = custody_of()

    assert place(request(limit_price="90"), clock) == "accepted"

    assert custody_of() == before
    assert venue.fills_after(reference=REFERENCE, after=0) == []


def test_limit_against_a_stale_quote_rests(share: str, clock: FrozenClock) -> None:
    open_account()
    clock.advance(seconds=60)

    assert place(request(limit_price="105"), clock) == "accepted"

    assert cash_of() == 10000


def test_coin_in_small_parts_is_exact(db: None, clock: FrozenClock) -> None:
    list_instrument("BTC-USD", asset_class=AssetClass.CRYPTO, size_increment=Decimal("0.00000001"))
    quote("BTC-USD", "64999.99", "65000.01")
    open_account()

    assert place(request(quantity="0.00000003", symbol="BTC-USD"), clock) == "filled"

    assert cash_of() == Decimal("9999.99805000")
    assert units_of("BTC-USD") == Decimal("0.00000003")


def test_fee_is_taken_from_cash_and_told(share: str, clock: FrozenClock) -> None:
    open_account()

    assert place(request(), clock, terms=PERCENT) == "filled"

    assert cash_of() == Decimal("8988.99")
    assert [fill.fee for fill in venue.fills_after(reference=REFERENCE, after=0)] == [Decimal("10.01")]


def test_repeat_returns_the_same_order_and_places_nothing(share: str, clock: FrozenClock) -> None:
    open_account()
    order = request()
    first = venue.place(reference=REFERENCE, request=order, clock=clock)
    before = custody_of()
    clock.advance(seconds=3)

    assert venue.place(reference=REFERENCE, request=order, clock=clock) == first

    assert custody_of() == before
    assert VenueOrder.objects.count() == VenueFill.objects.count() == 1


def test_repeat_of_a_refused_order_is_refused_for_the_same_reason(share: str, clock: FrozenClock) -> None:
    open_account(cash="1")
    order = request()
    first = venue.place(reference=REFERENCE, request=order, clock=clock)
    VenueCash.objects.update(amount=Decimal(100000))

    assert venue.place(reference=REFERENCE, request=order, clock=clock) == first

    assert cash_of() == 100000


@pytest.mark.parametrize(
    "other",
    [
        {"quantity": "11"},
        {"side": Side.SELL},
        {"symbol": "MSFT"},
        {"limit_price": "90"},
    ],
)
def test_same_id_with_other_parameters_is_refused(share: str, clock: FrozenClock, other: dict[str, str]) -> None:
    open_account()
    first = venue.place(reference=REFERENCE, request=request(client_order_id="a"), clock=clock)
    before = custody_of()

    with pytest.raises(VenueRejected) as refusal:
        venue.place(reference=REFERENCE, request=request(client_order_id="a", **other), clock=clock)

    assert refusal.value.reject_code == "duplicate_client_order_id"
    assert custody_of() == before
    assert venue.order_report(reference=REFERENCE, client_order_id="a") == first


def test_two_accounts_may_use_the_same_id(share: str, clock: FrozenClock) -> None:
    for reference in (open_account("one"), open_account("two")):
        venue.place(reference=reference, request=request(client_order_id="a"), clock=clock)

    assert (cash_of("one"), cash_of("two")) == (Decimal(8999), Decimal(8999))


def test_too_little_cash(share: str, clock: FrozenClock) -> None:
    open_account(cash="1000.99")

    assert refused(request(), clock) == "insufficient_cash"


def test_the_last_cent_is_enough(share: str, clock: FrozenClock) -> None:
    open_account(cash="1001")

    assert place(request(), clock) == "filled"

    assert cash_of() == 0


def test_fee_counts_as_cash_needed(share: str, clock: FrozenClock) -> None:
    open_account(cash="1001")

    assert refused(request(), clock, terms=PERCENT) == "insufficient_cash"


def test_cash_that_a_resting_buy_claims_is_not_spent_twice(share: str, clock: FrozenClock) -> None:
    open_account()
    assert place(request(quantity="90", limit_price="99"), clock) == "accepted"

    assert refused(request(quantity="11"), clock) == "insufficient_cash"
    assert refused(request(quantity="11", limit_price="99.50"), clock) == "insufficient_cash"
    assert place(request(quantity="10"), clock) == "filled"


def test_too_few_units(share: str, clock: FrozenClock) -> None:
    open_account(AAPL="9")

    assert refused(request(Side.SELL), clock) == "insufficient_holdings"


def test_nothing_held_cannot_be_sold(share: str, clock: FrozenClock) -> None:
    open_account()

    assert refused(request(Side.SELL, limit_price="120"), clock) == "insufficient_holdings"


def test_units_that_a_resting_sell_claims_are_not_sold_twice(share: str, clock: FrozenClock) -> None:
    open_account(AAPL="10")
    assert place(request(Side.SELL, "7", limit_price="120"), clock) == "accepted"

    assert refused(request(Side.SELL, "4"), clock) == "insufficient_holdings"
    assert refused(request(Side.SELL, "4", limit_price="130"), clock) == "insufficient_holdings"
    assert place(request(Side.SELL, "3"), clock) == "filled"


def test_sale_that_does_not_bring_its_own_fee_needs_cash(share: str, clock: FrozenClock) -> None:
    list_instrument("PENNY")
    quote("PENNY", "0.10", "0.11")
    open_account(cash="0", PENNY="10")

    assert refused(request(Side.SELL, symbol="PENNY"), clock, terms=MINIMUM) == "insufficient_cash"


def test_unknown_symbol(db: None, clock: FrozenClock) -> None:
    open_account()

    assert refused(request(symbol="NOPE"), clock) == "unknown_symbol"


def test_halted(share: str, clock: FrozenClock) -> None:
    open_account()
    Instrument.objects.update(is_halted=True)

    assert refused(request(), clock) == "instrument_halted"


def test_not_tradable(share: str, clock: FrozenClock) -> None:
    open_account()
    Instrument.objects.update(tradable=False)

    assert refused(request(limit_price="90"), clock) == "not_tradable"


def test_other_currency(share: str, clock: FrozenClock) -> None:
    open_account()
    Instrument.objects.update(currency="EUR")

    assert refused(request(), clock) == "currency_mismatch"


@pytest.mark.parametrize("quantity", ["0.5", "10.1"])
def test_size_between_steps(share: str, clock: FrozenClock, quantity: str) -> None:
    open_account()

    assert refused(request(quantity=quantity), clock) == "invalid_size"


def test_price_between_ticks(share: str, clock: FrozenClock) -> None:
    open_account()

    assert refused(request(limit_price="90.001"), clock) == "invalid_price"


def test_order_worth_more_than_can_be_counted(share: str, clock: FrozenClock) -> None:
    open_account(AAPL="9000000000")

    assert refused(request(Side.SELL, "9000000000", limit_price="90000000"), clock) == "invalid_size"
    assert refused(request(Side.SELL, "9000000000"), clock) == "invalid_size"


def test_no_quote(share: str, clock: FrozenClock) -> None:
    open_account()
    Quote.objects.all().delete()

    assert refused(request(), clock) == "no_quote"


@pytest.mark.parametrize("seconds", [60, -60])
def test_market_order_on_a_quote_of_another_time(share: str, clock: FrozenClock, seconds: int) -> None:
    open_account()
    clock.advance(seconds=seconds)

    assert refused(request(), clock) == "stale_quote"


@pytest.mark.parametrize("limit", [None, "90"])
def test_closed_session(share: str, clock: FrozenClock, settings: Settings, limit: str | None) -> None:
    settings.MARKET_ALWAYS_OPEN = False
    open_account()
    clock.at = NOON.replace(hour=23)
    quote(at=clock.at)

    assert refused(request(limit_price=limit), clock) == "market_closed"


def test_coins_trade_while_the_stock_market_is_closed(db: None, clock: FrozenClock, settings: Settings) -> None:
    settings.MARKET_ALWAYS_OPEN = False
    list_instrument("BTC-USD", asset_class=AssetClass.CRYPTO)
    open_account()
    clock.at = NOON.replace(hour=23)
    quote("BTC-USD", at=clock.at)

    assert place(request(quantity="1", symbol="BTC-USD"), clock) == "filled"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"quantity": "0.000000001"}, "invalid_size"),
        ({"quantity": "9000000001"}, "invalid_size"),
        ({"limit_price": "0.00000000001"}, "invalid_price"),
        ({"limit_price": "90000001"}, "invalid_price"),
        ({"stop_price": "0.00000000001"}, "invalid_price"),
        ({"trail_amount": "90000001"}, "invalid_price"),
        ({"oco_group": "x" * 37}, "invalid_group"),
        ({"symbol": "A" * 25}, "unknown_symbol"),
        ({"symbol": ""}, "unknown_symbol"),
        ({"symbol": "AAPL\0"}, "unknown_symbol"),
        ({"symbol": "ААPL"}, "unknown_symbol"),  # noqa: RUF001  the first two letters are Cyrillic
        ({"client_order_id": "a\0"}, "invalid_client_order_id"),
        ({"client_order_id": "x" * 37}, "invalid_client_order_id"),
        ({"client_order_id": ""}, "invalid_client_order_id"),
    ],
)
def test_what_cannot_be_written_down_is_refused_and_not_kept(
    share: str, clock: FrozenClock, fields: dict[str, str], code: str
) -> None:
    open_account()
    before = custody_of()

    with pytest.raises(VenueRejected) as refusal:
        venue.place(reference=REFERENCE, request=request(**fields), clock=clock)

    assert refusal.value.reject_code == code
    assert custody_of() == before
    assert not VenueOrder.objects.exists()


def test_unknown_account_is_refused_and_nothing_is_kept(share: str, clock: FrozenClock) -> None:
    with pytest.raises(VenueRejected) as refusal:
        venue.place(reference="nobody", request=request(), clock=clock)

    assert refusal.value.reject_code == "unknown_account"
    assert not VenueOrder.objects.exists()
    with pytest.raises(VenueRejected):
        venue.balances(reference="nobody")


def test_a_closed_account_takes_no_order(share: str, clock: FrozenClock) -> None:
    open_account()
    VenueCash.objects.update(closed_at=NOON)

    assert refused(request(), clock) == "account_closed"


def test_a_place_costs_few_statements(
    share: str, clock: FrozenClock, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    open_account(AAPL="10")

    # Lock, order and claims, listing, quote, holding, order, fill, cash, holding; and the savepoint of the test.
    with django_assert_max_num_queries(11):
        assert place(request(), clock) == "filled"


def test_time_comes_from_the_clock(share: str, clock: FrozenClock) -> None:
    open_account()
    clock.advance(seconds=5)

    report = venue.place(reference=REFERENCE, request=request(order_type=OrderType.MARKET), clock=clock)

    assert report.reported_at == NOON + timedelta(seconds=5)
    assert VenueOrder.objects.get().created_at == report.reported_at
