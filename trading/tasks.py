"""The scheduled work of trading: thin wrappers that Celery calls by name."""

from __future__ import annotations

from celery import shared_task

from trading.execution.reconcile import reconcile_all
from trading.execution.sweep import sweep
from trading.schedules.running import place_all_due, place_due


@shared_task(name="trading.tasks.reconcile_accounts", ignore_result=True)
def reconcile_accounts() -> int:
    """Compare every account with its venue."""
    return reconcile_all()


@shared_task(name="trading.tasks.sweep_orders", ignore_result=True)
def sweep_orders() -> int:
    """Finish what a lost hint or a crash left behind."""
    return sweep()


@shared_task(name="trading.tasks.place_repeating", ignore_result=True)
def place_repeating(repeating_id: str) -> None:
    """Place what is due of one repeating order; what that is, its rule and the clock say, not this message."""
    place_due(repeating_id)


@shared_task(name="trading.tasks.place_repeating_due", ignore_result=True)
def place_repeating_due() -> int:
    """Place what is due of all of them, and follow their entries."""
    return place_all_due()
