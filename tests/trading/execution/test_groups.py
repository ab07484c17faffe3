"""Brackets, one-cancels-other and one-triggers-other: exits follow what was filled, and only one of two fills."""

from __future__ import annotations

from decimal import Decimal

import pytest

from arbion.domain.enums import GroupKind, GroupRole, OrderStatus, Waiting
from arbion.domain.errors import InvalidInput
from brokers.models import VenueOrder
from trading.books.check import verify_books
from trading.execution.cancel import request_cancel
from trading.execution.engine import engine_step
from trading.execution.groups import place_group
from trading.execution.replace import request_replace
from trading.instruction import Bracket
from trading.models import LedgerAccount, Order

BOTH = Bracket(stop_loss_price=Decimal(190), take_profit_price=Decimal(220))


def exits(world) -> dict[str, Order]:
    return {order.group_role: order for order in Order.objects.exclude(group_role__in=["", GroupRole.ENTRY])}


def tick(world, price: str, seconds: int = 2, symbol: str = "AAPL") -> None:
    world.clock.advance(seconds=seconds)
    for other in ("AAPL", "MSFT", "BTC-USD"):
        if other != symbol:
            world.quote(other, {"AAPL": "200", "MSFT": "400", "BTC-USD": "50000"}[other])
    world.quote(symbol, price)
    engine_step(clock=world.clock)


def units(world) -> LedgerAccount:
    return LedgerAccount.objects.get(account=world.account, kind="units", asset="AAPL")


def test_exits_are_held_until_the_entry_fills_and_then_claim_the_units_once(world):
    entry = world.place("buy", "AAPL", quantity="10", limit_price="195", bracket=BOTH).order
    assert {order.status for order in exits(world).values()} == {OrderStatus.HELD}
    assert {order.waiting_for for order in exits(world).values()} == {Waiting.CONDITION}
    assert VenueOrder.objects.count() == 1
    tick(world, "194.99")
    entry.refresh_from_db()
    assert entry.status == OrderStatus.FILLED
    found = exits(world)
    assert {order.status for order in found.values()} == {OrderStatus.ACCEPTED}
    assert (found["stop_loss"].stop_price, found["take_profit"].limit_price) == (190, 220)
    assert (units(world).balance, units(world).held) == (10, 10)
    assert verify_books(world.account) == []


@pytest.mark.parametrize(
    ("price", "done", "other"), [("221", "take_profit", "stop_loss"), ("185", "stop_loss", "take_profit")]
)
def test_one_exit_fills_and_the_other_is_canceled_by_the_venue(world, price, done, other):
    world.place("buy", "AAPL", quantity="10", bracket=BOTH)
    tick(world, price)
    found = exits(world)
    assert found[done].status == OrderStatus.FILLED
    assert found[other].status == OrderStatus.CANCELED
    assert (units(world).balance, units(world).held) == (0, 0)
    assert verify_books(world.account) == []


def test_a_stop_that_is_gapped_over_fills_at_the_next_price_and_never_at_the_stop(world):
    world.place("buy", "AAPL", quantity="10", bracket=BOTH)
    tick(world, "150")
    assert exits(world)["stop_loss"].average_fill_price == Decimal("149.99")


def test_percents_are_measured_from_what_the_entry_really_cost(world):
    percent = Bracket(stop_loss_percent=Decimal(5), take_profit_percent=Decimal(10))
    world.place("buy", "AAPL", quantity="10", limit_price="205", bracket=percent)
    found = exits(world)
    assert found["stop_loss"].stop_price == Decimal("190.01")
    assert found["take_profit"].limit_price == Decimal("220.01")


BOTH_LOW = Bracket(stop_loss_price=Decimal(140), take_profit_price=Decimal(220))


def test_exits_of_an_entry_that_never_fills_are_canceled_with_it(world):
    entry = world.place("buy", "AAPL", quantity="10", limit_price="150", bracket=BOTH_LOW).order
    request_cancel(entry, actor=world.alice, clock=world.clock)
    assert {order.status for order in exits(world).values()} == {OrderStatus.CANCELED}
    assert verify_books(world.account) == []


def test_denied_entry_has_no_exits(world):
    entry = world.place("buy", "AAPL", quantity="490", bracket=BOTH).order
    assert entry.status == OrderStatus.DENIED
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    ("bracket", "field"),
    [
        (Bracket(stop_loss_price=Decimal(201)), "stop_loss_price"),
        (Bracket(take_profit_price=Decimal(199)), "take_profit_price"),
        (Bracket(stop_loss_price=Decimal("190.005")), "stop_loss_price"),
    ],
)
def test_exit_on_the_wrong_side_or_off_the_grid_is_refused_and_moves_nothing(world, counted, bracket, field):
    before = counted()
    with pytest.raises(InvalidInput) as caught:
        world.place("buy", "AAPL", quantity="10", bracket=bracket)
    assert [error.field for error in caught.value.errors] == [field]
    assert counted() == before


def test_lost_hint_to_the_followers_is_found_by_the_engine(world, monkeypatch):
    from trading.execution import finish

    with monkeypatch.context() as lost:
        lost.setattr(finish, "after_commit", lambda *args: None)
        world.place("buy", "AAPL", quantity="10", bracket=BOTH)
    assert {order.status for order in exits(world).values()} == {OrderStatus.HELD}
    tick(world, "200")
    assert {order.status for order in exits(world).values()} == {OrderStatus.ACCEPTED}


def test_canceling_one_exit_leaves_the_other_with_the_claim(world):
    world.place("buy", "AAPL", quantity="10", bracket=BOTH)
    request_cancel(exits(world)["stop_loss"], actor=world.alice, clock=world.clock)
    assert exits(world)["take_profit"].status == OrderStatus.ACCEPTED
    assert (units(world).balance, units(world).held) == (10, 10)
    assert verify_books(world.account) == []


def test_two_alternatives_claim_once_and_only_one_fills(world):
    world.place("buy", "AAPL", quantity="10")
    pair = [
        world.say("sell", "AAPL", quantity="10", limit_price="210", tif="gtc"),
        world.say("sell", "AAPL", quantity="10", stop_price="190", tif="gtc"),
    ]
    placed = place_group(GroupKind.OCO, pair, clock=world.clock)
    assert [one.order.group.kind for one in placed] == ["oco", "oco"]
    assert units(world).held == 10
    again = place_group(GroupKind.OCO, pair, clock=world.clock)
    assert {one.order.pk for one in again} == {one.order.pk for one in placed}
    assert all(one.is_repeat for one in again)
    tick(world, "189")
    statuses = {order.order_type: order.status for order in Order.objects.filter(group__kind="oco")}
    assert statuses == {"limit": OrderStatus.CANCELED, "stop": OrderStatus.FILLED}
    assert (units(world).balance, units(world).held) == (0, 0)
    assert verify_books(world.account) == []


def test_group_of_which_one_is_denied_places_nothing(world):
    world.place("buy", "AAPL", quantity="10")
    pair = [
        world.say("sell", "AAPL", quantity="10", limit_price="210", tif="gtc"),
        world.say("sell", "AAPL", quantity="11", stop_price="190", tif="gtc"),
    ]
    placed = place_group(GroupKind.OCO, pair, clock=world.clock)
    assert [one.order.status for one in placed] == [OrderStatus.DENIED]
    assert units(world).held == 0
    assert VenueOrder.objects.count() == 1
    again = place_group(GroupKind.OCO, pair, clock=world.clock)
    assert [(one.order.pk, one.is_repeat) for one in again] == [(placed[0].order.pk, True)]


def test_follower_goes_when_the_first_has_filled(world):
    pair = [
        world.say("buy", "AAPL", quantity="10", limit_price="195", tif="gtc"),
        world.say("buy", "MSFT", quantity="1", limit_price="390", tif="gtc"),
    ]
    _, second = place_group(GroupKind.OTO, pair, clock=world.clock)
    assert second.order.status == OrderStatus.HELD
    tick(world, "194")
    second.order.refresh_from_db()
    assert second.order.status == OrderStatus.ACCEPTED
    assert verify_books(world.account) == []


def test_an_exit_that_was_edited_while_held_keeps_its_price(world):
    percent = Bracket(stop_loss_percent=Decimal(5))
    entry = world.place("buy", "AAPL", quantity="10", limit_price="195", bracket=percent, tif="gtc").order
    request_replace(exits(world)["stop_loss"], actor=world.alice, stop_price=Decimal(180), clock=world.clock)
    tick(world, "194")
    entry.refresh_from_db()
    stop = exits(world)["stop_loss"]
    assert (stop.status, stop.stop_price) == (OrderStatus.ACCEPTED, 180)
