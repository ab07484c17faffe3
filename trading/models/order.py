"""Orders and their history."""

from __future__ import annotations

import uuid
from decimal import Decimal

from django.conf import settings
from django.db import models

from arbion.domain.enums import (
    TERMINAL,
    AssetClass,
    GroupKind,
    GroupRole,
    LotMethod,
    OrderStatus,
    OrderType,
    PendingRequest,
    PositionEffect,
    Side,
    TimeInForce,
    Trigger,
    Waiting,
)
from arbion.domain.numbers import EXACT, PRICE_UNIT
from arbion.domain.options import SHARES_A_CONTRACT
from arbion.lib.fields import MoneyField, PriceField, QuantityField
from brokers.models import BrokerAccount
from marketdata.models import Instrument
from riskdesk.models import RiskDecision
from trading.models.intent import Intent

_TYPE_PRICES = (
    models.Q(order_type=OrderType.MARKET, limit_price=None, stop_price=None)
    | models.Q(order_type=OrderType.LIMIT, limit_price__isnull=False, stop_price=None)
    | models.Q(order_type=OrderType.STOP, limit_price=None, stop_price__gt=0)
    | models.Q(order_type=OrderType.STOP_LIMIT, limit_price__isnull=False, stop_price__gt=0)
    | models.Q(order_type=OrderType.TRAILING_STOP, limit_price=None, trail_amount__gt=0, trail_percent=None)
    | models.Q(order_type=OrderType.TRAILING_STOP, limit_price=None, trail_amount=None, trail_percent__gt=0)
)


class OrderGroup(models.Model):
    """Orders that depend on each other: a bracket, one that cancels the other, one that triggers the other."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(BrokerAccount, on_delete=models.PROTECT, related_name="order_groups")
    kind = models.CharField(max_length=7, choices=GroupKind)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="order_group_kind", condition=models.Q(kind__in=GroupKind.values)),
        ]


class Order(models.Model):
    """One order for one account; its id is the client order id that the venue hears.

    `status` says what is true of the order, `pending_request` what was asked of the venue and not yet answered.
    `sent_at` is committed before the network call: an order without it has certainly never left the house.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    intent = models.OneToOneField(Intent, on_delete=models.PROTECT, related_name="order")
    decision = models.OneToOneField(RiskDecision, on_delete=models.PROTECT, related_name="order")
    account = models.ForeignKey(BrokerAccount, on_delete=models.PROTECT, related_name="orders")
    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="+")
    side = models.CharField(max_length=4, choices=Side)
    order_type = models.CharField(max_length=13, choices=OrderType)
    time_in_force = models.CharField(max_length=3, choices=TimeInForce)
    quantity = QuantityField()
    notional = MoneyField(null=True, help_text="The size in money, where that was asked.")
    limit_price = PriceField(null=True, help_text="Of several legs: net a package, negative where it is received.")
    stop_price = PriceField(null=True)
    trail_amount = PriceField(null=True)
    trail_percent = PriceField(null=True, help_text="In percent of the price.")
    expires_at = models.DateTimeField(null=True, help_text="The date of a good-till-date order.")
    extended_hours = models.BooleanField(default=False)
    effect = models.CharField(max_length=5, choices=PositionEffect, default=PositionEffect.OPEN)
    is_package = models.BooleanField(default=False)
    lot_method = models.CharField(max_length=6, choices=LotMethod, blank=True, help_text="Empty: the account's.")
    chosen_lots = models.JSONField(default=list, help_text="Keys of the lots to close, where they were chosen.")
    group = models.ForeignKey(OrderGroup, null=True, on_delete=models.PROTECT, related_name="orders")
    group_role = models.CharField(max_length=11, choices=GroupRole, blank=True, default=GroupRole.NONE)
    waiting_for = models.CharField(max_length=11, choices=Waiting, blank=True, default=Waiting.NONE)
    revision = models.PositiveIntegerField(default=0, help_text="The newest change that was asked.")
    wanted = models.JSONField(null=True, help_text="The change that was asked and is not answered yet.")
    status = models.CharField(max_length=16, choices=OrderStatus, default=OrderStatus.INITIALIZED)
    pending_request = models.CharField(max_length=8, choices=PendingRequest, blank=True, default=PendingRequest.NONE)
    filled_quantity = QuantityField(default=0)
    filled_value = MoneyField(default=0, help_text="Of the fills; of a package net, what was paid less what came in.")
    fees = MoneyField(default=0)
    venue_order_id = models.CharField(max_length=64, blank=True)
    reject_code = models.CharField(max_length=40, blank=True)
    reject_reason = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    absent_checks = models.PositiveSmallIntegerField(default=0, help_text="Complete looks that did not find it.")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(name="order_status_known", condition=models.Q(status__in=OrderStatus.values)),
            models.CheckConstraint(name="order_side_known", condition=models.Q(side__in=Side.values)),
            models.CheckConstraint(name="order_positive", condition=models.Q(quantity__gt=0, filled_quantity__gte=0)),
            models.CheckConstraint(name="order_prices", condition=_TYPE_PRICES),
            models.CheckConstraint(
                name="order_limit_positive",
                condition=models.Q(is_package=True) | models.Q(limit_price=None) | models.Q(limit_price__gt=0),
            ),
            models.CheckConstraint(
                name="order_trail_of_trailing",
                condition=models.Q(order_type=OrderType.TRAILING_STOP)
                | models.Q(trail_amount=None, trail_percent=None),
            ),
            models.CheckConstraint(
                name="order_date_of_gtd",
                condition=models.Q(time_in_force=TimeInForce.GTD, expires_at__isnull=False)
                | (~models.Q(time_in_force=TimeInForce.GTD) & models.Q(expires_at=None)),
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-created_at"], name="order_of_account"),
            models.Index(fields=["status", "updated_at"], name="order_open", condition=~models.Q(status__in=TERMINAL)),
        ]

    @property
    def multiplier(self) -> Decimal:
        """Units that one unit of this order's price stands for: 100 for options, also in a package."""
        return Decimal(self.instrument.multiplier) if not self.is_package else SHARES_A_CONTRACT

    @property
    def leaves_quantity(self) -> Decimal:
        """What is still to be filled while the order is open; zero once it is closed."""
        return Decimal(0) if self.status in TERMINAL else max(self.quantity - self.filled_quantity, Decimal(0))

    @property
    def average_fill_price(self) -> Decimal | None:
        """Value over units of the fills, at price scale; None before the first fill.

        A split changes what an option stands for, so its fills are asked what it stood for when they traded.
        """
        if not self.filled_quantity:
            return None
        units = EXACT.multiply(self.filled_quantity, self.multiplier)
        if self.multiplier != SHARES_A_CONTRACT and self.instrument.asset_class == AssetClass.OPTION:
            units = sum((EXACT.multiply(fill.quantity, fill.units_each) for fill in self.fills.all()), Decimal(0))
        return EXACT.divide(self.filled_value, units).quantize(PRICE_UNIT, context=EXACT)

    @property
    def is_open(self) -> bool:
        """Whether something can still happen to it in the ordinary way."""
        return self.status not in TERMINAL


class OrderLeg(models.Model):
    """One leg of a package: `ratio` units of the instrument for each package, and what is filled of it."""

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="legs")
    number = models.PositiveSmallIntegerField(help_text="Counted from 0.")
    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="+")
    side = models.CharField(max_length=4, choices=Side)
    ratio = models.PositiveSmallIntegerField()
    effect = models.CharField(max_length=5, choices=PositionEffect)
    filled_quantity = QuantityField(default=0)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="order_leg_unique"),
            models.CheckConstraint(
                name="order_leg_terms",
                condition=models.Q(ratio__gt=0, filled_quantity__gte=0, side__in=Side.values),
            ),
        ]


class OrderEvent(models.Model):
    """One thing that happened to an order, appended in the transaction that made it true.

    Written under the account's lock, so the keys of one account's events rise in the order of their commits.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="events")
    account = models.ForeignKey(BrokerAccount, on_delete=models.PROTECT, related_name="+")
    trigger = models.CharField(max_length=16, choices=Trigger, blank=True)
    before = models.CharField(max_length=16, choices=OrderStatus)
    after = models.CharField(max_length=16, choices=OrderStatus)
    version = models.PositiveIntegerField()
    cause = models.CharField(max_length=60, help_text="Who or what brought it about, in plain words.")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", help_text="Empty: the system."
    )
    data = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["order", "version"], name="order_event_version"),
        ]
        indexes = [models.Index(fields=["account", "id"], name="order_event_cursor")]
