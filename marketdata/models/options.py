"""Option contracts that somebody has looked at closely enough to trade; the rest of a chain is reckoned on demand."""

from __future__ import annotations

from django.db import models

from arbion.domain.enums import OptionRight
from arbion.domain.options import OptionTerms
from arbion.lib.fields import PriceField
from marketdata.models.instrument import Instrument


class OptionContract(models.Model):
    """The terms of one option instrument. Its units are contracts; `Instrument.multiplier` says of how many shares."""

    instrument = models.OneToOneField(Instrument, on_delete=models.CASCADE, primary_key=True, related_name="contract")
    underlying = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="contracts")
    right = models.CharField(max_length=4, choices=OptionRight)
    strike = PriceField()
    expires_on = models.DateField(help_text="It trades until that day's close and is settled then.")
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="option_terms", condition=models.Q(strike__gt=0, right__in=OptionRight.values)),
        ]
        indexes = [
            models.Index(fields=["underlying", "expires_on"], name="option_of_underlying"),
            models.Index(fields=["settled_at", "expires_on"], name="option_by_expiry"),
        ]

    def __str__(self) -> str:
        return self.instrument.symbol

    @property
    def terms(self) -> OptionTerms:
        """The terms as words of the domain. Reads the underlying's symbol: select it with the row."""
        return OptionTerms(
            underlying=self.underlying.symbol,
            right=OptionRight(self.right),
            strike=self.strike,
            expires_on=self.expires_on,
        )
