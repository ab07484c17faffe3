"""Language models: what an operator chose for each role, and every call that was made."""

from __future__ import annotations

import uuid

from django.db import models

from accounts.models.user import User
from arbion.lib.fields import MoneyField


class ModelRole(models.TextChoices):
    """What a model is wanted for."""

    ANALYSIS = "analysis", "Analysis"
    FAST = "fast", "Fast"
    REASONING = "reasoning", "Reasoning"
    CODE = "code", "Code"
    TRANSCRIPTION = "transcription", "Transcription"


class ModelApi(models.TextChoices):
    """Which of the two interfaces is asked."""

    RESPONSES = "responses", "Responses"
    CHAT = "chat", "Chat Completions"


class Effort(models.TextChoices):
    """How long a reasoning model may think."""

    USUAL = "", "As the model does by itself"
    NONE = "none", "None"
    MINIMAL = "minimal", "Minimal"
    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"


class KeyOwner(models.TextChoices):
    """Whose key paid."""

    OWN = "own", "The person's own"
    HOUSE = "house", "The house's"


class LanguageModel(models.Model):
    """What an operator chose for a role; a role without a row has what the settings say."""

    role = models.CharField(max_length=13, choices=ModelRole, unique=True)
    name = models.CharField(max_length=100, help_text="As the provider lists it.")
    api = models.CharField(max_length=9, choices=ModelApi)
    effort = models.CharField(max_length=8, choices=Effort, blank=True)
    price_in = MoneyField(null=True, blank=True, help_text="USD for a million tokens read; empty where unknown.")
    price_out = MoneyField(null=True, blank=True, help_text="USD for a million tokens written; empty where unknown.")
    is_on = models.BooleanField("on", default=True, help_text="Off: nobody is served in this role.")

    class Meta:
        constraints = [
            models.CheckConstraint(name="language_model_role_known", condition=models.Q(role__in=ModelRole.values)),
            models.CheckConstraint(name="language_model_api_known", condition=models.Q(api__in=ModelApi.values)),
            models.CheckConstraint(
                name="language_model_prices",
                condition=(models.Q(price_in=None) | models.Q(price_in__gte=0))
                & (models.Q(price_out=None) | models.Q(price_out__gte=0)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()}: {self.name}"


class ModelCall(models.Model):
    """One call of a language model, with what was asked and answered. Written once, deleted when past keeping."""

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="model_calls")
    at = models.DateTimeField()
    purpose = models.CharField(max_length=40)
    thread = models.CharField(max_length=120, blank=True, help_text="Which conversation it belongs to.")
    role = models.CharField(max_length=13, choices=ModelRole)
    model = models.CharField(max_length=100)
    provider = models.CharField(max_length=255)
    key_owner = models.CharField("key", max_length=5, choices=KeyOwner)
    messages = models.JSONField(help_text="What was said to it, without secrets and personal data.")
    tools = models.JSONField(default=list)
    reply = models.JSONField(null=True, help_text="What it answered; empty where the call failed.")
    request_id = models.CharField(max_length=80, blank=True)
    attempts = models.PositiveSmallIntegerField()
    tokens_in = models.PositiveIntegerField()
    tokens_out = models.PositiveIntegerField()
    tokens_cached = models.PositiveIntegerField(default=0)
    tokens_reasoning = models.PositiveIntegerField(default=0)
    is_estimated = models.BooleanField(default=False, help_text="The provider did not say how many tokens it was.")
    price = MoneyField(null=True, help_text="USD; empty where the model's price is unknown.")
    latency_ms = models.PositiveIntegerField()
    verdict = models.CharField(max_length=40, help_text="`ok`, or the code of the fault.")

    class Meta:
        indexes = [
            models.Index(fields=["user", "at"], name="model_call_of_person"),
            models.Index(fields=["at"], name="model_call_by_time"),
            models.Index(fields=["thread", "id"], name="model_call_of_thread"),
        ]
        constraints = [
            models.CheckConstraint(name="model_call_role_known", condition=models.Q(role__in=ModelRole.values)),
            models.CheckConstraint(name="model_call_key_known", condition=models.Q(key_owner__in=KeyOwner.values)),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.model} {self.verdict}"
