"""The one generic Celery task behind `after_commit`."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from arbion.lib.commit import run_deferred


@shared_task(name="arbion.run_deferred", acks_late=True, reject_on_worker_lost=True, ignore_result=True)
def run_deferred_task(path: str, args: list[Any]) -> None:
    """Call a deferrable function by its dotted path."""
    run_deferred(path, args)
