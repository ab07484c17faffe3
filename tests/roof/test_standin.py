"""The stand-in looks at stops where nobody does, and keeps out of the way of whoever does."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from arbion import heartbeats, lease, standin, tasks
from arbion.models import Heartbeat, Lease
from arbion.monitor import LEASE, Monitor
from arbion.standin import StandIn
from tests.roof.test_monitor import counted, exits, guarded, world
from tests.trading.conftest import World
from trading import selectors
from trading.models import Stop

__all__ = ["counted", "guarded", "world"]


def market(world: World, *prices: str) -> Callable[[float], None]:
    """A pause in which a new price comes."""
    coming = iter(prices)

    def pass_by(seconds: float) -> None:
        world.clock.advance(seconds=seconds)
        world.quote("AAPL", next(coming))

    return pass_by


def test_where_nobody_watches_a_stop_goes_off_all_the_same(guarded: World) -> None:
    made = StandIn(clock=guarded.clock).look(looks=4, pause=market(guarded, "200", "194", "194"))
    assert (made, len(exits())) == (3, 1), "then there is nothing left to watch"
    assert Stop.objects.get().fence == 1
    assert Heartbeat.objects.get(name=heartbeats.MONITOR).data["holder"].startswith("stand-in:")
    assert selectors.watched_ago(guarded.clock.now()).total_seconds() == 0


def test_where_a_monitor_watches_it_does_nothing(guarded: World, counted) -> None:
    one = Monitor(holder="one", clock=guarded.clock)
    one.turn()
    held, before = Lease.objects.get(name=LEASE), counted()
    guarded.quote("AAPL", "194")
    second = StandIn(clock=guarded.clock)
    assert second.look(pause=market(guarded)) == 0
    assert second.monitor.watch.book.stops == {}
    assert (counted(), exits()) == (before, [])
    after = Lease.objects.get(name=LEASE)
    assert (after.holder, after.fence, after.deadline) == (held.holder, held.fence, held.deadline)


def test_it_gives_way_at_once(guarded: World) -> None:
    StandIn(clock=guarded.clock).look(looks=2, pause=market(guarded, "200"))
    one = Monitor(holder="one", clock=guarded.clock)
    assert one.turn() is not None
    assert (one.hold.holder, one.hold.fence) == ("one", 2)


def test_one_that_is_overtaken_stops_looking(guarded: World) -> None:
    first = StandIn(clock=guarded.clock)

    def overtaken(seconds: float) -> None:
        guarded.clock.advance(seconds=10)
        assert lease.take(LEASE, "one", seconds=5, clock=guarded.clock)

    assert first.look(pause=overtaken) == 1
    assert Lease.objects.get(name=LEASE).holder == "one"


def test_its_memory_of_prices_lasts_from_one_time_to_the_next(guarded: World) -> None:
    one = StandIn(clock=guarded.clock)
    one.look(looks=2, pause=market(guarded, "200"))
    guarded.clock.advance(seconds=30)
    guarded.quote("AAPL", "194.9")
    assert one.look(looks=1) == 1
    assert len(exits()) == 1


def test_without_a_stop_one_look_is_enough(world: World) -> None:
    assert StandIn(clock=world.clock).look(pause=market(world)) == 1


def test_two_at_once_in_one_process_are_one(guarded: World) -> None:
    one = StandIn(clock=guarded.clock)
    nested: list[int] = []
    one.look(looks=2, pause=lambda seconds: nested.append(one.look()))
    assert nested == [0]


@pytest.mark.django_db(transaction=True)
def test_the_task_sends_this_processs_stand_in(monkeypatch) -> None:
    assert standin.stand_in() is standin.stand_in()
    monkeypatch.setattr(StandIn, "look", lambda self: 3)
    assert tasks.look_at_stops() == 3
