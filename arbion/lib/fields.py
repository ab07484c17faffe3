"""Decimals kept as scaled 64-bit integers, exact on SQLite and PostgreSQL alike."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from arbion.domain.numbers import EXACT, MONEY_SCALE, PRICE_SCALE, QUANTITY_SCALE


class FinerThanHouseScale(ValueError):
    """A value has more decimals than its column keeps; it is refused, never rounded."""


class ScaledDecimalField(models.BigIntegerField):  # type: ignore[type-arg]
    """A Decimal kept as an integer number of 10**-scale units.

    `F()` arithmetic bypasses the scale, so balances are computed in Python under the account's lock.
    """

    scale = 0
    # What the type checker's plugin reads: Decimals go in and come out.
    _pyi_private_set_type: Decimal | int  # type: ignore[assignment]
    _pyi_private_get_type: Decimal  # type: ignore[assignment]
    _pyi_lookup_exact_type: Decimal | int  # type: ignore[assignment]

    def from_db_value(self, value: int | None, expression: object, connection: object) -> Decimal | None:
        """The Decimal behind the stored integer."""
        return None if value is None else Decimal(value).scaleb(-self.scale, EXACT)

    def to_python(self, value: Any) -> Decimal | None:
        """A Decimal, from a form or a fixture."""
        if value is None or isinstance(value, Decimal):
            return value
        try:
            return Decimal(str(value))
        except ArithmeticError as error:
            raise ValidationError("Not a number.", code="invalid") from error

    def get_prep_value(self, value: Any) -> Any:
        """The integer that is stored; finer input raises FinerThanHouseScale."""
        if value is None or hasattr(value, "resolve_expression"):
            return value
        scaled = Decimal(value).scaleb(self.scale, EXACT)
        if scaled != scaled.to_integral_value():
            raise FinerThanHouseScale(f"{value} has more than {self.scale} decimals")
        return int(scaled)

    def formfield(self, **kwargs: Any) -> Any:
        """A decimal form field."""
        from django import forms  # noqa: PLC0415  forms are not needed where no form is built

        return models.Field.formfield(self, **{"form_class": forms.DecimalField, **kwargs})


class MoneyField(ScaledDecimalField):
    """An amount of money, in units of 1e-8 of its currency."""

    scale = MONEY_SCALE


class QuantityField(ScaledDecimalField):
    """A number of shares, coins or contracts, in units of 1e-8."""

    scale = QUANTITY_SCALE


class PriceField(ScaledDecimalField):
    """A price per unit, in units of 1e-10 of its currency."""

    scale = PRICE_SCALE
