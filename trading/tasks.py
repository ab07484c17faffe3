"""The scheduled work of trading: thin wrappers that Celery calls by name."""

from __future__ import annotations

from celery import shared_task

from trading.execution.reconcile import reconcile_all
from trading.execution.sweep import sweep


@shared_task(name="trading.tasks.reconcile_accounts", ignore_result=True)
def reconcile_accounts() -> int:
    """Compare every account with its venue."""
    return reconcile_all()


@shared_task(name="trading.tasks.sweep_orders", ignore_result=True)
def sweep_orders() -> int:
    """Finish what a lost hint or a crash left behind."""
    return sweep()
