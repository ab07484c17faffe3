"""The most that an account was worth up to a day's beginning, so that no order has to look through its whole past."""

from __future__ import annotations

from django.db import models

from arbion.lib.fields import MoneyField
from brokers.models import BrokerAccount


class EquityPeak(models.Model):
    """Reckoned from the recorded points of the equity curve up to `counted_until`, and reckoned anew where it is lost.

    Deposits count as if they had always been there, withdrawals as if they never had: neither is a profit or a loss.
    """

    account = models.OneToOneField(BrokerAccount, primary_key=True, on_delete=models.CASCADE, related_name="+")
    equity = MoneyField()
    counted_until = models.DateTimeField()
