"""A person who is switched off opens nothing, and what guards their positions goes off all the same."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from arbion.domain.enums import OrderStatus, Source
from brokers.models import BrokerAccount
from trading.execution.engine import engine_step
from trading.execution.halt import halt
from trading.execution.place import place_order
from trading.instruction import Bracket
from trading.models import HaltScope, Order, StopStatus


def switch_off(world) -> None:
    """As an operator does."""
    world.alice.is_active = False
    world.alice.save()


def take_grant(world) -> None:
    """An account of real money that nobody lets trade any more."""
    BrokerAccount.objects.filter(pk=world.account.pk).update(mode="live")


@pytest.mark.parametrize(("happening", "code"), [(switch_off, "not_owner"), (take_grant, "no_live_grant")])
def test_a_stop_exits_where_entries_are_denied(tower, calm, happening, code) -> None:
    world = tower.world
    stop = tower.stop("AAPL", "fixed", price="195")
    calm()
    happening(world)
    world.account.refresh_from_db()
    assert world.place("buy", "AAPL", quantity="1").order.reject_code == code
    tower.tick("AAPL", "195", "195")
    (order,) = tower.exits()
    stop.refresh_from_db()
    assert (order.status, order.decision.approved, stop.status) == (OrderStatus.FILLED, True, StopStatus.DONE)
    assert tower.held() == 0


def test_who_is_switched_off_closes_nothing_in_person(tower) -> None:
    switch_off(tower.world)
    refused = tower.world.place("sell", "AAPL", quantity="10").order
    assert (refused.status, refused.reject_code, tower.held()) == (OrderStatus.DENIED, "not_owner", 10)


def test_the_desk_opens_nothing_for_who_is_switched_off(tower) -> None:
    world = tower.world
    switch_off(world)
    asked = replace(world.say("buy", "AAPL", quantity="1"), source=Source.RISK)
    refused = place_order(asked, clock=world.clock).order
    assert (refused.intent.source, refused.status, refused.reject_code) == ("risk", OrderStatus.DENIED, "not_owner")


def test_a_halt_closes_what_who_is_switched_off_holds(tower) -> None:
    switch_off(tower.world)
    halt(scope=HaltScope.PERSON, user=tower.world.alice, actor=None, reason="gone", flatten=True,
         clock=tower.world.clock)  # fmt: skip
    assert tower.held() == 0


def test_the_exits_of_a_bracket_follow_an_entry_that_fills_after_the_person_was_switched_off(world) -> None:
    exits = Bracket(stop_loss_price=Decimal(150), take_profit_price=Decimal(250))
    world.place("buy", "AAPL", quantity="2", limit_price="190", tif="gtc", bracket=exits)
    switch_off(world)
    world.clock.advance(seconds=2)
    world.quote("AAPL", "189")
    engine_step(clock=world.clock)
    followers = Order.objects.exclude(group_role="entry")
    assert sorted(followers.values_list("effect", "status")) == [("close", "accepted")] * 2
