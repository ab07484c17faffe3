"""Stops that rest at their venue: placed once, kept to their position, carried out there, or here where it fails."""

from __future__ import annotations

from decimal import Decimal

import pytest

from arbion.domain.enums import OrderStatus, OrderType, PendingRequest
from brokers.errors import OutcomeUnknown, VenueRejected
from brokers.models import VenueOrder
from brokers.simulator.adapter import SimulatedBroker
from trading.books.check import verify_books
from trading.errors import NotInCharge, StopNotStanding
from trading.execution.cancel import request_cancel
from trading.execution.engine import engine_step
from trading.execution.halt.impose import halt
from trading.execution.protection.attach import cancel, change
from trading.execution.protection.watch import Watch
from trading.execution.sweep import sweep
from trading.models import GuardedAt, HaltScope, Order, Stop, StopStatus


@pytest.fixture(autouse=True)
def _at_the_venue(settings) -> None:
    settings.SIMULATED_RESTS_STOPS = True


def again(stop: Stop) -> Stop:
    return Stop.objects.select_related("resting", "order", "account", "instrument").get(pk=stop.pk)


def rests(stop: Stop) -> list[Order]:
    """Every order that ever stood for the stop, oldest first."""
    keys = Order.objects.filter(intent__client_key__startswith=f"stop:{stop.pk}:rest:")
    return list(keys.order_by("created_at", "intent__client_key"))


def there() -> list[VenueOrder]:
    """What works at the exchange."""
    return list(VenueOrder.objects.filter(status__in=["accepted", "partially_filled"]).order_by("created_at"))


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


def test_where_the_venue_fills_it_before_it_lets_go_the_stop_says_so(tower, calm, monkeypatch) -> None:
    stop = tower.stop("AAPL", "fixed", price="195")
    calm()
    with monkeypatch.context() as patch:
        patch.setattr("arbion.lib.commit._hand_over", lambda *_: None)
        gone = cancel(again(stop), user=tower.world.alice, clock=tower.world.clock)
    assert "may fill before it is" in gone.reason
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


def stop_trading(tower, *, flatten: bool) -> None:
    world = tower.world
    halt(
        scope=HaltScope.ACCOUNT, account=world.account, actor=world.alice, reason="enough", flatten=flatten,
        clock=world.clock,
    )  # fmt: skip


def _die(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_stop_that_goes_off_between_the_record_and_the_sending_is_never_sent(tower, calm, monkeypatch) -> None:
    stop = tower.stop("AAPL", "fixed", price="195")
    with monkeypatch.context() as patch:
        patch.setattr("arbion.lib.commit._hand_over", lambda *_: None)
        tower.tick("AAPL", "200", "200", step=False)
    assert tower.tick("AAPL", "195").fired == 1
    tower.tick("AAPL", "195")
    assert [order.sent_at is None for order in tower.exits()] == [True, False]
    assert (tower.held(), again(stop).status) == (0, StopStatus.DONE)


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


def test_what_rests_when_the_venue_is_not_to_hold_any_more_is_taken_back(tower, calm, settings) -> None:
    stop = tower.stop("AAPL", "fixed", price="195")
    calm()
    settings.SIMULATED_RESTS_STOPS = False
    tower.look(seconds=70)
    tower.tick("AAPL", "200")
    assert (there(), again(stop).guarded_at) == ([], GuardedAt.HERE)


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
