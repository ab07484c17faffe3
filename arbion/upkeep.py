"""Upkeep: what must be done whatever happens is done here, beside the engine, when beat or its worker is silent.

Sweeping, reconciling and sending notices are the schedule's work. It needs beat, Redis and a worker; where one of them
has stopped, the process of the market engine, which needs nothing but the database, does the same work at the same
pace. Both may do it at once: all of it is safe to repeat. The health checks go on saying that the schedule is silent.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import close_old_connections
from django.utils.module_loading import import_string
from django_celery_beat.models import PeriodicTask

from arbion import heartbeats
from arbion.lib.clock import SYSTEM, Clock
from arbion.schedules import SCHEDULES, Schedule

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
# So many periods without word from the schedule are silence.
PERIODS_MAX = 1.5
OWN = "{task}, by the engine"


@dataclass
class Upkeep:
    """The loop; `is_in_charge` says whether the engine beside it is the one that works."""

    is_in_charge: Callable[[], bool] = lambda: True
    clock: Clock = SYSTEM
    tasks: tuple[Schedule, ...] = tuple(schedule for schedule in SCHEDULES if schedule.is_vital)
    begun: datetime | None = None
    done: dict[str, datetime] = field(default_factory=dict)

    def run(self, stop: threading.Event) -> None:
        """Look until told to stop."""
        while not stop.wait(LOOK_SECONDS):
            try:
                self.turn()
            except Exception:  # a task's outermost loop: the next look may do better
                logger.exception("the upkeep failed to look")
            finally:
                close_old_connections()

    def turn(self) -> list[str]:
        """Do what is overdue; answers the names of what was done."""
        self.begun = self.begun or self.clock.now()
        if not self.is_in_charge():
            self.begun, self.done = None, {}
            return []
        return [schedule.name for schedule in self.tasks if self._is_due(schedule) and self._do(schedule)]

    def _is_due(self, schedule: Schedule) -> bool:
        """Whether the schedule has been silent for too long, and this process has not done the work lately either.

        What an operator has switched off is left alone. A schedule has its time after this process begins.
        """
        row = PeriodicTask.objects.select_related("interval").filter(name=schedule.name).first()
        if row is None or not row.enabled or row.interval is None:
            return False
        period = row.interval.schedule.run_every
        age = heartbeats.age(schedule.task, clock=self.clock)
        now = self.clock.now()
        waited = now - (self.begun or now)
        silent = waited if age is None else min(waited, timedelta(seconds=age))
        last = self.done.get(schedule.task)
        return silent > PERIODS_MAX * period and (last is None or now - last >= period)

    def _do(self, schedule: Schedule) -> bool:
        """One piece of work; its trouble keeps no other from being done."""
        if schedule.task not in self.done:
            logger.error("%s: the schedule is silent, so the engine does it", schedule.name)
        self.done[schedule.task] = self.clock.now()
        try:
            import_string(schedule.task).run()
        except Exception:  # as above
            logger.exception("%s failed beside the engine", schedule.name)
            return False
        heartbeats.beat(OWN.format(task=schedule.task), clock=self.clock)
        return True
