"""What every page's frame needs to know."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from arbion.lib.clock import SYSTEM
from marketdata import hours


def frame(request: HttpRequest) -> dict[str, object]:
    """Template variables of the frame."""
    return {
        "site_name": settings.SITE_NAME,
        "embedded": settings.EMBEDDED,
        "mode": settings.ARBION_MODE,
        "market_session": SimpleLazyObject(lambda: hours.session(SYSTEM.now())),
        "market_zone": settings.MARKET_TIMEZONE,
        "viewing": getattr(request, "viewing", None),
    }
