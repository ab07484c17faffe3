"""Whether everything that Arbion leans on answers, and when each piece of recurring work was last done."""

from __future__ import annotations

import platform
from typing import Any

import django
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from django_celery_beat.models import PeriodicTask

from arbion.health import probes
from arbion.lib.clock import SYSTEM
from arbion.models import Heartbeat, Lease
from arbion.room.frame import seen_with, show

NAMES = {
    "database": "Database",
    "cache": "Cache and limits",
    "task_broker": "Broker of tasks",
    "encryption_key": "Encryption key",
    "market_engine": "Market engine",
    "order_sweeper": "Worker and schedule",
    "stop_monitor": "Stop monitor",
}


@seen_with("arbion.view_heartbeat")
@require_safe
def health_page(request: HttpRequest) -> HttpResponse:
    """Each probe with its state and latency, heartbeats, leases, and what runs here."""
    now = SYSTEM.now()
    findings = [(NAMES.get(one.name, one.name), one) for one in probes.run()]
    schedules = dict(PeriodicTask.objects.values_list("task", "name"))
    beats = [
        {
            "name": schedules.get(row.name, row.name),
            "at": row.at,
            "age": (now - row.at).total_seconds(),
            "data": row.data,
        }
        for row in Heartbeat.objects.order_by("name")
    ]
    leases = [{"row": row, "is_held": row.deadline > now} for row in Lease.objects.order_by("name")]
    facts: dict[str, Any] = {
        "findings": findings,
        "is_well": all(one.is_ok for _, one in findings),
        "beats": beats,
        "leases": leases,
        "about": [
            ("Mode", settings.ARBION_MODE),
            ("Database", connection.vendor),
            ("Tasks", "Redis" if settings.REDIS_URL else "in this process"),
            ("Django", django.get_version()),
            ("Python", platform.python_version()),
            ("A tick every", f"{settings.TICK_INTERVAL_SECS:g} s"),
            ("Market's zone", settings.MARKET_TIMEZONE),
            ("Market's seed", settings.MARKET_SEED),
        ],
    }
    return show(request, "health", "Health", **facts)
