"""How people's doors refuse."""

from __future__ import annotations

from arbion.domain.errors import ArbionError, Conflict, Forbidden


class InvalidCredentials(ArbionError):
    """This e-mail address and password do not open an account."""

    code = "invalid_credentials"
    title = "Cannot sign in"


class LastSuperadmin(Conflict):
    """The last superadmin stays one: give the role to somebody else first."""

    code = "last_superadmin"
    title = "The last superadmin"


class NotYours(Forbidden):
    """Your role does not reach this person."""


class DemoStaysOrdinary(Forbidden):
    """The demo account is entered without a password, so it stays an ordinary one."""

    code = "demo_account"


class NoPassword(Forbidden):
    """This account is entered without a password."""

    code = "no_password"
