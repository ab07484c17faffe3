"""Periodic work on people's things, named by the roof's schedule."""

from __future__ import annotations

from celery import shared_task

from accounts import viewing


@shared_task(name="accounts.tasks.end_viewings", ignore_result=True)
def end_viewings() -> int:
    """End the looks whose time is up."""
    return viewing.end_overdue()
