"""Repeating orders in the small world: Alice's hundred dollars of bitcoin, every Monday."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count

import pytest

from trading import schedules
from trading.schedules.running import place_all_due, place_due

_keys = count()


@pytest.fixture(autouse=True)
def _market_keeps_hours(settings) -> None:
    settings.MARKET_ALWAYS_OPEN = False


@pytest.fixture
def repeat(world):
    """Make a repeating order of Alice's; what is not said is $100 of bitcoin at the market, every Monday."""

    def make(symbol: str = "BTC-USD", *, until=schedules.NO_END, words: str = "", key: str = "", **said):
        every = {name: said.pop(name) for name in ("interval", "weekday", "day_of_month", "time") if name in said}
        every = every or {"interval": "week", "weekday": "monday"}
        order = {"symbol": symbol, "side": "buy", **(said or {"notional": "100"})}
        return schedules.create(
            world.alice, world.account, order, every,
            words=words, client_key=key or f"repeat-{next(_keys)}", until=until, clock=world.clock,
        )  # fmt: skip

    return make


@pytest.fixture
def come(world):
    """Let time pass until a moment of the market's clock, with fresh prices there, and look at what is due."""

    def go(text: str, *, look=True, prices=True):
        world.until(datetime.fromisoformat(text).astimezone(UTC))
        if prices:
            for symbol, price in (("AAPL", "200"), ("MSFT", "400"), ("BTC-USD", "50000")):
                world.quote(symbol, price)
        return place_all_due(clock=world.clock) if look else None

    return go


@pytest.fixture
def ring(world):
    """The entry of one repeating order rings."""
    return lambda repeating: place_due(str(repeating.pk), world.clock)
