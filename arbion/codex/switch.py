"""Whether the code assistant is on, for whom, and in which folder it works."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from accounts.models import User
from accounts.roles import Ability, can
from arbion.codex.errors import CodexOff
from arbion.domain.errors import Forbidden


def is_on() -> bool:
    """Whether an operator has switched it on and named a folder."""
    return bool(settings.CODEX_ENABLED and settings.CODEX_WORKSPACE)


def folder() -> Path:
    """The workspace. Raises CodexOff."""
    if not is_on():
        raise CodexOff
    return Path(settings.CODEX_WORKSPACE)


def check(person: User) -> Path:
    """The workspace, for a person who may work in it. Raises Forbidden or CodexOff."""
    if not can(person, Ability.OVERSEE):
        raise Forbidden("Only superadmins use the code assistant.")
    return folder()
