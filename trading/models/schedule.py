"""Repeating orders: what a person wants bought or sold again and again, and what became of each time."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django_celery_beat.models import PeriodicTask

from brokers.models import BrokerAccount
from marketdata.models import Instrument
from trading.models.order import Order


class Interval(models.TextChoices):
    """How often."""

    DAY = "day", "Day"
    WEEK = "week", "Week"
    MONTH = "month", "Month"


class RepeatingState(models.TextChoices):
    """Whether it still places orders."""

    ACTIVE = "active", "Active"
    PAUSED = "paused", "Paused"
    ENDED = "ended", "Ended"


class RepeatingOrder(models.Model):
    """One order that is placed again by the calendar, at a time of the market's own clock.

    `instruction` is what is placed each time, as JSON. What was due up to `settled_until` has been dealt with, and
    `next_run` is when something is due next. `task` is the entry of the schedule that rings for it: switching the entry
    off pauses the order, and an entry that was deleted is made anew.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="repeating_orders")
    account = models.ForeignKey(BrokerAccount, on_delete=models.PROTECT, related_name="repeating_orders")
    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="+")
    client_key = models.CharField(max_length=80)
    body_hash = models.CharField(max_length=64, help_text="Of what was asked first: a repeat must say the same.")
    instruction = models.JSONField()
    words = models.TextField(blank=True, help_text="The sentence it was read from, where there was one.")
    interval = models.CharField(max_length=5, choices=Interval)
    weekday = models.PositiveSmallIntegerField(null=True, help_text="Of a week: Monday is 0.")
    day_of_month = models.PositiveSmallIntegerField(null=True, help_text="Of a month; in a shorter one its last day.")
    at_time = models.TimeField(help_text="By the market's own clock.")
    timezone = models.CharField(max_length=60)
    state = models.CharField(max_length=6, choices=RepeatingState, default=RepeatingState.ACTIVE)
    reason = models.CharField(max_length=300, blank=True, help_text="Why it is paused or has ended.")
    ends_at = models.DateTimeField(null=True)
    count_max = models.PositiveIntegerField(null=True, help_text="It ends after so many orders.")
    placed_count = models.PositiveIntegerField(default=0)
    denials_in_a_row = models.PositiveSmallIntegerField(default=0)
    settled_until = models.DateTimeField()
    next_run = models.DateTimeField(null=True)
    task = models.OneToOneField(PeriodicTask, null=True, on_delete=models.SET_NULL, related_name="repeating_order")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "client_key"], name="repeating_client_key"),
            models.CheckConstraint(name="repeating_state", condition=models.Q(state__in=RepeatingState.values)),
            models.CheckConstraint(
                name="repeating_rule",
                condition=models.Q(interval=Interval.DAY, weekday=None, day_of_month=None)
                | models.Q(interval=Interval.WEEK, weekday__lte=6, day_of_month=None)
                | models.Q(interval=Interval.MONTH, weekday=None, day_of_month__gte=1, day_of_month__lte=31),
            ),
        ]
        indexes = [
            models.Index(fields=["next_run"], name="repeating_due", condition=models.Q(state=RepeatingState.ACTIVE)),
            models.Index(fields=["user", "-created_at"], name="repeating_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.instrument.symbol}, every {self.interval}"


class RunState(models.TextChoices):
    """What became of one time."""

    PLACED = "placed", "Placed"
    DENIED = "denied", "Refused"
    SKIPPED = "skipped", "Skipped"
    MISSED = "missed", "Missed"


class RepeatingRun(models.Model):
    """One day on which the order was due, and what became of it; there is one row a day at most, ever."""

    repeating = models.ForeignKey(RepeatingOrder, on_delete=models.PROTECT, related_name="runs")
    day = models.DateField(help_text="By the rule, in the market's time zone; a holiday may move the order behind it.")
    due_at = models.DateTimeField()
    state = models.CharField(max_length=7, choices=RunState)
    order = models.OneToOneField(Order, null=True, on_delete=models.PROTECT, related_name="repeating_run")
    code = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(help_text="When that was decided.")

    class Meta:
        ordering = ["-day"]
        constraints = [
            models.UniqueConstraint(fields=["repeating", "day"], name="repeating_run_once"),
            models.CheckConstraint(name="repeating_run_state", condition=models.Q(state__in=RunState.values)),
        ]
