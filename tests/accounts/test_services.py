"""People are made, promoted and switched off by rule."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.db.models import ProtectedError

from accounts import services, tokens
from accounts.errors import DemoStaysOrdinary, LastSuperadmin, NotYours
from accounts.models import ApiToken, AuditEntry, User
from arbion.domain.enums import Role
from arbion.domain.errors import InvalidInput
from tests.accounts.conftest import PASSWORD


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def test_a_person_has_one_spelling_and_a_confirmed_address(db) -> None:
    user = services.create_person(email="  Ann@Example.COM ", password=PASSWORD)
    assert user.email == "ann@example.com"
    assert user.role == Role.STANDARD
    assert user.check_password(PASSWORD)
    address = EmailAddress.objects.get(user=user)
    assert (address.email, address.verified, address.primary) == ("ann@example.com", True, True)
    assert actions() == ["account.created"]


def test_a_taken_address_is_refused_in_any_spelling(alice) -> None:
    with pytest.raises(services.EmailTaken):
        services.create_person(email="ALICE@example.com", password=PASSWORD)
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "password_too_short"),
        ("elevenchars", "password_too_short"),
        ("x" * 129, "password_too_long"),
        ("carol@example.com", "password_too_similar"),
        ("Arbion-123456", "password_too_similar"),
        ("administrator", "password_too_common"),
        ("correct horse\0battery", "password_not_text"),
    ],
)
def test_password_rules(db, password: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        services.create_person(email="carol@example.com", password=password)
    assert code in {error.code for error in refused.value.errors}
    assert {error.field for error in refused.value.errors} == {"password"}
    assert not User.objects.exists()
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("length", [12, 128])
def test_password_lengths_at_the_edges(db, length: int) -> None:
    services.create_person(email="carol@example.com", password=("zq7 mv" * 30)[:length])


@pytest.mark.parametrize("email", ["", "nobody", "a@", "@b.com", "a b@example.com", f"{'a' * 250}@example.com"])
def test_bad_addresses(db, email: str) -> None:
    with pytest.raises(InvalidInput):
        services.create_person(email=email, password=PASSWORD)
    assert not User.objects.exists()


def test_the_first_owner_gets_a_password_once(db) -> None:
    made_up = services.ensure_owner(email="owner@example.com")
    assert made_up is not None
    assert len(made_up) >= 24
    owner = User.objects.get()
    assert owner.role == Role.SUPERADMIN
    assert owner.check_password(made_up)
    assert services.ensure_owner(email="other@example.com") is None
    assert User.objects.count() == 1


def test_the_owner_may_choose(db) -> None:
    assert services.ensure_owner(email="owner@example.com", password=PASSWORD) is None
    assert User.objects.get().check_password(PASSWORD)


def test_the_demo_account_is_one_and_has_no_password(db) -> None:
    first, second = services.demo_user(), services.demo_user()
    assert first.pk == second.pk
    assert first.is_demo
    assert not first.has_usable_password()
    assert first.role == Role.STANDARD


def test_a_role_change_is_audited_and_ends_sessions(alice, sue) -> None:
    before = alice.get_session_auth_hash()
    services.change_role(user=alice, role=Role.ADMIN, actor=sue)
    alice.refresh_from_db()
    assert alice.role == Role.ADMIN
    assert alice.get_session_auth_hash() != before
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.actor, entry.subject) == ("account.role_changed", sue, f"person:{alice.public_id}")
    assert entry.data == {"before": "standard", "after": "admin"}


@pytest.mark.parametrize("actor_name", ["alice", "bob", "ada"])
@pytest.mark.parametrize("role", [Role.ADMIN, Role.SUPERADMIN])
def test_only_superadmins_give_roles(request, alice, actor_name: str, role: Role) -> None:
    actor = request.getfixturevalue(actor_name)
    with pytest.raises(NotYours):
        services.change_role(user=alice, role=role, actor=actor)
    alice.refresh_from_db()
    assert alice.role == Role.STANDARD


@pytest.mark.parametrize("role", [Role.STANDARD, Role.ADMIN])
def test_the_last_superadmin_keeps_the_role(sue, role: Role) -> None:
    with pytest.raises(LastSuperadmin):
        services.change_role(user=sue, role=role, actor=sue)
    sue.refresh_from_db()
    assert sue.role == Role.SUPERADMIN


def test_the_last_superadmin_stays_on_even_beside_one_switched_off(make_person, sue) -> None:
    second = make_person("second", Role.SUPERADMIN)
    services.deactivate(user=second, actor=sue)
    with pytest.raises(LastSuperadmin):
        services.deactivate(user=sue, actor=sue)
    sue.refresh_from_db()
    assert sue.is_active


def test_one_of_two_superadmins_may_go(make_person, sue) -> None:
    second = make_person("second", Role.SUPERADMIN)
    services.change_role(user=sue, role=Role.STANDARD, actor=second)
    assert list(services.superadmins()) == [second]


def test_people_are_never_deleted(alice, sue) -> None:
    for user in (alice, sue):
        with pytest.raises(ProtectedError):
            user.delete()
        with pytest.raises(ProtectedError):
            User.objects.filter(pk=user.pk).delete()
    assert User.objects.count() == 2


def test_switching_off_revokes_keys_and_sessions(alice, ada) -> None:
    _, key = tokens.issue(user=alice, name="x", scope="trade", actor=alice)
    before = alice.get_session_auth_hash()
    services.deactivate(user=alice, actor=ada)
    alice.refresh_from_db()
    assert not alice.is_active
    assert alice.get_session_auth_hash() != before
    assert ApiToken.objects.get().revoked_at is not None
    assert tokens.user_of(key) is None
    assert actions()[-2:] == ["account.token_revoked", "account.deactivated"]
    services.reactivate(user=alice, actor=ada)
    assert User.objects.get(pk=alice.pk).is_active
    assert tokens.user_of(key) is None


@pytest.mark.parametrize("target", ["ada", "sue"])
def test_an_admin_cannot_switch_off_their_likes_or_betters(request, make_person, target: str) -> None:
    actor = make_person("adam", Role.ADMIN)
    user = request.getfixturevalue(target)
    with pytest.raises(NotYours):
        services.deactivate(user=user, actor=actor)
    user.refresh_from_db()
    assert user.is_active


def test_the_demo_account_stays_ordinary(sue) -> None:
    user = services.demo_user()
    with pytest.raises(DemoStaysOrdinary):
        services.change_role(user=user, role=Role.ADMIN, actor=sue)
    assert User.objects.get(is_demo=True).role == Role.STANDARD


def test_nobody_takes_the_demo_accounts_address(db) -> None:
    with pytest.raises(InvalidInput):
        services.create_person(email=services.DEMO_EMAIL.upper(), password=PASSWORD)
    assert services.demo_user().is_demo


def test_an_unknown_role_is_refused(alice, sue) -> None:
    with pytest.raises(InvalidInput):
        services.change_role(user=alice, role="root", actor=sue)
    alice.refresh_from_db()
    assert alice.role == Role.STANDARD
