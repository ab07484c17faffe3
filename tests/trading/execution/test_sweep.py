"""Orders whose way was cut: nothing is lost, nothing is sent twice, nothing is guessed."""

from __future__ import annotations

import pytest

from arbion.domain.enums import OrderStatus
from brokers import registry
from brokers.models import VenueOrder
from brokers.simulator.adapter import SimulatedBroker
from tests.brokers.faults import Fault, FaultyBroker
from trading.books.check import verify_books
from trading.execution import admit, dispatch
from trading.execution.cancel import request_cancel
from trading.execution.reconcile import reconcile
from trading.execution.sweep import sweep
from trading.models import Hold, Order


@pytest.fixture
def venue(world, monkeypatch):
    """Put a line that fails on purpose between the house and the exchange; a call scripts it."""

    def script(**faults: list[Fault]) -> FaultyBroker:
        broker = FaultyBroker(SimulatedBroker(), **faults)
        monkeypatch.setattr(registry, "connect", lambda account: broker)
        return broker

    return script


def fresh(order: Order) -> Order:
    return Order.objects.select_related("account__user", "instrument").get(pk=order.pk)


def settle(world, *, seconds: int = 120, step: int = 10) -> None:
    for _ in range(0, seconds, step):
        world.clock.advance(seconds=step)
        sweep(clock=world.clock)


def assert_exact(world) -> None:
    assert verify_books(world.account) == []
    assert reconcile(world.account, clock=world.clock) == []


def test_lost_answer_is_unknown_then_found_and_never_sent_twice(world, venue):
    broker = venue(place=[Fault.LOST_ANSWER])
    order = fresh(world.place("buy", "AAPL", quantity="10").order)
    assert order.status == OrderStatus.UNKNOWN
    sweep(clock=world.clock)
    assert fresh(order).status == OrderStatus.FILLED
    assert len(broker.placed) == 1
    assert_exact(world)


def test_an_unknown_order_blocks_new_risk_in_its_instrument_only(world, venue):
    venue(place=[Fault.LOST_ANSWER])
    world.place("buy", "AAPL", quantity="10")
    denied = world.place("buy", "AAPL", quantity="1").order
    assert (denied.status, denied.reject_code) == (OrderStatus.DENIED, "unknown_order")
    assert fresh(world.place("buy", "MSFT", quantity="1").order).status == OrderStatus.FILLED


def test_request_that_never_arrived_is_given_up_only_after_complete_looks(world, venue):
    broker = venue(place=[Fault.LOST_REQUEST])
    order = world.place("buy", "AAPL", quantity="10").order
    for _ in range(5):
        sweep(clock=world.clock)
    assert fresh(order).status == OrderStatus.UNKNOWN, "no number of early looks is proof"
    settle(world)
    order = fresh(order)
    assert (order.status, order.reject_code) == (OrderStatus.REJECTED, "never_reached_venue")
    assert len(broker.placed) == 1
    assert not Hold.objects.filter(remaining__gt=0).exists()
    assert_exact(world)


def test_a_look_that_fails_proves_nothing(world, venue):
    venue(place=[Fault.LOST_REQUEST], reads=[Fault.UNAVAILABLE] * 12)
    order = world.place("buy", "AAPL", quantity="10").order
    settle(world)
    assert fresh(order).status == OrderStatus.UNKNOWN
    assert fresh(order).absent_checks == 0


def test_late_arrival_before_it_is_given_up_is_adopted(world, venue):
    broker = venue(place=[Fault.LATE])
    order = world.place("buy", "AAPL", quantity="10").order
    sweep(clock=world.clock)
    world.clock.advance(seconds=8)
    world.quote("AAPL", "200")
    assert broker.deliver() == 1
    sweep(clock=world.clock)
    assert fresh(order).status == OrderStatus.FILLED
    assert VenueOrder.objects.count() == 1
    assert_exact(world)


def test_arrival_after_it_was_given_up_is_still_booked(world, venue):
    broker = venue(place=[Fault.LATE])
    order = world.place("buy", "AAPL", quantity="10").order
    settle(world)
    assert fresh(order).status == OrderStatus.REJECTED
    world.quote("AAPL", "200")
    broker.deliver()
    reconcile(world.account, clock=world.clock)
    assert fresh(order).status == OrderStatus.FILLED
    assert_exact(world)


def test_refusal_to_take_it_is_tried_again_and_fills_once(world, venue):
    broker = venue(place=[Fault.UNAVAILABLE, Fault.UNAVAILABLE])
    order = world.place("buy", "AAPL", quantity="10").order
    assert (fresh(order).status, fresh(order).sent_at) == (OrderStatus.SUBMITTED, None)
    for _ in range(3):
        world.clock.advance(seconds=3)
        world.quote("AAPL", "200")
        sweep(clock=world.clock)
    assert fresh(order).status == OrderStatus.FILLED
    assert (len(broker.placed), VenueOrder.objects.count()) == (3, 1)
    assert_exact(world)


def test_lost_hint_is_found_by_the_sweeper(world, monkeypatch):
    monkeypatch.setattr(admit, "after_commit", lambda *args: None)
    order = world.place("buy", "AAPL", quantity="10").order
    assert fresh(order).sent_at is None
    world.clock.advance(seconds=3)
    sweep(clock=world.clock)
    assert fresh(order).status == OrderStatus.FILLED
    assert_exact(world)


def test_hint_that_comes_too_late_withdraws_the_order(world, monkeypatch):
    monkeypatch.setattr(admit, "after_commit", lambda *args: None)
    order = world.place("buy", "AAPL", quantity="10").order
    world.clock.advance(seconds=61)
    sweep(clock=world.clock)
    assert fresh(order).status == OrderStatus.CANCELED
    assert VenueOrder.objects.count() == 0
    assert_exact(world)


def test_halt_between_record_and_sending_keeps_the_order_at_home(world, monkeypatch):
    from riskdesk import halts

    monkeypatch.setattr(admit, "after_commit", lambda *args: None)
    order = world.place("buy", "AAPL", quantity="10").order
    halts.impose(reason="a test", actor=None, clock=world.clock)
    dispatch.send(str(order.pk), world.clock)
    assert fresh(order).status == OrderStatus.CANCELED
    assert VenueOrder.objects.count() == 0
    assert_exact(world)


def test_two_senders_send_once(world, venue):
    broker = venue()
    order = world.place("buy", "AAPL", quantity="10").order
    dispatch.send(str(order.pk), world.clock)
    dispatch.send(str(order.pk), world.clock)
    assert len(broker.placed) == 1


@pytest.mark.parametrize("fault", [Fault.LOST_ANSWER, Fault.LOST_REQUEST, Fault.UNAVAILABLE])
def test_cancel_that_had_no_answer_is_asked_again_and_keeps_its_hold_until_then(world, venue, fault):
    venue(cancel=[fault])
    order = fresh(world.place("buy", "AAPL", quantity="10", limit_price="150").order)
    request_cancel(order, actor=world.alice, clock=world.clock)
    assert (fresh(order).status, fresh(order).pending_request) == (OrderStatus.ACCEPTED, "cancel")
    assert Hold.objects.get().remaining == 1500
    settle(world, seconds=20)
    assert (fresh(order).status, fresh(order).pending_request) == (OrderStatus.CANCELED, "")
    assert_exact(world)


def test_fill_that_crosses_a_cancel_wins(world, venue):
    from brokers.simulator import venue as exchange

    venue(cancel=[Fault.LOST_REQUEST])
    order = fresh(world.place("buy", "AAPL", quantity="10", limit_price="199").order)
    request_cancel(order, actor=world.alice, clock=world.clock)
    world.clock.advance(seconds=2)
    world.quote("AAPL", "198")
    exchange.match_all(clock=world.clock)
    settle(world, seconds=20)
    assert fresh(order).status == OrderStatus.FILLED
    assert_exact(world)


def test_fills_told_twice_and_backwards_are_booked_once(world, venue):
    venue(fills=[Fault.DUPLICATED, Fault.REORDERED, Fault.DUPLICATED])
    for _ in range(3):
        world.place("buy", "AAPL", quantity="1")
    assert_exact(world)


def test_answer_without_its_fills_is_kept_and_the_fills_come_later(world, venue):
    venue(fills=[Fault.UNAVAILABLE])
    order = world.place("buy", "AAPL", quantity="10").order
    assert fresh(order).status == OrderStatus.ACCEPTED
    assert_exact(world)
    assert fresh(order).status == OrderStatus.FILLED


def test_order_that_arrives_after_it_was_given_up_is_called_back_from_the_book(world, venue):
    broker = venue(place=[Fault.LATE])
    order = world.place("buy", "AAPL", quantity="10", limit_price="150").order
    settle(world)
    assert fresh(order).status == OrderStatus.REJECTED
    world.quote("AAPL", "200")
    broker.deliver()
    assert VenueOrder.objects.get().status == OrderStatus.ACCEPTED
    reconcile(world.account, clock=world.clock)
    assert VenueOrder.objects.get().status == OrderStatus.CANCELED
    assert fresh(order).status == OrderStatus.REJECTED
    assert_exact(world)
