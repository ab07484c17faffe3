"""The fields of requests: what is not written as asked is refused, never read as something near it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.dateparse import parse_datetime
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from arbion.lib.api import DecimalText

# Of what is not known, so much is said back.
NAME_SHOWN = 60
UNKNOWN_SHOWN = 20
TIME_ASKED = "Write a time such as 2026-11-20T15:00:00Z."
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class AskedFigure(DecimalText):
    """A figure in a request: read exactly here; its bounds are those of the instruction, the same at every door."""

    def __init__(self, *, required: bool = False, **kwargs: Any) -> None:
        super().__init__(required=required, allow_null=not required, **kwargs)

    def _check_size(self, value: Decimal) -> None:
        """Nothing to say of it here."""


class KnownFieldsOnly(serializers.Serializer[Any]):
    """A body in which a field that is not known is refused: a misspelt limit must not become an order without one."""

    def to_internal_value(self, data: Any) -> Any:
        """The values, where every field is one of ours."""
        if isinstance(data, Mapping) and (unknown := [str(name) for name in data if name not in self.fields]):
            names = [name[:NAME_SHOWN] for name in unknown[:UNKNOWN_SHOWN]]
            raise serializers.ValidationError(
                {name: ErrorDetail(f"There is no field “{name}” here.", "unknown_field") for name in names}
            )
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


class StrictBoolean(serializers.BooleanField):
    """A yes or no that was sent as `true` or `false`; no word and no number is read as one."""

    def to_internal_value(self, data: Any) -> bool:
        """The answer."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class StrictInteger(serializers.IntegerField):
    """A whole number that was sent as a number."""

    def to_internal_value(self, data: Any) -> int:
        """The number."""
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictChoice(serializers.ChoiceField):
    """One of our words, sent as text; an empty text is none of them."""

    def to_internal_value(self, data: Any) -> Any:
        """The word."""
        if not isinstance(data, str):
            self.fail("invalid_choice", input=data)
        return super().to_internal_value(data)


class StrictDate(serializers.DateField):
    """A day such as 2026-12-18, and in no other spelling."""

    def to_internal_value(self, value: Any) -> date:
        """The day."""
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            self.fail("invalid", format="YYYY-MM-DD")
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail("invalid", format="YYYY-MM-DD")


class StrictMoment(serializers.DateTimeField):
    """A time such as 2026-11-20T15:00:00Z; without its zone it would be another one for every reader."""

    default_error_messages = {"invalid_time": TIME_ASKED}

    def to_internal_value(self, value: Any) -> datetime:
        """The time, in UTC."""
        found = read_moment(value) if isinstance(value, str) else None
        if found is None:
            self.fail("invalid_time")
        return found


def read_moment(text: str) -> datetime | None:
    """The time that a text with date, time and zone names, in UTC; None where it names none."""
    try:
        found = parse_datetime(text)
        return None if found is None or found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
