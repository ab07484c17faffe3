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


class AlreadyViewing(Conflict):
    """You are looking as somebody already: stop that first."""

    code = "already_viewing"


class PersonSwitchedOff(Conflict):
    """This person is switched off, so there is nothing that they see."""

    code = "person_switched_off"


class OnlyLooking(Forbidden):
    """You are looking as somebody else: nothing can be changed this way. Stop looking first."""

    code = "only_looking"
    title = "Only looking"


class TheirsAlone(Forbidden):
    """Keys, passwords, sessions and operators' pages are out of reach while you look as somebody: stop first."""

    code = "only_looking"
    title = "Out of reach"
