"""The limits at the doors: how often one may try to sign in, sign up or ask for a reset.

Signing in is limited for the address it comes from and for the account it aims at. So that nobody can lock another out
by trying wrong passwords, a browser that has signed in to the account before carries a signed mark and has an allowance
of its own; strangers share the account's.
"""

from __future__ import annotations

import ipaddress
import secrets

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse

from accounts.context import client_address
from accounts.models import User
from arbion.lib.ratelimit import Limit, check_all

DEVICE_COOKIE = "arbion_device"
DEVICE_AGE_SECONDS = 180 * 86_400
_signer = TimestampSigner(salt="accounts.limits.device")


def check_sign_in(request: HttpRequest, email: str) -> None:
    """Count one attempt to sign in; RateLimited when there were too many."""
    email = email.strip().lower()
    who = _known_device(request, email) or f"account:{email}"
    check_all(
        [
            Limit("sign-in", f"address:{_network(request)}", settings.RATE_LOGIN_ADDRESS),
            Limit("sign-in", who, settings.RATE_LOGIN_ACCOUNT),
        ]
    )


def check_sign_up(request: HttpRequest) -> None:
    """Count one attempt to sign up from this address."""
    check_all([Limit("sign-up", _network(request), settings.RATE_SIGNUP)])


def check_reset(request: HttpRequest, email: str) -> None:
    """Count one request for a reset mail, for this address and for the account."""
    check_all(
        [
            Limit("reset", f"address:{_network(request)}", settings.RATE_RESET),
            Limit("reset", f"account:{email.strip().lower()}", settings.RATE_RESET),
        ]
    )


def check_new_password(request: HttpRequest, who: str) -> None:
    """Count one attempt to set a password by link or by the old one; as dear as an attempt to sign in."""
    check_all(
        [
            Limit("new-password", f"address:{_network(request)}", settings.RATE_LOGIN_ADDRESS),
            Limit("new-password", who, settings.RATE_LOGIN_ACCOUNT),
        ]
    )


def note_wrong_token(request: HttpRequest) -> None:
    """Count one wrong API token from this address; RateLimited when there were too many. Right ones are not counted."""
    check_all([Limit("wrong-token", _network(request), settings.RATE_WRONG_TOKENS)])


def remember_device(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Mark the browser as one that has signed in to this account."""
    if _known_device(request, user.email):
        return
    response.set_cookie(
        DEVICE_COOKIE,
        _signer.sign_object({"email": user.email, "device": secrets.token_urlsafe(16)}),
        max_age=DEVICE_AGE_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _known_device(request: HttpRequest, email: str) -> str | None:
    try:
        mark = _signer.unsign_object(request.COOKIES.get(DEVICE_COOKIE, ""), max_age=DEVICE_AGE_SECONDS)
    except BadSignature:
        return None
    return f"device:{mark['device']}:{email}" if mark.get("email") == email else None


def _network(request: HttpRequest) -> str:
    """The caller's address; of IPv6 the /64, which is what one household has."""
    address = client_address(request)
    if address is None:
        return "unknown"
    if ":" in address:
        return str(ipaddress.ip_network(f"{address}/64", strict=False))
    return address
