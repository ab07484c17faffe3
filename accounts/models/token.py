"""Keys for programs: only a digest of each is kept."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import models

from accounts.models.user import User


class Scope(models.TextChoices):
    """What a key opens."""

    READ = "read", "Read only"
    TRADE = "trade", "Read and trade"


class ApiToken(models.Model):
    """A key that a program signs in with. The key itself is shown once and never stored."""

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=60)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    scope = models.CharField(max_length=5, choices=Scope)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "API token"
        constraints = [
            models.CheckConstraint(name="api_token_scope_known", condition=models.Q(scope__in=Scope.values)),
            models.CheckConstraint(
                name="api_token_expires_later", condition=models.Q(expires_at__gt=models.F("created_at"))
            ),
        ]
        indexes = [models.Index(fields=["user", "-id"], name="api_token_of_person")]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def is_usable(self, at: datetime) -> bool:
        """Whether the key opens anything at this moment."""
        return self.revoked_at is None and at < self.expires_at
