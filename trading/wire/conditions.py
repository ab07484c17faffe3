"""How conditions and alerts look in REST and on the stream."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from arbion.domain.enums import Source
from marketdata.conditions import Operator, Reference
from marketdata.conditions.words import waits_for
from trading.models import Alert, AlertStatus, Order, OrderCondition, Repeat
from trading.wire import schema  # noqa: F401  describes our decimals wherever these serializers are used
from trading.wire.fields import TextOrNull, figure, moment


class ConditionSerializer(serializers.Serializer[Any]):
    """What must become true: the figure `metric` of `symbol` at or beyond `value`."""

    symbol = serializers.CharField(source="instrument.symbol", allow_null=True, default=None, read_only=True)
    metric = serializers.CharField(read_only=True)
    operator = serializers.ChoiceField(choices=Operator.choices, read_only=True)
    value = figure()
    reference = TextOrNull(help_text=f"What a change is counted from: {', '.join(Reference.values)}.")
    baseline = figure(null=True, help_text="The price that a change from the moment of asking is counted from.")
    expires_at = moment(allow_null=True)
    fired_at = moment(allow_null=True, help_text="When it came true.")
    fired_value = figure(null=True, help_text="The figure that was seen then.")
    fired_words = TextOrNull(help_text="The same in words.")
    in_words = serializers.SerializerMethodField(help_text="What is waited for.")

    def get_in_words(self, row: OrderCondition | Alert) -> str:
        """What is waited for, in words."""
        return waits_for(row.condition, baseline=row.baseline)


class WhenSerializer(ConditionSerializer):
    """What an order waits for; null for one that waits for nothing, or that was denied when it was placed."""

    def get_attribute(self, instance: Order) -> OrderCondition | None:
        """The order's condition, or None."""
        return getattr(instance, "condition", None)


class AlertSerializer(serializers.Serializer[Alert]):
    """One alert: what is watched, how it tells, and when it last did."""

    id = serializers.UUIDField(read_only=True)
    account = serializers.UUIDField(source="account.public_id", read_only=True)
    client_order_id = serializers.CharField(source="client_key", read_only=True)
    when = ConditionSerializer(source="*", read_only=True)
    status = serializers.ChoiceField(choices=AlertStatus.choices, read_only=True)
    repeat = serializers.ChoiceField(choices=Repeat.choices, read_only=True)
    cooldown_seconds = serializers.IntegerField(read_only=True, help_text="How long it is silent after it told.")
    is_armed = serializers.BooleanField(
        read_only=True, help_text="False while one that tells each time waits for its condition to be untrue again."
    )
    fires = serializers.IntegerField(read_only=True, help_text="How often it told.")
    note = serializers.CharField(read_only=True)
    source: Any = serializers.ChoiceField(choices=Source.choices, read_only=True)
    created_at = moment()
    updated_at = moment()
