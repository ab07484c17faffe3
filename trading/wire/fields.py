"""The fields of answers: decimals as text, times in UTC, null where there is nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from arbion.lib.api import DecimalText
from brokers.models import BrokerAccount
from trading.models import Lot


def figure(*, null: bool = False, **kwargs: Any) -> DecimalText:
    """A figure in an answer, as decimal text."""
    return DecimalText(read_only=True, allow_null=null, **kwargs)


def moment(**kwargs: Any) -> serializers.DateTimeField:
    """A time in an answer, in UTC."""
    return serializers.DateTimeField(read_only=True, default_timezone=UTC, **kwargs)


def wire_time(at: datetime) -> str:
    """A time as `moment` writes it."""
    return moment().to_representation(at)


class TextOrNull(serializers.CharField):
    """Text in an answer; an empty one is null."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, allow_null=True, **kwargs)

    def get_attribute(self, instance: Any) -> Any:
        """The text, or None."""
        return super().get_attribute(instance) or None


class Nothing(serializers.Field[None, None, None, Any]):
    """A name of the contract that nothing here fills."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, allow_null=True, **kwargs)

    def get_attribute(self, instance: Any) -> None:
        """Always nothing."""
        return

    def to_representation(self, value: Any) -> None:
        """Always nothing."""
        return


@extend_schema_field(OpenApiTypes.STR)
class NoText(Nothing):
    """Nothing, where a text or a decimal would stand."""


def public_id(account: BrokerAccount, kind: str, name: str) -> UUID:
    """A stable id that betrays no count of rows: made of the account's random id and the fact's own name."""
    return uuid5(account.public_id, f"{kind}:{name}")


def lot_id(account: BrokerAccount, lot: Lot) -> UUID:
    """The public id of a lot."""
    return public_id(account, "lot", str(lot.pk))
