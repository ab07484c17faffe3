"""Pieces of the conversation: a small curve as a picture of lines, and moments that were kept as text."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html
from django.utils.safestring import SafeString

from arbion.lib.templatetags.arbion import moment

register = template.Library()
WIDTH, HEIGHT, MARGIN = Decimal(240), Decimal(56), Decimal(3)
FINEST = Decimal("0.1")


@register.simple_tag
def curve(chart: dict[str, Any]) -> SafeString:
    """The line through the figures, and what it shows in words for who does not see it."""
    figures = [Decimal(point) for point in chart["points"]]
    low, high = min(figures), max(figures)
    span = high - low or Decimal(1)
    across = (WIDTH - 2 * MARGIN) / (len(figures) - 1)
    points = " ".join(
        f"{(MARGIN + across * place).quantize(FINEST)},"
        f"{(HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * (figure - low) / span).quantize(FINEST)}"
        for place, figure in enumerate(figures)
    )
    way = "up" if figures[-1] >= figures[0] else "down"
    return format_html(
        '<svg class="spark answer-curve {}" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<polyline points="{}" vector-effect="non-scaling-stroke"></polyline></svg>',
        way,
        WIDTH,
        HEIGHT,
        chart["says"],
        points,
    )


@register.filter
def when_iso(text: Any) -> SafeString | str:
    """A moment that was kept as text, as moments are written here; nothing where there is none."""
    found = text if isinstance(text, datetime) else parse_datetime(str(text or ""))
    return "" if found is None else moment(found)


@register.filter
def market_time(at: Any) -> str:
    """A moment of the calendar by the market's own clock: `Mon 23 Nov, 09:35`."""
    found = at if isinstance(at, datetime) else parse_datetime(str(at or ""))
    return "" if found is None else f"{found.astimezone(ZoneInfo(settings.MARKET_TIMEZONE)):%a %d %b, %H:%M}"
