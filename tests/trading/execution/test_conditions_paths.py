"""Whatever path a price takes, with wild ticks, gaps, halts and restarts: what is true happens, once, and nothing else.

What must happen is reckoned from the true levels of the path alone, with code of its own.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal

import pytest

from accounts.models import Notification
from arbion.domain.enums import OrderStatus
from brokers.models import VenueOrder
from marketdata.conditions import Condition
from marketdata.instruments import set_halted
from marketdata.models import Instrument
from trading import alerts
from trading.books.check import verify_books
from trading.execution.conditions.watch import Watch
from trading.models import Alert, AlertStatus, Order

START = Decimal(200)


@dataclass(frozen=True)
class Stretch:
    """A level that is held for a while, with at most one wild tick in it; halted or not, after a restart or not."""

    level: Decimal
    wild: Decimal | None
    is_halted: bool
    is_restarted: bool

    @property
    def quotes(self) -> list[Decimal]:
        """Its quotes: the wild one comes when the level is known, and is taken back by the next."""
        calm = [self.level] * 3
        return calm if self.wild is None else [*calm, self.wild, self.level]


def path_of(rng: random.Random) -> list[Stretch]:
    """Up to eight stretches between 150 and 250, with wild ticks far outside."""
    return [
        Stretch(
            level=Decimal(rng.randint(15_000, 25_000)) / 100,
            wild=rng.choice([None, Decimal(1), Decimal(120), Decimal(330), Decimal(5000)]),
            is_halted=rng.random() < 0.2,
            is_restarted=rng.random() < 0.2,
        )
        for _ in range(rng.randint(3, 8))
    ]


def must_fire(path: list[Stretch], value: Decimal, *, is_fall: bool) -> bool:
    """Whether a level that could be traded was at or beyond the value."""
    seen = [stretch.level for stretch in path if not stretch.is_halted]
    return any(level <= value if is_fall else level >= value for level in seen)


def condition(operator: str, value: Decimal) -> Condition:
    return Condition.of({"symbol": "AAPL", "metric": "price", "operator": operator, "value": str(value)})


def walk(world, path: list[Stretch], watch: Watch) -> Watch:
    """Let the market take the path before the eyes of the watch."""
    share = Instrument.objects.get(symbol="AAPL")
    for stretch in path:
        set_halted(share, halted=stretch.is_halted, actor=None, reason="news", clock=world.clock)
        watch = Watch(clock=world.clock) if stretch.is_restarted else watch
        for price in stretch.quotes:
            world.clock.advance(seconds=1)
            world.quote("AAPL", str(price))
            watch.look()
    return watch


@pytest.mark.parametrize("seed", range(8))
def test_what_is_true_happens_once_and_nothing_else(world, seed):
    rng = random.Random(seed)
    watch = walk(world, [Stretch(START, None, False, True)], Watch(clock=world.clock))
    low, high = (Decimal(rng.randint(*span)) / 100 for span in ((15_000, 19_900), (20_100, 25_000)))
    order = world.place("buy", "AAPL", quantity="1", when=condition("<=", low), tif="gtc").order
    falls = alerts.create(world.alice, world.account, condition("<=", low), clock=world.clock).alert
    rises = alerts.create(world.alice, world.account, condition(">=", high), clock=world.clock).alert
    path = path_of(rng)
    # The last stretch trades, so that an order which went while its share was halted would be seen.
    walk(world, [*path, Stretch(START, None, False, False)], watch)

    order = Order.objects.select_related("condition").get(pk=order.pk)
    down, up = must_fire(path, low, is_fall=True), must_fire(path, high, is_fall=False)
    assert (order.condition.fired_at is not None, order.status != OrderStatus.HELD) == (down, down)
    assert VenueOrder.objects.count() == int(down)
    told = {row.pk: row.fires for row in Alert.objects.all()}
    assert told == {falls.pk: int(down), rises.pk: int(up)}
    assert Alert.objects.filter(status=AlertStatus.FIRED).count() == down + up
    assert Notification.objects.filter(kind="alert").count() == down + up
    if down:
        assert order.condition.fired_value <= low
        assert order.condition.fired_value in {stretch.level for stretch in path}
    assert verify_books(world.account) == []
