"""The roof's own periodic work, named by its schedule."""

from __future__ import annotations

from celery import shared_task

from arbion import heartbeats, standin, system_log
from trading.execution.conditions.standing_in import stand_in as condition_watch

# An engine that has ticked this recently looks at conditions itself.
ENGINE_AGE_MAX = 10.0


@shared_task(name="arbion.tasks.prune_system_log", ignore_result=True)
def prune_system_log() -> int:
    """Delete what is past keeping in the system log."""
    return system_log.prune()


@shared_task(name="arbion.tasks.look_at_stops", ignore_result=True)
def look_at_stops() -> int:
    """Look at the stops, where no monitor does."""
    return standin.stand_in().look()


@shared_task(name="arbion.tasks.watch_conditions", ignore_result=True)
def watch_conditions() -> int:
    """Look at what orders and alerts wait for, where no market engine does."""
    age = heartbeats.age(heartbeats.ENGINE)
    return 0 if age is not None and age < ENGINE_AGE_MAX else condition_watch()
