"""A split moves the bounds of what waits with the price: nothing comes true because shares became more."""

from __future__ import annotations

from decimal import Decimal

from marketdata.conditions import Condition
from marketdata.models import CorporateAction, CorporateKind, CorporateStatus, Instrument
from trading import alerts
from trading.execution.conditions.watch import Watch
from trading.models import Alert, Order, OrderCondition


def test_split_scales_what_waits_and_fires_nothing(world):
    watch = Watch(clock=world.clock)

    def tick(*prices: str) -> int:
        fired = 0
        for price in prices:
            world.clock.advance(seconds=1)
            world.quote("AAPL", price)
            fired += watch.look().fired
        return fired

    def when(metric: str, value: str, reference: str | None = None) -> Condition:
        said = {"symbol": "AAPL", "metric": metric, "operator": "<=", "value": value, "reference": reference}
        return Condition.of(said)

    tick("200", "200")
    order = world.place("buy", "AAPL", quantity="10", when=when("price", "170")).order
    falls = alerts.create(world.alice, world.account, when("percent_change", "-5", "now"), clock=world.clock).alert
    world.clock.advance(seconds=1)
    CorporateAction.objects.create(
        instrument=Instrument.objects.get(symbol="AAPL"), kind=CorporateKind.SPLIT, status=CorporateStatus.APPLIED,
        new_units=4, old_units=1, ex_date=world.clock.now().date(), applied_at=world.clock.now(),
    )  # fmt: skip
    assert tick("50", "50", "50") == 0
    assert OrderCondition.objects.get(order=order).value == Decimal("42.5")
    assert Alert.objects.get(pk=falls.pk).baseline == Decimal(50)
    assert tick("47", "47", "47") == 1
    assert Alert.objects.get(pk=falls.pk).fired_words.startswith("AAPL fell 6.00% from 50.00 to 47.00")
    assert tick("42", "42", "42") == 1
    assert Order.objects.get(pk=order.pk).condition.fired_value == Decimal(42)
