"""The equity curve: one point a minute, two measures behind it, and none of a price that never was."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.trading.conftest import World
from trading.books.peaks import equity_peak
from trading.execution.equity import Memory, mark_equity
from trading.models import EquityPoint

D = Decimal


@pytest.fixture
def holding(world: World) -> World:
    world.quote("AAPL", "187")
    world.place("buy", "AAPL", quantity=D(100))
    EquityPoint.objects.all().delete()
    return world


def tick(world: World, price: str, memory: Memory) -> None:
    world.clock.advance(seconds=2)
    world.quote("AAPL", price)
    mark_equity(at=world.clock.now(), memory=memory)


def minute(world: World, prices: list[str], memory: Memory) -> Decimal:
    """Let a minute begin, with these prices at its first ticks, and answer its point."""
    world.clock.advance(seconds=60 - world.clock.now().second)
    for price in prices:
        tick(world, price, memory)
    at = world.clock.now().replace(second=0, microsecond=0)
    return EquityPoint.objects.get(account=world.account, at=at).equity


@pytest.mark.parametrize("prices", [["1870", "187"], ["187", "1870"], ["18.7", "187"], ["187", "18.7"]])
def test_one_wild_tick_is_in_no_point_and_raises_no_peak(holding, prices):
    memory = Memory()
    calm = minute(holding, ["187", "187"], memory)
    assert minute(holding, prices, memory) == calm
    assert equity_peak(holding.account, at=holding.clock.now(), equity=calm) == calm


def test_a_price_that_stays_is_in_the_curve(holding):
    memory = Memory()
    calm = minute(holding, ["187", "187"], memory)
    assert minute(holding, ["200", "200"], memory) == calm + 1300
    assert minute(holding, ["200", "150"], memory) == calm + 1300
    assert minute(holding, ["150", "150"], memory) == calm - 3700


def test_the_first_point_after_a_start_is_the_lower_of_two_measures(holding):
    calm = minute(holding, ["187", "187"], Memory())
    assert minute(holding, ["187", "1870"], Memory()) == calm
    assert minute(holding, ["1870", "187"], Memory()) == calm


def test_a_minute_has_one_point_and_one_measure_makes_none(holding):
    memory = Memory()
    tick(holding, "187", memory)
    assert not EquityPoint.objects.exists()
    for _ in range(3):
        tick(holding, "188", memory)
    assert EquityPoint.objects.count() == 1
