"""The fields of trading's REST bodies: strict on the way in, null where there is nothing on the way out."""

from __future__ import annotations

from datetime import UTC
from typing import Any
from uuid import UUID, uuid5

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from arbion.lib.api import DecimalText
from brokers.models import BrokerAccount


def figure(*, null: bool = False, **kwargs: Any) -> DecimalText:
    """A figure in an answer, as decimal text."""
    return DecimalText(read_only=True, allow_null=null, **kwargs)


def asked_figure() -> DecimalText:
    """A figure in a request: read exactly here, bounded where the instruction is born."""
    return DecimalText(places=20, maximum=None, required=False, allow_null=True)


def moment(**kwargs: Any) -> serializers.DateTimeField:
    """A time in an answer, in UTC."""
    return serializers.DateTimeField(read_only=True, default_timezone=UTC, **kwargs)


class StrictText(serializers.CharField):
    """Text that was sent as text: a number or a list is not read as its spelling."""

    def to_internal_value(self, data: Any) -> str:
        """The text, trimmed."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictUUID(serializers.UUIDField):
    """An id that was sent as text; a number is not read as the bits of one."""

    def to_internal_value(self, data: Any) -> UUID:
        """The id."""
        if not isinstance(data, str):
            self.fail("invalid", value=data)
        return super().to_internal_value(data)


class TextOrNull(serializers.CharField):
    """Text in an answer; an empty one is null."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, allow_null=True, **kwargs)

    def get_attribute(self, instance: Any) -> Any:
        """The text, or None."""
        return super().get_attribute(instance) or None


class Nothing(serializers.Field[None, None, None, Any]):
    """A name of the contract that no order of this installation fills."""

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


@extend_schema_field(OpenApiTypes.OBJECT)
class NoObject(Nothing):
    """Nothing, where an object would stand."""


@extend_schema_field(OpenApiTypes.ANY)
class NotOffered(serializers.Field[None, Any, None, Any]):
    """A field of the contract that orders here do not have: anything but null is refused, never silently dropped."""

    default_error_messages = {"unsupported": "This is not offered for orders here."}

    def __init__(self, **kwargs: Any) -> None:
        help_text = "Not offered here: leave it out, or null."
        super().__init__(required=False, allow_null=True, write_only=True, help_text=help_text, **kwargs)

    def to_internal_value(self, data: Any) -> None:
        """Refuse it: an order that silently lost its stop would be another order."""
        self.fail("unsupported")

    def to_representation(self, value: Any) -> None:
        """Never shown."""
        return


def public_id(account: BrokerAccount, kind: str, name: str) -> UUID:
    """A stable id that betrays no count of rows: made of the account's random id and the fact's own name."""
    return uuid5(account.public_id, f"{kind}:{name}")
