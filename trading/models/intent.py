"""What somebody wanted, recorded once under the key that the caller chose."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from arbion.domain.enums import Source
from brokers.models import BrokerAccount


class Intent(models.Model):
    """One wish to trade; the same client key of the same person is the same intent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="intents")
    account = models.ForeignKey(BrokerAccount, on_delete=models.PROTECT, related_name="intents")
    source = models.CharField(max_length=8, choices=Source)
    client_key = models.CharField(max_length=80)
    body_hash = models.CharField(max_length=64, help_text="SHA-256 of the instruction: a repeat must say the same.")
    instruction = models.JSONField()
    words = models.TextField(blank=True, help_text="The sentence it was read from, where there was one.")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "client_key"], name="intent_client_key"),
            models.CheckConstraint(name="intent_source", condition=models.Q(source__in=Source.values)),
        ]
