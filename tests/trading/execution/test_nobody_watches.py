"""While nobody watches the stops nothing is opened, on no way in; what is held can be closed all the while."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from arbion.domain.enums import OrderStatus
from brokers.models import VenueOrder
from trading import selectors
from trading.execution.engine import engine_step
from trading.execution.preview import preview_order
from trading.execution.protection.watch import Watch
from trading.execution.replace import request_replace
from trading.models import Hold, Order, WatchMark

pytestmark = pytest.mark.usefixtures("unwatched")
SILENT = "monitor_silent"


def look(world) -> None:
    Watch(clock=world.clock).look()


def pass_by(world, seconds: float) -> None:
    """Time passes and prices go on, but nobody looks at the stops."""
    world.clock.advance(seconds=seconds)
    for symbol, price in (("AAPL", "200"), ("MSFT", "400"), ("BTC-USD", "50000")):
        world.quote(symbol, price)


def test_a_house_in_which_nobody_has_looked_yet_opens_nothing_and_its_first_look_is_enough(world) -> None:
    order = world.place("buy", "AAPL", quantity="1").order
    assert (order.status, order.reject_code) == (OrderStatus.DENIED, SILENT)
    assert "Nobody watches the stops yet" in order.reject_reason
    assert (Hold.objects.count(), VenueOrder.objects.count()) == (0, 0)
    look(world)
    assert world.place("buy", "AAPL", quantity="1").order.decision.approved


def test_a_monitor_that_falls_silent_shuts_what_opens_and_nothing_that_closes(world) -> None:
    look(world)
    world.place("buy", "AAPL", quantity="2")
    pass_by(world, 20)
    assert world.place("buy", "AAPL", quantity="1").order.decision.approved
    pass_by(world, 0.001)
    refused = world.place("buy", "AAPL", quantity="1").order
    assert (refused.status, refused.reject_code) == (OrderStatus.DENIED, SILENT)
    check = next(one for one in refused.decision.checks if one["name"] == "stops_are_watched")
    assert (check["value"], check["limit"]) == ("20.001", "20")
    assert world.place("sell", "AAPL", quantity="3").order.decision.approved
    look(world)
    assert world.place("buy", "AAPL", quantity="1").order.decision.approved


def test_the_operators_period_is_what_is_promised(world, settings) -> None:
    look(world)
    settings.MONITOR_PERIOD_SECS = 60
    assert selectors.watch_age_max() == timedelta(minutes=2)
    pass_by(world, 120)
    assert world.place("buy", "AAPL", quantity="1").order.decision.approved
    pass_by(world, 1)
    assert world.place("buy", "AAPL", quantity="1").order.reject_code == SILENT


def test_an_estimate_a_larger_order_and_a_bracket_are_judged_by_it_too(world) -> None:
    look(world)
    resting = world.place("buy", "AAPL", quantity="1", limit_price="150", tif="gtc").order
    pass_by(world, 21)
    assert not preview_order(world.say("buy", "AAPL", quantity="1"), clock=world.clock).decision.is_approved
    with pytest.raises(Exception, match="stop monitor") as refusal:
        request_replace(resting, actor=world.alice, quantity=Decimal(2), clock=world.clock)
    assert refusal.value.code == "risk_denied"
    resting.refresh_from_db()
    assert (resting.quantity, resting.status) == (1, OrderStatus.ACCEPTED)


def test_what_was_kept_for_the_opening_is_not_let_go_unwatched(world, settings) -> None:
    settings.MARKET_ALWAYS_OPEN = False
    look(world)
    world.clock.advance(seconds=24 * 3600)
    look(world)
    held = world.place("buy", "AAPL", quantity="1").order
    assert held.status == OrderStatus.HELD
    pass_by(world, 2 * 24 * 3600)
    engine_step(clock=world.clock)
    held.refresh_from_db()
    assert (held.status, held.reject_code) == (OrderStatus.DENIED, SILENT)


def test_the_mark_of_a_clock_that_is_far_ahead_is_not_believed(world) -> None:
    WatchMark.objects.create(at=world.clock.now() + timedelta(seconds=6))
    assert world.place("buy", "AAPL", quantity="1").order.reject_code == SILENT
    assert not Order.objects.filter(decision__approved=True).exists()
