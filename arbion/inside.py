"""Who may look inside: health details, metrics, the description of the interface."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest

FORWARDED_HEADERS = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP")


def is_local(request: HttpRequest) -> bool:
    """The caller sits on this machine. What a proxy passed on does not count, wherever the proxy sits."""
    if settings.TRUSTED_PROXIES or any(header in request.META for header in FORWARDED_HEADERS):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def may_see_details(request: HttpRequest) -> bool:
    """Staff anywhere, and whoever is on this machine."""
    return bool(request.user.is_active and request.user.is_staff) or is_local(request)


def may_see_interface(request: HttpRequest) -> bool:
    """Whoever has signed in, and whoever is on this machine."""
    return request.user.is_authenticated or is_local(request)
