"""What the running processes write down about themselves: heartbeats, and who holds a lease."""

from __future__ import annotations

from django.db import models


class Heartbeat(models.Model):
    """The last time a piece of recurring work was done, written by the work itself."""

    name = models.CharField(max_length=100, primary_key=True)
    at = models.DateTimeField()
    data = models.JSONField(default=dict, blank=True)

    def __str__(self) -> str:
        return self.name


class Lease(models.Model):
    """Who alone may do something until when; the fence rises with every new holder."""

    name = models.CharField(max_length=100, primary_key=True)
    holder = models.CharField(max_length=100)
    deadline = models.DateTimeField()
    fence = models.PositiveBigIntegerField(default=1)

    def __str__(self) -> str:
        return self.name
