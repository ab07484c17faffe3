"""The roof's own periodic work, named by its schedule."""

from __future__ import annotations

from celery import shared_task

from arbion import standin, system_log


@shared_task(name="arbion.tasks.prune_system_log", ignore_result=True)
def prune_system_log() -> int:
    """Delete what is past keeping in the system log."""
    return system_log.prune()


@shared_task(name="arbion.tasks.look_at_stops", ignore_result=True)
def look_at_stops() -> int:
    """Look at the stops, where no monitor does."""
    return standin.stand_in().look()
