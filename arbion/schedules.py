"""The periodic tasks, as data. They are put into the database once; there an operator changes them in the admin."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django_celery_beat.models import IntervalSchedule, PeriodicTask


@dataclass(frozen=True, slots=True)
class Schedule:
    """One task and how often it runs unless an operator says otherwise.

    What is vital is done beside the engine where the schedule is silent.
    """

    name: str
    task: str
    every_seconds: int
    description: str
    is_vital: bool = False


SWEEP = Schedule(
    "Sweep orders",
    "trading.tasks.sweep_orders",
    5,
    "Sends what a lost hint left unsent, expires day orders and asks again about orders without word.",
    is_vital=True,
)
SCHEDULES = (
    SWEEP,
    Schedule(
        "Reconcile accounts",
        "trading.tasks.reconcile_accounts",
        60,
        "Compares our orders, fills, cash and positions with what each venue says.",
        is_vital=True,
    ),
    Schedule(
        "Place repeating orders",
        "trading.tasks.place_repeating_due",
        60,
        "Places repeating orders that are due and that no entry of their own has rung for; nothing is placed twice.",
        is_vital=True,
    ),
    Schedule(
        "Look at stops",
        "arbion.tasks.look_at_stops",
        30,
        "Looks at the stops where no stop monitor runs, so that each is looked at once a minute at least.",
    ),
    Schedule(
        "Watch conditions",
        "arbion.tasks.watch_conditions",
        5,
        "Looks at what orders and alerts wait for, where no market engine does.",
        is_vital=True,
    ),
    Schedule(
        "Prune candles", "marketdata.tasks.prune_candles", 3_600, "Deletes fine-grained candles that are past keeping."
    ),
    Schedule(
        "Refresh catalogue", "marketdata.tasks.refresh_catalogue", 86_400, "Loads the shipped catalogue of instruments."
    ),
    Schedule(
        "End looks as somebody",
        "accounts.tasks.end_viewings",
        60,
        "Ends an operator's look through another person's eyes when its half hour is over.",
    ),
    Schedule(
        "Send notices",
        "accounts.tasks.send_notices",
        10,
        "Sends what people are to be told and what could not be sent before; nothing is sent twice.",
        is_vital=True,
    ),
    Schedule(
        "Link chats", "accounts.tasks.link_chats", 5, "Hears the Telegram bot while somebody is linking their chat."
    ),
    Schedule("Prune notices", "accounts.tasks.prune_notices", 86_400, "Deletes notices that are older than 180 days."),
    Schedule(
        "Prune model calls",
        "accounts.tasks.prune_model_calls",
        86_400,
        "Deletes the records of calls to language models that are older than 90 days.",
    ),
    Schedule(
        "Prune system log", "arbion.tasks.prune_system_log", 3_600, "Deletes warnings and errors that are past keeping."
    ),
)


@transaction.atomic
def setup_schedules() -> int:
    """Create what is missing, by name; answers how many were new.

    Of a task that is there, only its path and its description are ours. How often it runs, and whether it runs at all,
    belongs to the operator and is never overwritten.
    """
    created = 0
    for schedule in SCHEDULES:
        row = PeriodicTask.objects.filter(name=schedule.name).first()
        if row is None:
            PeriodicTask.objects.create(
                name=schedule.name,
                task=schedule.task,
                description=schedule.description,
                interval=_interval(schedule.every_seconds),
                # A hint that nobody took before the next one is due is worth nothing.
                expire_seconds=schedule.every_seconds,
            )
            created += 1
        elif (row.task, row.description) != (schedule.task, schedule.description):
            row.task, row.description = schedule.task, schedule.description
            row.save()
    return created


def _interval(seconds: int) -> IntervalSchedule:
    wanted = {"every": seconds, "period": IntervalSchedule.SECONDS}
    return IntervalSchedule.objects.filter(**wanted).first() or IntervalSchedule.objects.create(**wanted)
