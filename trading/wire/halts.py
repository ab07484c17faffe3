"""How halts and their receipts look in REST."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from riskdesk.models import HaltCode
from trading.models import HaltScope, ItemKind, ItemState, ReceiptState
from trading.wire.fields import TextOrNull, figure, moment


class TallySerializer(serializers.Serializer[Any]):
    """How many were asked for, confirmed, and are left."""

    asked = serializers.IntegerField()
    confirmed = serializers.IntegerField()
    left = serializers.IntegerField()


class HaltItemSerializer(serializers.Serializer[Any]):
    """One order to cancel or position to close that is not done yet, and why."""

    kind = serializers.ChoiceField(choices=ItemKind.choices)
    symbol = serializers.CharField(source="instrument.symbol")
    order = serializers.UUIDField(source="order_id", allow_null=True)
    quantity = figure()
    state = serializers.ChoiceField(choices=ItemState.choices)
    reason = TextOrNull()


class HaltLineSerializer(serializers.Serializer[Any]):
    """One account of a receipt, and what its venue said last."""

    account = serializers.UUIDField(source="account.public_id")
    name = serializers.CharField(source="account.name")
    orders = TallySerializer(source="cancels")
    positions = TallySerializer(source="closes")
    kept_orders = serializers.IntegerField(help_text="Exits that stay, because they protect.")
    venue_orders = serializers.IntegerField(allow_null=True, help_text="Orders that rest there, less those.")
    venue_positions = serializers.IntegerField(allow_null=True)
    venue_said_at = moment(allow_null=True)
    trouble = TextOrNull()
    done = serializers.BooleanField(source="is_done")
    left = HaltItemSerializer(many=True)


class HaltReceiptSerializer(serializers.Serializer[Any]):
    """The receipt of a halt: what was asked, what the venues confirmed, and what is still left to do."""

    id = serializers.UUIDField(source="receipt.id")
    scope = serializers.ChoiceField(choices=HaltScope.choices, source="receipt.scope")
    account = serializers.UUIDField(source="receipt.halt.account.public_id", default=None, allow_null=True)
    code = serializers.ChoiceField(choices=HaltCode.choices, source="receipt.halt.code")
    reason = serializers.CharField(source="receipt.halt.reason")
    flatten = serializers.BooleanField(source="receipt.flatten")
    state = serializers.ChoiceField(choices=ReceiptState.choices, source="receipt.state")
    in_force = serializers.BooleanField(source="is_in_force")
    orders = TallySerializer(source="cancels")
    positions = TallySerializer(source="closes")
    blocked_at = moment(source="receipt.blocked_at")
    cancels_asked_at = moment(source="receipt.cancels_asked_at", allow_null=True)
    cancels_confirmed_at = moment(source="receipt.cancels_confirmed_at", allow_null=True)
    venue_zero_at = moment(source="receipt.venue_zero_at", allow_null=True)
    lifted_at = moment(source="receipt.halt.lifted_at", allow_null=True)
    lift_reason = TextOrNull(source="receipt.lift_reason")
    lines = HaltLineSerializer(many=True)


class HaltsSerializer(serializers.Serializer[Any]):
    """What is halted now, and the newest receipts."""

    in_force = HaltReceiptSerializer(many=True)
    recent = HaltReceiptSerializer(many=True)
