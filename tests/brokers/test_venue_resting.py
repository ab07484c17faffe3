"""Orders that rest at the simulated exchange: filled when the market comes, canceled, expired, and never twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries, Settings

from arbion.domain.enums import AssetClass, OrderStatus, Side, TimeInForce
from arbion.lib.clock import FrozenClock
from brokers.models import VenueFill, VenueOrder
from brokers.simulator import market, venue
from marketdata.models import Instrument
from tests.brokers.factories import (
    NOON,
    REFERENCE,
    cash_of,
    custody_of,
    list_instrument,
    open_account,
    quote,
    request,
    status_of,
    units_of,
)

CLOSE = datetime(2026, 3, 18, 20, 0, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 19, 4, 0, tzinfo=UTC)


def rest(clock: FrozenClock, side: Side = Side.BUY, quantity: str = "10", **fields: object) -> str:
    """Place an order that rests; returns its id."""
    order = request(side, quantity, **{"limit_price": "90" if side is Side.BUY else "110", **fields})
    assert venue.place(reference=REFERENCE, request=order, clock=clock).status is OrderStatus.ACCEPTED
    return order.client_order_id


def status(client_order_id: str) -> str:
    """What the exchange says of the order."""
    return status_of(venue.order_report(reference=REFERENCE, client_order_id=client_order_id))


def test_resting_buy_fills_when_the_ask_comes_down(share: str, clock: FrozenClock) -> None:
    open_account()
    order = rest(clock)

    assert venue.match_all(clock=clock) == set()
    quote(bid="89.80", ask="90.00")
    assert venue.match_all(clock=clock) == {REFERENCE}

    assert status(order) == "filled"
    assert (cash_of(), units_of()) == (Decimal(9100), Decimal(10))


def test_resting_sell_fills_when_the_bid_comes_up(share: str, clock: FrozenClock) -> None:
    open_account(AAPL="10")
    order = rest(clock, Side.SELL)
    quote(bid="110.00", ask="110.20")

    assert venue.match_all(clock=clock) == {REFERENCE}

    assert status(order) == "filled"
    assert (cash_of(), units_of()) == (Decimal(11100), Decimal(0))


def test_market_that_jumps_over_the_limit_gives_its_own_price(share: str, clock: FrozenClock) -> None:
    open_account()
    rest(clock)
    quote(bid="79.80", ask="80.00")

    venue.match_all(clock=clock)

    assert cash_of() == 9200


def test_matching_again_fills_nothing_twice(share: str, clock: FrozenClock) -> None:
    open_account()
    rest(clock)
    quote(bid="89.80", ask="90.00")
    venue.match_all(clock=clock)
    before = custody_of()

    assert venue.match_all(clock=clock) == set()

    assert custody_of() == before
    assert VenueFill.objects.count() == 1


def test_only_accounts_whose_orders_changed_are_named(share: str, clock: FrozenClock) -> None:
    for reference, limit in (("one", "90"), ("two", "80"), ("three", "91")):
        open_account(reference)
        venue.place(reference=reference, request=request(limit_price=limit), clock=clock)
    quote(bid="89.80", ask="90.00")

    assert venue.match_all(clock=clock) == {"one", "three"}


def test_looking_costs_the_same_for_many_orders(
    share: str, clock: FrozenClock, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    open_account(cash="1000000")
    for _ in range(20):
        rest(clock)

    with django_assert_num_queries(2):  # the orders, the quotes
        assert venue.match_all(clock=clock) == set()


def test_nothing_resting_asks_for_no_quote(
    share: str, clock: FrozenClock, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        assert venue.match_all(clock=clock) == set()


@pytest.mark.parametrize("field", ["is_halted", "tradable"])
def test_halted_instrument_fills_nothing_until_it_trades_again(share: str, clock: FrozenClock, field: str) -> None:
    open_account()
    order = rest(clock)
    quote(bid="89.80", ask="90.00")
    Instrument.objects.update(**{field: field == "is_halted"})

    assert venue.match_all(clock=clock) == set()
    assert (status(order), cash_of()) == ("accepted", Decimal(10000))

    Instrument.objects.update(**{field: field != "is_halted"})
    assert venue.match_all(clock=clock) == {REFERENCE}


def test_stale_quote_fills_nothing(share: str, clock: FrozenClock) -> None:
    open_account()
    order = rest(clock)
    quote(bid="89.80", ask="90.00")
    clock.advance(seconds=60)

    assert venue.match_all(clock=clock) == set()

    assert (status(order), cash_of()) == ("accepted", Decimal(10000))


def test_closed_market_fills_nothing_and_good_till_canceled_waits(
    share: str, clock: FrozenClock, settings: Settings
) -> None:
    settings.MARKET_ALWAYS_OPEN = False
    open_account()
    order = rest(clock, time_in_force=TimeInForce.GTC)
    clock.at = CLOSE + timedelta(hours=2)
    quote(bid="89.80", ask="90.00", at=clock.at)

    assert venue.match_all(clock=clock) == set()
    assert (status(order), cash_of()) == ("accepted", Decimal(10000))

    clock.at = NOON + timedelta(days=1)
    quote(bid="84.80", ask="85.00", at=clock.at)
    assert venue.match_all(clock=clock) == {REFERENCE}
    assert (status(order), cash_of()) == ("filled", Decimal(9150))


def test_day_order_ends_with_the_session(share: str, clock: FrozenClock, settings: Settings) -> None:
    settings.MARKET_ALWAYS_OPEN = False
    open_account()
    order = rest(clock)
    clock.at = CLOSE - timedelta(seconds=1)
    assert venue.match_all(clock=clock) == set()
    clock.at = CLOSE
    quote(bid="89.80", ask="90.00", at=clock.at)

    assert venue.match_all(clock=clock) == {REFERENCE}

    assert (status(order), cash_of()) == ("expired", Decimal(10000))
    assert not VenueFill.objects.exists()


def test_day_ends_at_the_markets_midnight_where_the_session_never_does(share: str, clock: FrozenClock) -> None:
    open_account()
    order = rest(clock)
    clock.at = MIDNIGHT - timedelta(seconds=1)
    assert venue.match_all(clock=clock) == set()
    clock.at = MIDNIGHT

    assert venue.match_all(clock=clock) == {REFERENCE}
    assert status(order) == "expired"


@pytest.mark.parametrize(
    ("placed", "ends"),
    [
        (datetime(2026, 3, 7, 23, 0, tzinfo=UTC), datetime(2026, 3, 8, 5, 0, tzinfo=UTC)),
        (datetime(2026, 3, 8, 6, 30, tzinfo=UTC), datetime(2026, 3, 9, 4, 0, tzinfo=UTC)),
        (datetime(2026, 11, 1, 4, 0, tzinfo=UTC), datetime(2026, 11, 2, 5, 0, tzinfo=UTC)),
    ],
)
def test_midnight_is_found_across_the_change_of_the_clocks(
    share: str, clock: FrozenClock, placed: datetime, ends: datetime
) -> None:
    open_account()
    clock.at = placed
    rest(clock)

    assert VenueOrder.objects.get().expires_at == ends


def test_coins_day_ends_at_midnight_also_while_stocks_have_sessions(
    db: None, clock: FrozenClock, settings: Settings
) -> None:
    settings.MARKET_ALWAYS_OPEN = False
    list_instrument("BTC-USD", asset_class=AssetClass.CRYPTO)
    quote("BTC-USD")
    open_account()
    rest(clock, symbol="BTC-USD")

    assert VenueOrder.objects.get().expires_at == MIDNIGHT


def test_good_till_canceled_never_ends(share: str, clock: FrozenClock) -> None:
    open_account()
    order = rest(clock, time_in_force=TimeInForce.GTC)
    clock.advance(seconds=400 * 86400)

    assert venue.match_all(clock=clock) == set()
    assert status(order) == "accepted"


def test_an_ended_order_gives_its_claims_back(share: str, clock: FrozenClock) -> None:
    open_account(cash="900", AAPL="10")
    bought, sold = rest(clock), rest(clock, Side.SELL)
    venue.cancel(reference=REFERENCE, client_order_id=bought, clock=clock)
    venue.cancel(reference=REFERENCE, client_order_id=sold, clock=clock)

    assert (rest(clock), rest(clock, Side.SELL)) != (bought, sold)


def test_cancel_ends_a_resting_order_and_may_be_repeated(share: str, clock: FrozenClock) -> None:
    open_account()
    order = rest(clock)
    clock.advance(seconds=1)

    first = venue.cancel(reference=REFERENCE, client_order_id=order, clock=clock)
    clock.advance(seconds=1)
    quote(bid="89.80", ask="90.00", at=clock.at)

    assert status_of(first) == "canceled"
    assert venue.cancel(reference=REFERENCE, client_order_id=order, clock=clock) == first
    assert venue.match_all(clock=clock) == set()
    assert cash_of() == 10000


def test_cancel_of_a_filled_order_says_filled(share: str, clock: FrozenClock) -> None:
    open_account()
    report = venue.place(reference=REFERENCE, request=request(client_order_id="a"), clock=clock)
    before = custody_of()

    assert venue.cancel(reference=REFERENCE, client_order_id="a", clock=clock) == report
    assert custody_of() == before


def test_cancel_of_an_unknown_order_finds_none(share: str, clock: FrozenClock) -> None:
    open_account()

    assert venue.cancel(reference=REFERENCE, client_order_id="never", clock=clock) is None
    assert not VenueOrder.objects.exists()


def test_cancel_after_the_end_of_its_day_says_expired(share: str, clock: FrozenClock) -> None:
    open_account()
    order = rest(clock)
    clock.at = MIDNIGHT

    assert status_of(venue.cancel(reference=REFERENCE, client_order_id=order, clock=clock)) == "expired"


def test_others_order_cannot_be_canceled(share: str, clock: FrozenClock) -> None:
    open_account()
    open_account("other")
    order = rest(clock)

    assert venue.cancel(reference="other", client_order_id=order, clock=clock) is None
    assert status(order) == "accepted"


def test_orders_are_told_oldest_change_first_from_the_moment_on(share: str, clock: FrozenClock) -> None:
    open_account()
    first, second = rest(clock), rest(clock)
    clock.advance(seconds=10)
    third = rest(clock)
    clock.advance(seconds=10)
    venue.cancel(reference=REFERENCE, client_order_id=first, clock=clock)

    def since(moment: datetime) -> list[str]:
        return [report.client_order_id for report in venue.orders_since(reference=REFERENCE, since=moment)]

    assert since(NOON) == [second, third, first]
    assert since(NOON + timedelta(seconds=10)) == [third, first]
    assert since(NOON + timedelta(seconds=21)) == []


def test_fills_are_told_after_a_cursor(share: str, clock: FrozenClock) -> None:
    open_account()
    open_account("other")
    for reference in (REFERENCE, "other", REFERENCE, REFERENCE):
        venue.place(reference=reference, request=request(quantity="1"), clock=clock)

    fills = venue.fills_after(reference=REFERENCE, after=0)

    assert len(fills) == 3
    assert [fill.cursor for fill in fills] == sorted(fill.cursor for fill in fills)
    assert venue.fills_after(reference=REFERENCE, after=fills[0].cursor) == fills[1:]
    assert venue.fills_after(reference=REFERENCE, after=fills[-1].cursor) == []


def test_positions_leave_out_what_is_sold(share: str, clock: FrozenClock) -> None:
    open_account(AAPL="10", ABC="3")
    venue.place(reference=REFERENCE, request=request(Side.SELL), clock=clock)

    assert [(row.symbol, row.quantity) for row in venue.positions(reference=REFERENCE)] == [("ABC", Decimal(3))]
    assert [(row.currency, row.amount) for row in venue.balances(reference=REFERENCE)] == [("USD", Decimal(10999))]


@pytest.mark.parametrize(("meanwhile", "ends"), [("cancel", "canceled"), ("match", "filled")])
def test_order_that_ended_between_the_look_and_the_lock_is_left_alone(
    share: str, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch, meanwhile: str, ends: str
) -> None:
    open_account()
    order = rest(clock)
    quote(bid="89.80", ask="90.00")
    look = market.look

    def look_while_another_acts(symbols: set[str], at: datetime) -> dict[str, market.MarketView]:
        monkeypatch.setattr(market, "look", look)
        if meanwhile == "cancel":
            venue.cancel(reference=REFERENCE, client_order_id=order, clock=clock)
        else:
            venue.match_all(clock=clock)
        return look(symbols, at)

    monkeypatch.setattr(market, "look", look_while_another_acts)

    assert venue.match_all(clock=clock) == set()
    assert status(order) == ends
    assert VenueFill.objects.count() == (ends == "filled")
