"""How positions, accounts and the ledger look in REST and on the stream: one set of names for both."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from rest_framework import serializers

from arbion.domain.enums import AssetClass, FillModel, LotMethod, OptionRight, RunMode, Venue
from arbion.domain.numbers import plain
from brokers.margin import Holding, maintenance
from trading.models import Journal, JournalCode, LedgerKind, Message, Speaker, Transfer
from trading.selectors import PortfolioView, PositionView
from trading.wire import schema  # noqa: F401  describes our decimals wherever these serializers are used
from trading.wire.fields import NoText, TextOrNull, figure, moment, public_id
from trading.wire.orders import terms_of


class ContractSerializer(serializers.Serializer[Any]):
    """The terms of an option that is held."""

    underlying = serializers.CharField()
    right = serializers.ChoiceField(choices=OptionRight.choices)
    strike = figure()
    expiration = serializers.DateField()

    def get_attribute(self, instance: PositionView) -> dict[str, Any] | None:
        """The terms behind a position's instrument, or None."""
        terms = terms_of(instance.instrument)
        if terms is None:
            return None
        shown = {"underlying": terms.underlying, "right": terms.right}
        return {**shown, "strike": terms.strike, "expiration": terms.expires_on}


class PositionSerializer(serializers.Serializer[PositionView]):
    """What an account holds of one instrument, at the last price; figures that need a price are null without one.

    Quantity, cost and value are below zero where the position is short. Prices of options are a unit of the underlying.
    """

    account = serializers.UUIDField(source="account.public_id", read_only=True)
    symbol = serializers.CharField(source="instrument.symbol", read_only=True)
    name = serializers.CharField(source="instrument.name", read_only=True)
    asset_class = serializers.ChoiceField(choices=AssetClass.choices, source="instrument.asset_class", read_only=True)
    option = ContractSerializer(read_only=True, allow_null=True)
    multiplier = figure(source="instrument.multiplier", help_text="Units that one unit stands for: 100 for an option.")
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
    cash_held = figure(help_text="What open orders have claimed of the cash.")
    collateral = figure(source="security", help_text="What of the cash covers what is owed.")
    buying_power = figure()
    market_value = figure(source="holdings_value", null=True)
    day_profit = figure(null=True)
    day_profit_percent = figure(null=True)
    total_profit = figure(null=True)
    realized = figure()
    unrealized = figure(null=True)
    fees = figure()
    dividends = figure(help_text="Received, less what was owed of them.")
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
    fill_model = serializers.ChoiceField(choices=FillModel.choices, source="account.fill_model", read_only=True)
    margin = serializers.BooleanField(
        source="account.margin", read_only=True, help_text="Whether it may sell short, against cash as security."
    )
    lot_method = serializers.ChoiceField(choices=LotMethod.choices, source="account.lot_method", read_only=True)
    archived_at = moment(source="account.archived_at", allow_null=True, help_text="Since then nothing trades in it.")
    cash = figure()
    cash_held = figure(help_text="What open orders have claimed of the cash.")
    collateral = figure(source="security", help_text="What of the cash covers what is owed.")
    buying_power = figure()
    equity = figure(null=True)
    maintenance_requirement = serializers.SerializerMethodField(
        help_text="The cash below which shares that are owed are bought back."
    )
    maintenance_excess = serializers.SerializerMethodField(help_text="What the cash has beyond it.")

    def get_maintenance_requirement(self, view: PortfolioView) -> str:
        """The requirement at the last prices."""
        return plain(maintenance_of(view))

    def get_maintenance_excess(self, view: PortfolioView) -> str:
        """Cash less the requirement."""
        return plain(view.cash - maintenance_of(view))


def maintenance_of(view: PortfolioView) -> Decimal:
    """The cash that must stay for the shares that are owed, at the last prices; at cost where there is no price."""
    return maintenance(
        Holding(
            symbol=row.instrument.symbol,
            quantity=row.quantity,
            price=abs(row.average_price) if row.quote is None else row.quote.last,
            multiplier=row.instrument.multiplier,
        )
        for row in view.positions
        if row.instrument.asset_class != AssetClass.OPTION
    )


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
    """One business fact in the ledger; its transfers balance by construction.

    The entries of one account are a chain: `sequence` counts from 1 without a gap, `digest` covers the entry and the
    digest before it under a key of this installation.
    """

    id = serializers.SerializerMethodField()
    account = serializers.UUIDField(source="account.public_id", read_only=True)
    code = serializers.ChoiceField(choices=JournalCode.choices, read_only=True)
    sequence = serializers.IntegerField(read_only=True)
    digest = serializers.CharField(read_only=True)
    symbol = TextOrNull(help_text="What it is about; null: cash alone.")
    note = TextOrNull(help_text="Why it was booked by hand.")
    reverses = serializers.SerializerMethodField(help_text="The entry that it takes back, or null.")
    fill_id = serializers.SerializerMethodField(help_text="The fill that it books; null for anything else.")
    time = moment(source="at")
    transfers = TransferSerializer(many=True, read_only=True)

    def get_id(self, journal: Journal) -> UUID:
        """Its public id."""
        return public_id(journal.account, "journal", journal.reference)

    def get_reverses(self, journal: Journal) -> UUID | None:
        """The public id of the entry that it takes back."""
        return None if journal.reverses is None else public_id(journal.account, "journal", journal.reverses.reference)

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
