"""Positions, the lots they are made of, and how lots were closed."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import models

from arbion.lib.fields import MoneyField, QuantityField
from brokers.models import BrokerAccount
from marketdata.models import Instrument
from trading.models.fill import Fill


class Position(models.Model):
    """What an account holds of one instrument; the sum of its open lots, kept in the transaction that changes them.

    A short position has a negative quantity and a negative cost: what was received when it was opened.
    """

    account = models.ForeignKey(BrokerAccount, on_delete=models.PROTECT, related_name="positions")
    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="+")
    quantity = QuantityField()
    cost = MoneyField(help_text="Of the open lots, fees included.")
    realized = MoneyField(default=0, help_text="Profit of all closed lots, net of fees, and dividends.")
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "instrument"], name="position_unique"),
        ]


class Lot(models.Model):
    """What one opening fill opened and what is left of it; `cost` is of the whole lot, fees included.

    A short lot has negative quantities and costs. A lot that no fill opened (an assignment, the shares of an exercise)
    names the journal's reference that did. A split changes `quantity` and what is left of it alike, never the cost.
    """

    account = models.ForeignKey(BrokerAccount, on_delete=models.PROTECT, related_name="lots")
    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="+")
    fill = models.OneToOneField(Fill, null=True, on_delete=models.PROTECT, related_name="lot")
    reference = models.CharField(max_length=120, blank=True, help_text="Of the journal, where no fill opened it.")
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
                    quantity__gt=0,
                    remaining_quantity__gte=0,
                    remaining_quantity__lte=models.F("quantity"),
                    remaining_cost__gte=0,
                    remaining_cost__lte=models.F("cost"),
                )
                | models.Q(
                    quantity__lt=0,
                    remaining_quantity__lte=0,
                    remaining_quantity__gte=models.F("quantity"),
                ),
            )
        ]
        indexes = [
            models.Index(
                fields=["account", "instrument", "opened_at", "id"],
                name="lot_open",
                condition=~models.Q(remaining_quantity=0),
            )
        ]


class LotClosure(models.Model):
    """A part of a lot that was closed: units, what they had cost and what they brought, both after fees.

    All figures are positive for long and short lots alike: of a short lot `proceeds` came first and `cost` closed it.
    Profit is always proceeds less cost.
    """

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="closures")
    fill = models.ForeignKey(Fill, null=True, on_delete=models.PROTECT, related_name="closures")
    reference = models.CharField(max_length=120, blank=True, help_text="Of the journal, where no fill closed it.")
    quantity = QuantityField()
    cost = MoneyField()
    proceeds = MoneyField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(name="closure_positive", condition=models.Q(quantity__gt=0))]

    @property
    def happened_at(self) -> datetime:
        """When it was closed. Reads the fill of rows from before the moment was kept: select it with the row."""
        if self.closed_at is not None:
            return self.closed_at
        assert self.fill is not None, "what no fill closed was always dated"  # noqa: S101  an impossibility
        return self.fill.filled_at

    @property
    def profit(self) -> Decimal:
        """Proceeds less cost, in money."""
        made: Decimal = self.proceeds - self.cost
        return made
