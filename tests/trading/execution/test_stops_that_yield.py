"""Stops that rest at their venue give way to what a person does with the units, and to halts."""

from __future__ import annotations

import pytest

from arbion.domain.enums import OrderStatus
from brokers.errors import OutcomeUnknown
from brokers.simulator.adapter import SimulatedBroker
from tests.trading.execution.resting import again, rests, there
from trading.books.check import verify_books
from trading.execution.cancel import request_cancel
from trading.execution.engine import engine_step
from trading.execution.halt.impose import halt
from trading.execution.sweep import sweep
from trading.models import GuardedAt, HaltScope, Order, StopStatus

pytestmark = pytest.mark.usefixtures("venue_rests")


def stop_trading(tower, *, flatten: bool) -> None:
    world = tower.world
    halt(
        scope=HaltScope.ACCOUNT, account=world.account, actor=world.alice, reason="enough", flatten=flatten,
        clock=world.clock,
    )  # fmt: skip


def test_an_order_that_closes_is_not_refused_because_a_stop_rests(tower, calm) -> None:
    stop = tower.stop("AAPL", "fixed", price="195")
    calm()
    order = tower.world.place("sell", "AAPL", quantity="10").order
    order.refresh_from_db()
    assert (order.status, tower.held(), there()) == (OrderStatus.FILLED, 0, [])
    assert [one.status for one in rests(stop)] == [OrderStatus.CANCELED]
    tower.look()
    assert again(stop).status == StopStatus.CANCELED
    assert not verify_books(tower.world.account)


def test_what_a_person_lets_rest_for_the_units_keeps_them_and_the_stop_is_guarded_here(tower, calm) -> None:
    stop = tower.stop("AAPL", "fixed", price="195")
    calm()
    target = tower.world.place("sell", "AAPL", quantity="8", limit_price="230", tif="gtc").order
    tower.tick("AAPL", "200", "200")
    assert {one.quantity for one in there()} == {8, 2}
    assert (again(stop).rest_note, again(stop).resting.quantity) == ("Other orders claim the units.", 2)
    request_cancel(Order.objects.get(pk=target.pk), actor=tower.world.alice, clock=tower.world.clock)
    tower.tick("AAPL", "200", "200")
    assert [one.quantity for one in there()] == [10]
    assert not verify_books(tower.world.account)


def test_an_order_waits_until_the_venue_has_let_go_of_the_stop(tower, calm, monkeypatch) -> None:
    tower.stop("AAPL", "fixed", price="195")
    calm()

    def silent(*_: object) -> None:
        raise OutcomeUnknown("no answer")

    with monkeypatch.context() as patch:
        patch.setattr(SimulatedBroker, "cancel", silent)
        order = tower.world.place("sell", "AAPL", quantity="10").order
        tower.look()
        order.refresh_from_db()
        assert (order.status, order.sent_at, len(there())) == (OrderStatus.SUBMITTED, None, 1)
    tower.world.clock.advance(seconds=11)
    tower.world.quote("AAPL", "200")
    sweep(clock=tower.world.clock)
    order.refresh_from_db()
    assert (order.status, tower.held()) == (OrderStatus.FILLED, 0)
    assert not verify_books(tower.world.account)


def test_an_order_whose_units_the_stop_has_sold_first_never_leaves(tower, calm, monkeypatch) -> None:
    stop = tower.stop("AAPL", "fixed", price="195")
    calm()
    with monkeypatch.context() as patch:
        patch.setattr("arbion.lib.commit._hand_over", lambda *_: None)
        order = tower.world.place("sell", "AAPL", quantity="10").order
    tower.world.clock.advance(seconds=3)
    tower.world.quote("AAPL", "195")
    engine_step(clock=tower.world.clock)
    sweep(clock=tower.world.clock)
    order.refresh_from_db()
    assert (order.status, order.sent_at, tower.held()) == (OrderStatus.CANCELED, None, 0)
    assert order.reject_reason == "a stop at the venue had closed these units first"
    tower.look()
    assert again(stop).status == StopStatus.DONE
    assert not verify_books(tower.world.account)


def test_what_a_person_cancels_at_the_venue_stays_away_and_is_guarded_here(tower, calm) -> None:
    stop = tower.stop("AAPL", "fixed", price="195")
    calm()
    request_cancel(again(stop).resting, actor=tower.world.alice, clock=tower.world.clock)
    tower.look(seconds=70)
    tower.tick("AAPL", "200", "200")
    fresh = again(stop)
    assert (fresh.guarded_at, fresh.rest_note, len(rests(stop))) == (
        GuardedAt.HERE,
        "You canceled its order at the venue.",
        1,
    )
    assert tower.tick("AAPL", "195").fired == 1
    assert tower.held() == 0


def test_a_halt_that_flattens_takes_it_back_and_nothing_rests_again(tower, calm) -> None:
    stop = tower.stop("AAPL", "fixed", price="195")
    calm()
    stop_trading(tower, flatten=True)
    tower.tick("AAPL", "200", "200", "200")
    assert (tower.held(), there(), len(rests(stop))) == (0, [], 1)
    assert again(stop).status == StopStatus.CANCELED


def test_a_halt_without_flattening_leaves_it_there(tower, calm) -> None:
    stop = tower.stop("AAPL", "fixed", price="195")
    calm()
    stop_trading(tower, flatten=False)
    tower.tick("AAPL", "200", "200")
    assert again(stop).guarded_at == GuardedAt.VENUE
    tower.tick("AAPL", "195", "195")
    assert (tower.held(), again(stop).status) == (0, StopStatus.DONE)
