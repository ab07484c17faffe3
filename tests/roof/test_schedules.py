"""Schedules are made once, belong to the operator from then on, and take effect without a restart."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from django_celery_beat.models import IntervalSchedule, PeriodicTask, PeriodicTasks
from django_celery_beat.schedulers import DatabaseScheduler

from arbion import heartbeats
from arbion.celery import app
from arbion.schedules import SCHEDULES, SWEEP, setup_schedules

pytestmark = pytest.mark.django_db


def test_the_first_call_makes_all_and_the_second_none() -> None:
    assert setup_schedules() == len(SCHEDULES)
    assert setup_schedules() == 0
    found = {row.name: (row.task, row.interval.every, row.enabled) for row in PeriodicTask.objects.all()}
    assert found == {one.name: (one.task, one.every_seconds, True) for one in SCHEDULES}


def test_what_an_operator_changed_stays() -> None:
    setup_schedules()
    slow = IntervalSchedule.objects.create(every=90, period=IntervalSchedule.SECONDS)
    PeriodicTask.objects.filter(name=SWEEP.name).update(interval=slow, enabled=False)
    assert setup_schedules() == 0
    row = PeriodicTask.objects.get(name=SWEEP.name)
    assert (row.interval, row.enabled) == (slow, False)


def test_a_task_that_moved_in_the_code_is_found_again() -> None:
    setup_schedules()
    PeriodicTask.objects.filter(name=SWEEP.name).update(task="trading.tasks.old_name")
    setup_schedules()
    assert PeriodicTask.objects.get(name=SWEEP.name).task == SWEEP.task


def test_every_scheduled_task_exists() -> None:
    app.loader.import_default_modules()
    assert {one.task for one in SCHEDULES} <= set(app.tasks)


class Beat:
    """The scheduler as beat runs it, turned by hand; remembers what it sent."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.scheduler = DatabaseScheduler(app=app, lazy=False)
        self.scheduler.apply_async = lambda entry, **_: self.sent.append(entry.name)

    def run(self, *, seconds: float) -> list[str]:
        """Turn for a while; what was sent in it."""
        self.sent.clear()
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            self.scheduler.tick()
            time.sleep(0.05)
        return list(self.sent)


@pytest.fixture
def beat() -> Iterator[Beat]:
    setup_schedules()
    PeriodicTask.objects.exclude(name=SWEEP.name).update(enabled=False)
    PeriodicTask.objects.filter(name=SWEEP.name).update(
        interval=IntervalSchedule.objects.create(every=100, period=IntervalSchedule.MICROSECONDS)
    )
    PeriodicTasks.update_changed()
    beat = Beat()
    yield beat
    beat.scheduler._finalize.cancel()  # else it writes at the interpreter's exit, when the database is gone


@pytest.mark.django_db(transaction=True)  # beat closes its connection after each turn
def test_switching_off_and_on_takes_effect_without_a_restart(beat: Beat) -> None:
    assert SWEEP.name in beat.run(seconds=0.5)
    row = PeriodicTask.objects.get(name=SWEEP.name)
    row.enabled = False
    row.save()
    beat.run(seconds=0.2)
    assert beat.run(seconds=0.5) == []
    row.enabled = True
    row.save()
    assert SWEEP.name in beat.run(seconds=6)


@pytest.mark.django_db(transaction=True)  # beat closes its connection after each turn
def test_another_interval_takes_effect_without_a_restart(beat: Beat) -> None:
    assert len(beat.run(seconds=0.5)) >= 2
    row = PeriodicTask.objects.get(name=SWEEP.name)
    row.interval = IntervalSchedule.objects.create(every=1, period=IntervalSchedule.HOURS)
    row.save()
    beat.run(seconds=0.2)
    assert beat.run(seconds=0.5) == []


def test_a_scheduled_task_that_ran_leaves_a_heartbeat() -> None:
    app.loader.import_default_modules()
    app.tasks[SWEEP.task]()
    age = heartbeats.age(SWEEP.task)
    assert age is not None
    assert age >= 0
