"""Times in which nobody watched the stops: each is noticed once, and told of at its beginning and at its end."""

from __future__ import annotations

from django.db import models

OPEN = "now"


class Silence(models.Model):
    """One silence of the stop monitor. `open_key` is taken while it lasts, so that there is never a second one."""

    last_look_at = models.DateTimeField(null=True, help_text="The newest look before it; empty: there was none.")
    noticed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    open_key = models.CharField(max_length=3, null=True, default=OPEN, unique=True, editable=False)  # noqa: DJ001  one row has it

    class Meta:
        ordering = ["-noticed_at"]
        constraints = [
            models.CheckConstraint(
                name="silence_open_or_ended",
                condition=models.Q(open_key=OPEN, ended_at=None) | models.Q(open_key=None, ended_at__isnull=False),
            )
        ]
