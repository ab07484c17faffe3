"""Orders and their history."""

from __future__ import annotations

import uuid
from decimal import Decimal

from django.conf import settings
from django.db import models

from arbion.domain.enums import TERMINAL, OrderStatus, OrderType, PendingRequest, Side, TimeInForce, Trigger
from arbion.domain.numbers import EXACT, PRICE_UNIT
from arbion.lib.fields import MoneyField, PriceField, QuantityField
from brokers.models import BrokerAccount
from marketdata.models import Instrument
from riskdesk.models import RiskDecision
from trading.models.intent import Intent


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
    limit_price = PriceField(null=True)
    status = models.CharField(max_length=16, choices=OrderStatus, default=OrderStatus.INITIALIZED)
    pending_request = models.CharField(max_length=8, choices=PendingRequest, blank=True, default=PendingRequest.NONE)
    filled_quantity = QuantityField(default=0)
    filled_value = MoneyField(default=0, help_text="Sum of quantity times price over the fills.")
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
            models.CheckConstraint(
                name="order_limit_price",
                condition=models.Q(order_type=OrderType.MARKET, limit_price=None)
                | models.Q(order_type=OrderType.LIMIT, limit_price__gt=0),
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-created_at"], name="order_of_account"),
            models.Index(fields=["status", "updated_at"], name="order_open", condition=~models.Q(status__in=TERMINAL)),
        ]

    @property
    def leaves_quantity(self) -> Decimal:
        """What is still to be filled while the order is open; zero once it is closed."""
        return Decimal(0) if self.status in TERMINAL else max(self.quantity - self.filled_quantity, Decimal(0))

    @property
    def average_fill_price(self) -> Decimal | None:
        """Value over quantity of the fills, at price scale; None before the first fill."""
        if not self.filled_quantity:
            return None
        return EXACT.divide(self.filled_value, self.filled_quantity).quantize(PRICE_UNIT, context=EXACT)

    @property
    def is_open(self) -> bool:
        """Whether something can still happen to it in the ordinary way."""
        return self.status not in TERMINAL


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
