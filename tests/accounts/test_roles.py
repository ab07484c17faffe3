"""What each role may do, whole."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from accounts.roles import ABILITIES, Ability, can
from arbion.domain.enums import Role

MATRIX = {
    Ability.TRADE: {Role.STANDARD, Role.ADMIN, Role.SUPERADMIN},
    Ability.OPERATE: {Role.ADMIN, Role.SUPERADMIN},
    Ability.EDIT_MARKET: {Role.ADMIN, Role.SUPERADMIN},
    Ability.READ_AUDIT: {Role.ADMIN, Role.SUPERADMIN},
    Ability.MANAGE_PEOPLE: {Role.ADMIN, Role.SUPERADMIN},
    Ability.VIEW_AS: {Role.ADMIN, Role.SUPERADMIN},
    Ability.MANAGE_ROLES: {Role.SUPERADMIN},
    Ability.OVERSEE: {Role.SUPERADMIN},
}

PERMISSIONS = {
    "accounts.view_user": {Role.ADMIN, Role.SUPERADMIN},
    "accounts.change_user": {Role.ADMIN, Role.SUPERADMIN},
    "accounts.delete_user": {Role.SUPERADMIN},
    "accounts.view_auditentry": {Role.ADMIN, Role.SUPERADMIN},
    "accounts.change_auditentry": {Role.SUPERADMIN},
    "marketdata.change_instrument": {Role.ADMIN, Role.SUPERADMIN},
    "django_celery_beat.change_periodictask": {Role.ADMIN, Role.SUPERADMIN},
    "trading.view_order": {Role.ADMIN, Role.SUPERADMIN},
    "trading.change_order": {Role.SUPERADMIN},
    "trading.change_transfer": {Role.SUPERADMIN},
    "account.view_emailaddress": {Role.SUPERADMIN},
    "sessions.view_session": {Role.SUPERADMIN},
}


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("ability", list(Ability))
def test_abilities(role: Role, ability: Ability) -> None:
    assert can(User(role=role), ability) is (role in MATRIX[ability])


def test_every_ability_is_in_the_matrix() -> None:
    assert set(MATRIX) == set(Ability)
    assert set(ABILITIES) == set(Role)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("permission", sorted(PERMISSIONS))
def test_django_permissions(role: Role, permission: str) -> None:
    assert User(role=role).has_perm(permission) is (role in PERMISSIONS[permission])


@pytest.mark.parametrize(("role", "staff"), [(Role.STANDARD, False), (Role.ADMIN, True), (Role.SUPERADMIN, True)])
def test_staff_follows_the_role(role: Role, staff: bool) -> None:
    user = User(role=role)
    assert user.is_staff is staff
    assert user.is_superuser is (role == Role.SUPERADMIN)
    assert user.has_module_perms("trading") is staff
    assert user.has_perms(["accounts.view_user", "trading.view_order"]) is staff


@pytest.mark.parametrize("ability", list(Ability))
def test_nobody_and_the_switched_off_may_nothing(ability: Ability) -> None:
    assert not can(None, ability)
    assert not can(AnonymousUser(), ability)
    assert not can(User(role=Role.SUPERADMIN, is_active=False), ability)
    assert not User(role=Role.SUPERADMIN, is_active=False).has_perm("accounts.view_user")
