"""Receipts of halts: what was asked of whom, what the venue confirmed, and what is still left to do."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from arbion.lib.fields import QuantityField
from brokers.models import BrokerAccount
from marketdata.models import Instrument
from riskdesk.models import Halt
from trading.models.order import Order


class HaltScope(models.TextChoices):
    """Whom a halt stops."""

    ACCOUNT = "account", "One account"
    PERSON = "user", "One person"
    HOUSE = "house", "The whole house"


class ReceiptState(models.TextChoices):
    """How far the work of a halt has come."""

    WORKING = "working", "Working"
    DONE = "done", "Done"
    INCOMPLETE = "incomplete", "Not finished"


class ItemKind(models.TextChoices):
    """What has to be done for one line of a receipt."""

    CANCEL = "cancel", "Cancel an order"
    CLOSE = "close", "Close a position"


class ItemState(models.TextChoices):
    """What became of it."""

    LEFT = "left", "Not asked yet"
    ASKED = "asked", "Asked"
    CONFIRMED = "confirmed", "Confirmed"


class HaltReceipt(models.Model):
    """The receipt of one halt; it is committed together with the block, so that a crash leaves nothing forgotten.

    `key` names what is halted, why and by whom, while that is in force: the same halt twice is one receipt.
    `venue_zero_at` is when the venue of the last account had said that nothing is left.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    halt = models.ForeignKey(Halt, on_delete=models.PROTECT, related_name="receipts")
    scope = models.CharField(max_length=7, choices=HaltScope)
    flatten = models.BooleanField(default=False, help_text="Whether positions are closed too.")
    state = models.CharField(max_length=10, choices=ReceiptState, default=ReceiptState.WORKING)
    key = models.CharField(max_length=120, null=True, blank=True, unique=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    blocked_at = models.DateTimeField()
    cancels_asked_at = models.DateTimeField(null=True)
    cancels_confirmed_at = models.DateTimeField(null=True)
    venue_zero_at = models.DateTimeField(null=True)
    rounds = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(help_text="When the next round is due.")
    ended_at = models.DateTimeField(null=True, help_text="Since then nothing more is done for it.")
    lift_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-blocked_at", "id"]
        indexes = [models.Index(fields=["next_at"], name="halt_receipt_due", condition=models.Q(ended_at=None))]
        constraints = [
            models.CheckConstraint(name="halt_receipt_state", condition=models.Q(state__in=ReceiptState.values)),
        ]


class HaltLine(models.Model):
    """One account of a receipt: what its venue said last, and what keeps it from being done."""

    receipt = models.ForeignKey(HaltReceipt, on_delete=models.PROTECT, related_name="lines")
    account = models.ForeignKey(BrokerAccount, on_delete=models.PROTECT, related_name="+")
    kept_orders = models.PositiveIntegerField(default=0, help_text="Exits that stay, because they protect.")
    venue_orders = models.PositiveIntegerField(null=True, help_text="Orders that rested there, less those that stay.")
    venue_positions = models.PositiveIntegerField(null=True)
    venue_said_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=200, blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["account_id"]
        constraints = [models.UniqueConstraint(fields=["receipt", "account"], name="halt_line_unique")]


class HaltItem(models.Model):
    """One order to cancel or one position to close, with the reason why it is not done yet."""

    line = models.ForeignKey(HaltLine, on_delete=models.PROTECT, related_name="items")
    kind = models.CharField(max_length=6, choices=ItemKind)
    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="+")
    order = models.ForeignKey(Order, null=True, on_delete=models.PROTECT, related_name="+", help_text="To be canceled.")
    quantity = QuantityField(help_text="What was open of it when it was first seen; below zero where it is owed.")
    state = models.CharField(max_length=9, choices=ItemState, default=ItemState.LEFT)
    attempt = models.PositiveSmallIntegerField(default=0, help_text="Which closing order is the newest.")
    reason = models.CharField(max_length=200, blank=True, help_text="Why it is not done yet.")
    asked_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["line", "order"], name="halt_item_order", condition=models.Q(kind=ItemKind.CANCEL)
            ),
            models.UniqueConstraint(
                fields=["line", "instrument"], name="halt_item_position", condition=models.Q(kind=ItemKind.CLOSE)
            ),
            models.CheckConstraint(
                name="halt_item_of_kind",
                condition=models.Q(kind=ItemKind.CANCEL, order__isnull=False)
                | models.Q(kind=ItemKind.CLOSE, order=None),
            ),
        ]
