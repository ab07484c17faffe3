"""Alerts are made once a key, refused where they would tell at once, bounded, and only one's own."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import User
from arbion.domain.errors import InvalidInput, NotFound
from marketdata.conditions import Condition
from trading import alerts
from trading.alerts import Manner, verbs
from trading.errors import IdempotencyMismatch
from trading.models import Alert, AlertStatus, Repeat


def below(value: str, symbol: str | None = "AAPL", metric: str = "price", **more) -> Condition:
    return Condition.of({"symbol": symbol, "metric": metric, "operator": "<=", "value": value, **more})


def make(world, when: Condition, **given) -> Alert:
    return alerts.create(world.alice, world.account, when, clock=world.clock, **given).alert


def refusal(caught) -> list[tuple[str, str]]:
    return [(error.field, error.code) for error in caught.value.errors]


def test_alert_is_watched_from_now_on(world):
    alert = make(world, below("-5", metric="percent_change", reference="now"), manner=Manner(note="  look "))
    assert (alert.status, alert.is_armed, alert.baseline) == (AlertStatus.ACTIVE, True, Decimal(200))
    assert (alert.note, alert.repeat, alert.fires) == ("look", Repeat.ONCE, 0)


def test_same_key_is_the_same_alert_and_says_the_same(world):
    first = alerts.create(world.alice, world.account, below("170"), client_key="k", clock=world.clock)
    again = alerts.create(world.alice, world.account, below("170"), client_key="k", clock=world.clock)
    assert (first.is_repeat, again.is_repeat, again.alert.pk) == (False, True, first.alert.pk)
    with pytest.raises(IdempotencyMismatch):
        alerts.create(world.alice, world.account, below("171"), client_key="k", clock=world.clock)
    assert Alert.objects.count() == 1


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({"value": "210"}, ("when.value", "already_true")),
        ({"value": "170", "symbol": "NOPE"}, ("when.symbol", "unknown_symbol")),
        ({"value": "5", "metric": "position_profit_percent"}, ("when.symbol", "no_position")),
        ({"value": "-5", "metric": "percent_change", "reference": "average_price"}, ("when.symbol", "no_position")),
    ],
)
def test_what_cannot_be_watched_leaves_nothing(world, counted, when, expected):
    before = counted()
    with pytest.raises(InvalidInput) as caught:
        make(world, below(**when))
    assert refusal(caught) == [expected]
    assert counted() == before


def test_one_that_tells_each_time_waits_until_it_was_untrue(world):
    alert = make(world, below("210"), manner=Manner(repeat=Repeat.EACH_TIME))
    assert (alert.is_armed, alert.cooldown_seconds) == (False, 3600)
    with pytest.raises(InvalidInput):
        Manner(repeat=Repeat.EACH_TIME, cooldown=timedelta(seconds=5))


def test_not_more_than_so_many_are_watched(world, monkeypatch, counted):
    monkeypatch.setattr(verbs, "ACTIVE_MAX", 2)
    first = make(world, below("170"))
    make(world, below("160"))
    before = counted()
    with pytest.raises(InvalidInput) as caught:
        make(world, below("150"))
    assert refusal(caught) == [("when", "too_many")]
    assert counted() == before
    alerts.pause(first, user=world.alice, clock=world.clock)
    make(world, below("150"))
    with pytest.raises(InvalidInput):
        alerts.resume(first, user=world.alice, clock=world.clock)


def test_off_on_changed_and_gone(world):
    alert = make(world, below("170"))
    assert alerts.pause(alert, user=world.alice, clock=world.clock).status == AlertStatus.PAUSED
    assert alerts.resume(alert, user=world.alice, clock=world.clock).status == AlertStatus.ACTIVE
    changed = alerts.change(alert, user=world.alice, value=Decimal(165), clock=world.clock)
    assert (changed.value, changed.version) == (Decimal(165), 4)
    with pytest.raises(InvalidInput):
        alerts.change(alert, user=world.alice, value=Decimal(250), clock=world.clock)
    assert Alert.objects.get().value == Decimal(165)
    alerts.delete(alert, user=world.alice)
    assert Alert.objects.count() == 0
    with pytest.raises(NotFound):
        alerts.pause(alert, user=world.alice, clock=world.clock)


def test_nobody_touches_the_alert_of_another_person(world):
    alert, mallory = make(world, below("170")), User.objects.create_user("mallory@example.com")
    with pytest.raises(NotFound):
        alerts.create(mallory, world.account, below("170"), clock=world.clock)
    for act in (
        lambda: alerts.pause(alert, user=mallory),
        lambda: alerts.change(alert, user=mallory, value=Decimal(1)),
        lambda: alerts.delete(alert, user=mallory),
    ):
        with pytest.raises(NotFound):
            act()
    fresh = Alert.objects.get()
    assert (fresh.status, fresh.value, fresh.version) == (AlertStatus.ACTIVE, Decimal(170), 1)
