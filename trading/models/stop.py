"""Stops that guard a position: what was asked, where each stands, and what became of it."""

from __future__ import annotations

import uuid

from django.db import models

from arbion.domain.enums import OrderStatus, PendingRequest, Side, Source
from arbion.lib.fields import PriceField, QuantityField
from brokers.models import BrokerAccount
from marketdata.models import Instrument
from riskdesk.stops import StopKind, StopState, StopTerms
from trading.models.order import Order


class StopStatus(models.TextChoices):
    """How far a stop has come. One that raised an alarm is looked at all the same."""

    GUARDING = "guarding", "Guarding"
    ALARM = "alarm", "Guarding, but the price cannot be read"
    TRIGGERED = "triggered", "Went off, the position is being closed"
    DONE = "done", "Done"
    CANCELED = "canceled", "Canceled"


class GuardedAt(models.TextChoices):
    """Who would let a stop go off now: Arbion, or its venue, where an order stands for it."""

    HERE = "here", "Guarded here"
    PLACING = "placing", "Being placed at the venue; guarded here until it rests there"
    VENUE = "venue", "Rests at the venue; watched from here"
    UNKNOWN = "unknown", "The venue has not said whether it took the order; guarded here"
    LEAVING = "leaving", "Being taken back from the venue"


# In the key of an order that stands for a stop.
REST = "rest:"
_ON_THE_WAY = frozenset({OrderStatus.INITIALIZED, OrderStatus.HELD, OrderStatus.SUBMITTED})
WATCHED = frozenset({StopStatus.GUARDING, StopStatus.ALARM})
STANDING = WATCHED | {StopStatus.TRIGGERED}


class WatchMark(models.Model):
    """The one row in which the watch over stops writes down when it has looked, and how much it could not see.

    It lies here, beside the stops, so that the desk can refuse new risk when nobody watches.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    at = models.DateTimeField()
    fence = models.PositiveBigIntegerField(default=0)
    stops = models.PositiveIntegerField(default=0)
    alarms = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(name="watch_mark_single", condition=models.Q(id=1))]


class Stop(models.Model):
    """One stop of one position. Once it has gone off it closes what it guards, and nothing sets it back.

    `quantity` is a part of the position in units; empty means all of it, whatever that is by then. `entry` is the
    position's average price when the stop was attached. `fires` counts the exit orders that it was allowed to make,
    which gives each its key. `resting` is the newest order that stood for it at its venue, and `rests` counts those.
    `fence` is the number of the monitor that wrote last; `version` rises with each change.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(BrokerAccount, on_delete=models.PROTECT, related_name="stops")
    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="+")
    client_key = models.CharField(max_length=80)
    body_hash = models.CharField(max_length=64, help_text="Of what was asked under this key at first.")
    kind = models.CharField(max_length=13, choices=StopKind)
    is_long = models.BooleanField(help_text="Whether the position is held; else it is owed.")
    price = PriceField(null=True)
    percent = PriceField(null=True)
    amount = PriceField(null=True)
    closes_at = models.DateTimeField(null=True)
    quantity = QuantityField(null=True, help_text="In units; empty: the whole position.")
    entry = PriceField()
    extreme = PriceField(null=True, help_text="The best price since it was attached.")
    level = PriceField(null=True, help_text="The price that sets it off.")
    armed_at = models.DateTimeField(null=True, help_text="When a break-even stop moved to the entry.")
    status = models.CharField(max_length=9, choices=StopStatus, default=StopStatus.GUARDING)
    reason = models.CharField(max_length=300, blank=True, help_text="Of an alarm, a refusal or an end, in plain words.")
    fires = models.PositiveIntegerField(default=0)
    order = models.ForeignKey(Order, null=True, on_delete=models.PROTECT, related_name="stops")
    resting = models.ForeignKey(Order, null=True, on_delete=models.PROTECT, related_name="rested_stops")
    rests = models.PositiveIntegerField(default=0)
    rest_again_at = models.DateTimeField(null=True, help_text="Not before this is another order placed for it.")
    rest_note = models.CharField(max_length=200, blank=True, help_text="Why no order stands for it at its venue.")
    fence = models.PositiveBigIntegerField(default=0)
    version = models.PositiveIntegerField(default=0)
    splits_until = models.DateTimeField(help_text="Splits up to this moment are in its prices.")
    looked_at = models.DateTimeField(null=True, help_text="When its level last followed a price, or it went off.")
    looked_price = PriceField(null=True)
    triggered_at = models.DateTimeField(null=True)
    triggered_price = PriceField(null=True, help_text="The price that set it off; what is filled is the order's.")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["account", "client_key"], name="stop_key_unique"),
            models.CheckConstraint(name="stop_kind_known", condition=models.Q(kind__in=StopKind.values)),
            models.CheckConstraint(name="stop_status_known", condition=models.Q(status__in=StopStatus.values)),
            models.CheckConstraint(
                name="stop_positive",
                condition=models.Q(entry__gt=0)
                & (models.Q(quantity=None) | models.Q(quantity__gt=0))
                & (models.Q(level=None) | models.Q(level__gt=0)),
            ),
        ]
        indexes = [
            models.Index(fields=["instrument"], name="stop_standing", condition=models.Q(status__in=sorted(STANDING))),
            models.Index(fields=["account", "instrument"], name="stop_of_position"),
            models.Index(fields=["updated_at"], name="stop_changed"),
        ]

    def __str__(self) -> str:
        return f"Stop of {self.instrument.symbol}"

    @property
    def terms(self) -> StopTerms:
        """What was asked, as the desk reckons with it."""
        return StopTerms(
            kind=StopKind(self.kind),
            is_long=self.is_long,
            price=self.price,
            percent=self.percent,
            amount=self.amount,
            closes_at=self.closes_at,
        )

    @property
    def state(self) -> StopState:
        """Where it stands, as the desk reckons with it."""
        return StopState(extreme=self.extreme, level=self.level, armed_at=self.armed_at)

    @property
    def exit_side(self) -> Side:
        """The side of the order that closes what it guards."""
        return Side.SELL if self.is_long else Side.BUY

    @property
    def order_key(self) -> str:
        """The client key of its newest exit order: the same number is the same order, however often it is placed."""
        return f"{self.order_keys}{self.fires}"

    @property
    def order_keys(self) -> str:
        """What the keys of all its exit orders begin with."""
        return f"stop:{self.pk}:"

    @property
    def rest_key(self) -> str:
        """The client key of the newest order that stands for it at its venue."""
        return f"{self.order_keys}{REST}{self.rests}"

    @property
    def guarded_at(self) -> GuardedAt | None:
        """Who would let it go off now, as the venue's own word has it; None once it has ended and nothing is left."""
        order = self.resting
        if order is None or not order.is_open:
            return GuardedAt.HERE if self.status in STANDING else None
        if order.status == OrderStatus.UNKNOWN:
            return GuardedAt.UNKNOWN
        if order.pending_request == PendingRequest.CANCEL:
            return GuardedAt.LEAVING
        return GuardedAt.PLACING if order.status in _ON_THE_WAY else GuardedAt.VENUE


def is_rest(source: str, client_key: str) -> bool:
    """Whether such an order stands for a stop at its venue."""
    return source == Source.RISK and client_key.startswith("stop:") and f":{REST}" in client_key
