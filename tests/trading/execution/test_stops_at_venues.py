"""Stops that rest at their venue: placed once, kept to their position, and carried out there."""

from __future__ import annotations

from decimal import Decimal

import pytest

from arbion.domain.enums import OrderStatus, OrderType, PendingRequest
from tests.trading.execution.resting import again, rests, there
from trading.books.check import verify_books
from trading.errors import NotInCharge, StopNotStanding
from trading.execution.engine import engine_step
from trading.execution.protection.attach import cancel, change
from trading.execution.protection.watch import Watch
from trading.models import GuardedAt, Order, StopStatus

pytestmark = pytest.mark.usefixtures("venue_rests")


@pytest.mark.parametrize(
    ("kind", "given", "order_type", "terms"),
    [
        ("fixed", {"price": "195"}, OrderType.STOP, {"stop_price": 195}),
        ("percent", {"percent": "2.5"}, OrderType.STOP, {"stop_price": Decimal("195.00")}),
        ("take_profit", {"price": "210"}, OrderType.LIMIT, {"limit_price": 210}),
        ("trail_amount", {"amount": "4"}, OrderType.TRAILING_STOP, {"trail_amount": 4}),
        ("trail_percent", {"percent": "2"}, OrderType.TRAILING_STOP, {"trail_percent": 2}),
    ],
)
def test_it_rests_as_an_order_good_till_canceled_that_only_closes(tower, kind, given, order_type, terms) -> None:
    stop = tower.stop("AAPL", kind, **given)
    assert (stop.guarded_at, there()) == (GuardedAt.HERE, [])
    tower.tick("AAPL", "200", "200")
    fresh = again(stop)
    (order,) = rests(stop)
    assert (fresh.guarded_at, fresh.resting_id, fresh.status) == (GuardedAt.VENUE, order.pk, StopStatus.GUARDING)
    assert (order.order_type, order.time_in_force, order.side, order.effect) == (order_type, "gtc", "sell", "close")
    assert (order.quantity, len(there())) == (10, 1)
    assert {name: getattr(order, name) for name in terms} == terms
    tower.look(seconds=70)
    tower.tick("AAPL", "200")
    assert len(rests(stop)) == 1
    assert not verify_books(tower.world.account)


def test_the_venue_carries_it_out_once_and_the_stop_is_done(tower, calm) -> None:
    stop = tower.stop("AAPL", "fixed", price="195")
    calm()
    looked = tower.tick("AAPL", "195", "195", "190")
    (order,) = tower.exits()
    fresh = again(stop)
    assert (looked.fired, order.status, fresh.status) == (0, OrderStatus.FILLED, StopStatus.DONE)
    assert (fresh.order_id, fresh.guarded_at, tower.held(), there()) == (order.pk, None, 0, [])
    assert not verify_books(tower.world.account)


def test_without_the_setting_nothing_rests(tower, calm, settings) -> None:
    settings.SIMULATED_RESTS_STOPS = False
    stop = tower.stop("AAPL", "fixed", price="195")
    calm()
    tower.look(seconds=70)
    assert (rests(stop), again(stop).guarded_at) == ([], GuardedAt.HERE)


def test_what_cannot_rest_is_guarded_here(tower, calm) -> None:
    stop = tower.stop("AAPL", "break_even", percent="2")
    calm()
    assert (again(stop).guarded_at, again(stop).rest_note) == (
        GuardedAt.HERE,
        "This venue does not hold orders of this kind.",
    )
    tower.tick("AAPL", "203", "205", "205")
    assert [order.stop_price for order in rests(stop)] == [Decimal("200.01")]
    assert again(stop).guarded_at == GuardedAt.VENUE


def test_it_is_kept_to_the_size_of_its_position(tower, calm) -> None:
    stop = tower.stop("AAPL", "fixed", price="195")
    calm()
    tower.world.place("buy", "AAPL", quantity="5")
    tower.tick("AAPL", "200", "200")
    assert [(order.leaves_quantity, order.status) for order in rests(stop)] == [(15, "accepted")]
    tower.world.place("sell", "AAPL", quantity="12")
    tower.tick("AAPL", "200", "200", "200")
    assert (tower.held(), [one.quantity for one in there()]) == (3, [3])
    assert again(stop).guarded_at == GuardedAt.VENUE
    tower.world.place("sell", "AAPL", quantity="3")
    tower.tick("AAPL", "200", "200")
    assert (tower.held(), there(), again(stop).status) == (0, [], StopStatus.CANCELED)
    assert not verify_books(tower.world.account)


def test_a_part_never_rests_with_more_than_is_held(tower, calm) -> None:
    near = tower.stop("AAPL", "fixed", price="196", quantity="4")
    far = tower.stop("AAPL", "fixed", price="190", quantity="9")
    calm()
    tower.tick("AAPL", "200")
    assert {order.stop_price: order.quantity for order in there()} == {196: 4, 190: 6}
    tower.tick("AAPL", "196", "196", "196")
    assert (tower.held(), again(near).status, again(far).guarded_at) == (6, StopStatus.DONE, GuardedAt.VENUE)
    tower.tick("AAPL", "190", "190", "190")
    assert (tower.held(), again(far).status, len(tower.exits())) == (0, StopStatus.DONE, 2)


def test_of_two_stops_for_the_same_units_the_one_against_a_loss_rests(tower, calm) -> None:
    target = tower.stop("AAPL", "take_profit", price="210")
    calm()
    assert again(target).guarded_at == GuardedAt.VENUE
    guard = tower.stop("AAPL", "fixed", price="195")
    tower.tick("AAPL", "200", "200")
    assert (again(guard).guarded_at, again(target).guarded_at) == (GuardedAt.VENUE, GuardedAt.HERE)
    assert again(target).rest_note == "Other orders claim the units."
    # The target is carried out here, and what rests gives way to it.
    tower.tick("AAPL", "210", "210", "210")
    assert (tower.held(), again(target).status, again(guard).status) == (0, StopStatus.DONE, StopStatus.CANCELED)
    assert there() == []
    assert not verify_books(tower.world.account)


def test_a_change_reaches_the_venue_and_taking_it_away_empties_it(tower, calm) -> None:
    stop = tower.stop("AAPL", "fixed", price="195")
    calm()
    change(again(stop), user=tower.world.alice, price=Decimal(190), clock=tower.world.clock)
    tower.tick("AAPL", "200", "200")
    assert [one.stop_price for one in there()] == [190]
    gone = cancel(again(stop), user=tower.world.alice, clock=tower.world.clock)
    assert gone.status == StopStatus.CANCELED
    assert (there(), again(stop).guarded_at) == ([], None)
    tower.tick("AAPL", "190", "190")
    assert tower.held() == 10


def test_one_that_has_filled_at_the_venue_can_neither_be_changed_nor_taken_away(tower, calm, counted) -> None:
    stop = tower.stop("AAPL", "fixed", price="195")
    calm()
    tower.world.clock.advance(seconds=1)
    tower.world.quote("AAPL", "195")
    engine_step(clock=tower.world.clock)
    before = counted()
    for act in (
        lambda: cancel(again(stop), user=tower.world.alice),
        lambda: change(again(stop), user=tower.world.alice),
    ):
        with pytest.raises(StopNotStanding):
            act()
    assert counted() == before
    tower.look()
    assert (again(stop).status, tower.held()) == (StopStatus.DONE, 0)


def test_a_monitor_that_is_no_longer_in_charge_places_nothing(tower, calm, counted) -> None:
    tower.stop("AAPL", "fixed", price="195")

    def no_longer() -> int:
        raise NotInCharge

    tower.watch = Watch(guard=no_longer, clock=tower.world.clock)
    before = counted()
    tower.world.clock.advance(seconds=1)
    with pytest.raises(NotInCharge):
        tower.watch.rounds.go()
    assert (counted(), there()) == (before, [])


def test_a_split_changes_both_alike_and_nothing_is_placed_anew(tower, calm) -> None:
    from datetime import timedelta

    from marketdata import hours
    from marketdata.corporate import schedule_split
    from marketdata.models import Instrument

    stop = tower.stop("AAPL", "fixed", price="190")
    calm()
    clock = tower.world.clock
    tomorrow = hours.local_date(clock.now()) + timedelta(days=1)
    schedule_split(Instrument.objects.get(symbol="AAPL"), new_units=2, old_units=1, ex_date=tomorrow, clock=clock)
    clock.advance(seconds=86_400 * 3)
    tower.world.quote("AAPL", "200")
    tower.watch.look()
    engine_step(clock=clock)
    tower.tick("AAPL", "100", "100", "100")
    (order,) = there()
    assert (tower.held(), order.quantity, order.stop_price, again(stop).level) == (20, 20, 95, 95)
    assert (len(rests(stop)), Order.objects.filter(pending_request=PendingRequest.CANCEL).count()) == (1, 0)
