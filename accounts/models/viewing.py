"""An operator's look at the product through another person's eyes."""

from __future__ import annotations

import uuid

from django.db import models

from accounts.models.user import User


class ViewingEnd(models.TextChoices):
    """How a look ended."""

    STOPPED = "stopped", "Stopped"
    EXPIRED = "expired", "Its time was up"
    REPLACED = "replaced", "Another one was begun"
    WITHDRAWN = "withdrawn", "No longer allowed"


class Viewing(models.Model):
    """From when to when somebody saw what a person sees, and why. Nothing can be changed through it."""

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="viewings")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="viewed")
    reason = models.CharField(max_length=200)
    begun_at = models.DateTimeField()
    until = models.DateTimeField(help_text="When it ends by itself.")
    ended_at = models.DateTimeField(null=True, blank=True)
    how = models.CharField(max_length=9, choices=ViewingEnd, blank=True, verbose_name="how it ended")

    class Meta:
        verbose_name = "look as somebody"
        verbose_name_plural = "looks as somebody"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["actor"], name="viewing_one_at_a_time", condition=models.Q(ended_at__isnull=True)
            ),
            models.CheckConstraint(name="viewing_of_another", condition=~models.Q(actor=models.F("person"))),
        ]

    def __str__(self) -> str:
        return f"{self.actor} as {self.person}"
