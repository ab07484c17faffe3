"""The list of the markets page: found, filtered, sorted, each row with its price and recent shape."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.cache import cache
from django.db.models import Case, F, FloatField, IntegerField, QuerySet, Value, When
from django.db.models.functions import Cast

from arbion.domain.enums import AssetClass, Interval
from arbion.domain.numbers import EXACT, PRICE_SCALE, ZERO
from marketdata.candles import series
from marketdata.instruments import search
from marketdata.models import Instrument, Quote

FOUND_MAX = 100
SHAPE_CANDLES = 48
SHAPE_KEPT_SECONDS = 3600
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
    found = _matching(found, text) if text else found.filter(tradable=True).exclude(asset_class=AssetClass.OPTION)
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
    """What the list shows of these instruments."""
    shapes = _shapes(page, at=at)
    found = []
    for instrument in page:
        quote: Quote | None = getattr(instrument, "quote", None)
        now = [int(quote.last.scaleb(PRICE_SCALE))] if quote else []
        shape = polyline([*shapes[instrument.pk], *now])
        found.append(Row(instrument=instrument, quote=quote, change_percent=_change(quote), shape=shape))
    return found


def polyline(heights: Sequence[int]) -> str:
    """The points of an SVG polyline through the heights, as wide and high as a row's picture; empty below two."""
    if len(heights) < 2:
        return ""
    low, spread = min(heights), max(max(heights) - min(heights), 1)
    step, inner = SHAPE_WIDTH / (len(heights) - 1), SHAPE_HEIGHT - 4
    return " ".join(
        f"{step * place:.1f},{2 + inner - (height - low) / spread * inner:.1f}" for place, height in enumerate(heights)
    )


def _matching(found: QuerySet[Instrument], text: str) -> QuerySet[Instrument]:
    symbols = [instrument.symbol for instrument in search(text, FOUND_MAX)]
    places: list[Any] = [When(symbol=symbol, then=Value(place)) for place, symbol in enumerate(symbols)]
    nearness = Case(*places, default=Value(FOUND_MAX), output_field=IntegerField())
    return found.filter(symbol__in=symbols).annotate(nearness=nearness)


def _shapes(page: Sequence[Instrument], *, at: datetime) -> dict[int, list[int]]:
    """Hourly closes of the last two days, scaled; reckoned once an hour for each instrument."""
    keys = {f"shape:{instrument.pk}:{at:%Y%m%d%H}": instrument for instrument in page}
    known: dict[str, list[int]] = cache.get_many(keys)
    fresh = {
        key: series(instrument, Interval.H1, end=at, limit=SHAPE_CANDLES).close.tolist()[:-1]
        for key, instrument in keys.items()
        if key not in known
    }
    cache.set_many(fresh, timeout=SHAPE_KEPT_SECONDS)
    return {instrument.pk: (known | fresh)[key] for key, instrument in keys.items()}


def _change(quote: Quote | None) -> Decimal | None:
    if quote is None or quote.previous_close <= ZERO:
        return None
    move = EXACT.divide(quote.last - quote.previous_close, quote.previous_close)
    return (move * 100).quantize(Decimal("0.01"))
