"""Who stands at the socket: whether the page is ours, whose session or token it is, and whether that is still good."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.core.cache import cache
from django.http.request import split_domain_port, validate_host
from django.utils.crypto import constant_time_compare
from redis.exceptions import RedisError

from accounts import tokens, viewing
from accounts.models import ApiToken, User
from arbion.lib.clock import SYSTEM, Clock

SOCKETS_PER_PERSON_MAX = 5
# Longer than two looks at whether the person may still be here, so that only a dead process loses its places.
PLACE_SECONDS = 90

Scope = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """A person at a socket, and what proved it: a token or a web session."""

    user: User
    token_id: int | None = None
    session_key: str = ""
    actor: User | None = None  # whose session it is, where they look as somebody


def host_is_ours(scope: Scope) -> bool:
    """Whether the request names a host of this installation, or none."""
    host = _header(scope, b"host")
    domain, _ = split_domain_port(host)
    return not host or validate_host(domain, settings.ALLOWED_HOSTS)


def brings_session(scope: Scope) -> bool:
    """Whether the browser sent the cookie of a web session."""
    return settings.SESSION_COOKIE_NAME in scope.get("cookies", {})


def page_is_ours(scope: Scope) -> bool:
    """Whether the page that opened the socket is of this site: browsers send its origin, and only they send cookies."""
    origin = _header(scope, b"origin")
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    try:
        page = urlsplit(origin)
    except ValueError:
        return False
    schemes = {"https"} if settings.SESSION_COOKIE_SECURE else {"https", "http"}
    return page.scheme in schemes and bool(page.netloc) and page.netloc.lower() == _header(scope, b"host").lower()


def by_session(scope: Scope) -> Visitor | None:
    """The person whose web session it is."""
    user, session = scope.get("user"), scope.get("session")
    if session is None or user is None or not user.is_authenticated:
        return None
    person = User.objects.filter(pk=user.pk, is_active=True).first()
    if person is None:
        return None
    seen = viewing.seen_as(session, person)
    return Visitor(user=seen, session_key=session.session_key or "", actor=person)


def by_token(key: object) -> Visitor | None:
    """The person whose key it is."""
    found = tokens.user_of(key) if isinstance(key, str) and 0 < len(key) <= 200 else None
    return None if found is None else Visitor(user=found[0], token_id=found[1].pk)


def is_still_good(visitor: Visitor, *, clock: Clock = SYSTEM) -> bool:
    """Whether the person is still active and what let them in still would."""
    user = User.objects.filter(pk=visitor.user.pk, is_active=True).first()
    if user is None:
        return False
    if visitor.token_id is not None:
        token = ApiToken.objects.filter(pk=visitor.token_id).first()
        return token is not None and token.is_usable(clock.now())
    session = import_module(settings.SESSION_ENGINE).SessionStore(visitor.session_key)
    actor = User.objects.filter(pk=(visitor.actor or user).pk, is_active=True).first()
    if actor is None or session.get(SESSION_KEY) != str(actor.pk):
        return False
    is_whole = constant_time_compare(session.get(HASH_SESSION_KEY, ""), actor.get_session_auth_hash())
    return is_whole and viewing.seen_as(session, actor, clock=clock).pk == user.pk


def take_place(user_id: int) -> str | None:
    """One of the person's places for sockets, counted over all processes; None where all are taken.

    Where the store does not answer nothing can be counted, and the stream is only ever read: the person is let in.
    """
    try:
        for number in range(SOCKETS_PER_PERSON_MAX):
            place = f"socket:{user_id}:{number}"
            if cache.add(place, 1, timeout=PLACE_SECONDS):
                return place
    except (RedisError, OSError):
        return ""
    return None


def keep_place(place: str) -> None:
    """Say that the socket is still there."""
    try:
        if place:
            cache.set(place, 1, timeout=PLACE_SECONDS)
    except (RedisError, OSError):
        return


def leave_place(place: str) -> None:
    """Give the place to the next one."""
    try:
        if place:
            cache.delete(place)
    except (RedisError, OSError):
        return


def _header(scope: Scope, name: bytes) -> str:
    """A header, where it was sent once."""
    found = [value for key, value in scope.get("headers", ()) if key.lower() == name]
    return found[0].decode("latin-1").strip() if len(found) == 1 else ""
