"""Positions, the lots they are made of, and how lots were closed."""

from __future__ import annotations

from django.db import models

from arbion.lib.fields import MoneyField, QuantityField
from brokers.models import BrokerAccount
from marketdata.models import Instrument
from trading.models.fill import Fill


class Position(models.Model):
    """What an account holds of one instrument; the sum of its open lots, kept in the transaction that changes them."""

    account = models.ForeignKey(BrokerAccount, on_delete=models.PROTECT, related_name="positions")
    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="+")
    quantity = QuantityField()
    cost = MoneyField(help_text="Of the open lots, fees included.")
    realized = MoneyField(default=0, help_text="Profit of all closed lots, net of fees.")
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "instrument"], name="position_unique"),
            models.CheckConstraint(name="position_long", condition=models.Q(quantity__gte=0, cost__gte=0)),
        ]


class Lot(models.Model):
    """What one buying fill opened and what is left of it; `cost` is of the whole lot, fees included."""

    account = models.ForeignKey(BrokerAccount, on_delete=models.PROTECT, related_name="lots")
    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="+")
    fill = models.OneToOneField(Fill, on_delete=models.PROTECT, related_name="lot")
    quantity = QuantityField()
    cost = MoneyField()
    remaining_quantity = QuantityField()
    remaining_cost = MoneyField()
    opened_at = models.DateTimeField()

    class Meta:
        ordering = ["opened_at", "id"]
        constraints = [
            models.CheckConstraint(
                name="lot_remaining",
                condition=models.Q(
                    remaining_quantity__gte=0,
                    remaining_quantity__lte=models.F("quantity"),
                    remaining_cost__gte=0,
                    remaining_cost__lte=models.F("cost"),
                ),
            )
        ]
        indexes = [
            models.Index(
                fields=["account", "instrument", "opened_at", "id"],
                name="lot_open",
                condition=models.Q(remaining_quantity__gt=0),
            )
        ]


class LotClosure(models.Model):
    """A part of a lot that a selling fill closed: what it had cost and what it brought, fees taken off."""

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="closures")
    fill = models.ForeignKey(Fill, on_delete=models.PROTECT, related_name="closures")
    quantity = QuantityField()
    cost = MoneyField()
    proceeds = MoneyField()

    class Meta:
        constraints = [models.CheckConstraint(name="closure_positive", condition=models.Q(quantity__gt=0))]
