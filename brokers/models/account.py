"""A person's account at a venue."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from arbion.domain.enums import FillModel, LotMethod, RunMode, Venue


class BrokerAccount(models.Model):
    """Money and holdings of one person at one venue, in one currency; orders of it happen one at a time."""

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="broker_accounts")
    venue = models.CharField(max_length=10, choices=Venue)
    name = models.CharField(max_length=60)
    currency = models.CharField(max_length=3, default="USD")
    mode = models.CharField(max_length=5, choices=RunMode, default=RunMode.PAPER)
    reference = models.CharField(max_length=64, help_text="The account's name at the venue.")
    fill_model = models.CharField(
        max_length=10, choices=FillModel, default=FillModel.IDEAL, help_text="How the simulated exchange treats it."
    )
    margin = models.BooleanField(default=False, help_text="Whether it may sell short, against cash as security.")
    lot_method = models.CharField(
        max_length=6, choices=LotMethod, default=LotMethod.FIFO, help_text="Which lots are closed first."
    )
    archived_at = models.DateTimeField(null=True, blank=True, help_text="Since then it is history: nothing trades.")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["venue", "reference"], name="broker_account_reference"),
            models.CheckConstraint(name="broker_account_venue", condition=models.Q(venue__in=Venue.values)),
            models.CheckConstraint(name="broker_account_model", condition=models.Q(fill_model__in=FillModel.values)),
            models.CheckConstraint(name="broker_account_mode", condition=models.Q(mode__in=RunMode.values)),
        ]

    def __str__(self) -> str:
        return self.name
