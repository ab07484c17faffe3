"""How a program proves who it is: a token in the Authorization header, or the browser's session with its CSRF token."""

from __future__ import annotations

from django.http import HttpRequest
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request

from accounts.limits import note_wrong_token
from accounts.models import ApiToken, User
from accounts.tokens import user_of
from arbion.domain.errors import ArbionError

SCHEMES = frozenset({"token", "bearer"})
KEY_LENGTH_MAX = 200
QUERY_WORDS = frozenset({"token", "access_token", "api_key", "apikey", "key", "auth_token"})


class TokenInAddress(ArbionError):
    """A token belongs in the Authorization header: an address ends up in logs and histories."""

    code = "token_in_query"
    title = "Token in the address"


class InvalidToken(exceptions.AuthenticationFailed):
    """The token is unknown, expired or revoked."""

    default_code = "invalid_token"
    default_detail = "This token is unknown, expired or revoked."


class ApiTokenAuthentication(BaseAuthentication):
    """`Authorization: Token <key>` or `Bearer <key>`."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """The person behind the key, or None when there is no Authorization header."""
        if QUERY_WORDS & {name.lower() for name in request.query_params}:
            raise TokenInAddress
        header = request.META.get("HTTP_AUTHORIZATION", "")
        if not header:
            return None
        scheme, _, key = header.partition(" ")
        known = scheme.lower() in SCHEMES and 0 < len(key) <= KEY_LENGTH_MAX
        found = user_of(key) if known else None
        if found is None:
            note_wrong_token(request)
            raise InvalidToken
        return found

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return 'Token realm="api"'


class CsrfFailed(exceptions.PermissionDenied):
    """The browser's CSRF token is missing or wrong."""

    default_code = "csrf_failed"
    default_detail = "The CSRF token is missing or wrong: reload the page and try again."


class BrowserSessionAuthentication(SessionAuthentication):
    """The web session; every unsafe method needs its CSRF token."""

    def enforce_csrf(self, request: Request) -> None:
        """Refuse a request that did not come from our own page."""
        try:
            super().enforce_csrf(request)
        except exceptions.PermissionDenied as error:
            raise CsrfFailed from error


def signed_in(request: HttpRequest | Request) -> User:
    """The person behind a request that a login or permission check has let through."""
    if not isinstance(request.user, User):
        raise exceptions.NotAuthenticated
    return request.user
