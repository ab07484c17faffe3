"""Instruments whose price stands still on purpose: halted by an operator, or following a replay that is paused."""

from __future__ import annotations

from django.db.models import Q

from marketdata.models import Instrument

STILL = Q(is_halted=True) | Q(tape__is_playing=True, tape__is_paused=True)


def still_ids() -> set[int]:
    """The keys of all of them."""
    return set(Instrument.objects.filter(STILL).values_list("pk", flat=True))


def stands_still(instrument: Instrument) -> bool:
    """Whether this one is among them now."""
    return Instrument.objects.filter(STILL, pk=instrument.pk).exists()
