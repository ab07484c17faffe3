"""Halts: no new risk for an account, a person or the whole house, until somebody lifts them."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from brokers.models import BrokerAccount


class HaltCode(models.TextChoices):
    """Who or what stopped the trading."""

    MANUAL = "manual", "By hand"
    DAILY_LOSS = "daily_loss", "Loss of the day"
    DRAWDOWN = "drawdown", "Drawdown from the peak"
    STALE_DATA = "stale_data", "Prices too old"
    RECONCILIATION = "reconciliation", "Books that differ"
    REJECTIONS = "rejections", "Rejections in a row"
    MONITOR = "monitor", "Stop monitor silent"


class Halt(models.Model):
    """A stop on new risk; a halt with neither person nor account is the house's. Lifted rows are history."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="halts"
    )
    account = models.ForeignKey(BrokerAccount, null=True, blank=True, on_delete=models.PROTECT, related_name="halts")
    code = models.CharField(max_length=16, choices=HaltCode, default=HaltCode.MANUAL)
    reason = models.CharField(max_length=200)
    imposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    imposed_at = models.DateTimeField()
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["imposed_at"], name="halt_in_force", condition=models.Q(lifted_at=None))]
        constraints = [
            models.CheckConstraint(
                name="halt_one_scope", condition=models.Q(user__isnull=True) | models.Q(account__isnull=True)
            )
        ]
