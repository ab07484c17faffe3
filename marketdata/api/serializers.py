"""The shapes of the REST door to prices: what may be asked and what is answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rest_framework import serializers

from arbion.domain.enums import Interval
from arbion.lib.api import DecimalText
from marketdata.api.chain import OptionTermsShape
from marketdata.models import Instrument

QUOTES_MAX = 100
CANDLES_MAX = 1000


class InstrumentSerializer(serializers.ModelSerializer[Instrument]):
    """An instrument as anybody sees it."""

    price_increment = DecimalText()
    size_increment = DecimalText()
    option = OptionTermsShape(
        source="*", read_only=True, allow_null=True, help_text="Null for all but option contracts."
    )

    class Meta:
        model = Instrument
        fields = [
            "symbol", "name", "asset_class", "exchange", "currency", "sector", "price_increment", "size_increment",
            "tradable", "is_halted", "option",
        ]  # fmt: skip


class QuoteShape(serializers.Serializer[Any]):
    """The latest quote of one instrument."""

    symbol = serializers.CharField()
    bid = DecimalText()
    ask = DecimalText()
    last = DecimalText()
    previous_close = DecimalText()
    change_percent = DecimalText(help_text="Since the previous close, two decimals.")
    volume = DecimalText(help_text="Of the day so far.")
    time = serializers.DateTimeField()
    source = serializers.CharField()  # type: ignore[assignment]  # a field named as an attribute of fields
    stale = serializers.BooleanField(help_text="Too old to trade on.")


class CandleShape(serializers.Serializer[Any]):
    """One candle; the last one may not be closed yet."""

    time = serializers.DateTimeField(help_text="When it opened.")
    open = DecimalText()
    high = DecimalText()
    low = DecimalText()
    close = DecimalText()
    volume = DecimalText()
    closed = serializers.BooleanField()


class CandlesShape(serializers.Serializer[Any]):
    """Candles, oldest first."""

    candles = CandleShape(many=True)


class IndicatorsShape(serializers.Serializer[Any]):
    """Series of numbers (null before the first defined bar), one for each time."""

    interval = serializers.ChoiceField(choices=Interval.choices)
    times = serializers.ListField(child=serializers.DateTimeField())
    series = serializers.DictField(child=serializers.ListField(child=serializers.FloatField(allow_null=True)))


class SearchQuery(serializers.Serializer[Any]):
    """What instruments to list."""

    search = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=80, help_text="Ticker, name, nickname or near miss."
    )


class QuotesQuery(serializers.Serializer[Any]):
    """Whose quotes."""

    symbols = serializers.CharField(max_length=3000, help_text=f"Up to {QUOTES_MAX}, separated by commas.")

    def validate_symbols(self, value: str) -> list[str]:
        """The symbols, each once."""
        symbols = list(dict.fromkeys(part.strip().upper() for part in value.split(",") if part.strip()))
        if not symbols:
            raise serializers.ValidationError("Name at least one symbol.", code="required")
        if len(symbols) > QUOTES_MAX:
            raise serializers.ValidationError(f"At most {QUOTES_MAX} symbols at a time.", code="too_many")
        return symbols


class CandlesQuery(serializers.Serializer[Any]):
    """Which candles."""

    interval = serializers.ChoiceField(choices=Interval.choices, default=Interval.M1)
    limit = serializers.IntegerField(min_value=1, max_value=CANDLES_MAX, default=300)
    start = serializers.DateTimeField(required=False, help_text="The first moment a candle may open at.")
    end = serializers.DateTimeField(required=False, help_text="Candles open before this moment; by default now.")

    def to_internal_value(self, data: Any) -> Any:
        """What is left blank was not given. A zone's plus sign arrives as a space; it is read as what was meant."""
        given = {name: value for name, value in data.dict().items() if value.strip()}
        times = {name: given[name].replace(" ", "+") for name in ("start", "end") if name in given}
        return super().to_internal_value(given | times)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A range that holds no time is refused."""
        start: datetime | None = attrs.get("start")
        end: datetime | None = attrs.get("end")
        if start is not None and end is not None and start >= end:
            raise serializers.ValidationError({"start": ["The start must be before the end."]}, code="not_before_end")
        return attrs


class IndicatorsQuery(CandlesQuery):
    """Which indicators over which candles."""

    names = serializers.CharField(max_length=400, help_text="Such as rsi,macd,sma_50,bollinger,atr.")
    interval = serializers.ChoiceField(choices=Interval.choices, default=Interval.D1)
