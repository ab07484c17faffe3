"""What tables of the operators' room share: aligned figures, times of the market with UTC beside them, read-only."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.forms import SplitDateTimeField
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from arbion.lib.fields import MoneyField, PriceField
from arbion.lib.templatetags.arbion import MINUS, NOTHING

Display = Callable[[Any], Any]
_DRESSED: tuple[type, ...] = (models.DateTimeField, models.IntegerField, models.FloatField, models.JSONField)


class RoomAdmin(admin.ModelAdmin[Any]):
    """A table in the operators' room."""

    show_full_result_count = False
    list_per_page = 50

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """The columns, those of figures and times in our own dress."""
        return [self._dressed(column) for column in super().get_list_display(request)]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A field of the form; the two inputs of a moment each say what they are."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(field, SplitDateTimeField):
            for part, widget in zip(("date", "time"), field.widget.widgets, strict=True):
                widget.attrs["aria-label"] = f"{field.label}, {part}"
        return field

    def _dressed(self, column: Any) -> Any:
        if not isinstance(column, str) or hasattr(self, column):
            return column
        try:
            field = self.opts.get_field(column)
        except FieldDoesNotExist:
            return column
        if not is_dressed(field):
            return column
        # The name becomes the classes of the column: figures stand on the right.
        return named_column(column, str(getattr(field, "verbose_name", column)), field)


class ReadOnlyRoomAdmin(RoomAdmin):
    """A table that is only read: rows come from what happens, and history stays."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False


def is_dressed(field: Any) -> bool:
    """Whether we show values of this kind ourselves."""
    return (
        isinstance(field, _DRESSED) and not getattr(field, "choices", None) and not getattr(field, "is_relation", False)
    )


def named_column(name: str, label: str, field: Any) -> Display:
    """A column of a list that shows a field by `shown`."""

    def show(row: Any) -> Any:
        value = getattr(row, name)
        return in_a_line(value) if isinstance(field, models.JSONField) else shown(field, value)

    is_figure = not isinstance(field, models.DateTimeField | models.JSONField)
    show.__name__ = f"{name} figure" if is_figure else name
    show.short_description = label  # type: ignore[attr-defined]
    show.admin_order_field = name  # type: ignore[attr-defined]
    return show


def shown(field: Any, value: Any) -> Any:
    """A value as the room shows it."""
    if value is None:
        return NOTHING
    if isinstance(field, models.DateTimeField) or isinstance(value, datetime):
        return market_time(value)
    if isinstance(field, models.JSONField):
        return pretty(value)
    return figure(value, least=2 if isinstance(field, MoneyField | PriceField) else 0)


def market_time(value: datetime | None) -> SafeString | str:
    """A moment by the market's clock, with UTC where the pointer rests on it."""
    if value is None:
        return NOTHING
    local, utc = value.astimezone(ZoneInfo(settings.MARKET_TIMEZONE)), value.astimezone(UTC)
    return format_html(
        '<time class="moment" datetime="{}" title="{} UTC">{} <small>{}</small></time>',
        utc.isoformat(),
        f"{utc:%Y-%m-%d %H:%M:%S}",
        f"{local:%Y-%m-%d %H:%M:%S}",
        local.tzname() or "",
    )


def figure(value: Any, *, least: int = 0) -> str:
    """A number with grouped thousands, without needless zeros but with the `least` decimals."""
    number = value if isinstance(value, int) else Decimal(str(value))
    whole, _, rest = f"{abs(Decimal(number)):,f}".partition(".")
    rest = rest.rstrip("0").ljust(least, "0")
    return f"{MINUS if number < 0 else ''}{whole}{'.' + rest if rest else ''}"


def in_a_line(value: Any) -> SafeString | str:
    """JSON for a column of a list: its facts in one line, cut where they are many."""
    if not isinstance(value, dict):
        return str(value or NOTHING)[:120]
    text = ", ".join(f"{name}: {fact}" for name, fact in value.items() if fact not in (None, "", {}, []))
    return format_html('<span class="in-a-line" title="{}">{}</span>', text, text[:120]) if text else NOTHING


def pretty(value: Any) -> SafeString | str:
    """JSON that a person can read."""
    if value in ({}, [], ""):
        return NOTHING
    return format_html('<pre class="facts">{}</pre>', json.dumps(value, indent=2, ensure_ascii=False, default=str))
