"""The engine ticks, outlives its errors and lets one alone tick."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest

from arbion import heartbeats
from arbion.engine import BACKOFF_SECONDS_MAX, Engine, Tick
from arbion.lib.clock import Clock, FrozenClock
from arbion.models import Heartbeat, Lease

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(datetime(2026, 11, 20, 15, tzinfo=UTC))


class Work:
    """Counts ticks; fails in those it is told to."""

    def __init__(self, *, fails: frozenset[int] = frozenset(), ends_after: int = 0) -> None:
        self.fails, self.ends_after = fails, ends_after
        self.ticks = self.made = 0
        self.stop = threading.Event()

    def make(self) -> Tick:
        self.made += 1
        return self

    def __call__(self, clock: Clock) -> int:
        self.ticks += 1
        if self.ticks == self.ends_after:
            self.stop.set()
        if self.ticks in self.fails:
            raise ValueError("a bad tick")
        return 7


def test_a_tick_leaves_a_heartbeat(clock: FrozenClock) -> None:
    Engine(make_tick=Work().make, clock=clock).turn()
    row = Heartbeat.objects.get()
    assert (row.name, row.at) == (heartbeats.ENGINE, clock.now())
    assert (row.data["instruments"], row.data["holder"], row.data["fence"]) == (7, "embedded", 1)


def test_of_two_engines_one_ticks(clock: FrozenClock) -> None:
    first, second = Work(), Work()
    one = Engine(make_tick=first.make, holder="one", clock=clock)
    two = Engine(make_tick=second.make, holder="two", clock=clock)
    for _ in range(3):
        one.turn()
        two.turn()
    assert (first.ticks, second.ticks, second.made) == (3, 0, 0)


def test_when_the_first_goes_silent_the_second_takes_over_and_the_first_stands_back(clock: FrozenClock) -> None:
    first, second = Work(), Work()
    one = Engine(make_tick=first.make, holder="one", clock=clock)
    two = Engine(make_tick=second.make, holder="two", clock=clock)
    one.turn()
    clock.advance(seconds=one.lease_seconds)
    two.turn()
    one.turn()
    assert (first.ticks, second.ticks) == (1, 1)
    assert Lease.objects.get().holder == "two"


@pytest.mark.django_db(transaction=True)  # the loop closes its connection after each turn
def test_an_error_in_one_tick_is_outlived(clock: FrozenClock, caplog: pytest.LogCaptureFixture) -> None:
    work = Work(fails=frozenset({2}), ends_after=4)
    Engine(make_tick=work.make, clock=clock, interval=0.01).run(work.stop)
    assert work.ticks == 4
    assert work.made == 2
    assert [record.levelname for record in caplog.records if record.name == "arbion.engine"] == ["ERROR"]


@pytest.mark.django_db(transaction=True)  # the loop closes its connection after each turn
def test_an_engine_that_ends_gives_its_lease_back(clock: FrozenClock) -> None:
    work = Work(ends_after=1)
    Engine(make_tick=work.make, holder="one", clock=clock).run(work.stop)
    assert Lease.objects.get().deadline == clock.now()


def test_failures_lengthen_the_pause_up_to_a_limit(clock: FrozenClock) -> None:
    engine = Engine(make_tick=Work().make, clock=clock, interval=2.0)
    pauses = []
    for failures in range(8):
        engine.failures = failures
        pauses.append(engine.pause())
    assert pauses == [2.0, 4.0, 8.0, 16.0, BACKOFF_SECONDS_MAX, *[BACKOFF_SECONDS_MAX] * 3]
