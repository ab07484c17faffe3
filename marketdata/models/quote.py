"""The latest price of each instrument: one row an instrument, overwritten in place."""

from __future__ import annotations

from django.db import models

from arbion.lib.fields import PriceField, QuantityField
from marketdata.models.fields import EpochField
from marketdata.models.instrument import Instrument


class Quote(models.Model):
    """The newest quote and the minute that is still forming; earlier minutes are candles."""

    instrument = models.OneToOneField(Instrument, on_delete=models.CASCADE, primary_key=True, related_name="quote")
    bid = PriceField()
    ask = PriceField()
    last = PriceField()
    previous_close = PriceField()
    volume = QuantityField(default=0, help_text="Of the day so far.")
    at = models.DateTimeField()
    source = models.CharField(max_length=20)
    minute = EpochField(null=True, help_text="When the forming minute began; null when it became a candle.")
    minute_open = PriceField()
    minute_high = PriceField()
    minute_low = PriceField()
    minute_volume = QuantityField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="quote_positive_uncrossed", condition=models.Q(bid__gt=0, last__gt=0, ask__gte=models.F("bid"))
            ),
        ]
        indexes = [models.Index(fields=["minute"], name="quote_by_minute")]

    def __str__(self) -> str:
        return f"{self.instrument.symbol} {self.last}"
