"""System checks: what Django should say before it starts."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register()
def memory_stores_need_one_process(**_: Any) -> list[CheckMessage]:
    """Without Redis, limits and sockets live in one process's memory: production would miss most of them."""
    if settings.EMBEDDED or settings.REDIS_URL:
        return []
    return [Error("Production needs REDIS_URL: limits and sockets in memory are not shared.", id="arbion.E001")]
