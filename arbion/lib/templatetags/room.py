"""How the operators' room shows the fields of one row."""

from __future__ import annotations

from typing import Any

from django import template
from django.contrib.admin.utils import lookup_field
from django.core.exceptions import ObjectDoesNotExist

from arbion.lib.room import figure, is_dressed, market_time, pretty, shown

register = template.Library()
register.filter("market_time", market_time)
register.filter("pretty", pretty)


@register.filter
def contents(field: Any) -> Any:
    """A read-only field of a form: figures and times in our dress, the rest as Django shows it."""
    name, row = field.field["field"], field.form.instance
    try:
        kind, _, value = lookup_field(name, row, field.model_admin)
    except (AttributeError, ValueError, ObjectDoesNotExist):
        return field.contents()
    return shown(kind, value) if kind is not None and is_dressed(kind) else field.contents()


@register.filter
def number(value: Any, least: int = 0) -> str:
    """A number with grouped thousands and at least so many decimals."""
    return "" if value is None else figure(value, least=least)


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """A value by its key."""
    return mapping.get(key)
