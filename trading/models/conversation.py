"""The conversation with the trading desk, and what it proposed."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from arbion.lib.fields import MoneyField
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
    hash = models.CharField(max_length=64, default="", help_text="Seals what was shown; empty where nothing was.")
    sealed = models.JSONField(default=dict, help_text="What the hash seals: the steps, their prices, their bands.")
    at_once = models.BooleanField(default=False, help_text="Carried out without a confirmation, as the person chose.")
    confirmed_at = models.DateTimeField(null=True, help_text="When carrying out began; it may be cut short.")
    executed_at = models.DateTimeField(null=True)
    dismissed_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=400, default="", help_text="Why it was put aside, where the person did not.")

    class Meta:
        indexes = [models.Index(fields=["user", "-created_at"], name="proposal_recent")]


class Speaker(models.TextChoices):
    """Who said it."""

    PERSON = "person", "You"
    DESK = "desk", "Arbion"


class LineState(models.TextChoices):
    """How far an answer has come."""

    DONE = "done", "Said"
    PENDING = "pending", "Being worked on"
    BROKEN = "broken", "Broke off"


class Message(models.Model):
    """One line of the conversation. `key` makes a sentence that is sent twice one line; `answers` is what was said."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="messages")
    speaker = models.CharField(max_length=6, choices=Speaker)
    text = models.TextField()
    key = models.UUIDField(null=True, unique=True)
    answers = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="answered_by")
    state = models.CharField(max_length=7, choices=LineState, default=LineState.DONE)
    details = models.JSONField(default=dict, help_text="How the answer was found: tools, sources, differences.")
    proposal = models.ForeignKey(Proposal, null=True, on_delete=models.PROTECT, related_name="messages")
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, help_text="Cleared by the person: kept, shown no more.")

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["user", "-id"], name="message_recent")]


class DeskChoice(models.Model):
    """What a person chose for the desk of one account: up to which value an order runs without a confirmation."""

    account = models.OneToOneField(BrokerAccount, on_delete=models.PROTECT, related_name="desk_choice")
    at_once_max = MoneyField(null=True, help_text="Empty: every order is confirmed.")
    changed_at = models.DateTimeField()
