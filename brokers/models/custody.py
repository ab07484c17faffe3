"""The simulated exchange's own book, kept apart from ours so that the two can be compared."""

from __future__ import annotations

from django.db import models

from arbion.domain.enums import OrderStatus, OrderType, Side, TimeInForce
from arbion.lib.fields import MoneyField, PriceField, QuantityField


class VenueCash(models.Model):
    """The cash that the exchange holds for one account; `reference` is the account's name there."""

    reference = models.CharField(max_length=64, unique=True)
    currency = models.CharField(max_length=3, default="USD")
    amount = MoneyField()

    class Meta:
        verbose_name_plural = "venue cash"
        constraints = [models.CheckConstraint(name="venue_cash_not_negative", condition=models.Q(amount__gte=0))]


class VenueHolding(models.Model):
    """The units of one instrument that the exchange holds for one account."""

    reference = models.CharField(max_length=64)
    symbol = models.CharField(max_length=24)
    quantity = QuantityField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reference", "symbol"], name="venue_holding_unique"),
            models.CheckConstraint(name="venue_holding_not_negative", condition=models.Q(quantity__gte=0)),
        ]


class VenueOrder(models.Model):
    """An order as the exchange keeps it; the client's order id is unique there, so a repeat is the same order."""

    reference = models.CharField(max_length=64)
    client_order_id = models.CharField(max_length=36)
    venue_order_id = models.CharField(max_length=36, unique=True)
    symbol = models.CharField(max_length=24)
    side = models.CharField(max_length=4, choices=Side)
    order_type = models.CharField(max_length=13, choices=OrderType)
    time_in_force = models.CharField(max_length=3, choices=TimeInForce)
    quantity = QuantityField()
    limit_price = PriceField(null=True)
    status = models.CharField(max_length=16, choices=OrderStatus)
    filled_quantity = QuantityField(default=0)
    filled_gross = MoneyField(default=0, help_text="Quantity times price of every execution so far.")
    fees = MoneyField(
        default=0, help_text="Charged so far; the schedule is applied to the whole order, not to each part."
    )
    reject_code = models.CharField(max_length=40, blank=True)
    reject_reason = models.CharField(max_length=200, blank=True, help_text="Why the exchange refused or ended it.")
    expires_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reference", "client_order_id"], name="venue_order_client_id"),
            models.CheckConstraint(name="venue_order_status", condition=models.Q(status__in=OrderStatus.values)),
            models.CheckConstraint(
                name="venue_order_filled",
                condition=models.Q(filled_quantity__gte=0, filled_quantity__lte=models.F("quantity")),
            ),
            models.CheckConstraint(
                name="venue_order_positive",
                condition=models.Q(quantity__gt=0, filled_gross__gte=0, fees__gte=0)
                & (models.Q(limit_price__isnull=True) | models.Q(limit_price__gt=0)),
            ),
            models.CheckConstraint(
                name="venue_order_words",
                condition=models.Q(
                    side__in=Side.values, order_type__in=OrderType.values, time_in_force__in=TimeInForce.values
                ),
            ),
        ]
        # Not a partial index: SQLite cannot match one to a parametrised status, and the matcher asks at every tick.
        indexes = [
            models.Index(fields=["status", "reference"], name="venue_order_resting"),
            models.Index(fields=["reference", "updated_at"], name="venue_order_recent"),
        ]


class VenueFill(models.Model):
    """One execution at the exchange; its key orders the executions of one account."""

    order = models.ForeignKey(VenueOrder, on_delete=models.PROTECT, related_name="fills")
    reference = models.CharField(max_length=64)
    venue_fill_id = models.CharField(max_length=36, unique=True)
    quantity = QuantityField()
    price = PriceField()
    fee = MoneyField(default=0)
    filled_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="venue_fill_positive", condition=models.Q(quantity__gt=0, price__gt=0, fee__gte=0)
            )
        ]
        indexes = [models.Index(fields=["reference", "id"], name="venue_fill_cursor")]
