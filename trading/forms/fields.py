"""Pieces of the forms of trading: plain decimals, rows of choices, and refusals beside their field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms

from arbion.domain.errors import ArbionError
from arbion.domain.numbers import read_decimal

Choices = Sequence[tuple[str, str]]
UNITS, MONEY, PERCENT, AMOUNT, PRICE = "units", "money", "percent", "amount", "price"


class PlainDecimalField(forms.Field):
    """A plain decimal: ASCII digits, a point, no exponent; refused in words."""

    def to_python(self, value: Any) -> Decimal | None:
        """The Decimal, or None where nothing was typed."""
        text = str(value or "").strip()
        if not text:
            return None
        try:
            return read_decimal(text)
        except ValueError:
            raise forms.ValidationError("Write a number such as 10 or 0.5.", code="invalid_number") from None


class KeysField(forms.Field):
    """Several keys of rows, each a whole number; whether they are anybody's is not asked here."""

    widget = forms.SelectMultiple

    def to_python(self, value: Any) -> tuple[int, ...]:
        """The keys in the order in which they were ticked."""
        texts = list(value or ())
        if not all(text.isascii() and text.isdigit() and len(text) <= 18 for text in texts):
            raise forms.ValidationError("Tick the lots to close.", code="invalid")
        return tuple(int(text) for text in texts)


def number(label: str, *, required: bool = False, hint: str = "0.00", why: str = "") -> PlainDecimalField:
    """A field for a figure; `why` is said where it is required and missing."""
    messages = {"required": why} if why else None
    attrs = {"inputmode": "decimal", "autocomplete": "off", "placeholder": hint}
    return PlainDecimalField(
        label=label, required=required, widget=forms.TextInput(attrs=attrs), error_messages=messages
    )


def segments(label: str, choices: Choices, *, required: bool = False) -> forms.ChoiceField:
    """A row of choices of which one holds."""
    return forms.ChoiceField(label=label, choices=list(choices), required=required, widget=forms.RadioSelect)


class RefusingForm(forms.Form):
    """A form that shows the refusals of a verb beside the fields that they speak of."""

    # Names of the verb's fields that the form shows under another name.
    shown_as: Mapping[str, str] = {}

    def show(self, refusal: ArbionError, *, names: Mapping[str, str] | None = None) -> None:
        """Put each refused field's reason beside it; what has no field here stands above the form."""
        for error in refusal.errors:
            field = (names or {}).get(error.field) or self.shown_as.get(error.field, error.field)
            reason = forms.ValidationError(error.detail, code=error.code)
            self.add_error(field if field in self.fields else None, reason)
        if not refusal.errors:
            self.add_error(None, forms.ValidationError(refusal.detail, code=refusal.code))
