"""Assistants that people make for themselves, what they remember, and the answers that are being worked on."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from brokers.models import BrokerAccount
from trading.models.conversation import Message


class AssistantRole(models.TextChoices):
    """Which of the configured models an assistant asks."""

    ANALYSIS = "analysis", "Analysis"
    FAST = "fast", "Fast"
    REASONING = "reasoning", "Reasoning"


class Assistant(models.Model):
    """A voice of the desk with its own manner, wishes, tools and budget. What it proposes is checked like anybody's."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="assistants")
    name = models.CharField(max_length=40)
    personality = models.CharField(max_length=300, blank=True)
    instructions = models.TextField(max_length=2000, blank=True)
    tools = models.JSONField(help_text="The names of the tools it may call.")
    role = models.CharField(max_length=9, choices=AssistantRole, default=AssistantRole.ANALYSIS)
    tokens_a_day_max = models.PositiveIntegerField(default=100_000)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="assistant_named_once"),
            models.CheckConstraint(name="assistant_role_known", condition=models.Q(role__in=AssistantRole.values)),
        ]

    def __str__(self) -> str:
        return self.name


class MemoryAuthor(models.TextChoices):
    """Who wrote a line of memory."""

    PERSON = "person", "You"
    ASSISTANT = "model", "The assistant"


class MemoryLine(models.Model):
    """One line that an assistant remembers; the person reads, edits and clears it."""

    assistant = models.ForeignKey(Assistant, on_delete=models.CASCADE, related_name="memory")
    text = models.CharField(max_length=200)
    by = models.CharField(max_length=6, choices=MemoryAuthor)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="memory_author_known", condition=models.Q(by__in=MemoryAuthor.values)),
        ]

    def __str__(self) -> str:
        return self.text


class Answering(models.Model):
    """Work on one pending answer: who may stop it, whether somebody still works on it, and what it used."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    answer = models.OneToOneField(Message, on_delete=models.PROTECT, related_name="answering")
    account = models.ForeignKey(BrokerAccount, on_delete=models.PROTECT, related_name="+")
    assistant = models.ForeignKey(Assistant, null=True, on_delete=models.SET_NULL, related_name="answerings")
    is_begun = models.BooleanField(default=False)
    stop_asked = models.BooleanField(default=False)
    beat_at = models.DateTimeField(help_text="When somebody last worked on it.")
    created_at = models.DateTimeField()
    tokens = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["assistant", "created_at"], name="answering_of_assistant")]
