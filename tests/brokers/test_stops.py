"""Stops at the simulated exchange: when they are reached, what they fill at, and how a trail follows the market."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries, Settings

from arbion.domain.enums import OrderType, Side, TimeInForce
from arbion.domain.orders import OrderRequest
from arbion.lib.clock import FrozenClock
from brokers.models import VenueOrder
from brokers.simulator import venue
from brokers.simulator.matching import WorkingOrder
from brokers.simulator.triggers import follow, is_reached, trail_of
from marketdata.models import Instrument
from tests.brokers.factories import (
    REFERENCE,
    accepted,
    custody_of,
    known,
    list_instrument,
    open_account,
    paid,
    place,
    quote,
    refused,
    request,
)

CENT = Decimal("0.01")
prices = st.decimals(min_value=1, max_value=1000, places=2)


def tick(clock: FrozenClock, bid: str, ask: str, last: str | None = None) -> set[str]:
    """The next quote, two seconds later, and what it made of the orders."""
    clock.advance(seconds=2)
    quote(bid=bid, ask=ask, at=clock.at, last=last)
    return venue.match_all(clock=clock)


def trailing(side: Side, **trail: Decimal) -> WorkingOrder:
    """A trailing stop that has seen nothing yet."""
    return WorkingOrder(
        side=side,
        order_type=OrderType.TRAILING_STOP,
        leaves_quantity=Decimal(1),
        trail_amount=trail.get("amount"),
        trail_percent=trail.get("percent"),
    )


@pytest.mark.parametrize(
    ("side", "stop", "last", "reached"),
    [
        (Side.SELL, "95", "95.01", False),
        (Side.SELL, "95", "95", True),
        (Side.SELL, "95", "80", True),
        (Side.BUY, "105", "104.99", False),
        (Side.BUY, "105", "105", True),
        (Side.BUY, "105", "120", True),
    ],
)
def test_a_stop_is_reached_from_its_own_side(side: Side, stop: str, last: str, reached: bool) -> None:
    assert is_reached(side, Decimal(stop), Decimal(last)) is reached


@pytest.mark.parametrize(
    ("side", "trail", "stop"),
    [
        (Side.SELL, {"amount": Decimal(2)}, "98"),
        (Side.BUY, {"amount": Decimal(2)}, "102"),
        (Side.SELL, {"percent": Decimal(5)}, "95"),
        (Side.BUY, {"percent": Decimal(5)}, "105"),
        (Side.SELL, {"percent": Decimal("3.333")}, "96.66"),
        (Side.BUY, {"percent": Decimal("3.333")}, "103.34"),
    ],
)
def test_a_trail_keeps_its_distance_on_whole_steps(side: Side, trail: dict[str, Decimal], stop: str) -> None:
    assert trail_of(trailing(side, **trail), Decimal(100), increment=CENT).stop_price == Decimal(stop)


@given(side=st.sampled_from(Side), seen=st.lists(prices, min_size=1, max_size=20), percent=st.integers(1, 50))
def test_a_trail_only_moves_in_the_customers_favour(side: Side, seen: list[Decimal], percent: int) -> None:
    order, stops = trailing(side, percent=Decimal(percent)), []
    for last in seen:
        order, _ = follow(order, last, increment=CENT)
        assert order.stop_price is not None
        stops.append(order.stop_price)

    assert stops == sorted(stops, reverse=side is Side.BUY)
    assert order.extreme_price == (max(seen) if side is Side.SELL else min(seen))


def test_a_stop_loss_waits_and_sells_at_the_bid_once_reached(share: str, clock: FrozenClock) -> None:
    open_account(AAPL="10")
    order = accepted(clock, request(Side.SELL, stop_price="95"))

    assert tick(clock, "95.10", "95.30") == set()
    assert tick(clock, "94.80", "95.00") == {REFERENCE}

    assert (known(order).status.value, paid()) == ("filled", [("10", "94.8")])
    assert VenueOrder.objects.get().triggered_at == clock.at


@pytest.mark.parametrize(
    ("side", "stop", "quoted"),
    [(Side.SELL, "95", ("70", "70.2")), (Side.BUY, "105", ("129.8", "130"))],
)
def test_a_gap_fills_at_the_next_price_and_never_at_the_stop(
    share: str, clock: FrozenClock, side: Side, stop: str, quoted: tuple[str, str]
) -> None:
    open_account(AAPL="10")
    accepted(clock, request(side, stop_price=stop))

    tick(clock, *quoted)

    assert paid() == [("10", quoted[side is Side.BUY])]


@pytest.mark.parametrize(("side", "stop", "price"), [(Side.SELL, "100", "99.9"), (Side.BUY, "99", "100.1")])
def test_a_stop_that_the_market_has_passed_triggers_on_arrival(
    share: str, clock: FrozenClock, side: Side, stop: str, price: str
) -> None:
    open_account(AAPL="10")

    assert place(clock, request(side, stop_price=stop)).status.value == "filled"
    assert paid() == [("10", price)]


def test_a_reached_stop_limit_waits_for_its_limit(share: str, clock: FrozenClock) -> None:
    open_account(AAPL="10")
    order = accepted(clock, request(Side.SELL, stop_price="95", limit_price="94"))

    assert tick(clock, "90.00", "90.20") == {REFERENCE}
    assert (known(order).status.value, paid()) == ("accepted", [])
    assert tick(clock, "94.10", "94.30") == {REFERENCE}

    assert paid() == [("10", "94.1")]


def test_a_reached_stop_stays_reached_when_the_price_recovers_before_it_could_fill(
    share: str, clock: FrozenClock
) -> None:
    open_account(AAPL="10")
    order = accepted(clock, request(Side.SELL, stop_price="95", limit_price="94.90"))
    tick(clock, "94.50", "94.70")

    tick(clock, "97.00", "97.20")

    assert (known(order).status.value, paid()) == ("filled", [("10", "97")])


def test_a_trailing_stop_follows_each_tick_and_sells_on_the_way_back(share: str, clock: FrozenClock) -> None:
    open_account(AAPL="10")
    order = accepted(clock, request(Side.SELL, trail_amount="3"))
    assert known(order).terms.stop_price == Decimal("96.90")  # type: ignore[union-attr]

    for bid, ask, stop in (("104.00", "104.20", "101"), ("103.00", "103.20", "101"), ("106.50", "106.70", "103.5")):
        assert tick(clock, bid, ask) == set()
        assert known(order).terms.stop_price == Decimal(stop)  # type: ignore[union-attr]
    row = VenueOrder.objects.get()
    assert (row.extreme_price, row.triggered_at) == (Decimal("106.5"), None)

    assert tick(clock, "103.40", "103.60") == {REFERENCE}
    assert paid() == [("10", "103.4")]


def test_a_trailing_purchase_follows_downwards_by_a_percentage(share: str, clock: FrozenClock) -> None:
    open_account()
    order = accepted(clock, request(trail_percent="10"))

    tick(clock, "80.00", "80.20")
    assert known(order).terms.stop_price == 88  # type: ignore[union-attr]
    assert tick(clock, "88.00", "88.20") == {REFERENCE}

    assert paid() == [("10", "88.2")]


def test_many_trails_of_an_account_move_in_one_transaction(
    share: str, clock: FrozenClock, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    open_account(AAPL="100")
    orders = [accepted(clock, request(Side.SELL, "5", trail_amount="3")) for _ in range(20)]
    clock.advance(seconds=2)
    quote(bid="110.00", ask="110.20", at=clock.at)

    # Savepoint and lock, one for all trails, and the looks.
    with django_assert_max_num_queries(14):
        assert venue.match_all(clock=clock) == set()

    assert {known(order).terms.stop_price for order in orders} == {Decimal(107)}  # type: ignore[union-attr]


def test_another_process_goes_on_with_a_trail_where_this_one_left_it(share: str, clock: FrozenClock) -> None:
    open_account(AAPL="10")
    order = accepted(clock, request(Side.SELL, trail_amount="3"))
    tick(clock, "110.00", "110.20")
    VenueOrder.objects.update(extreme_price=Decimal(120), stop_price=Decimal(117), updated_at=clock.at)

    assert tick(clock, "116.00", "116.20") == {REFERENCE}
    assert known(order).status.value == "filled"


@pytest.mark.parametrize("trail", [{"trail_amount": "99.90"}, {"trail_amount": "150"}, {"trail_percent": "99.995"}])
def test_a_trail_as_large_as_the_price_is_refused(share: str, clock: FrozenClock, trail: dict[str, str]) -> None:
    open_account(AAPL="10")

    assert refused(clock, request(Side.SELL, **trail)) == "invalid_trail"


@pytest.mark.parametrize("field", ["stop_price", "trail_amount"])
def test_prices_between_steps_are_refused(share: str, clock: FrozenClock, field: str) -> None:
    open_account(AAPL="10")

    assert refused(clock, request(Side.SELL, **{field: "9.005"})) == "invalid_price"


def test_a_trail_needs_a_price_to_begin_at(share: str, clock: FrozenClock) -> None:
    open_account(AAPL="10")
    clock.advance(seconds=3600)

    assert refused(clock, request(Side.SELL, trail_amount="3")) == "stale_quote"


def test_before_and_after_the_session_no_stop_is_reached(share: str, clock: FrozenClock, settings: Settings) -> None:
    settings.MARKET_ALWAYS_OPEN = False
    open_account(AAPL="10")
    order = accepted(clock, request(Side.SELL, stop_price="95", time_in_force=TimeInForce.GTC))
    clock.at = datetime(2026, 3, 18, 21, 0, tzinfo=UTC)

    assert tick(clock, "90.00", "90.20") == set()

    clock.at = datetime(2026, 3, 19, 14, 0, tzinfo=UTC)
    assert (known(order).status.value, tick(clock, "89.00", "89.20")) == ("accepted", {REFERENCE})
    assert paid() == [("10", "89")]


def test_a_stop_purchase_claims_cash_at_its_stop(share: str, clock: FrozenClock) -> None:
    open_account(cash="10000")
    accepted(clock, request(quantity="90", stop_price="105"))

    assert refused(clock, request(quantity="5", limit_price="99")) == "insufficient_cash"


def test_a_stop_that_became_too_dear_ends_with_the_reason(share: str, clock: FrozenClock) -> None:
    open_account(cash="1100")
    order = accepted(clock, request(stop_price="105"))
    before = custody_of()

    assert tick(clock, "119.80", "120.00") == {REFERENCE}

    report = known(order)
    assert (report.status.value, report.reject_code) == ("canceled", "insufficient_cash")
    assert (custody_of(), paid()) == (before, [])


def test_each_instrument_has_its_own_last_price(share: str, clock: FrozenClock) -> None:
    list_instrument("MSFT")
    quote("MSFT", "50.00", "50.10")
    open_account(AAPL="10", MSFT="10")
    accepted(clock, request(Side.SELL, stop_price="95"))
    other = accepted(clock, request(Side.SELL, symbol="MSFT", stop_price="45"))

    tick(clock, "94.00", "94.20")

    assert (known(other).status.value, paid()) == ("accepted", [("10", "94")])


def test_a_stop_waits_while_its_instrument_is_halted(share: str, clock: FrozenClock) -> None:
    open_account(AAPL="10")
    order: OrderRequest = request(Side.SELL, stop_price="95")
    accepted(clock, order)
    Instrument.objects.update(is_halted=True)
    assert tick(clock, "90.00", "90.20") == set()
    assert VenueOrder.objects.get().triggered_at is None

    report = venue.cancel(reference=REFERENCE, client_order_id=order.client_order_id, clock=clock)
    assert report is not None
    assert report.status.value == "canceled"
