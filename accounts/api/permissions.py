"""Who may pass a REST door."""

from __future__ import annotations

from typing import Any

from rest_framework import exceptions
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.models import ApiToken, Scope
from accounts.roles import Ability, can


class InsufficientScope(exceptions.PermissionDenied):
    """The token's scope does not reach this far."""

    default_code = "insufficient_scope"
    default_detail = "This token may only read. Make one with the trade scope."


class SessionNeeded(exceptions.PermissionDenied):
    """Only a person at the web site may do this, no program."""

    default_code = "session_required"
    default_detail = "Sign in on the web site to do this: a token cannot."


class IsSignedIn(BasePermission):
    """Any person who is signed in, by session or by a token of either scope."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether there is an active person behind the request."""
        return bool(request.user and request.user.is_authenticated and request.user.is_active)


class MayTrade(IsSignedIn):
    """Reading for everybody who is signed in; changing only by session or by a token with the trade scope."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the person, through this key, may do what the method does."""
        if not super().has_permission(request, view):
            return False
        if request.method in SAFE_METHODS:
            return True
        if isinstance(request.auth, ApiToken) and request.auth.scope != Scope.TRADE:
            raise InsufficientScope
        return can(request.user, Ability.TRADE)


class BySession(IsSignedIn):
    """Only the person's own web session: a leaked key must not be able to make or keep other keys."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether a signed-in person stands at the browser."""
        if not super().has_permission(request, view):
            return False
        if isinstance(request.auth, ApiToken):
            raise SessionNeeded
        return True


class MayOversee(MayTrade):
    """Superadmins, for what touches everybody at once."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the person may act on all accounts."""
        return super().has_permission(request, view) and can(request.user, Ability.OVERSEE)
