"""What can be traded, or at least looked up."""

from __future__ import annotations

import math

from django.conf import settings
from django.db import models

from arbion.domain.enums import AssetClass
from arbion.lib.fields import PriceField, QuantityField

# Per year; beyond them a price would not be a price for long.
DRIFT_MAX = 10
VOLATILITY_MAX = 10


# Days of trading in a year: what a figure for a day is carried to a year by.
DAYS_A_YEAR = 252


def default_drift() -> float:
    """The drift a year of what has none of its own: DEFAULT_DRIFT, which is for a day, times the days of a year."""
    return settings.DEFAULT_DRIFT * DAYS_A_YEAR


def default_volatility() -> float:
    """The same for volatility, which grows by the square root of time: DEFAULT_VOLATILITY times the root of 252."""
    return settings.DEFAULT_VOLATILITY * math.sqrt(DAYS_A_YEAR)


class Instrument(models.Model):
    """One listing, known by the platform's symbol (`AAPL`, `BRK.B`, `BTC-USD`)."""

    symbol = models.CharField(max_length=24, unique=True)
    name = models.CharField(max_length=200)
    asset_class = models.CharField(max_length=8, choices=AssetClass)
    exchange = models.CharField(max_length=80)
    currency = models.CharField(max_length=3, default="USD")
    sector = models.CharField(max_length=200, blank=True)
    aliases = models.JSONField(default=list, blank=True, help_text="Other names people use, as a list of words.")
    price_increment = PriceField()
    size_increment = QuantityField()
    multiplier = QuantityField(default=1, help_text="Units that one unit stands for: 100 for an option on shares.")
    tradable = models.BooleanField(default=True)
    is_halted = models.BooleanField(default=False, help_text="No order in it is taken and its price stands still.")
    halt_reason = models.CharField(max_length=200, blank=True, help_text="Shown to whoever wants to trade it.")
    rank = models.PositiveIntegerField(default=10_000, help_text="Smaller is better known; orders search results.")
    drift = models.FloatField(default=default_drift, help_text="Of the simulated price, per year.")
    volatility = models.FloatField(
        default=default_volatility, help_text="Of the simulated price, per square root of a year."
    )
    beta = models.FloatField(default=1.0, help_text="How far the whole market moves it: 1 as far as itself.")
    base_price = PriceField(help_text="Where the simulated price starts.")
    anchored_at = models.DateTimeField(null=True, blank=True, help_text="When the simulated price started to move.")
    updated_at = models.DateTimeField(auto_now=True, db_index=True, help_text="Tells name indexes to read again.")

    class Meta:
        ordering = ["rank", "symbol"]
        constraints = [
            models.CheckConstraint(
                name="instrument_asset_class", condition=models.Q(asset_class__in=AssetClass.values)
            ),
            models.CheckConstraint(
                name="instrument_increments",
                condition=models.Q(price_increment__gt=0, size_increment__gt=0, base_price__gt=0),
            ),
            models.CheckConstraint(name="instrument_multiplier", condition=models.Q(multiplier__gt=0)),
            models.CheckConstraint(
                name="instrument_motion",
                condition=models.Q(drift__range=(-DRIFT_MAX, DRIFT_MAX), volatility__range=(0, VOLATILITY_MAX)),
            ),
        ]

    def __str__(self) -> str:
        return self.symbol
