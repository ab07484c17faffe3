"""A watch over the small world: prices that come each second, and stops that are attached to positions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from marketdata.models import Instrument
from riskdesk.stops import StopKind
from tests.trading.conftest import World
from trading.execution.engine import engine_step
from trading.execution.protection.attach import attach
from trading.execution.protection.watch import Looked, Watch
from trading.models import Order, Position, Stop


@dataclass
class Tower:
    """The world with somebody who watches it."""

    world: World
    watch: Watch
    keys: count[int] = field(default_factory=count)

    def stop(self, symbol: str, kind: str, **given: Any) -> Stop:
        """Attach a stop of Alice's; figures as text."""
        figures = {
            name: Decimal(value) if isinstance(value, str) else value for name, value in given.items() if name != "key"
        }
        made, _ = attach(
            self.world.account,
            user=self.world.alice,
            instrument=Instrument.objects.get(symbol=symbol),
            kind=StopKind(kind),
            client_key=given.get("key", f"stop-{next(self.keys)}"),
            clock=self.world.clock,
            **figures,
        )
        return made

    def tick(self, symbol: str = "AAPL", *prices: str, step: bool = True) -> Looked:
        """A second passes for each price; each is looked at, and the exchange matches after it."""
        looked = Looked()
        for price in prices:
            self.world.clock.advance(seconds=1)
            self.world.quote(symbol, price)
            looked = self.watch.look()
            if step:
                engine_step(clock=self.world.clock)
        return looked

    def look(self, *, seconds: float = 1) -> Looked:
        """Time passes without a price."""
        self.world.clock.advance(seconds=seconds)
        return self.watch.look()

    def exits(self) -> list[Order]:
        """The orders that stops have made, oldest first."""
        return list(Order.objects.filter(intent__source="risk").select_related("intent").order_by("created_at"))

    def held(self, symbol: str = "AAPL") -> Decimal:
        """Alice's units."""
        row = Position.objects.filter(account=self.world.account, instrument__symbol=symbol).first()
        return Decimal(0) if row is None else row.quantity


@pytest.fixture
def tower(world: World) -> Tower:
    """Alice holds ten shares of AAPL at 200, and the watch has seen their price twice."""
    world.place("buy", "AAPL", quantity="10")
    return Tower(world, Watch(clock=world.clock))


@pytest.fixture
def calm(tower: Tower) -> Callable[[], None]:
    """Two quiet quotes, after which the watch knows the price."""

    def pass_by() -> None:
        tower.tick("AAPL", "200", "200")

    return pass_by


@pytest.fixture
def venue_rests(settings: Any) -> None:
    """The simulated exchange holds stops, as brokers do."""
    settings.SIMULATED_RESTS_STOPS = True
