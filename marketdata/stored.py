"""Rows of prices read from the tables as columns of scaled integers, without a Decimal for every figure."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import BigIntegerField, QuerySet
from django.db.models.functions import Cast

from marketdata.columns import Columns, from_rows

_NAMES = ("opens_at", "open", "high", "low", "close", "volume")


def columns_of(rows: QuerySet[Any], *, limit: int | None = None) -> Columns:
    """The candles or bars of a query (the first so many), in its order."""
    raw = {f"raw_{name}": Cast(models.F(name), BigIntegerField()) for name in _NAMES}
    return from_rows(list(rows.annotate(**raw).values_list(*raw)[:limit]))
