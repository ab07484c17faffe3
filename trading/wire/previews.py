"""How an order looks before it is placed: what it would be and cost, and what the risk desk says of it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from arbion.domain.enums import OrderType, PositionEffect, Side, TimeInForce
from arbion.domain.options import read_symbol
from marketdata.conditions import Operator, Reference
from trading.instruction import Instruction
from trading.wire import schema  # noqa: F401  describes our decimals wherever these serializers are used
from trading.wire.fields import figure, moment, wire_time
from trading.wire.orders import BracketSerializer, OptionSerializer, option_body


class CheckSerializer(serializers.Serializer[Any]):
    """One question of the risk desk and its answer."""

    name = serializers.CharField()
    passed = serializers.BooleanField()
    code = serializers.CharField(help_text="Of the refusal; empty when passed.")
    detail = serializers.CharField(help_text="The reason in words; empty when passed.")
    value = figure(null=True)
    limit = figure(null=True)


class PreviewLegSerializer(serializers.Serializer[Any]):
    """One leg as it was asked for."""

    symbol = serializers.CharField()
    side = serializers.ChoiceField(choices=Side.choices)
    ratio = serializers.IntegerField()
    effect = serializers.ChoiceField(choices=PositionEffect.choices, allow_null=True)


class AskedWhenSerializer(serializers.Serializer[Any]):
    """The condition as it was asked for."""

    symbol = serializers.CharField(allow_null=True)
    metric = serializers.CharField()
    operator = serializers.ChoiceField(choices=Operator.choices)
    value = figure()
    reference = serializers.ChoiceField(choices=Reference.choices, allow_null=True)


class PreviewSerializer(serializers.Serializer[Any]):
    """An order as it would be sent, at the prices of this moment; figures that need a price are null without one."""

    symbol = serializers.CharField(help_text="Of an option or of several legs, the underlying.")
    contract_symbol = serializers.CharField(allow_null=True, help_text="Of an option.")
    side = serializers.ChoiceField(choices=Side.choices)
    order_type = serializers.ChoiceField(choices=OrderType.choices)
    time_in_force = serializers.ChoiceField(choices=TimeInForce.choices)
    expires_at = moment(allow_null=True)
    extended_hours = serializers.BooleanField()
    effect = serializers.ChoiceField(choices=PositionEffect.choices, allow_null=True)
    option = OptionSerializer(allow_null=True)
    bracket = BracketSerializer(allow_null=True)
    legs = PreviewLegSerializer(many=True)
    waiting_for = serializers.CharField(
        allow_null=True, help_text="`market_open` or `condition` where it would be held here first."
    )
    when = AskedWhenSerializer(allow_null=True)
    when_in_words = serializers.CharField(allow_blank=True, help_text="What would be waited for.")
    when_until = moment(allow_null=True, help_text="Until when it would be waited for.")
    quantity = figure()
    limit_price = figure(null=True)
    stop_price = figure(null=True)
    trail_amount = figure(null=True)
    trail_percent = figure(null=True)
    estimated_price = figure(null=True)
    estimated_value = figure(null=True)
    fees = figure(null=True)
    collateral = figure(null=True, help_text="Cash that it binds while it is open: price, cushion, security.")
    cost = figure(null=True, help_text="What would be paid, fees included; negative where money comes in.")
    buying_power_before = figure()
    buying_power_after = figure(null=True)
    approved = serializers.BooleanField(help_text="Whether every check passed.")
    reduces_position = serializers.BooleanField()
    checks = CheckSerializer(many=True)


def preview_body(instruction: Instruction, planned: dict[str, Any]) -> dict[str, Any]:
    """The preview with what was asked beside it, in the words of an order."""
    terms = read_symbol(instruction.symbol)
    return {
        **planned,
        "symbol": instruction.symbol if terms is None else terms.underlying,
        "contract_symbol": None if terms is None else instruction.symbol,
        "expires_at": None if instruction.expires_at is None else wire_time(instruction.expires_at),
        "extended_hours": instruction.extended_hours,
        "option": None if terms is None else option_body(terms, planned["effect"]),
        "bracket": None if instruction.bracket is None else instruction.bracket.body(),
        "legs": [leg.body() for leg in instruction.legs],
    }
