"""What each role may do: the one place where a role turns into permission."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from arbion.domain.enums import Role

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User


class Ability(Enum):
    """Something that some people may do and others may not."""

    TRADE = auto()  # own simulated and connected accounts
    OPERATE = auto()  # enter the admin site
    EDIT_MARKET = auto()  # instruments, hours and schedules
    READ_AUDIT = auto()  # the audit log
    MANAGE_PEOPLE = auto()  # see people, deactivate and reactivate them
    VIEW_AS = auto()  # see the product as somebody of a lower role, changing nothing
    MANAGE_ROLES = auto()  # give and take roles
    OVERSEE = auto()  # act on everybody at once: the halt of all


_STANDARD = frozenset({Ability.TRADE})
_ADMIN = _STANDARD | {
    Ability.OPERATE,
    Ability.EDIT_MARKET,
    Ability.READ_AUDIT,
    Ability.MANAGE_PEOPLE,
    Ability.VIEW_AS,
}

ABILITIES: dict[Role, frozenset[Ability]] = {
    Role.STANDARD: _STANDARD,
    Role.ADMIN: frozenset(_ADMIN),
    Role.SUPERADMIN: frozenset(Ability),
}

# What an admin sees and edits on the admin site, by app label. Books, orders and people's connections are read there;
# a superadmin passes every question, and what nobody may edit is refused by the table's own admin page.
ADMIN_VIEWS = frozenset({"accounts", "admin", "arbion", "marketdata", "brokers", "riskdesk", "trading", "autotrade"})
ADMIN_EDITS = frozenset({"marketdata", "django_celery_beat"})
ADMIN_MODELS = frozenset({"accounts.change_user"})


# Who stands above whom.
RANK: dict[Role, int] = {Role.STANDARD: 0, Role.ADMIN: 1, Role.SUPERADMIN: 2}


def outranks(one: User, other: User) -> bool:
    """Whether the first person's role is higher than the second's; nobody outranks themself."""
    return RANK[Role(one.role)] > RANK[Role(other.role)]


def can(user: User | AnonymousUser | None, ability: Ability) -> bool:
    """Whether this person may do this. Nobody, and people who are switched off, may do nothing."""
    if user is None or not user.is_authenticated or not user.is_active:
        return False
    return ability in ABILITIES.get(Role(user.role), frozenset())


def has_django_permission(user: User, permission: str) -> bool:
    """Django's own question, such as `accounts.change_user`, answered from the role."""
    if can(user, Ability.MANAGE_ROLES):
        return True
    if not can(user, Ability.OPERATE):
        return False
    label, _, codename = permission.partition(".")
    reads = codename.startswith("view_")
    return permission in ADMIN_MODELS or label in ADMIN_EDITS or (reads and label in ADMIN_VIEWS)


def has_django_module(user: User, label: str) -> bool:
    """Whether the admin site lists the app for this person."""
    if can(user, Ability.MANAGE_ROLES):
        return True
    return can(user, Ability.OPERATE) and label in ADMIN_VIEWS | ADMIN_EDITS
