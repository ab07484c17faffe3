"""What can be traded, or at least looked up."""

from __future__ import annotations

from django.db import models

from arbion.domain.enums import AssetClass
from arbion.lib.fields import PriceField, QuantityField

# Per year; beyond them a price would not be a price for long.
DRIFT_MAX = 10
VOLATILITY_MAX = 10


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
    tradable = models.BooleanField(default=True)
    is_halted = models.BooleanField(default=False, help_text="No order in it is taken and its price stands still.")
    rank = models.PositiveIntegerField(default=10_000, help_text="Smaller is better known; orders search results.")
    drift = models.FloatField(default=0.0, help_text="Of the simulated price, per year.")
    volatility = models.FloatField(default=0.3, help_text="Of the simulated price, per square root of a year.")
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
            models.CheckConstraint(
                name="instrument_motion",
                condition=models.Q(drift__range=(-DRIFT_MAX, DRIFT_MAX), volatility__range=(0, VOLATILITY_MAX)),
            ),
        ]

    def __str__(self) -> str:
        return self.symbol
