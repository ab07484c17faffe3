"""Limits at the scopes where they can be set; the tightest wins."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from arbion.lib.fields import MoneyField
from brokers.models import BrokerAccount


class LimitName(models.TextChoices):
    """What is limited; the unit stands last in the name."""

    ORDER_VALUE_USD = "order_value_usd", "Largest value of one order, USD"
    POSITION_VALUE_USD = "position_value_usd", "Largest value of one position, USD"
    DAILY_LOSS_USD = "daily_loss_usd", "Largest loss of one day, USD"
    ORDERS_PER_MINUTE = "orders_per_minute", "Most orders in a minute"


class RiskLimit(models.Model):
    """One limit: of the house (no person, no account), of a person, or of an account."""

    name = models.CharField(max_length=24, choices=LimitName)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE)
    account = models.ForeignKey(BrokerAccount, null=True, blank=True, on_delete=models.CASCADE)
    value = MoneyField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["name"], name="risk_limit_of_house", condition=models.Q(user=None, account=None)
            ),
            models.UniqueConstraint(fields=["name", "user"], name="risk_limit_of_person"),
            models.UniqueConstraint(fields=["name", "account"], name="risk_limit_of_account"),
            models.CheckConstraint(name="risk_limit_not_negative", condition=models.Q(value__gte=0)),
            models.CheckConstraint(name="risk_limit_known", condition=models.Q(name__in=LimitName.values)),
            models.CheckConstraint(
                name="risk_limit_one_scope", condition=models.Q(user__isnull=True) | models.Q(account__isnull=True)
            ),
        ]
