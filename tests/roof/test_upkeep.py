"""Upkeep: while the schedule is silent its vital work is done beside the engine, at its pace, and never otherwise."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from arbion import heartbeats, upkeep
from arbion.lib.clock import FrozenClock
from arbion.models import Heartbeat
from arbion.schedules import SCHEDULES, SWEEP, setup_schedules
from arbion.upkeep import OWN, Upkeep
from trading import tasks

pytestmark = pytest.mark.django_db
RECONCILE = next(one for one in SCHEDULES if one.task == "trading.tasks.reconcile_accounts")


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(datetime(2026, 11, 20, 15, tzinfo=UTC))


@pytest.fixture
def did(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was done, without doing it."""
    found: list[str] = []
    for name in ("sweep", "reconcile_all"):
        monkeypatch.setattr(tasks, name, lambda name=name: found.append(name))
    setup_schedules()
    return found


def keeper(clock: FrozenClock, *, is_in_charge: bool = True) -> Upkeep:
    one = Upkeep(lambda: is_in_charge, clock, tasks=(SWEEP, RECONCILE))
    assert one.turn() == []
    return one


def pass_by(one: Upkeep, clock: FrozenClock, *, seconds: int) -> None:
    for _ in range(seconds):
        clock.advance(seconds=1)
        one.turn()


def test_what_must_not_wait_is_vital() -> None:
    assert {one.task for one in Upkeep().tasks} == {
        SWEEP.task,
        RECONCILE.task,
        "trading.tasks.place_repeating_due",
        "arbion.tasks.watch_conditions",
        "accounts.tasks.send_notices",
    }


def test_a_silent_schedule_is_replaced_at_its_own_pace(clock: FrozenClock, did: list[str]) -> None:
    one = keeper(clock)
    pass_by(one, clock, seconds=7)
    assert did == []
    pass_by(one, clock, seconds=11)
    assert did == ["sweep"] * 3
    pass_by(one, clock, seconds=72)
    assert "reconcile_all" not in did
    pass_by(one, clock, seconds=61)
    assert did.count("reconcile_all") == 2


def test_a_schedule_that_works_is_left_to_itself(clock: FrozenClock, did: list[str]) -> None:
    one = keeper(clock)
    for second in range(120):
        if second % SWEEP.every_seconds == 0:
            heartbeats.beat(SWEEP.task, clock=clock)
            heartbeats.beat(RECONCILE.task, clock=clock)
        pass_by(one, clock, seconds=1)
    assert did == []


def test_its_own_work_does_not_speak_for_the_schedule(clock: FrozenClock, did: list[str]) -> None:
    pass_by(keeper(clock), clock, seconds=9)
    assert did == ["sweep"]
    assert {row.name for row in Heartbeat.objects.all()} == {OWN.format(task=SWEEP.task)}


def test_a_start_after_a_long_pause_gives_the_schedule_its_time(clock: FrozenClock, did: list[str]) -> None:
    heartbeats.beat(SWEEP.task, clock=clock)
    clock.advance(seconds=3_600)
    pass_by(keeper(clock), clock, seconds=7)
    assert did == []


def test_the_operator_says_how_often_and_whether(clock: FrozenClock, did: list[str]) -> None:
    slow = IntervalSchedule.objects.create(every=20, period=IntervalSchedule.SECONDS)
    PeriodicTask.objects.filter(name=SWEEP.name).update(interval=slow)
    PeriodicTask.objects.filter(name=RECONCILE.name).update(enabled=False)
    one = keeper(clock)
    pass_by(one, clock, seconds=30)
    assert did == []
    pass_by(one, clock, seconds=170)
    assert did == ["sweep"] * 9


def test_beside_an_engine_that_waits_nothing_is_done(clock: FrozenClock, did: list[str]) -> None:
    pass_by(keeper(clock, is_in_charge=False), clock, seconds=200)
    assert did == []


def test_trouble_in_one_keeps_no_other_from_being_done(
    clock: FrozenClock, did: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> int:
        raise ValueError("no sweep today")

    monkeypatch.setattr(tasks, "sweep", fail)
    pass_by(keeper(clock), clock, seconds=100)
    assert did == ["reconcile_all"]
    assert {row.name for row in Heartbeat.objects.all()} == {OWN.format(task=RECONCILE.task)}


@pytest.mark.django_db(transaction=True)  # the loop closes its connection after each look
def test_the_loop_outlives_a_look_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    stop, turns = threading.Event(), []
    monkeypatch.setattr(upkeep, "LOOK_SECONDS", 0.001)

    class Failing(Upkeep):
        def turn(self) -> list[str]:
            turns.append(1)
            if len(turns) == 3:
                stop.set()
            raise ValueError("a bad look")

    Failing().run(stop)
    assert len(turns) == 3
