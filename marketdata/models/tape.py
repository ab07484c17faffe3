"""Real history that an instrument's price follows instead of the simulation."""

from __future__ import annotations

from django.db import models

from arbion.domain.enums import Interval
from arbion.lib.fields import PriceField, QuantityField
from marketdata.models.fields import EpochField
from marketdata.models.instrument import Instrument


class Tape(models.Model):
    """One loaded history and how far its replay has come, in bars (3.5 is the middle of the fourth)."""

    instrument = models.OneToOneField(Instrument, on_delete=models.CASCADE, related_name="tape")
    name = models.CharField(max_length=120, help_text="Of the file it was read from.")
    interval = models.CharField(max_length=2, choices=Interval)
    bars_count = models.PositiveIntegerField()
    speed = models.FloatField(default=0.25, help_text="Bars a tick.")
    position = models.FloatField(default=0.0, help_text="Bars replayed so far.")
    is_playing = models.BooleanField(default=True, help_text="Off returns the instrument to the simulation.")
    is_paused = models.BooleanField(default=False, help_text="The replay stands still at its position.")
    loaded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="tape_progress", condition=models.Q(bars_count__gt=0, speed__gt=0, position__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument.symbol}: {self.name}"


class TapeBar(models.Model):
    """One bar of a tape; `opens_at` is the history's own time."""

    tape = models.ForeignKey(Tape, on_delete=models.CASCADE, related_name="bars")
    number = models.PositiveIntegerField(help_text="Counted from 0.")
    opens_at = EpochField()
    open = PriceField()
    high = PriceField()
    low = PriceField()
    close = PriceField()
    volume = QuantityField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tape", "number"], name="tape_bar_unique"),
            models.CheckConstraint(
                name="tape_bar_range", condition=models.Q(low__gt=0, high__gte=models.F("low"), volume__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tape_id} #{self.number}"
