"""The simulated exchange's own book, kept apart from ours so that the two can be compared."""

from __future__ import annotations

from django.db import models

from arbion.domain.enums import ActivityKind, FillModel, OrderStatus, OrderType, PositionEffect, Side, TimeInForce
from arbion.lib.fields import MoneyField, PriceField, QuantityField


class VenueCash(models.Model):
    """The cash that the exchange holds for one account; `reference` is the account's name there."""

    reference = models.CharField(max_length=64, unique=True)
    currency = models.CharField(max_length=3, default="USD")
    amount = MoneyField()
    fill_model = models.CharField(max_length=10, choices=FillModel, default=FillModel.IDEAL)
    allows_short = models.BooleanField(default=False, help_text="Whether shares may be owed, against cash as security.")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "venue cash"
        constraints = [
            # Who may owe shares may come to owe money, where a price jumps past the security.
            models.CheckConstraint(
                name="venue_cash_not_negative", condition=models.Q(allows_short=True) | models.Q(amount__gte=0)
            ),
            models.CheckConstraint(name="venue_cash_model", condition=models.Q(fill_model__in=FillModel.values)),
        ]


class VenueHolding(models.Model):
    """The units of one instrument that the exchange holds for one account; below zero where the account owes them."""

    reference = models.CharField(max_length=64)
    symbol = models.CharField(max_length=24)
    quantity = QuantityField()
    may_be_owed = models.BooleanField(default=False, help_text="Set by the order that opened it short.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reference", "symbol"], name="venue_holding_unique"),
            models.CheckConstraint(
                name="venue_holding_not_negative", condition=models.Q(may_be_owed=True) | models.Q(quantity__gte=0)
            ),
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
    limit_price = PriceField(null=True, help_text="Of a package of several legs: net, negative where it is received.")
    stop_price = PriceField(null=True, help_text="Of a trailing stop: where it stands now.")
    trail_amount = PriceField(null=True)
    trail_percent = PriceField(null=True)
    extreme_price = PriceField(null=True, help_text="The best price that a trailing stop has seen.")
    triggered_at = models.DateTimeField(null=True, help_text="When its stop was reached.")
    extended_hours = models.BooleanField(default=False)
    effect = models.CharField(max_length=5, choices=PositionEffect, blank=True)
    is_package = models.BooleanField(default=False)
    legs = models.JSONField(default=list, help_text="Of a package: symbol, side, ratio and effect of each leg.")
    oco_group = models.CharField(max_length=36, blank=True)
    revision = models.PositiveIntegerField(default=0)
    revision_refused = models.CharField(max_length=200, blank=True)
    eligible_at = models.DateTimeField(null=True, help_text="Before this moment it has not reached the book yet.")
    priority_at = models.DateTimeField(null=True, help_text="Its place in the queue at its price.")
    status = models.CharField(max_length=16, choices=OrderStatus)
    filled_quantity = QuantityField(default=0)
    filled_gross = MoneyField(default=0, help_text="Quantity times price of every execution so far.")
    fees = MoneyField(
        default=0, help_text="Charged so far; the schedule is applied to the whole order, not to each part."
    )
    reject_code = models.CharField(max_length=40, blank=True)
    reject_reason = models.CharField(max_length=200, blank=True, help_text="Why the exchange refused or ended it.")
    good_till = models.DateTimeField(null=True, help_text="The date that was asked for, of a good-till-date order.")
    expires_at = models.DateTimeField(null=True, help_text="When it ends by itself.")
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
                condition=models.Q(quantity__gt=0, fees__gte=0)
                & (models.Q(is_package=True) | models.Q(filled_gross__gte=0))
                & (models.Q(is_package=True) | models.Q(limit_price__isnull=True) | models.Q(limit_price__gt=0)),
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
            # What changed since the matcher's last look, over all accounts.
            models.Index(fields=["updated_at"], name="venue_order_changed"),
            models.Index(fields=["reference", "oco_group"], name="venue_order_group"),
        ]


class VenueFill(models.Model):
    """One execution at the exchange; its key orders the executions of one account."""

    order = models.ForeignKey(VenueOrder, on_delete=models.PROTECT, related_name="fills")
    reference = models.CharField(max_length=64)
    symbol = models.CharField(max_length=24)
    side = models.CharField(max_length=4, choices=Side)
    leg = models.PositiveSmallIntegerField(default=0)
    venue_fill_id = models.CharField(max_length=36, unique=True)
    quantity = QuantityField()
    price = PriceField()
    fee = MoneyField(default=0)
    multiplier = QuantityField(null=True, help_text="The instrument's when it traded; empty before this was kept.")
    filled_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="venue_fill_positive", condition=models.Q(quantity__gt=0, price__gt=0, fee__gte=0)
            )
        ]
        indexes = [models.Index(fields=["reference", "id"], name="venue_fill_cursor")]


class VenueActivity(models.Model):
    """Something that happened to an account without an order; its key orders those of one account."""

    reference = models.CharField(max_length=64)
    activity_id = models.CharField(max_length=80, help_text="Made of what happened, so that it happens once.")
    kind = models.CharField(max_length=10, choices=ActivityKind)
    symbol = models.CharField(max_length=24, blank=True)
    changes = models.JSONField(help_text="What came and went: pairs of an asset and a decimal text.")
    price = PriceField(null=True)
    ratio = PriceField(default=1)
    client_id = models.CharField(max_length=36, blank=True)
    fills_before = models.BigIntegerField(null=True, help_text="The key of the account's last execution before it.")
    happened_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "venue activities"
        constraints = [
            models.UniqueConstraint(fields=["reference", "activity_id"], name="venue_activity_once"),
            models.CheckConstraint(name="venue_activity_kind", condition=models.Q(kind__in=ActivityKind.values)),
        ]
        indexes = [models.Index(fields=["reference", "id"], name="venue_activity_cursor")]


class VenueLiquidity(models.Model):
    """What has been taken of one instrument's depth at its newest quote, by accounts whose model has depth."""

    symbol = models.CharField(max_length=24, unique=True)
    quote_at = models.DateTimeField()
    bought = QuantityField(default=0)
    sold = QuantityField(default=0)

    class Meta:
        verbose_name_plural = "venue liquidity"
