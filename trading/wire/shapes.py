"""How orders, fills, positions, accounts and the ledger look in REST and on the stream: one set of names for both."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework import serializers

from arbion.domain.enums import (
    AssetClass,
    OrderStatus,
    OrderType,
    RunMode,
    Side,
    Source,
    TimeInForce,
    Trigger,
    Venue,
)
from trading.models import Fill, Journal, JournalCode, LedgerKind, Message, Order, OrderEvent, Speaker, Transfer
from trading.selectors import PortfolioView, PositionView
from trading.wire import schema  # noqa: F401  describes our decimals wherever these serializers are used
from trading.wire.fields import NoObject, NoText, TextOrNull, figure, moment, public_id


class CheckSerializer(serializers.Serializer[Any]):
    """One question of the risk desk and its answer."""

    name = serializers.CharField()
    passed = serializers.BooleanField()
    code = serializers.CharField(help_text="Of the refusal; empty when passed.")
    detail = serializers.CharField(help_text="The reason in words; empty when passed.")
    value = figure(null=True)
    limit = figure(null=True)


class PreviewSerializer(serializers.Serializer[Any]):
    """An order as it would be sent, at the prices of this moment; figures that need a price are null without one."""

    symbol = serializers.CharField()
    side = serializers.ChoiceField(choices=Side.choices)
    order_type = serializers.ChoiceField(choices=OrderType.choices)
    time_in_force = serializers.ChoiceField(choices=TimeInForce.choices)
    quantity = figure()
    limit_price = figure(null=True)
    estimated_price = figure(null=True)
    estimated_value = figure(null=True)
    fees = figure(null=True)
    cost = figure(null=True, help_text="What would be paid, fees included; negative where money comes in.")
    buying_power_before = figure()
    buying_power_after = figure(null=True)
    approved = serializers.BooleanField(help_text="Whether every check passed.")
    reduces_position = serializers.BooleanField()
    checks = CheckSerializer(many=True)


class OrderSerializer(serializers.Serializer[Order]):
    """One order."""

    id = serializers.UUIDField(read_only=True)
    client_order_id = serializers.CharField(source="intent.client_key", read_only=True)
    account = serializers.UUIDField(source="account.public_id", read_only=True)
    symbol = serializers.CharField(source="instrument.symbol", read_only=True)
    asset_class = serializers.ChoiceField(choices=AssetClass.choices, source="instrument.asset_class", read_only=True)
    side = serializers.ChoiceField(choices=Side.choices, read_only=True)
    order_type = serializers.ChoiceField(choices=OrderType.choices, read_only=True)
    quantity = figure()
    notional = figure(null=True)
    limit_price = figure(null=True)
    stop_price = NoText()
    trail_amount = NoText()
    trail_percent = NoText()
    time_in_force = serializers.ChoiceField(choices=TimeInForce.choices, read_only=True)
    option = NoObject()
    bracket = NoObject()
    stop_loss_price = NoText()
    take_profit_price = NoText()
    venue_order_id = TextOrNull()
    status = serializers.ChoiceField(choices=OrderStatus.choices, read_only=True)
    pending_request = TextOrNull(help_text="What was asked of the venue and not yet answered: `cancel` or null.")
    waiting_for = NoText()
    filled_quantity = figure()
    remaining_quantity = figure(source="leaves_quantity", help_text="What may still fill: 0 once the order is closed.")
    average_fill_price = figure(null=True)
    fees = figure()
    source: Any = serializers.ChoiceField(choices=Source.choices, source="intent.source", read_only=True)
    reject_code = TextOrNull()
    reject_reason = TextOrNull()
    created_at = moment()
    updated_at = moment()


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
    """One execution."""

    id = serializers.SerializerMethodField()
    order_id = serializers.UUIDField(read_only=True)
    account = serializers.UUIDField(source="account.public_id", read_only=True)
    symbol = serializers.CharField(source="instrument.symbol", read_only=True)
    side = serializers.ChoiceField(choices=Side.choices, read_only=True)
    quantity = figure()
    price = figure()
    value = figure(source="gross")
    fee = figure()
    time = moment(source="filled_at")

    def get_id(self, fill: Fill) -> UUID:
        """Its public id."""
        return public_id(fill.account, "fill", fill.venue_fill_id)


class PositionSerializer(serializers.Serializer[PositionView]):
    """What an account holds of one instrument, at the last price; figures that need a price are null without one."""

    account = serializers.UUIDField(source="account.public_id", read_only=True)
    symbol = serializers.CharField(source="instrument.symbol", read_only=True)
    name = serializers.CharField(source="instrument.name", read_only=True)
    asset_class = serializers.ChoiceField(choices=AssetClass.choices, source="instrument.asset_class", read_only=True)
    quantity = figure()
    average_cost = figure(source="average_price")
    cost = figure()
    last_price = figure(source="quote.last", null=True, default=None)
    market_value = figure(source="value", null=True)
    unrealized = figure(null=True)
    unrealized_percent = figure(null=True)
    realized = figure()
    day_profit = figure(null=True)


class PositionPageSerializer(serializers.Serializer[Any]):
    """All positions."""

    next = NoText()
    previous = NoText()
    results = PositionSerializer(many=True, read_only=True)


class PortfolioSerializer(serializers.Serializer[PortfolioView]):
    """An account at the last prices; what needs a price that is missing is null."""

    account = serializers.UUIDField(source="account.public_id", read_only=True)
    currency = serializers.CharField(source="account.currency", read_only=True)
    time = moment(source="at")
    equity = figure(null=True)
    cash = figure()
    buying_power = figure()
    market_value = figure(source="holdings_value", null=True)
    day_profit = figure(null=True)
    day_profit_percent = figure(null=True)
    total_profit = figure(null=True)
    realized = figure()
    unrealized = figure(null=True)
    fees = figure()
    exposure = serializers.DictField(child=figure(), read_only=True, help_text="Value of the holdings by asset class.")


class EquityPointSerializer(serializers.Serializer[Any]):
    """What an account was worth at a moment."""

    time = moment()
    equity = figure()


class EquityCurveSerializer(serializers.Serializer[Any]):
    """Equity over time, oldest first, ending with this moment."""

    points = EquityPointSerializer(many=True, read_only=True)


class AccountSerializer(serializers.Serializer[PortfolioView]):
    """A brokerage account."""

    id = serializers.UUIDField(source="account.public_id", read_only=True)
    name = serializers.CharField(source="account.name", read_only=True)
    venue = serializers.ChoiceField(choices=Venue.choices, source="account.venue", read_only=True)
    currency = serializers.CharField(source="account.currency", read_only=True)
    mode = serializers.ChoiceField(choices=RunMode.choices, source="account.mode", read_only=True)
    cash = figure()
    buying_power = figure()
    equity = figure(null=True)


class TransferSerializer(serializers.Serializer[Transfer]):
    """One amount of one asset from one column of the books to another."""

    asset = serializers.CharField(read_only=True)
    amount = figure()
    debit = serializers.ChoiceField(
        choices=LedgerKind.choices, source="debit.kind", read_only=True, help_text="Where it went."
    )
    credit = serializers.ChoiceField(
        choices=LedgerKind.choices, source="credit.kind", read_only=True, help_text="Where it came from."
    )


class JournalSerializer(serializers.Serializer[Journal]):
    """One business fact in the ledger; its transfers balance by construction."""

    id = serializers.SerializerMethodField()
    account = serializers.UUIDField(source="account.public_id", read_only=True)
    code = serializers.ChoiceField(choices=JournalCode.choices, read_only=True)
    fill_id = serializers.SerializerMethodField(help_text="The fill that it books; null for anything else.")
    time = moment(source="at")
    transfers = TransferSerializer(many=True, read_only=True)

    def get_id(self, journal: Journal) -> UUID:
        """Its public id."""
        return public_id(journal.account, "journal", journal.reference)

    def get_fill_id(self, journal: Journal) -> UUID | None:
        """The public id of the fill that it books."""
        if journal.code != JournalCode.FILL:
            return None
        return public_id(journal.account, "fill", journal.reference.split(":", 2)[2])


class MessageSerializer(serializers.Serializer[Message]):
    """One line of the conversation with the desk."""

    speaker = serializers.ChoiceField(choices=Speaker.choices, read_only=True)
    text = serializers.CharField(read_only=True)
    time = moment(source="created_at")
    proposal = serializers.UUIDField(source="proposal_id", read_only=True, allow_null=True)
