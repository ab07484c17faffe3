"""How the story of an order reads on a page: an icon for each kind, times to the millisecond, what was written down."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

ICONS = {
    "asked": "message-square",
    "read": "book-open",
    "seen": "eye",
    "judged": "shield",
    "happened": "circle",
    "sent": "arrow-up-right",
    "heard": "arrow-down-left",
    "filled": "check-circle",
    "booked": "book",
    "told": "bell",
}


@register.filter
def entry_icon(kind: str) -> str:
    """The icon of an entry."""
    return ICONS.get(kind, "circle")


@register.filter
def moment_fine(value: datetime) -> SafeString:
    """A time in UTC to the millisecond: here the order of things matters."""
    at = value.astimezone(UTC)
    return format_html('<time datetime="{}">{} UTC</time>', at.isoformat(), f"{at:%Y-%m-%d %H:%M:%S}.{at:%f}"[:-3])


@register.filter
def as_written(raw: Mapping[str, Any]) -> str:
    """What was written down, as text."""
    return json.dumps(raw, indent=2, ensure_ascii=False, default=str)
