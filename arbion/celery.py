"""The Celery application: background work, the schedule, and a heartbeat for each task that has done its work."""

from __future__ import annotations

import os
import time
from typing import Any

from celery import Celery, Task

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "arbion.settings")


class BeatingTask(Task):
    """A task that the schedule starts leaves a heartbeat under its own name when it succeeds."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the task, and remember that it ran."""
        begun = time.monotonic()
        answer = super().__call__(*args, **kwargs)
        if _beats(self.name):
            from arbion.heartbeats import beat  # noqa: PLC0415  models exist only once the apps stand

            beat(self.name, seconds=round(time.monotonic() - begun, 3))
        return answer


def _beats(task_name: str) -> bool:
    from arbion.schedules import SCHEDULES  # noqa: PLC0415  as above

    return any(schedule.task == task_name for schedule in SCHEDULES)


app = Celery("arbion", task_cls=BeatingTask)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["arbion", "arbion.lib", "accounts", "marketdata", "trading"])
