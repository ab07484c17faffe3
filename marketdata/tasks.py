"""Periodic work, named by the roof's schedule."""

from __future__ import annotations

from celery import shared_task

from arbion.lib.clock import SYSTEM
from marketdata import candles, instruments, seeding


@shared_task(ignore_result=True)
def prune_candles() -> int:
    """Delete candles that are past keeping."""
    return candles.prune(SYSTEM.now())


@shared_task(ignore_result=True)
def refresh_catalogue() -> int:
    """Write what is new or changed in the shipped catalogue and in the exchange's published hours."""
    return instruments.load_catalogue() + seeding.refresh_hours()
