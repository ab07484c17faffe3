"""Facts about the request in hand that verbs need without being passed them: its id and the caller's address."""

from __future__ import annotations

import ipaddress
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest

_address: ContextVar[str | None] = ContextVar("address", default=None)
_request_id: ContextVar[str] = ContextVar("request_id", default="")


def enter(*, address: str | None, request_id: str) -> None:
    """Remember the request in hand."""
    _address.set(address)
    _request_id.set(request_id)


def leave() -> None:
    """Forget it."""
    enter(address=None, request_id="")


def current_address() -> str | None:
    """The caller's address, or None outside a request."""
    return _address.get()


def current_request_id() -> str:
    """The id of the request in hand, or nothing outside one."""
    return _request_id.get()


def client_address(request: HttpRequest) -> str | None:
    """Where the request comes from.

    Forwarded headers are ignored unless TRUSTED_PROXIES says how many proxies stand in front; then the address is the
    one that the outermost of them saw: the n-th from the right. Anything to its left was written by the caller.
    """
    peer = _valid(request.META.get("REMOTE_ADDR", ""))
    if settings.TRUSTED_PROXIES < 1:
        return peer
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    if len(hops) < settings.TRUSTED_PROXIES:
        return peer
    return _valid(hops[-settings.TRUSTED_PROXIES]) or peer


def _valid(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None
