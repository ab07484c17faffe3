"""What the code assistant was asked, what it answered, and what a person decided."""

from __future__ import annotations

import uuid

from django.db import models

from accounts.models import User
from arbion.lib.fields import MoneyField


class TaskStatus(models.TextChoices):
    """How far a task has come."""

    ASKED = "asked", "Asked"
    ANSWERED = "answered", "Answered"
    FAILED = "failed", "Failed"
    APPLYING = "applying", "Being applied"
    APPLIED = "applied", "Applied"
    DISMISSED = "dismissed", "Dismissed"


class CodexTask(models.Model):
    """One instruction about chosen files, the model's analysis and diff, and what became of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="codex_tasks")
    status = models.CharField(max_length=9, choices=TaskStatus, default=TaskStatus.ASKED)
    instruction = models.TextField(help_text="Without secrets.")
    files = models.JSONField(help_text="The chosen files: path, sha256 and whether secrets in it were masked.")
    may_create = models.BooleanField(default=False, help_text="Whether new files may be made.")
    is_begun = models.BooleanField(default=False, help_text="Somebody works on it, or did.")
    analysis = models.TextField(blank=True)
    diff = models.TextField(blank=True, help_text="As it is shown and applied.")
    steps = models.JSONField(default=list, help_text="What the model looked at.")
    code = models.CharField(max_length=40, blank=True, help_text="Of what went wrong.")
    words = models.TextField(blank=True, help_text="What went wrong, in a sentence.")
    model = models.CharField(max_length=100, blank=True)
    tokens = models.PositiveIntegerField(default=0)
    price = MoneyField(null=True, help_text="USD; empty where the model's price is unknown.")
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = "task of the code assistant"
        verbose_name_plural = "tasks of the code assistant"
        ordering = ["-asked_at", "-id"]
        indexes = [models.Index(fields=["-asked_at", "-id"], name="codex_task_newest")]
        constraints = [
            models.CheckConstraint(name="codex_task_status_known", condition=models.Q(status__in=TaskStatus.values)),
            models.CheckConstraint(
                name="codex_task_failed_says_why", condition=~models.Q(status="failed") | ~models.Q(code="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asked_at:%Y-%m-%d %H:%M:%S} {self.status}"

    @property
    def thread(self) -> str:
        """Under which name the record keeps the conversation."""
        return f"codex:{self.pk}"
