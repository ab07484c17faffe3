"""Many hands at once on one account: nothing is sold or spent twice, nothing fills twice, nobody sees an error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import TypeVar

import pytest
from django.db import connection, connections

from accounts.models import User
from arbion.domain.enums import FillModel, OrderStatus, Side
from arbion.domain.orders import OrderChange
from arbion.domain.reports import OrderReport
from arbion.lib.clock import FrozenClock
from brokers.accounts import create_simulated_account
from brokers.models import BrokerAccount, VenueCash, VenueFill, VenueLiquidity, VenueOrder
from brokers.simulator import venue
from tests.brokers.factories import (
    NOON,
    REFERENCE,
    cash_of,
    list_instrument,
    open_account,
    quote,
    request,
    units_of,
)

HANDS = 16
Result = TypeVar("Result")

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def market(request: pytest.FixtureRequest) -> Iterator[FrozenClock]:
    """One quoted share, on the database that this run has."""
    if connection.vendor != request.param:
        pytest.skip(f"this run is on {connection.vendor}")
    list_instrument()
    quote()
    yield FrozenClock(NOON)
    connections.close_all()


def at_once(work: Callable[[int], Result]) -> list[Result]:
    """Let all hands do the work at the same moment, each with a connection of its own."""
    barrier = Barrier(HANDS)

    def one(number: int) -> Result:
        try:
            barrier.wait(timeout=30)
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(HANDS) as pool:
        return list(pool.map(one, range(HANDS)))


def count(reports: list[OrderReport], status: OrderStatus) -> int:
    """How many reports say this."""
    return sum(report.status is status for report in reports)


def test_sixteen_sell_the_same_holding_and_exactly_what_is_held_is_sold(market: FrozenClock) -> None:
    open_account(AAPL="50")

    reports = at_once(lambda _: venue.place(reference=REFERENCE, request=request(Side.SELL, "10"), clock=market))

    assert (count(reports, OrderStatus.FILLED), count(reports, OrderStatus.REJECTED)) == (5, 11)
    assert (units_of(), cash_of()) == (Decimal(0), Decimal(14995))
    assert VenueFill.objects.count() == 5


def test_sixteen_resting_sells_claim_no_more_than_is_held(market: FrozenClock) -> None:
    open_account(AAPL="50")

    reports = at_once(
        lambda _: venue.place(reference=REFERENCE, request=request(Side.SELL, "10", limit_price="120"), clock=market)
    )

    assert (count(reports, OrderStatus.ACCEPTED), count(reports, OrderStatus.REJECTED)) == (5, 11)
    assert units_of() == 50


def test_sixteen_spend_the_same_cash_and_none_is_spent_twice(market: FrozenClock) -> None:
    open_account(cash="3500")

    reports = at_once(lambda _: venue.place(reference=REFERENCE, request=request(), clock=market))

    assert (count(reports, OrderStatus.FILLED), count(reports, OrderStatus.REJECTED)) == (3, 13)
    assert (units_of(), cash_of()) == (Decimal(30), Decimal(497))


def test_the_same_order_from_sixteen_hands_is_one_order(market: FrozenClock) -> None:
    open_account()
    order = request()

    reports = at_once(lambda _: venue.place(reference=REFERENCE, request=order, clock=market))

    assert len(set(reports)) == 1
    assert VenueOrder.objects.count() == VenueFill.objects.count() == 1
    assert (units_of(), cash_of()) == (Decimal(10), Decimal(8999))


def test_sixteen_matchers_fill_each_order_once(market: FrozenClock) -> None:
    open_account()
    for _ in range(5):
        venue.place(reference=REFERENCE, request=request(limit_price="90"), clock=market)
    quote(bid="89.80", ask="90.00")

    at_once(lambda _: venue.match_all(clock=market))

    assert set(VenueOrder.objects.values_list("status", flat=True)) == {OrderStatus.FILLED}
    assert VenueFill.objects.count() == 5
    assert (units_of(), cash_of()) == (Decimal(50), Decimal(5500))


def test_cancel_and_fill_at_once_agree_with_what_moved(market: FrozenClock) -> None:
    open_account()
    orders = [request(quantity="1", limit_price="90") for _ in range(8)]
    for order in orders:
        venue.place(reference=REFERENCE, request=order, clock=market)
    quote(bid="89.80", ask="90.00")

    def work(number: int) -> object:
        if number % 2:
            return venue.match_all(clock=market)
        order = orders[number // 2]
        return venue.cancel(reference=REFERENCE, client_order_id=order.client_order_id, clock=market)

    at_once(work)

    filled = VenueOrder.objects.filter(status=OrderStatus.FILLED).count()
    canceled = VenueOrder.objects.filter(status=OrderStatus.CANCELED).count()
    assert filled + canceled == 8
    assert VenueFill.objects.count() == filled
    assert (units_of(), cash_of()) == (Decimal(filled), 10000 - 90 * Decimal(filled))


def test_two_accounts_at_once_never_take_more_than_stands_behind_a_quote(market: FrozenClock) -> None:
    quote(last="100")
    for number in range(8):
        open_account(f"hand-{number}", cash="100000", fill_model=FillModel.HARSH)
        order = request(quantity="20", limit_price="101")
        assert venue.place(reference=f"hand-{number}", request=order, clock=market).status is OrderStatus.ACCEPTED
    market.advance(seconds=4)
    quote(last="100", at=market.at)

    at_once(lambda _: venue.match_all(clock=market))

    # Three prices with 25 units each.
    assert sum(fill.quantity for fill in VenueFill.objects.all()) == 75
    assert VenueLiquidity.objects.get().bought == 75
    assert sum(order.filled_quantity for order in VenueOrder.objects.all()) == 75


def test_only_one_of_a_group_fills_under_many_matchers(market: FrozenClock) -> None:
    open_account(AAPL="50")
    for number in range(5):
        group = f"group-{number}"
        for prices in ({"limit_price": "105"}, {"stop_price": "95"}):
            order = request(Side.SELL, "10", oco_group=group, **prices)
            assert venue.place(reference=REFERENCE, request=order, clock=market).status is OrderStatus.ACCEPTED
    market.advance(seconds=2)
    quote(bid="105.00", ask="105.20", last="94.00", at=market.at)

    at_once(lambda _: venue.match_all(clock=market))

    assert VenueFill.objects.count() == 5
    assert (units_of(), cash_of()) == (Decimal(0), Decimal(10000) + 50 * 105)
    statuses = list(VenueOrder.objects.order_by("status").values_list("status", flat=True))
    assert statuses == [OrderStatus.CANCELED] * 5 + [OrderStatus.FILLED] * 5


def test_changes_and_fills_at_once_agree_with_what_moved(market: FrozenClock) -> None:
    open_account()
    orders = [request(quantity="2", limit_price="90") for _ in range(8)]
    for order in orders:
        venue.place(reference=REFERENCE, request=order, clock=market)
    quote(bid="89.80", ask="90.00")

    def work(number: int) -> object:
        if number % 2:
            return venue.match_all(clock=market)
        change = OrderChange(revision=1, quantity=Decimal(3))
        order = orders[number // 2]
        return venue.replace(reference=REFERENCE, client_order_id=order.client_order_id, change=change, clock=market)

    at_once(work)
    venue.match_all(clock=market)

    rows = list(VenueOrder.objects.all())
    assert {row.status for row in rows} == {OrderStatus.FILLED}
    assert all(row.filled_quantity == (2 if row.revision_refused or not row.revision else 3) for row in rows)
    total = sum(row.filled_quantity for row in rows)
    assert (units_of(), cash_of()) == (total, 10000 - 90 * total)


def test_cursors_follow_the_order_of_commits(market: FrozenClock) -> None:
    open_account(cash="100000")
    seen: list[int] = []

    def work(number: int) -> None:
        if number:
            venue.place(reference=REFERENCE, request=request(quantity="1"), clock=market)
            return
        for _ in range(40):
            last = seen[-1] if seen else 0
            seen.extend(fill.cursor for fill in venue.fills_after(reference=REFERENCE, after=last))

    at_once(work)
    last = seen[-1] if seen else 0
    seen.extend(fill.cursor for fill in venue.fills_after(reference=REFERENCE, after=last))

    assert seen == sorted(VenueFill.objects.values_list("pk", flat=True))
    assert len(seen) == HANDS - 1


def test_first_sight_from_sixteen_requests_opens_one_account(market: FrozenClock) -> None:
    user = User.objects.create_user("many@example.com")

    opened = at_once(lambda _: create_simulated_account(user=user, amount=Decimal(100000), clock=market).pk)

    assert len(set(opened)) == BrokerAccount.objects.count() == VenueCash.objects.count() == 1
