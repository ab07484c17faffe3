"""Conditions that are waited for: what is watched, from where a change is counted, and what was seen in the end."""

from __future__ import annotations

from decimal import Decimal

from django.db import models

from arbion.lib.fields import PriceField, QuantityField
from marketdata.conditions import Condition, Operator, Reference
from marketdata.models import Instrument
from trading.models.order import Order


class WatchedFigure(models.Model):
    """What is watched: the figure, its bound, and the price that a change is counted from (empty: read anew).

    Splits up to `splits_until` are in the figures. `version` rises with each change, `updated_at` tells that it did.
    """

    instrument = models.ForeignKey(Instrument, null=True, on_delete=models.PROTECT, related_name="+")
    metric = models.CharField(max_length=30)
    operator = models.CharField(max_length=2, choices=Operator)
    value = QuantityField()
    reference = models.CharField(max_length=14, choices=Reference, blank=True)
    baseline = PriceField(null=True, help_text="The price from which a change is counted that was asked from then.")
    splits_until = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, help_text="After this it is not waited for any more.")
    fired_at = models.DateTimeField(null=True, help_text="When it last came true.")
    fired_value = QuantityField(null=True, help_text="The figure that was seen then.")
    fired_words = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        abstract = True

    @property
    def condition(self) -> Condition:
        """What must become true."""
        return Condition(
            symbol=None if self.instrument is None else self.instrument.symbol,
            metric=self.metric,
            operator=Operator(self.operator),
            value=Decimal(self.value),
            reference=Reference(self.reference) if self.reference else None,
        )


class OrderCondition(WatchedFigure):
    """What a held order waits for. It comes true once; then the order is planned and judged on the facts of then."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="condition")
    is_sized_anew = models.BooleanField(
        default=False, help_text="Its size was said in money or percent, and is reckoned when the condition is true."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(name="order_condition_operator", condition=models.Q(operator__in=Operator.values)),
        ]
        indexes = [
            models.Index(fields=["updated_at"], name="order_condition_changed"),
            models.Index(
                fields=["instrument"], name="order_condition_waiting", condition=models.Q(fired_at__isnull=True)
            ),
        ]
