"""What somebody asked of a venue that is no order: cash to move, and options to exercise."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from arbion.lib.fields import MoneyField, QuantityField
from brokers.models import BrokerAccount
from marketdata.models import Instrument


class WishStatus(models.TextChoices):
    """How far a wish has come."""

    REQUESTED = "requested", "Asked of the venue"
    SETTLED = "settled", "Done"
    REFUSED = "refused", "Refused"


class CashKind(models.TextChoices):
    """Which way cash moves."""

    DEPOSIT = "deposit", "Deposit"
    WITHDRAWAL = "withdrawal", "Withdrawal"


class Wish(models.Model):
    """A wish that is recorded, then asked of the venue under its own id, and done once the venue's activity is booked.

    The same client key of the same person is the same wish. `held` is what it keeps from orders until it is done:
    money of a withdrawal, contracts of an exercise.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(BrokerAccount, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    client_key = models.CharField(max_length=80)
    status = models.CharField(max_length=9, choices=WishStatus, default=WishStatus.REQUESTED)
    held = MoneyField(default=0)
    refusal_code = models.CharField(max_length=40, blank=True)
    refusal_reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class CashMovement(Wish):
    """Cash to put into an account, or to take out of it."""

    kind = models.CharField(max_length=10, choices=CashKind)
    amount = MoneyField()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "client_key"], name="cash_movement_client_key"),
            models.CheckConstraint(
                name="cash_movement_terms",
                condition=models.Q(amount__gt=0, held__gte=0, kind__in=CashKind.values, status__in=WishStatus.values),
            ),
        ]
        indexes = [models.Index(fields=["account", "-created_at"], name="cash_movement_recent")]


class OptionExercise(Wish):
    """Contracts that their holder wants to exercise."""

    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="+")
    quantity = QuantityField()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "client_key"], name="option_exercise_client_key"),
            models.CheckConstraint(
                name="option_exercise_terms",
                condition=models.Q(quantity__gt=0, held__gte=0, status__in=WishStatus.values),
            ),
        ]
        indexes = [models.Index(fields=["account", "-created_at"], name="option_exercise_recent")]
