"""The list of the markets page: found, filtered, sorted, each row with its price and recent shape."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, F, FloatField, IntegerField, QuerySet, Value, When
from django.db.models.functions import Cast

from arbion.domain.enums import AssetClass, Interval
from arbion.domain.numbers import EXACT, ZERO
from marketdata.instruments import search
from marketdata.models import Candle, Instrument, Quote

FOUND_MAX = 100
SHAPE_SPAN = timedelta(hours=48)
SHAPE_WIDTH, SHAPE_HEIGHT = 96, 28

SORTS = {
    "name": "name",
    "symbol": "symbol",
    "last": "price_order",
    "change": "change_order",
    "volume": "volume_order",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One instrument of the list; without a price yet `quote` is None."""

    instrument: Instrument
    quote: Quote | None
    change_percent: Decimal | None
    shape: str


def instruments(*, text: str = "", asset_class: str = "", sort: str = "") -> QuerySet[Instrument]:
    """Tradable instruments, or all that a text may mean; `sort` is a name of SORTS, with a minus for falling order."""
    found = Instrument.objects.select_related("quote")
    found = _matching(found, text) if text else found.filter(tradable=True)
    if asset_class in AssetClass.values:
        found = found.filter(asset_class=asset_class)
    column = SORTS.get(sort.removeprefix("-"))
    if column is None:
        return found.order_by(*(["nearness"] if text else []), "rank", "symbol")
    found = found.annotate(
        price_order=Cast(F("quote__last"), FloatField()),
        volume_order=Cast(F("quote__volume"), FloatField()),
        change_order=Cast(F("quote__last"), FloatField()) / Cast(F("quote__previous_close"), FloatField()),
    )
    order = F(column).desc(nulls_last=True) if sort.startswith("-") else F(column).asc(nulls_last=True)
    return found.order_by(order, "rank", "symbol")


def rows(page: Sequence[Instrument], *, at: datetime) -> list[Row]:
    """What the list shows of these instruments; two queries whatever their number."""
    shapes = _shapes([instrument.pk for instrument in page], at=at)
    found = []
    for instrument in page:
        quote: Quote | None = getattr(instrument, "quote", None)
        closes = [*shapes.get(instrument.pk, []), *([quote.last] if quote else [])]
        found.append(Row(instrument=instrument, quote=quote, change_percent=_change(quote), shape=polyline(closes)))
    return found


def polyline(values: Iterable[Decimal]) -> str:
    """The points of an SVG polyline through the values, as wide and high as a row's picture; empty below two values."""
    heights = list(values)
    if len(heights) < 2:
        return ""
    low, high = min(heights), max(heights)
    spread = high - low or Decimal(1)
    step = Decimal(SHAPE_WIDTH) / (len(heights) - 1)
    inner = SHAPE_HEIGHT - 4
    return " ".join(
        f"{step * place:.1f},{2 + inner - (value - low) / spread * inner:.1f}" for place, value in enumerate(heights)
    )


def _matching(found: QuerySet[Instrument], text: str) -> QuerySet[Instrument]:
    symbols = [instrument.symbol for instrument in search(text, FOUND_MAX)]
    places: list[Any] = [When(symbol=symbol, then=Value(place)) for place, symbol in enumerate(symbols)]
    nearness = Case(*places, default=Value(FOUND_MAX), output_field=IntegerField())
    return found.filter(symbol__in=symbols).annotate(nearness=nearness)


def _shapes(keys: list[int], *, at: datetime) -> dict[int, list[Decimal]]:
    closes: dict[int, list[Decimal]] = {}
    candles = Candle.objects.filter(instrument__in=keys, interval=Interval.H1, opens_at__gte=at - SHAPE_SPAN)
    for key, close in candles.order_by("opens_at").values_list("instrument_id", "close"):
        closes.setdefault(key, []).append(close)
    return closes


def _change(quote: Quote | None) -> Decimal | None:
    if quote is None or quote.previous_close <= ZERO:
        return None
    move = EXACT.divide(quote.last - quote.previous_close, quote.previous_close)
    return (move * 100).quantize(Decimal("0.01"))
