"""One engine alone ticks, however many are started."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from arbion import lease
from arbion.lib.clock import FrozenClock
from arbion.models import Lease

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(datetime(2026, 11, 20, 15, tzinfo=UTC))


def test_the_first_takes_it_and_the_second_waits(clock: FrozenClock) -> None:
    first = lease.take("engine", "a", seconds=10, clock=clock)
    assert first == lease.Hold("engine", "a", 1)
    assert lease.take("engine", "b", seconds=10, clock=clock) is None
    assert Lease.objects.get().holder == "a"


def test_after_the_deadline_another_takes_over_with_a_higher_fence(clock: FrozenClock) -> None:
    first = lease.take("engine", "a", seconds=10, clock=clock)
    clock.advance(seconds=10)
    second = lease.take("engine", "b", seconds=10, clock=clock)
    assert first is not None
    assert second == lease.Hold("engine", "b", 2)
    assert not lease.renew(first, seconds=10, clock=clock)
    assert Lease.objects.get().holder == "b"


def test_a_renewed_lease_is_not_taken(clock: FrozenClock) -> None:
    hold = lease.take("engine", "a", seconds=10, clock=clock)
    assert hold is not None
    clock.advance(seconds=9)
    assert lease.renew(hold, seconds=10, clock=clock)
    clock.advance(seconds=9)
    assert lease.take("engine", "b", seconds=10, clock=clock) is None


def test_a_lease_that_has_run_out_is_not_renewed(clock: FrozenClock) -> None:
    hold = lease.take("engine", "a", seconds=10, clock=clock)
    assert hold is not None
    clock.advance(seconds=10)
    assert not lease.renew(hold, seconds=10, clock=clock)


def test_given_back_it_is_free_at_once(clock: FrozenClock) -> None:
    hold = lease.take("engine", "a", seconds=10, clock=clock)
    assert hold is not None
    lease.give_back(hold, clock=clock)
    assert lease.take("engine", "b", seconds=10, clock=clock) == lease.Hold("engine", "b", 2)


def test_what_another_holds_cannot_be_given_back(clock: FrozenClock) -> None:
    first = lease.take("engine", "a", seconds=10, clock=clock)
    clock.advance(seconds=10)
    lease.take("engine", "b", seconds=10, clock=clock)
    assert first is not None
    lease.give_back(first, clock=clock)
    assert lease.take("engine", "c", seconds=10, clock=clock) is None


def test_a_holder_that_comes_back_need_not_wait_for_itself(clock: FrozenClock) -> None:
    lease.take("engine", "embedded", seconds=10, clock=clock)
    assert lease.take("engine", "embedded", seconds=10, clock=clock) == lease.Hold("engine", "embedded", 2)
