"""Of several stop monitors one acts; it says what it saw, outlives its errors, and is obeyed only while in charge."""

from __future__ import annotations

import threading
from decimal import Decimal

import pytest

from arbion import heartbeats, lease
from arbion.models import Heartbeat, Lease
from arbion.monitor import BACKOFF_SECONDS_MAX, LEASE, Monitor
from marketdata.models import Instrument
from riskdesk.stops import StopKind
from tests.trading.conftest import World, counted, world
from trading import selectors
from trading.errors import NotInCharge
from trading.execution.protection.attach import attach
from trading.models import Order, Stop

__all__ = ["counted", "world"]


@pytest.fixture
def guarded(world: World) -> World:
    """Alice holds ten shares at 200, with a stop at 195."""
    world.place("buy", "AAPL", quantity="10")
    apple = Instrument.objects.get(symbol="AAPL")
    attach(
        world.account, user=world.alice, instrument=apple, kind=StopKind.FIXED, client_key="s", price=Decimal(195),
        clock=world.clock,
    )  # fmt: skip
    return world


def monitor(world: World, name: str) -> Monitor:
    return Monitor(holder=name, clock=world.clock)


def tick(world: World, price: str, *monitors: Monitor) -> None:
    world.clock.advance(seconds=0.5)
    world.quote("AAPL", price)
    for one in monitors:
        one.turn()


def exits() -> list[Order]:
    return list(Order.objects.filter(intent__source="risk"))


def test_a_look_leaves_a_heartbeat_with_its_work(guarded: World) -> None:
    one = monitor(guarded, "one")
    tick(guarded, "200", one)
    row = Heartbeat.objects.get(name=heartbeats.MONITOR)
    assert (row.at, row.data["holder"], row.data["fence"]) == (guarded.clock.now(), "one", 1)
    assert (row.data["stops"], row.data["instruments"], row.data["fired"], row.data["alarms"]) == (1, 1, 0, 0)
    assert selectors.watched_ago(guarded.clock.now()).total_seconds() == 0
    tick(guarded, "200", one)
    tick(guarded, "195", one)
    assert Heartbeat.objects.get(name=heartbeats.MONITOR).data["fired"] == 1


def test_of_two_monitors_one_acts(guarded: World) -> None:
    one, two = monitor(guarded, "one"), monitor(guarded, "two")
    for price in ("200", "200", "194"):
        tick(guarded, price, one, two)
    (order,) = exits()
    assert (Stop.objects.get().fence, two.hold) == (1, None)
    assert order.intent.client_key.endswith(":1")


def test_the_next_one_takes_over_and_acts_on_the_price_that_came_in_between(guarded: World) -> None:
    one, two = monitor(guarded, "one"), monitor(guarded, "two")
    tick(guarded, "200", one, two)
    tick(guarded, "200", one, two)
    tick(guarded, "194", two)
    assert exits() == []
    guarded.clock.advance(seconds=0.5)
    assert two.turn().fired == 1
    assert Stop.objects.get().fence == two.hold.fence == 2


def test_one_that_wakes_up_after_another_took_over_changes_nothing(guarded: World, counted) -> None:
    one, two = monitor(guarded, "one"), monitor(guarded, "two")
    tick(guarded, "200", one, two)
    tick(guarded, "200", one, two)
    frozen = one.hold
    guarded.clock.advance(seconds=2)
    two.turn()
    before = counted()
    guarded.quote("AAPL", "194")
    with pytest.raises(NotInCharge):
        one.watch.look()
    assert counted() == before
    assert Stop.objects.get().status == "guarding"
    assert not lease.renew(frozen, seconds=1, clock=guarded.clock)
    assert one.turn() is None
    assert one.hold is None


def test_a_late_look_of_the_only_monitor_is_still_its_own(guarded: World) -> None:
    one = monitor(guarded, "one")
    tick(guarded, "200", one)
    guarded.clock.advance(seconds=3)
    tick(guarded, "200", one)
    tick(guarded, "194", one)
    assert len(exits()) == 1


@pytest.mark.django_db(transaction=True)
def test_an_error_in_one_look_is_outlived_and_the_lease_is_given_back(guarded: World, monkeypatch, caplog) -> None:
    one, stop, turns = Monitor(holder="one", clock=guarded.clock, interval=0.01), threading.Event(), []
    real = one.turn

    def turn() -> object:
        turns.append(1)
        if len(turns) == 2:
            raise ValueError("a bad look")
        if len(turns) == 4:
            stop.set()
        return real()

    monkeypatch.setattr(one, "turn", turn)
    one.run(stop)
    assert len(turns) == 4
    assert [record.levelname for record in caplog.records if record.name == "arbion.monitor"] == ["ERROR"]
    assert Lease.objects.get(name=LEASE).deadline == guarded.clock.now()


def test_failures_lengthen_the_pause_up_to_a_limit(guarded: World) -> None:
    one = Monitor(interval=1.0)
    pauses = []
    for failures in range(5):
        one.failures = failures
        pauses.append(one.pause())
    assert pauses == [1.0, 2.0, 4.0, BACKOFF_SECONDS_MAX, BACKOFF_SECONDS_MAX]
