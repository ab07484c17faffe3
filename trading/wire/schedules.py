"""How repeating orders, their outlook and their history look in REST."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from arbion.domain.enums import OrderType, Side, TimeInForce
from trading.models import RepeatingRun, RepeatingState, RunState
from trading.models.schedule import Interval
from trading.schedules.reading import RepeatingView
from trading.schedules.rule import WEEKDAYS
from trading.wire.fields import TextOrNull, figure, moment


class EverySerializer(serializers.Serializer[Any]):
    """How often, by the market's own clock."""

    interval = serializers.ChoiceField(choices=Interval.choices)
    weekday = serializers.ChoiceField(choices=[(day, day) for day in WEEKDAYS], allow_null=True)
    day_of_month = serializers.IntegerField(allow_null=True, help_text="In a shorter month its last day.")
    time = serializers.CharField(help_text="Such as 09:35.")


class TermsSerializer(serializers.Serializer[Any]):
    """What is ordered each time."""

    symbol = serializers.CharField()
    side = serializers.ChoiceField(choices=Side.choices)
    order_type = serializers.ChoiceField(choices=OrderType.choices)
    time_in_force = serializers.ChoiceField(choices=TimeInForce.choices)
    quantity = serializers.CharField(required=False)
    notional = serializers.CharField(required=False)
    percent_of_position = serializers.CharField(required=False)
    percent_of_cash = serializers.CharField(required=False)
    limit_price = serializers.CharField(required=False)
    bracket = serializers.DictField(required=False)


class ScheduleSerializer(serializers.Serializer[RepeatingView]):
    """One repeating order."""

    id = serializers.UUIDField(source="repeating.pk", read_only=True)
    client_order_id = serializers.CharField(source="repeating.client_key", read_only=True)
    account = serializers.UUIDField(source="repeating.account.public_id", read_only=True)
    order = TermsSerializer(source="repeating.instruction", read_only=True)
    every = EverySerializer(read_only=True)
    timezone = serializers.CharField(source="repeating.timezone", read_only=True)
    in_words = serializers.SerializerMethodField(help_text="Such as “Every Monday at 09:35 New York time”.")
    words = TextOrNull(source="repeating.words", help_text="The sentence it was read from.")
    state = serializers.ChoiceField(choices=RepeatingState.choices, source="repeating.state", read_only=True)
    reason = TextOrNull(source="repeating.reason", help_text="Why it is paused or has ended.")
    next = serializers.ListField(source="due", child=serializers.DateTimeField(), read_only=True)
    notes = serializers.ListField(child=serializers.CharField(), read_only=True, help_text="What holidays change.")
    ends_at = moment(source="repeating.ends_at", allow_null=True)
    count_max = serializers.IntegerField(source="repeating.count_max", read_only=True, allow_null=True)
    placed_count = serializers.IntegerField(source="repeating.placed_count", read_only=True)
    created_at = moment(source="repeating.created_at")
    updated_at = moment(source="repeating.updated_at")

    def get_in_words(self, view: RepeatingView) -> str:
        """The order and its rule."""
        return f"{view.what}, {view.rule[0].lower()}{view.rule[1:]}"


class RunSerializer(serializers.Serializer[RepeatingRun]):
    """What became of one time."""

    day = serializers.DateField(read_only=True)
    due_at = moment()
    state = serializers.ChoiceField(choices=RunState.choices, read_only=True)
    order_id = serializers.UUIDField(read_only=True, allow_null=True)
    code = TextOrNull()
    reason = TextOrNull()
    at = moment()


class OutlookSerializer(serializers.Serializer[Any]):
    """What a repeating order would do."""

    order = TermsSerializer()
    every = EverySerializer()
    in_words = serializers.CharField()
    first = moment(allow_null=True)
    next = serializers.ListField(child=serializers.DateTimeField(), help_text="The three times after the first.")
    notes = serializers.ListField(child=serializers.CharField())
    cost = figure(null=True, help_text="Of one time, at the price of now, with fees.")
    per_month = figure(null=True, help_text="About what a month costs; null where the size depends on what there is.")
    ends_at = moment(allow_null=True)
    count_max = serializers.IntegerField(allow_null=True)
    preview = serializers.DictField(allow_null=True, help_text="As of `orders/preview/`; null without a fresh price.")
