"""The entries of the schedule that ring for repeating orders: real rows, which operators see and may switch off.

An entry rings at the rule's minute and names the order; what is due then is computed from the rule and the clock. A day
that a holiday moved, and everything while the schedule is silent, is found by the look that runs every minute, through
the same verb. Whoever comes first places the order, and nobody places it twice.
"""

from __future__ import annotations

import json

from django_celery_beat.models import CrontabSchedule, PeriodicTask

from trading.models import RepeatingOrder, RepeatingState
from trading.models.schedule import Interval
from trading.schedules.rule import LAST_SURE_DAY

TASK = "trading.tasks.place_repeating"
EXPIRE_SECONDS = 3600


def ensure_entry(repeating: RepeatingOrder) -> PeriodicTask:
    """The order's entry as its rule and state want it, made where it is not there. Needs the account's lock."""
    wanted = {
        "task": TASK,
        "crontab": _crontab(repeating),
        "args": json.dumps([str(repeating.pk)]),
        "enabled": repeating.state == RepeatingState.ACTIVE,
        "description": f"A person's repeating order of {repeating.instrument.symbol}. Switched off, it is paused.",
        "expire_seconds": EXPIRE_SECONDS,
    }
    name = f"Repeating order {repeating.pk}"
    row, is_new = PeriodicTask.objects.get_or_create(name=name, defaults=wanted)
    if not is_new and any(getattr(row, field) != value for field, value in wanted.items()):
        for field, value in wanted.items():
            setattr(row, field, value)
        row.save()
    if repeating.task_id != row.pk:
        repeating.task = row
        repeating.save(update_fields=["task"])
    return row


def remove_entry(repeating: RepeatingOrder) -> None:
    """Take the entry of an order away that has ended."""
    row = repeating.task
    if row is not None:
        repeating.task = None
        repeating.save(update_fields=["task"])
        row.delete()


def _crontab(repeating: RepeatingOrder) -> CrontabSchedule:
    """The rule as the schedule keeps it. Of a late day of the month it rings on each that may be the last."""
    day = repeating.day_of_month
    wanted = {
        "minute": str(repeating.at_time.minute),
        "hour": str(repeating.at_time.hour),
        "day_of_week": "*" if repeating.weekday is None else str((repeating.weekday + 1) % 7),
        "day_of_month": "*" if day is None else str(day) if day <= LAST_SURE_DAY else f"{LAST_SURE_DAY}-{day}",
        "month_of_year": "*",
        "timezone": repeating.timezone,
    }
    if repeating.interval == Interval.DAY:
        wanted["day_of_week"] = "*"
    return CrontabSchedule.objects.filter(**wanted).first() or CrontabSchedule.objects.create(**wanted)
