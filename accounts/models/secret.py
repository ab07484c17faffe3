"""Secrets that belong to a person, sealed: whoever reads the table learns nothing of them but their last characters."""

from __future__ import annotations

from django.db import models

from accounts.models.user import User


class SecretPurpose(models.TextChoices):
    """What a secret opens."""

    LANGUAGE_MODEL = "language_model", "Language model"


class Secret(models.Model):
    """One secret of one person for one purpose. Only `accounts.vault` opens it; no page shows it again."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="secrets")
    purpose = models.CharField(max_length=20, choices=SecretPurpose)
    sealed = models.TextField(help_text="Bound to the person and the purpose: moved to another row it does not open.")
    last_four = models.CharField(max_length=4)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "purpose"], name="secret_once"),
            models.CheckConstraint(name="secret_purpose_known", condition=models.Q(purpose__in=SecretPurpose.values)),
        ]
