"""How a limit's figure reads on a page: in its own unit."""

from __future__ import annotations

from decimal import Decimal

from django import template

from arbion.lib.templatetags.arbion import NOTHING, money, percent, quantity
from riskdesk.terms import OFF, Bound, Kind

register = template.Library()

_UNITS = {Kind.MULTIPLE: " times", Kind.SECONDS: " s", Kind.MINUTES: " min", Kind.UNITS: " units"}


@register.filter
def bound(value: Bound | None, kind: Kind) -> str:
    """A limit, or how much of it is used: `$50,000.00`, `25%`, `2 times`, `30`; `no limit` where nothing is limited."""
    if value is OFF:
        return "no limit"
    if not isinstance(value, Decimal):
        return NOTHING
    if kind is Kind.USD:
        return money(value)
    if kind is Kind.PERCENT:
        return percent(value, 0 if value == value.to_integral_value() else 2)
    if kind is Kind.YES_NO:
        return "yes" if value else "no"
    return f"{quantity(value)}{_UNITS.get(kind, '')}"


@register.filter
def typed(value: Bound | None) -> str:
    """The figure as one would type it; nothing where nothing is set."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else ""
