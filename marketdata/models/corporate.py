"""Dividends and splits, on the day they take effect."""

from __future__ import annotations

import uuid

from django.db import models

from arbion.lib.fields import PriceField
from marketdata.models.instrument import Instrument


class CorporateKind(models.TextChoices):
    """What a company does to its shares."""

    DIVIDEND = "dividend", "Dividend"
    SPLIT = "split", "Split"


class CorporateStatus(models.TextChoices):
    """How far it has come. `applying`: the price is adjusted, accounts are being served; trading in it is halted."""

    SCHEDULED = "scheduled", "Scheduled"
    APPLYING = "applying", "Being applied"
    APPLIED = "applied", "Applied"
    CANCELED = "canceled", "Canceled"


class CorporateAction(models.Model):
    """One dividend or split. It takes effect before the first trade of `ex_date`, for whoever holds at that moment."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="corporate_actions")
    kind = models.CharField(max_length=8, choices=CorporateKind)
    ex_date = models.DateField()
    amount = PriceField(null=True, blank=True, help_text="Of a dividend, per share, in the share's currency.")
    new_units = models.PositiveIntegerField(null=True, blank=True, help_text="Of a split: so many new shares …")
    old_units = models.PositiveIntegerField(null=True, blank=True, help_text="… for so many old ones.")
    status = models.CharField(max_length=9, choices=CorporateStatus, default=CorporateStatus.SCHEDULED)
    created_at = models.DateTimeField(auto_now_add=True)
    applied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-ex_date", "instrument_id"]
        constraints = [
            models.UniqueConstraint(fields=["instrument", "kind", "ex_date"], name="corporate_action_once"),
            models.CheckConstraint(
                name="corporate_action_terms",
                condition=models.Q(kind=CorporateKind.DIVIDEND, amount__gt=0, new_units=None, old_units=None)
                | models.Q(kind=CorporateKind.SPLIT, amount=None, new_units__gt=0, old_units__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument.symbol} {self.kind} {self.ex_date}"
