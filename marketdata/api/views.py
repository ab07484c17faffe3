"""The REST door to prices: instruments, quotes, candles, indicators."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from arbion.domain.enums import AssetClass, Interval
from arbion.lib.api import NewestFirst, refuse_cursor
from arbion.lib.clock import SYSTEM
from arbion.lib.openapi import described
from marketdata import instruments, selectors
from marketdata.api import serializers as shapes
from marketdata.frames import quote_fields, timestamp
from marketdata.indicators import compute_columns, read_names
from marketdata.models import Instrument
from marketdata.options import contracts

SYMBOL = OpenApiParameter("symbol", str, OpenApiParameter.PATH, description="As the platform writes it: AAPL, BTC-USD.")


class BestKnownFirst(NewestFirst):
    """Pages of instruments, the best known first."""

    ordering = ("rank", "pk")  # type: ignore[assignment]  # the framework takes several names as well


class InstrumentList(generics.ListAPIView[Instrument]):
    """Instruments but option contracts: all of them by pages, or those a text may mean, the likeliest first."""

    serializer_class = shapes.InstrumentSerializer
    pagination_class = BestKnownFirst
    queryset = Instrument.objects.exclude(asset_class=AssetClass.OPTION)

    @described(parameters=[shapes.SearchQuery], tags=["market"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One page of them."""
        return super().get(request, *args, **kwargs)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """With `search`, one page of the best matches."""
        text = _checked(shapes.SearchQuery, request)["search"].strip()
        if not text:
            return super().list(request, *args, **kwargs)
        refuse_cursor(request)
        limit = BestKnownFirst().get_page_size(request) or 20
        found = self.get_serializer(instruments.search(text, limit), many=True).data
        return Response({"next": None, "previous": None, "results": found})


class InstrumentDetail(APIView):
    """One instrument."""

    @described(parameters=[SYMBOL], responses=shapes.InstrumentSerializer, tags=["market"])
    def get(self, request: Request, symbol: str) -> Response:
        """Its terms; an option contract is shown as soon as the chain lists it."""
        return Response(shapes.InstrumentSerializer(contracts.look_up(symbol)).data)


class QuoteList(APIView):
    """The latest quotes of some instruments."""

    @described(parameters=[shapes.QuotesQuery], responses=shapes.QuoteShape(many=True), tags=["market"])
    def get(self, request: Request) -> Response:
        """In the order they were asked for; an instrument that has had no price yet is left out."""
        symbols = _checked(shapes.QuotesQuery, request)["symbols"]
        found = selectors.quotes_of(symbols, now=SYSTEM.now())
        return Response([quote_fields(report, stale=stale) for report, stale in found])


class CandleList(APIView):
    """Candles of one instrument."""

    @described(parameters=[SYMBOL, shapes.CandlesQuery], responses=shapes.CandlesShape, tags=["market"])
    def get(self, request: Request, symbol: str) -> Response:
        """The newest in the range, oldest first; the last may still be forming."""
        asked = _checked(shapes.CandlesQuery, request)
        found = selectors.candles_of(instruments.get_instrument(symbol), _wanted(asked))
        return Response({"candles": found})


class IndicatorSeries(APIView):
    """Indicators of one instrument."""

    @described(parameters=[SYMBOL, shapes.IndicatorsQuery], responses=shapes.IndicatorsShape, tags=["market"])
    def get(self, request: Request, symbol: str) -> Response:
        """One number or null for each candle; bars before the range are used to warm up."""
        asked = _checked(shapes.IndicatorsQuery, request)
        chosen, wanted = read_names(asked["names"]), _wanted(asked)
        warm_up = max(choice.warm_up for choice in chosen)
        bars, shown = selectors.bars_with_warm_up(instruments.get_instrument(symbol), wanted, warm_up=warm_up)
        series = {name: values[len(bars) - shown :] for name, values in compute_columns(chosen, bars).items()}
        times = [timestamp(at) for at in selectors.times_of(bars.newest(shown))]
        return Response({"interval": wanted.interval, "times": times, "series": series})


def _checked(shape: type[Any], request: Request) -> dict[str, Any]:
    """The query, or a refusal that names the field."""
    query = shape(data=request.query_params)
    query.is_valid(raise_exception=True)
    checked: dict[str, Any] = query.validated_data
    return checked


def _wanted(asked: dict[str, Any]) -> selectors.CandleRange:
    return selectors.candle_range(
        Interval(asked["interval"]),
        limit=asked["limit"],
        start=asked.get("start"),
        end=asked.get("end"),
        now=SYSTEM.now(),
    )
