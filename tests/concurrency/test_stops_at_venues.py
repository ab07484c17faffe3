"""A stop that rests at its venue, and many who place, fill, take away and sell at once: never twice the same units."""

from __future__ import annotations

from decimal import Decimal

import pytest

from arbion.domain.errors import ArbionError
from brokers.models import VenueHolding, VenueOrder
from marketdata.models import Instrument
from riskdesk.stops import StopKind
from tests.concurrency.conftest import at_once
from tests.trading.conftest import World
from trading.books.check import verify_books
from trading.execution.engine import engine_step
from trading.execution.protection.attach import attach, cancel
from trading.execution.protection.watch import Watch
from trading.execution.sweep import sweep
from trading.models import Order, Position, Stop


@pytest.fixture
def resting(roomy: World, settings) -> World:
    """Alice holds ten shares, and a stop at 195 that no monitor has looked at yet."""
    settings.SIMULATED_RESTS_STOPS = True
    roomy.place("buy", "AAPL", quantity="10")
    attach(
        roomy.account, user=roomy.alice, instrument=Instrument.objects.get(symbol="AAPL"), kind=StopKind.FIXED,
        client_key="s", price=Decimal(195), clock=roomy.clock,
    )  # fmt: skip
    return roomy


def settle(world: World) -> None:
    """Let everything that is under way come to rest."""
    watch = Watch(clock=world.clock)
    for _ in range(6):
        world.clock.advance(seconds=11)
        world.quote("AAPL", "195")
        sweep(clock=world.clock)
        watch.look()
        engine_step(clock=world.clock)


def test_many_monitors_place_one_order_for_it(resting: World) -> None:
    resting.clock.advance(seconds=1)
    resting.quote("AAPL", "200")
    at_once(lambda _: Watch(clock=resting.clock).look())
    assert Order.objects.filter(intent__client_key__contains=":rest:").count() == 1
    assert VenueOrder.objects.filter(order_type="stop").count() == 1


def test_who_sells_takes_away_and_fills_at_once_never_sells_the_units_twice(resting: World) -> None:
    Watch(clock=resting.clock).look()
    assert VenueOrder.objects.filter(order_type="stop", status="accepted").count() == 1
    resting.clock.advance(seconds=1)
    resting.quote("AAPL", "195")

    def cross(number: int) -> object:
        if number % 4 == 0:
            return resting.place("sell", "AAPL", quantity="10")
        if number % 4 == 1:
            return engine_step(clock=resting.clock)
        if number % 4 == 2:
            return Watch(clock=resting.clock).look()
        return cancel(Stop.objects.get(), user=resting.alice, clock=resting.clock)

    answers = at_once(cross)
    assert [answer for answer in answers if isinstance(answer, Exception) and not isinstance(answer, ArbionError)] == []
    settle(resting)
    sold = sum(Order.objects.filter(side="sell").values_list("filled_quantity", flat=True))
    held = sum(Position.objects.filter(instrument__symbol="AAPL").values_list("quantity", flat=True))
    there = sum(VenueHolding.objects.filter(symbol="AAPL").values_list("quantity", flat=True))
    assert (sold, held, there) == (10, 0, 0)
    assert VenueOrder.objects.filter(status="accepted").count() == 0
    assert verify_books(resting.account) == []
