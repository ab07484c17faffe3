"""How far we have read at each venue, and where its book and ours differ."""

from __future__ import annotations

from django.db import models

from arbion.lib.fields import MoneyField
from brokers.models import BrokerAccount


class VenueCursor(models.Model):
    """Where the next look at an account's fills and orders begins."""

    account = models.OneToOneField(BrokerAccount, on_delete=models.PROTECT, related_name="cursor")
    fills_after = models.BigIntegerField(default=0)
    activities_after = models.BigIntegerField(default=0)
    orders_since = models.DateTimeField()
    reconciled_at = models.DateTimeField(null=True)


class Discrepancy(models.Model):
    """An asset of which the venue's book and ours say different amounts; while it is open no new risk is taken."""

    account = models.ForeignKey(BrokerAccount, on_delete=models.PROTECT, related_name="discrepancies")
    asset = models.CharField(max_length=24)
    ours = MoneyField()
    theirs = MoneyField()
    seen_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "discrepancies"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "asset"], name="discrepancy_open_once", condition=models.Q(resolved_at=None)
            )
        ]


class EquityPoint(models.Model):
    """What an account was worth at a moment: cash plus holdings at the last price."""

    account = models.ForeignKey(BrokerAccount, on_delete=models.PROTECT, related_name="equity_points")
    at = models.DateTimeField()
    equity = MoneyField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "at"], name="equity_point_unique")]
