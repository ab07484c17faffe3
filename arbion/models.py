"""What the running processes write down about themselves: heartbeats, leases, warnings and errors."""

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


class LogLevel(models.IntegerChoices):
    """How bad it is, by the numbers of Python's logging."""

    WARNING = 30, "Warning"
    ERROR = 40, "Error"
    CRITICAL = 50, "Critical"


class SystemLogEntry(models.Model):
    """One kind of warning or error of the program: the newest of them, and how often it came."""

    fingerprint = models.CharField(max_length=64, unique=True, help_text="Of level, logger, wording and exception.")
    level = models.PositiveSmallIntegerField(choices=LogLevel)
    logger = models.CharField(max_length=120)
    wording = models.CharField(max_length=300, help_text="The message without its figures: what is counted together.")
    message = models.TextField(help_text="The newest one, without secrets.")
    trace = models.TextField(blank=True, help_text="Where the newest one came from.")
    request_id = models.CharField(max_length=36, blank=True, help_text="The reference that the person was given.")
    count = models.PositiveBigIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        verbose_name = "entry of the system log"
        verbose_name_plural = "system log"
        ordering = ["-last_at", "-pk"]
        indexes = [models.Index(fields=["-last_at"], name="system_log_newest")]

    def __str__(self) -> str:
        return self.wording
