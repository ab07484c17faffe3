"""What the desk decided of an order, with the figures that it saw."""

from __future__ import annotations

import uuid

from django.db import models

from brokers.models import BrokerAccount


class RiskDecision(models.Model):
    """One verdict, written once: every order points at the verdict that let it be recorded."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(BrokerAccount, on_delete=models.PROTECT, related_name="risk_decisions")
    approved = models.BooleanField()
    code = models.CharField(max_length=40, blank=True, help_text="Of the first refusal; empty when approved.")
    detail = models.CharField(max_length=300, blank=True)
    checks = models.JSONField(help_text="Each rule: name, passed, code, detail, value, limit.")
    snapshot = models.JSONField(help_text="The figures that the rules saw.")
    decided_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["account", "-decided_at"], name="decision_recent")]
