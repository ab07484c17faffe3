"""What every page's frame needs to know."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from accounts.notifications import inbox
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
        "inbox_unread": lambda: inbox.unread_count(request.user) if isinstance(request.user, User) else 0,
        "viewing": getattr(request, "viewing", None),
    }
