"""Stops at venues that refuse, are silent or leave them lying are carried out here, once; a crash doubles nothing."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from arbion.domain.enums import AssetClass, OrderStatus, OrderType, Venue
from brokers.errors import OutcomeUnknown, VenueRejected
from brokers.rules import RULES
from brokers.simulator.adapter import SimulatedBroker
from tests.trading.execution.resting import again, rests, there
from trading.books.check import verify_books
from trading.execution.engine import engine_step
from trading.execution.protection.attach import cancel
from trading.execution.protection.watch import Watch
from trading.execution.sweep import sweep
from trading.models import GuardedAt, StopStatus

pytestmark = pytest.mark.usefixtures("venue_rests")


@pytest.fixture
def venue_of(monkeypatch, settings):
    """A simulated exchange with other rules, which says itself what it rests."""

    def give(**rules: object) -> None:
        settings.SIMULATED_RESTS_STOPS = False
        monkeypatch.setitem(RULES, Venue.SIMULATED, replace(RULES[Venue.SIMULATED], **rules))

    return give


def _die(*_: object) -> None:
    raise KeyboardInterrupt


def test_where_the_venue_fills_it_before_it_lets_go_the_stop_says_so(tower, calm, monkeypatch) -> None:
    stop = tower.stop("AAPL", "fixed", price="195")
    calm()
    with monkeypatch.context() as patch:
        patch.setattr("arbion.lib.commit._hand_over", lambda *_: None)
        gone = cancel(again(stop), user=tower.world.alice, clock=tower.world.clock)
    assert gone.reason.endswith("The venue was asked to cancel the order that stood for it.")
    assert again(stop).guarded_at == GuardedAt.LEAVING
    tower.world.clock.advance(seconds=1)
    tower.world.quote("AAPL", "195")
    engine_step(clock=tower.world.clock)
    tower.look()
    fresh = again(stop)
    assert (fresh.status, fresh.order_id, tower.held()) == (StopStatus.DONE, fresh.resting_id, 0)


def test_one_that_the_venue_refuses_is_guarded_here(tower, calm, monkeypatch) -> None:
    def refuse(*_: object) -> None:
        raise VenueRejected("No stops today.", reject_code="unsupported")

    with monkeypatch.context() as patch:
        patch.setattr(SimulatedBroker, "place", refuse)
        stop = tower.stop("AAPL", "fixed", price="195")
        calm()
    fresh = again(stop)
    assert (fresh.resting.status, fresh.guarded_at) == (OrderStatus.REJECTED, GuardedAt.HERE)
    assert fresh.rest_note == "Its order was refused: No stops today."
    assert tower.tick("AAPL", "195").fired == 1
    assert (again(stop).status, tower.held(), len(rests(stop))) == (StopStatus.DONE, 0, 1)


def test_after_a_while_it_is_offered_again(tower, calm, monkeypatch) -> None:
    def refuse(*_: object) -> None:
        raise VenueRejected("No stops today.", reject_code="unsupported")

    with monkeypatch.context() as patch:
        patch.setattr(SimulatedBroker, "place", refuse)
        stop = tower.stop("AAPL", "fixed", price="195")
        calm()
    tower.look(seconds=300)
    assert len(rests(stop)) == 1
    tower.look(seconds=400)
    tower.tick("AAPL", "200")
    assert again(stop).guarded_at == GuardedAt.VENUE


def test_while_the_venue_has_not_said_that_it_took_it_the_stop_is_guarded_here(tower, calm, monkeypatch) -> None:
    real = SimulatedBroker.place

    def answer_lost(self: SimulatedBroker, reference: str, request: object) -> None:
        real(self, reference, request)
        raise OutcomeUnknown("lost")

    with monkeypatch.context() as patch:
        patch.setattr(SimulatedBroker, "place", answer_lost)
        stop = tower.stop("AAPL", "fixed", price="195")
        tower.tick("AAPL", "200", "200", step=False)
    assert again(stop).guarded_at == GuardedAt.UNKNOWN
    # No second order leaves before the fate of the first is known, and then none is needed.
    assert tower.tick("AAPL", "195", step=False).fired == 1
    sweep(clock=tower.world.clock)
    tower.tick("AAPL", "195", "195")
    assert (tower.held(), again(stop).status) == (0, StopStatus.DONE)
    assert sum(order.filled_quantity for order in tower.exits()) == 10
    assert not verify_books(tower.world.account)


def test_one_that_the_venue_leaves_lying_is_carried_out_here_after_a_moment(tower, calm, monkeypatch) -> None:
    stop = tower.stop("AAPL", "fixed", price="195")
    calm()
    assert tower.tick("AAPL", "195", "194", step=False).fired == 0
    assert tower.look(seconds=8).fired == 0
    assert tower.look(seconds=1).fired == 1
    fresh = again(stop)
    assert (fresh.resting.status, fresh.triggered_price) == (OrderStatus.CANCELED, 194)
    tower.tick("AAPL", "194", "194")
    assert (again(stop).status, tower.held()) == (StopStatus.DONE, 0)
    assert [order.order_type for order in tower.exits()] == ["stop", "market"]


def test_a_price_that_comes_back_in_time_leaves_it_at_the_venue(tower, calm) -> None:
    stop = tower.stop("AAPL", "fixed", price="195")
    calm()
    tower.tick("AAPL", "195", "196", step=False)
    for _ in range(12):
        assert tower.tick("AAPL", "196", step=False).fired == 0
    assert again(stop).guarded_at == GuardedAt.VENUE


def test_a_silent_venue_gets_no_second_order_for_the_same_units(tower, calm, monkeypatch) -> None:
    stop = tower.stop("AAPL", "fixed", price="195")
    calm()

    def silent(*_: object) -> None:
        raise OutcomeUnknown("no answer")

    with monkeypatch.context() as patch:
        patch.setattr(SimulatedBroker, "cancel", silent)
        tower.tick("AAPL", "195", step=False)
        tower.look(seconds=10)
        tower.look(seconds=5)
        fresh = again(stop)
        assert (fresh.status, fresh.guarded_at, len(tower.exits())) == (StopStatus.TRIGGERED, GuardedAt.LEAVING, 1)
        assert fresh.reason == "Its order at the venue is being canceled; the venue has not answered yet."
    tower.world.quote("AAPL", "195")
    tower.look(seconds=3)
    tower.tick("AAPL", "195", "195")
    assert (again(stop).status, tower.held(), len(tower.exits())) == (StopStatus.DONE, 0, 2)


def test_a_crash_before_the_sending_neither_loses_nor_doubles_it(tower, calm, monkeypatch) -> None:
    stop = tower.stop("AAPL", "fixed", price="195")
    with monkeypatch.context() as patch:
        patch.setattr("arbion.lib.commit._hand_over", lambda *_: None)
        tower.tick("AAPL", "200", step=False)
    assert (again(stop).guarded_at, there()) == (GuardedAt.PLACING, [])
    tower.watch = Watch(clock=tower.world.clock)
    tower.tick("AAPL", "200", step=False)
    tower.world.clock.advance(seconds=3)
    sweep(clock=tower.world.clock)
    tower.watch = Watch(clock=tower.world.clock)
    tower.tick("AAPL", "200", "200")
    assert (len(rests(stop)), len(there()), again(stop).guarded_at) == (1, 1, GuardedAt.VENUE)


def test_a_crash_before_the_commit_leaves_nothing_and_the_next_look_places_one(tower, calm, monkeypatch) -> None:
    stop = tower.stop("AAPL", "fixed", price="195")
    with monkeypatch.context() as patch:
        patch.setattr("trading.execution.protection.fire.announce", _die)
        with pytest.raises(KeyboardInterrupt):
            tower.tick("AAPL", "200", step=False)
    assert (rests(stop), there(), again(stop).rests) == ([], [], 0)
    tower.watch = Watch(clock=tower.world.clock)
    tower.tick("AAPL", "200", "200")
    assert (len(rests(stop)), len(there())) == (1, 1)


def test_a_stop_that_goes_off_between_the_record_and_the_sending_is_never_sent(tower, calm, monkeypatch) -> None:
    stop = tower.stop("AAPL", "fixed", price="195")
    with monkeypatch.context() as patch:
        patch.setattr("arbion.lib.commit._hand_over", lambda *_: None)
        tower.tick("AAPL", "200", "200", step=False)
    assert tower.tick("AAPL", "195").fired == 1
    tower.tick("AAPL", "195")
    assert [order.sent_at is None for order in tower.exits()] == [True, False]
    assert (tower.held(), again(stop).status) == (0, StopStatus.DONE)


def test_what_rests_when_the_venue_is_not_to_hold_any_more_is_taken_back(tower, calm, settings) -> None:
    stop = tower.stop("AAPL", "fixed", price="195")
    calm()
    settings.SIMULATED_RESTS_STOPS = False
    tower.look(seconds=70)
    tower.tick("AAPL", "200")
    assert (there(), again(stop).guarded_at) == ([], GuardedAt.HERE)


def test_a_limit_that_a_gap_has_jumped_over_is_taken_back_and_the_stop_carried_out_here(tower, calm, venue_of) -> None:
    venue_of(rests={AssetClass.EQUITY: frozenset({OrderType.STOP_LIMIT})})
    stop = tower.stop("AAPL", "fixed", price="195")
    calm()
    (order,) = rests(stop)
    assert (order.order_type, order.stop_price, order.limit_price) == ("stop_limit", 195, Decimal("191.10"))
    tower.tick("AAPL", "160", "159", "159")
    assert (tower.held(), again(stop).guarded_at) == (10, GuardedAt.VENUE)
    tower.tick("AAPL", *["159"] * 11)
    assert (tower.held(), again(stop).status) == (0, StopStatus.DONE)
    assert [(one.order_type, one.status) for one in tower.exits()] == [("stop_limit", "canceled"), ("market", "filled")]
    assert not verify_books(tower.world.account)


def test_where_the_venue_changes_no_orders_another_is_placed_when_the_first_is_gone(tower, calm, venue_of) -> None:
    venue_of(offers_replace=False, rests={AssetClass.EQUITY: frozenset({OrderType.STOP})})
    stop = tower.stop("AAPL", "fixed", price="195")
    calm()
    tower.world.place("buy", "AAPL", quantity="5")
    tower.tick("AAPL", "200", "200")
    assert [(one.quantity, one.status) for one in rests(stop)] == [(10, "canceled"), (15, "accepted")]
    assert [one.quantity for one in there()] == [15]


def test_a_change_that_the_venue_refuses_is_made_by_placing_another(tower, calm, monkeypatch) -> None:
    stop = tower.stop("AAPL", "fixed", price="195")
    calm()

    def refuse(*_: object) -> None:
        raise VenueRejected("It cannot be changed.")

    with monkeypatch.context() as patch:
        patch.setattr(SimulatedBroker, "replace", refuse)
        tower.world.place("buy", "AAPL", quantity="5")
        tower.tick("AAPL", "200", "200", "200")
    assert [(one.quantity, one.status) for one in rests(stop)] == [(10, "canceled"), (15, "accepted")]
