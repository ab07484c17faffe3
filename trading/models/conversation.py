"""The conversation with the trading desk, and what it proposed."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from brokers.models import BrokerAccount


class Proposal(models.Model):
    """What was understood of one sentence, with its preview; it can be carried out once, and only while it is fresh."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="proposals")
    account = models.ForeignKey(BrokerAccount, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    interpretation = models.JSONField()
    previews = models.JSONField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    executed_at = models.DateTimeField(null=True)
    dismissed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["user", "-created_at"], name="proposal_recent")]


class Speaker(models.TextChoices):
    """Who said it."""

    PERSON = "person", "You"
    DESK = "desk", "Arbion"


class Message(models.Model):
    """One line of the conversation."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="messages")
    speaker = models.CharField(max_length=6, choices=Speaker)
    text = models.TextField()
    proposal = models.ForeignKey(Proposal, null=True, on_delete=models.PROTECT, related_name="messages")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["user", "-id"], name="message_recent")]
