"""How orders, their history and their executions look in REST and on the stream."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from rest_framework import serializers

from arbion.domain.enums import (
    AssetClass,
    GroupKind,
    GroupRole,
    LotMethod,
    OptionRight,
    OrderStatus,
    OrderType,
    PendingRequest,
    PositionEffect,
    Side,
    Source,
    TimeInForce,
    Trigger,
    Waiting,
)
from arbion.domain.numbers import plain
from arbion.domain.options import OptionTerms
from marketdata.models import Instrument
from marketdata.options import contracts
from trading.instruction import BRACKET_FIELDS
from trading.models import Fill, Order, OrderEvent
from trading.wire import schema  # noqa: F401  describes our decimals wherever these serializers are used
from trading.wire.conditions import WhenSerializer
from trading.wire.fields import TextOrNull, figure, moment, public_id

Json = dict[str, Any]


class OptionSerializer(serializers.Serializer[Any]):
    """Which contract of the underlying that `symbol` names."""

    right = serializers.ChoiceField(choices=OptionRight.choices)
    strike = figure()
    expiration = serializers.DateField(help_text="It trades until that day's close.")
    effect = serializers.ChoiceField(choices=PositionEffect.choices)

    def get_attribute(self, instance: Order) -> Json | None:
        """The terms behind an order's instrument, or None."""
        terms = terms_of(instance.instrument)
        if terms is None:
            return None
        shown = {"right": terms.right, "strike": terms.strike, "expiration": terms.expires_on}
        return {**shown, "effect": instance.effect}


class BracketSerializer(serializers.Serializer[Any]):
    """The exits that were asked for with an entry; a percent is the distance from its average fill price."""

    stop_loss_price = figure(null=True)
    stop_loss_percent = figure(null=True)
    take_profit_price = figure(null=True)
    take_profit_percent = figure(null=True)

    def get_attribute(self, instance: Order) -> Json | None:
        """The bracket as the entry's instruction has it, or None."""
        asked = instance.intent.instruction.get("bracket")
        if not asked or instance.group_role not in {GroupRole.ENTRY, GroupRole.NONE}:
            return None
        return {name: None if asked.get(name) is None else Decimal(asked[name]) for name in BRACKET_FIELDS}


class LegSerializer(serializers.Serializer[Any]):
    """One leg of an order of several: so many contracts or shares for each package."""

    symbol = serializers.CharField(source="instrument.symbol")
    side = serializers.ChoiceField(choices=Side.choices)
    ratio = serializers.IntegerField()
    effect = serializers.ChoiceField(choices=PositionEffect.choices)
    filled_quantity = figure()


class OrderGroupSerializer(serializers.Serializer[Any]):
    """The group that an order belongs to, and its part in it; `orders/?group=` lists the others."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=GroupKind.choices)
    role = serializers.ChoiceField(choices=[choice for choice in GroupRole.choices if choice[0]])

    def get_attribute(self, instance: Order) -> Json | None:
        """The order's group, or None."""
        if instance.group is None:
            return None
        return {"id": instance.group_id, "kind": instance.group.kind, "role": instance.group_role}


class OrderSerializer(serializers.Serializer[Order]):
    """One order. Of an option `symbol` is the underlying; `contract_symbol` is what positions and quotes call it."""

    id = serializers.UUIDField(read_only=True)
    client_order_id = serializers.CharField(source="intent.client_key", read_only=True)
    account = serializers.UUIDField(source="account.public_id", read_only=True)
    symbol = serializers.SerializerMethodField(help_text="Of an option or of several legs, the underlying.")
    contract_symbol = serializers.SerializerMethodField(help_text="Of an option, such as AAPL261218C00200000.")
    asset_class = serializers.ChoiceField(choices=AssetClass.choices, source="instrument.asset_class", read_only=True)
    side = serializers.ChoiceField(choices=Side.choices, read_only=True, help_text="Of several legs, the first one's.")
    effect = serializers.ChoiceField(choices=PositionEffect.choices, read_only=True)
    order_type = serializers.ChoiceField(choices=OrderType.choices, read_only=True)
    quantity = figure()
    notional = figure(null=True)
    limit_price = figure(null=True, help_text="Of several legs net a package: positive is paid, negative received.")
    stop_price = figure(null=True)
    trail_amount = figure(null=True)
    trail_percent = figure(null=True)
    time_in_force = serializers.ChoiceField(choices=TimeInForce.choices, read_only=True)
    expires_at = moment(allow_null=True, help_text="The date of a good-till-date order.")
    extended_hours = serializers.BooleanField(read_only=True)
    option = OptionSerializer(read_only=True, allow_null=True)
    bracket = BracketSerializer(read_only=True, allow_null=True)
    when = WhenSerializer(read_only=True, allow_null=True)
    legs = LegSerializer(source="legs.all", many=True, read_only=True)
    stop_loss_price = serializers.SerializerMethodField(help_text="Where the stop loss of this entry stands.")
    take_profit_price = serializers.SerializerMethodField(help_text="Where the take profit of this entry stands.")
    group = OrderGroupSerializer(read_only=True, allow_null=True)
    lot_method = TextOrNull(help_text=f"One of {', '.join(LotMethod.values)}; null: as the account has it.")
    venue_order_id = TextOrNull()
    status = serializers.ChoiceField(choices=OrderStatus.choices, read_only=True)
    pending_request = TextOrNull(
        help_text=f"Asked of the venue and not yet answered: {' or '.join(filter(None, PendingRequest.values))}."
    )
    waiting_for = TextOrNull(help_text=f"What a held order waits for: {' or '.join(filter(None, Waiting.values))}.")
    revision = serializers.IntegerField(read_only=True, help_text="How often a change of it was asked.")
    filled_quantity = figure()
    remaining_quantity = figure(source="leaves_quantity", help_text="What may still fill: 0 once the order is closed.")
    average_fill_price = figure(null=True)
    fees = figure()
    source: Any = serializers.ChoiceField(choices=Source.choices, source="intent.source", read_only=True)
    reject_code = TextOrNull()
    reject_reason = TextOrNull()
    created_at = moment()
    updated_at = moment()

    def get_symbol(self, order: Order) -> str:
        """The instrument's symbol, or the underlying's."""
        terms = terms_of(order.instrument)
        return order.instrument.symbol if terms is None else terms.underlying

    def get_contract_symbol(self, order: Order) -> str | None:
        """The contract's own symbol, where it is an option."""
        return None if terms_of(order.instrument) is None else order.instrument.symbol

    def get_stop_loss_price(self, order: Order) -> str | None:
        """The stop of the group's stop loss."""
        child = exit_of(order, GroupRole.STOP_LOSS)
        return None if child is None or child.stop_price is None else plain(child.stop_price)

    def get_take_profit_price(self, order: Order) -> str | None:
        """The limit of the group's take profit."""
        child = exit_of(order, GroupRole.TAKE_PROFIT)
        return None if child is None or child.limit_price is None else plain(child.limit_price)


class OrderEventSerializer(serializers.Serializer[OrderEvent]):
    """One thing that happened to an order."""

    number = serializers.IntegerField(source="version", read_only=True, help_text="Counts from 0, one by one.")
    time = moment(source="at")
    trigger = TextOrNull(help_text=f"One of {', '.join(Trigger.values)}; null where the status did not change.")
    before = serializers.ChoiceField(choices=OrderStatus.choices, read_only=True)
    after = serializers.ChoiceField(choices=OrderStatus.choices, read_only=True)
    cause = serializers.CharField(read_only=True)
    actor = serializers.EmailField(source="actor.email", read_only=True, allow_null=True, default=None)
    data: Any = serializers.DictField(read_only=True)


class FillSerializer(serializers.Serializer[Fill]):
    """One execution. Of an option `symbol` is the contract's."""

    id = serializers.SerializerMethodField()
    order_id = serializers.UUIDField(read_only=True)
    account = serializers.UUIDField(source="account.public_id", read_only=True)
    symbol = serializers.CharField(source="instrument.symbol", read_only=True)
    leg = serializers.IntegerField(read_only=True, help_text="Of the order's legs, counted from 0.")
    side = serializers.ChoiceField(choices=Side.choices, read_only=True)
    quantity = figure()
    price = figure()
    value = figure(source="gross")
    fee = figure()
    time = moment(source="filled_at")

    def get_id(self, fill: Fill) -> UUID:
        """Its public id."""
        return public_id(fill.account, "fill", fill.venue_fill_id)


def shown(rows: QuerySet[Order]) -> QuerySet[Order]:
    """The orders with what their answers need beside their own row, in a number of queries that does not grow."""
    return rows.select_related("group").prefetch_related("group__orders", "legs__instrument")


def terms_of(instrument: Instrument) -> OptionTerms | None:
    """The terms of an option contract as they are now, also after a split; None of anything else."""
    return contracts.terms_of(instrument)


def option_body(terms: OptionTerms, effect: str | None) -> Json:
    """The terms of a contract as an order's `option` has them."""
    return {
        "right": terms.right.value,
        "strike": plain(terms.strike),
        "expiration": terms.expires_on.isoformat(),
        "effect": effect,
    }


def exit_of(order: Order, role: GroupRole) -> Order | None:
    """The entry's stop loss or take profit, where it has one."""
    if order.group is None or order.group_role != GroupRole.ENTRY:
        return None
    return next((child for child in order.group.orders.all() if child.group_role == role), None)
