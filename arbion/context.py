"""What every page's frame needs to know."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from accounts.notifications import inbox
from arbion.lib.clock import SYSTEM
from marketdata import hours
from trading.selectors import halts


def frame(request: HttpRequest) -> dict[str, object]:
    """Template variables of the frame."""
    return {
        "site_name": settings.SITE_NAME,
        "embedded": settings.EMBEDDED,
        "mode": settings.ARBION_MODE,
        "market_session": SimpleLazyObject(lambda: hours.session(SYSTEM.now())),
        "market_zone": settings.MARKET_TIMEZONE,
        "inbox_unread": lambda: inbox.unread_count(request.user) if isinstance(request.user, User) else 0,
        "halt_notices": SimpleLazyObject(lambda: _halts_of(request)),
        "viewing": getattr(request, "viewing", None),
    }


def _halts_of(request: HttpRequest) -> list[dict[str, object]]:
    """The halts that stop the person who is signed in."""
    person = getattr(request, "user", None)
    return halts.notices(person) if isinstance(person, User) else []
