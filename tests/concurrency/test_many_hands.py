"""Many hands on one account: nothing is oversold, overspent, placed twice or sent twice, whatever the interleaving."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from unittest.mock import patch

import pytest
from django.db import connection

from arbion.domain.enums import OrderStatus
from arbion.proofs import oracle
from brokers.accounts import create_simulated_account
from brokers.models import VenueFill, VenueOrder
from brokers.simulator import venue
from brokers.simulator.adapter import SimulatedBroker
from riskdesk.models import RiskLimit
from tests.concurrency.conftest import at_once, hands
from tests.trading.conftest import World
from trading.books.opening import _open_books
from trading.errors import IdempotencyMismatch, OrderNotOpen
from trading.execution import dispatch
from trading.execution.apply import absorb
from trading.execution.cancel import request_cancel
from trading.execution.collect import collect
from trading.execution.place import Placed
from trading.execution.reconcile import reconcile_all
from trading.execution.sweep import sweep
from trading.models import Fill, Hold, Intent, LedgerAccount, Order, Position


def statuses(world: World) -> Counter[str]:
    """How many of the account's orders stand where."""
    return Counter(Order.objects.filter(account=world.account).values_list("status", flat=True))


def cash(world: World) -> LedgerAccount:
    """The account's cash column."""
    return LedgerAccount.objects.get(account=world.account, kind="cash")


def assert_right(world: World) -> None:
    assert oracle.faults_of(world.account) == []
    assert oracle.unsettled(world.account) == []


def test_exactly_what_is_held_is_sold(roomy: World) -> None:
    held = hands() // 2
    roomy.place("buy", "AAPL", quantity=held)
    answers = at_once(lambda number: roomy.place("sell", "AAPL", quantity="1"))
    assert [answer for answer in answers if not isinstance(answer, Placed)] == []
    assert Position.objects.get(account=roomy.account).quantity == 0
    assert statuses(roomy) == {"filled": held + 1, "denied": hands() - held}
    assert set(Order.objects.filter(status="denied").values_list("reject_code", flat=True)) == {"insufficient_position"}
    assert sum(VenueFill.objects.filter(order__side="sell").values_list("quantity", flat=True)) == held
    assert_right(roomy)


def test_resting_purchases_never_claim_more_than_the_cash(roomy: World) -> None:
    answers = at_once(lambda number: roomy.place("buy", "AAPL", quantity="300", limit_price="150", tif="gtc"))
    assert [answer for answer in answers if not isinstance(answer, Placed)] == []
    column = cash(roomy)
    assert (column.balance, column.held) == (Decimal(100_000), Decimal(90_000))
    assert sum(Hold.objects.values_list("remaining", flat=True)) == Decimal(90_000)
    assert statuses(roomy) == {"accepted": 2, "denied": hands() - 2}
    assert_right(roomy)


def test_market_purchases_never_spend_more_than_the_cash(roomy: World) -> None:
    at_once(lambda number: roomy.place("buy", "AAPL", quantity="240"))
    assert statuses(roomy) == {"filled": 2, "denied": hands() - 2}
    assert cash(roomy).balance == Decimal(100_000) - 480 * Decimal("200.01")
    assert_right(roomy)


def test_fifty_placements_with_one_key_are_one_order(roomy: World) -> None:
    answers = at_once(lambda number: roomy.place("buy", "AAPL", quantity="1", key="once"), times=50)
    assert Counter(answer.is_repeat for answer in answers if isinstance(answer, Placed)) == {False: 1, True: 49}
    assert (Intent.objects.count(), Order.objects.count(), VenueOrder.objects.count(), Fill.objects.count()) == (
        1,
        1,
        1,
        1,
    )
    assert_right(roomy)


def test_one_key_with_different_bodies_is_one_order_and_refusals(roomy: World) -> None:
    answers = at_once(lambda number: roomy.place("buy", "AAPL", quantity=number + 1, key="once"))
    assert Counter(type(answer) for answer in answers) == {Placed: 1, IdempotencyMismatch: hands() - 1}
    assert (Order.objects.count(), VenueOrder.objects.count()) == (1, 1)
    assert_right(roomy)


def unsent(world: World, **given: str) -> Order:
    """An order that was recorded and whose hint to send it was lost."""
    with patch.object(dispatch, "_claim", return_value=None):
        order = world.place("buy", "AAPL", quantity="1", **given).order
    assert Order.objects.get(pk=order.pk).status == OrderStatus.SUBMITTED
    return order


def test_many_senders_send_once(roomy: World) -> None:
    order = unsent(roomy)
    placed: list[str] = []
    real = SimulatedBroker.place

    def counted(broker: SimulatedBroker, reference: str, request: object) -> object:
        placed.append(reference)
        return real(broker, reference, request)  # type: ignore[arg-type]

    with patch.object(SimulatedBroker, "place", counted):
        answers = at_once(lambda number: dispatch.send(str(order.pk), roomy.clock))
    assert answers == [None] * hands()
    assert len(placed) == 1
    assert statuses(roomy) == {"filled": 1}
    assert_right(roomy)


@pytest.mark.parametrize("work", [sweep, reconcile_all])
def test_many_sweepers_send_once(roomy: World, work: object) -> None:
    for _ in range(3):
        unsent(roomy)
    roomy.clock.advance(seconds=5)
    roomy.quote("AAPL", "200")
    answers = at_once(lambda number: work(clock=roomy.clock))  # type: ignore[operator]
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert (VenueOrder.objects.count(), VenueFill.objects.count(), Fill.objects.count()) == (3, 3, 3)
    assert statuses(roomy) == {"filled": 3}
    assert_right(roomy)


def test_an_unsent_order_is_sent_or_withdrawn_never_both(roomy: World) -> None:
    orders = [unsent(roomy) for _ in range(4)]

    def pull(number: int) -> None:
        order = orders[number // 2 % 4]
        if number % 2:
            dispatch.send(str(order.pk), roomy.clock)
        else:
            dispatch.withdraw_unsent(order, reason="tried", clock=roomy.clock)

    answers = at_once(pull)
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    at_venue = set(VenueOrder.objects.values_list("client_order_id", flat=True))
    for order in Order.objects.all():
        assert (order.status == "filled") == (str(order.pk) in at_venue)
    assert_after_sweep(roomy)


def assert_after_sweep(world: World) -> None:
    """What one hand left to the sweeper is finished by it."""
    world.clock.advance(seconds=5)
    world.quote("AAPL", "200")
    sweep(clock=world.clock)
    assert_right(world)


def test_position_limit_is_never_passed(roomy: World) -> None:
    RiskLimit.objects.filter(name="position_value_usd").update(value=Decimal(9_000))
    at_once(lambda number: roomy.place("buy", "AAPL", quantity="20"))
    assert statuses(roomy) == {"filled": 2, "denied": hands() - 2}
    assert Position.objects.get(account=roomy.account).quantity * Decimal("200.01") <= 9_000
    assert_right(roomy)


def test_position_limit_counts_what_rests(roomy: World) -> None:
    RiskLimit.objects.filter(name="position_value_usd").update(value=Decimal(9_000))
    at_once(lambda number: roomy.place("buy", "AAPL", quantity="20", limit_price="199", tif="gtc"))
    assert statuses(roomy) == {"accepted": 2, "denied": hands() - 2}
    assert_right(roomy)


def test_orders_a_minute_are_never_passed(roomy: World) -> None:
    RiskLimit.objects.filter(name="orders_per_minute").update(value=Decimal(3))
    at_once(lambda number: roomy.place("buy", "AAPL", quantity="1"))
    assert statuses(roomy) == {"filled": 3, "denied": hands() - 3}
    assert_right(roomy)


def test_the_same_reports_absorbed_by_many_are_booked_once(roomy: World) -> None:
    order = unsent(roomy)
    with patch.object(dispatch, "absorb_news"):
        dispatch.send(str(order.pk), roomy.clock)
    reference = roomy.account.reference
    reports = venue.orders_since(reference=reference, since=roomy.account.created_at)
    fills = venue.fills_after(reference=reference, after=0)
    assert (len(reports), len(fills)) == (1, 1)
    key = roomy.account.pk
    answers = at_once(lambda number: absorb(key, reports=reports, fills=fills, clock=roomy.clock))
    assert answers == [None] * hands()
    assert Fill.objects.count() == 1
    assert_right(roomy)


def test_cancels_fills_and_looks_cross_without_harm(roomy: World) -> None:
    orders = [roomy.place("buy", "AAPL", quantity="1", limit_price="195", tif="gtc").order for _ in range(4)]
    roomy.quote("AAPL", "190")
    fresh = [Order.objects.select_related("account").get(pk=order.pk) for order in orders]

    def cross(number: int) -> object:
        if number % 3 == 0:
            return venue.match_all(clock=roomy.clock)
        if number % 3 == 1:
            return collect(roomy.account, clock=roomy.clock)
        return request_cancel(fresh[number % 4], actor=roomy.alice, clock=roomy.clock)

    answers = at_once(cross)
    assert [
        answer for answer in answers if isinstance(answer, Exception) and not isinstance(answer, OrderNotOpen)
    ] == []
    reconcile_all(clock=roomy.clock)
    assert set(statuses(roomy)) <= {"filled", "canceled", "accepted"}
    assert_right(roomy)


def test_many_buyers_and_sellers_of_many_things(roomy: World) -> None:
    symbols = ("AAPL", "MSFT", "BTC-USD")
    for symbol in symbols:
        roomy.place("buy", symbol, notional="5000")

    def trade(number: int) -> Placed:
        side = "sell" if number % 2 else "buy"
        return roomy.place(side, symbols[number % 3], quantity="0.01")

    answers = at_once(trade, times=48)
    assert [answer for answer in answers if not isinstance(answer, Placed)] == []
    assert statuses(roomy) == {"filled": 51}
    assert_right(roomy)


@pytest.mark.postgres
def test_sixteen_hands_were_real() -> None:
    assert connection.vendor == "postgresql"
    assert hands() == 16


def test_one_key_through_two_accounts_is_one_order(roomy: World) -> None:
    second = create_simulated_account(user=roomy.alice, name="Second", amount=Decimal(100_000), clock=roomy.clock)
    _open_books(second, amount=Decimal(100_000), clock=roomy.clock)
    accounts = (roomy.account, second)
    answers = at_once(lambda number: roomy.place("buy", "AAPL", quantity="1", key="once", account=accounts[number % 2]))
    placed = [answer for answer in answers if isinstance(answer, Placed)]
    assert Counter(type(answer) for answer in answers) == {Placed: hands() // 2, IdempotencyMismatch: hands() // 2}
    assert [answer.is_repeat for answer in placed].count(False) == 1
    assert (Order.objects.count(), VenueOrder.objects.count(), Fill.objects.count()) == (1, 1, 1)
    for account in accounts:
        assert oracle.faults_of(account) == []
