"""Alerts: what a person wants to be told of."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from arbion.domain.enums import Source
from brokers.models import BrokerAccount
from marketdata.conditions import Operator
from trading.models.condition import WatchedFigure


class AlertStatus(models.TextChoices):
    """Whether an alert is watched."""

    ACTIVE = "active", "Active"
    PAUSED = "paused", "Off"
    FIRED = "fired", "Came true"
    EXPIRED = "expired", "Its time ran out"


class Repeat(models.TextChoices):
    """How often an alert tells."""

    ONCE = "once", "Once"
    EACH_TIME = "each_time", "Each time"


class Alert(WatchedFigure):
    """One thing that a person wants to be told of.

    One that tells each time is `armed` while its condition is not true; having told, it waits until the condition has
    been untrue again, and `cooldown_seconds` at least. `fires` counts how often it told.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="alerts")
    account = models.ForeignKey(BrokerAccount, on_delete=models.PROTECT, related_name="alerts")
    status = models.CharField(max_length=7, choices=AlertStatus, default=AlertStatus.ACTIVE)
    repeat = models.CharField(max_length=9, choices=Repeat, default=Repeat.ONCE)
    cooldown_seconds = models.PositiveIntegerField(default=0)
    is_armed = models.BooleanField(default=True)
    fires = models.PositiveIntegerField(default=0)
    note = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=8, choices=Source)
    client_key = models.CharField(max_length=80)
    body_hash = models.CharField(max_length=64, help_text="Of what was asked under this key at first.")

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "client_key"], name="alert_key_unique"),
            models.CheckConstraint(name="alert_status_known", condition=models.Q(status__in=AlertStatus.values)),
            models.CheckConstraint(name="alert_repeat_known", condition=models.Q(repeat__in=Repeat.values)),
            models.CheckConstraint(name="alert_operator", condition=models.Q(operator__in=Operator.values)),
        ]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="alert_of_person"),
            models.Index(fields=["updated_at"], name="alert_changed"),
            models.Index(fields=["instrument"], name="alert_active", condition=models.Q(status=AlertStatus.ACTIVE)),
        ]

    def __str__(self) -> str:
        return f"Alert on {self.metric}"
