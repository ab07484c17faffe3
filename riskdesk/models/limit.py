"""Limits at the scopes where they can be set; the tightest wins."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from arbion.lib.fields import MoneyField
from brokers.models import BrokerAccount

STRATEGY_LENGTH_MAX = 40


class LimitName(models.TextChoices):
    """What is limited; the unit stands in the name."""

    ORDER_VALUE_USD = "order_value_usd", "Largest value of one order, USD"
    ORDER_UNITS = "order_units", "Largest size of one order, units"
    POSITION_VALUE_USD = "position_value_usd", "Largest value of one position, USD"
    INSTRUMENT_PERCENT = "instrument_percent", "Most in one instrument, % of the account"
    SECTOR_PERCENT = "sector_percent", "Most in one sector, % of the account"
    EQUITY_PERCENT = "equity_percent", "Most in shares and funds, % of the account"
    OPTION_PERCENT = "option_percent", "Most in options, % of the account"
    CRYPTO_PERCENT = "crypto_percent", "Most in coins, % of the account"
    LEVERAGE = "leverage", "Most that is held and owed, times the account"
    DAILY_LOSS_USD = "daily_loss_usd", "Largest loss of one day, USD"
    DRAWDOWN_PERCENT = "drawdown_percent", "Largest fall from the account's peak, %"
    TRADES_PER_DAY = "trades_per_day", "Most trades in a day"
    ORDERS_PER_MINUTE = "orders_per_minute", "Most orders in a minute"
    DUPLICATE_SECONDS = "duplicate_seconds", "Wait before the same order again, seconds"
    LOSING_STREAK = "losing_streak", "Losing trades in a row before a pause"
    COOL_DOWN_MINUTES = "cool_down_minutes", "Length of that pause, minutes"
    PRICE_BAND_PERCENT = "price_band_percent", "How far a price may be from the last trade, %"
    ENTRY_NEEDS_STOP = "entry_needs_stop", "Orders that open need a stop loss (1 yes, 0 no)"


class RiskLimit(models.Model):
    """One limit: of the house (no person, no account), of a person, or of an account.

    With a strategy's key it holds for that strategy of the person, or in the account, alone.
    """

    name = models.CharField(max_length=24, choices=LimitName)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE)
    account = models.ForeignKey(BrokerAccount, null=True, blank=True, on_delete=models.CASCADE)
    strategy = models.CharField(max_length=STRATEGY_LENGTH_MAX, blank=True, help_text="A strategy's key; empty: all.")
    value = MoneyField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["name"], name="risk_limit_of_house", condition=models.Q(user=None, account=None)
            ),
            models.UniqueConstraint(fields=["name", "user", "strategy"], name="risk_limit_of_person"),
            models.UniqueConstraint(fields=["name", "account", "strategy"], name="risk_limit_of_account"),
            models.CheckConstraint(name="risk_limit_not_negative", condition=models.Q(value__gte=0)),
            models.CheckConstraint(name="risk_limit_known", condition=models.Q(name__in=LimitName.values)),
            models.CheckConstraint(
                name="risk_limit_one_scope", condition=models.Q(user__isnull=True) | models.Q(account__isnull=True)
            ),
            models.CheckConstraint(
                name="risk_limit_strategy_owned",
                condition=models.Q(strategy="") | models.Q(user__isnull=False) | models.Q(account__isnull=False),
            ),
        ]
