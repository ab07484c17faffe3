"""The figures that operators watch: on the admin's first page and in the metrics."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, Max

from accounts.models import User
from arbion import heartbeats
from arbion.lib.clock import SYSTEM, Clock
from marketdata.models import Instrument, Quote
from trading.models import Fill, Order

ACTIVE_WITHIN = timedelta(minutes=5)


def figures(*, clock: Clock = SYSTEM) -> dict[str, int | float | None]:
    """What is going on; ages are in seconds, None where there is nothing yet."""
    now = clock.now()
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        "people": User.objects.filter(is_active=True).count(),
        "active_now": User.objects.filter(seen_at__gte=now - ACTIVE_WITHIN).count(),
        "instruments": Instrument.objects.count(),
        "orders_today": Order.objects.filter(created_at__gte=today).count(),
        "fills_today": Fill.objects.filter(booked_at__gte=today).count(),
        "quote_age": quote_age(now),
        "engine_age": heartbeats.age(heartbeats.ENGINE, clock=clock),
    }


def quote_age(now: datetime) -> float | None:
    """Seconds since the newest quote."""
    newest = Quote.objects.aggregate(newest=Max("at"))["newest"]
    return None if newest is None else (now - newest).total_seconds()


def orders_by_status() -> dict[str, int]:
    """How many orders stand in each status."""
    return dict(Order.objects.order_by().values_list("status").annotate(count=Count("pk")))
