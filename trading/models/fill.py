"""Executions, booked once each."""

from __future__ import annotations

from decimal import Decimal

from django.db import models

from arbion.domain.enums import Side
from arbion.domain.numbers import EXACT, QUANTITY_UNIT
from arbion.lib.fields import MoneyField, PriceField, QuantityField
from brokers.models import BrokerAccount
from marketdata.models import Instrument
from trading.models.order import Order


class Fill(models.Model):
    """One execution; the venue's id makes a repeated report do nothing."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="fills")
    account = models.ForeignKey(BrokerAccount, on_delete=models.PROTECT, related_name="fills")
    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="+")
    venue_fill_id = models.CharField(max_length=64)
    leg = models.PositiveSmallIntegerField(default=0, help_text="Of the order's legs, counted from 0.")
    side = models.CharField(max_length=4, choices=Side)
    quantity = QuantityField()
    price = PriceField()
    multiplier = QuantityField(null=True, help_text="The instrument's when it traded; empty before this was kept.")
    gross = MoneyField(help_text="Quantity times price times multiplier, at money scale.")
    fee = MoneyField()
    filled_at = models.DateTimeField()
    booked_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["account", "venue_fill_id"], name="fill_once"),
            models.CheckConstraint(name="fill_positive", condition=models.Q(quantity__gt=0, price__gt=0, fee__gte=0)),
        ]

    @property
    def units_each(self) -> Decimal:
        """The units that one unit stood for when it traded; worked out where it was not kept yet."""
        kept: Decimal | None = self.multiplier
        if kept is not None:
            return kept
        return EXACT.divide(self.gross, EXACT.multiply(self.quantity, self.price)).quantize(QUANTITY_UNIT)
