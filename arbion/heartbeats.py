"""Heartbeats: written by recurring work when it is done, read by the health checks."""

from __future__ import annotations

from typing import Any

from arbion.lib.clock import SYSTEM, Clock
from arbion.models import Heartbeat

ENGINE = "market engine"
MONITOR = "stop monitor"


def beat(name: str, *, clock: Clock = SYSTEM, **data: Any) -> None:
    """Write down that this work has just been done."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": clock.now(), "data": data})


def age(name: str, *, clock: Clock = SYSTEM) -> float | None:
    """Seconds since this work was last done; None when it never was."""
    at = Heartbeat.objects.filter(name=name).values_list("at", flat=True).first()
    return None if at is None else (clock.now() - at).total_seconds()


def ages(*, clock: Clock = SYSTEM) -> dict[str, float]:
    """Seconds since each known work was last done."""
    now = clock.now()
    return {name: (now - at).total_seconds() for name, at in Heartbeat.objects.values_list("name", "at")}
