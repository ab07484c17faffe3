"""Who may look inside: health details, metrics, the description of the interface."""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest

from accounts import tokens
from accounts.models import User
from accounts.roles import Ability, can

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
    """Whoever is on this machine, and staff anywhere: signed in, or with a token as a metrics collector has."""
    if is_local(request):
        return True
    person = request.user if request.user.is_authenticated else _token_owner(request)
    return can(person, Ability.OPERATE)


def may_see_interface(request: HttpRequest) -> bool:
    """Whoever has signed in or brings a token, and whoever is on this machine."""
    return is_local(request) or request.user.is_authenticated or _token_owner(request) is not None


def _token_owner(request: HttpRequest) -> User | None:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() not in {"token", "bearer"} or not key:
        return None
    found = tokens.user_of(key.strip())
    return found[0] if found else None
