"""The fields of requests: what is not written as asked is refused, never read as something near it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from arbion.domain.errors import FieldError, InvalidInput
from arbion.lib.api import DecimalText

# Of what is not known, so much is said back.
NAME_SHOWN = 60
UNKNOWN_SHOWN = 20


class AskedFigure(DecimalText):
    """A figure in a request: read exactly here; its bounds are those of the instruction, the same at every door."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, allow_null=True, **kwargs)

    def _check_size(self, value: Decimal) -> None:
        """Nothing to say of it here."""


class KnownFieldsOnly(serializers.Serializer[Any]):
    """A body in which a field that is not known is refused: a misspelt limit must not become an order without one."""

    def to_internal_value(self, data: Any) -> Any:
        """The values, where every field is one of ours."""
        if isinstance(data, Mapping) and (unknown := [str(name) for name in data if name not in self.fields]):
            faults = tuple(
                FieldError(name[:NAME_SHOWN], "unknown_field", "There is no such field here.")
                for name in unknown[:UNKNOWN_SHOWN]
            )
            raise InvalidInput(f"There is no field “{faults[0].field}” here.", errors=faults)
        return super().to_internal_value(data)


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
