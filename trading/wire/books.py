"""How lots, movements of cash and exercises look in REST."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

from rest_framework import serializers

from arbion.domain.numbers import EXACT, PRICE_UNIT, plain
from trading.models import CashKind, CashMovement, Lot, OptionExercise, WishStatus
from trading.wire import schema  # noqa: F401  describes our decimals wherever these serializers are used
from trading.wire.fields import NoText, TextOrNull, figure, lot_id, moment, public_id

_Wish = TypeVar("_Wish", CashMovement, OptionExercise)


class LotSerializer(serializers.Serializer[Lot]):
    """What one opening execution opened, and what is left of it; below zero where the units are owed."""

    id = serializers.SerializerMethodField(help_text="What `lots` of an order names.")
    account = serializers.UUIDField(source="account.public_id", read_only=True)
    symbol = serializers.CharField(source="instrument.symbol", read_only=True)
    quantity = figure(source="remaining_quantity")
    cost = figure(source="remaining_cost", help_text="Of what is left, fees included.")
    average_cost = serializers.SerializerMethodField(help_text="Cost a unit of the price.")
    opened_quantity = figure(source="quantity")
    opened_at = moment()
    fill_id = serializers.SerializerMethodField(
        help_text="The fill that opened it; null for an assignment and the like."
    )

    def get_id(self, lot: Lot) -> UUID:
        """Its public id."""
        return lot_id(lot.account, lot)

    def get_average_cost(self, lot: Lot) -> str:
        """What a unit of what is left had cost, at price scale."""
        units = EXACT.multiply(lot.remaining_quantity, Decimal(lot.instrument.multiplier))
        return plain(EXACT.divide(lot.remaining_cost, units).quantize(PRICE_UNIT, context=EXACT))

    def get_fill_id(self, lot: Lot) -> UUID | None:
        """The public id of the fill."""
        return None if lot.fill is None else public_id(lot.account, "fill", lot.fill.venue_fill_id)


class LotPageSerializer(serializers.Serializer[Any]):
    """All open lots of one position, oldest first."""

    next = NoText()
    previous = NoText()
    results = LotSerializer(many=True, read_only=True)


class WishSerializer(serializers.Serializer[_Wish]):
    """Something that was asked of the venue and is done once the venue has said so."""

    id = serializers.UUIDField(read_only=True)
    account = serializers.UUIDField(source="account.public_id", read_only=True)
    idempotency_key = serializers.CharField(source="client_key", read_only=True)
    status = serializers.ChoiceField(choices=WishStatus.choices, read_only=True)
    reject_code = TextOrNull(source="refusal_code")
    reject_reason = TextOrNull(source="refusal_reason")
    created_at = moment()
    closed_at = moment(allow_null=True)


class CashMovementSerializer(WishSerializer[CashMovement]):
    """Cash put into an account, or taken out of it."""

    kind = serializers.ChoiceField(choices=CashKind.choices, read_only=True)
    amount = figure()
    currency = serializers.CharField(source="account.currency", read_only=True)


class ExerciseSerializer(WishSerializer[OptionExercise]):
    """Contracts that their holder exercises."""

    symbol = serializers.CharField(source="instrument.symbol", read_only=True)
    quantity = figure()
