"""Closed candles of every width."""

from __future__ import annotations

from django.db import models

from arbion.domain.enums import Interval
from arbion.lib.fields import PriceField, QuantityField
from marketdata.models.fields import EpochField, WidthField
from marketdata.models.instrument import Instrument


class Candle(models.Model):
    """One closed candle: prices in the instrument's currency, volume in its units; `opens_at` is its first moment."""

    instrument = models.ForeignKey(Instrument, on_delete=models.CASCADE, related_name="candles")
    interval = WidthField(choices=Interval)
    opens_at = EpochField()
    open = PriceField()
    high = PriceField()
    low = PriceField()
    close = PriceField()
    volume = QuantityField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["instrument", "interval", "opens_at"], name="candle_unique"),
            models.CheckConstraint(name="candle_range", condition=models.Q(low__gt=0, high__gte=models.F("low"))),
        ]
        indexes = [models.Index(fields=["interval", "opens_at"], name="candle_by_time")]

    def __str__(self) -> str:
        return f"{self.instrument.symbol} {self.interval} {self.opens_at:%Y-%m-%d %H:%M}"


class RollUpMark(models.Model):
    """How far candles of one width have been made from the finer ones; one row a width."""

    interval = models.CharField(max_length=2, choices=Interval, primary_key=True)
    until = models.DateTimeField(help_text="Every bucket that ended by then is rolled up.")

    def __str__(self) -> str:
        return f"{self.interval} until {self.until:%Y-%m-%d %H:%M}"
