"""How the OpenAPI description names our ways to sign in."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class ApiTokenScheme(OpenApiAuthenticationExtension):
    """A key in the Authorization header."""

    target_class = "accounts.api.authentication.ApiTokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """`Authorization: Bearer <key>`; `Token <key>` is read too."""
        return {"type": "http", "scheme": "bearer", "description": "A key from the profile page or from auth/token/."}


class BrowserSessionScheme(OpenApiAuthenticationExtension):
    """The web session."""

    target_class = "accounts.api.authentication.BrowserSessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """The session's cookie; unsafe methods need the CSRF header too."""
        from django.conf import settings  # noqa: PLC0415  read when the description is made

        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}
