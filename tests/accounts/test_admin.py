"""The admin site: who sees whom, who changes what, and what nobody touches."""

from __future__ import annotations

import pytest
from django.core import mail
from django.urls import NoReverseMatch, reverse

from accounts import tokens
from accounts.models import ApiToken, AuditEntry, User
from arbion.domain.enums import Role

PEOPLE = "/admin/accounts/user/"
TOKENS = "/admin/accounts/apitoken/"
AUDIT = "/admin/accounts/auditentry/"


def change(browser, user: User, **data: str):
    return browser.post(f"{PEOPLE}{user.pk}/change/", data)


def switch(browser, user: User, *, on: bool):
    return browser.post(f"{PEOPLE}{user.pk}/{'reactivate' if on else 'deactivate'}/")


def stored(user: User) -> User:
    return User.objects.get(pk=user.pk)


@pytest.mark.parametrize("path", ["/admin/", PEOPLE, TOKENS, AUDIT])
@pytest.mark.parametrize(("name", "status"), [("alice", 403), ("ada", 200), ("sue", 200)])
def test_who_gets_in(request, browser_of, name: str, status: int, path: str) -> None:
    response = browser_of(request.getfixturevalue(name)).get(path, follow=True)
    assert response.status_code == status


def test_strangers_sign_in_through_the_ordinary_door(db, client) -> None:
    assert client.get(PEOPLE, follow=True).redirect_chain[-1][0].startswith("/account/login/?next=")


def test_a_superadmin_gives_a_role(sue, alice, browser_of) -> None:
    assert change(browser_of(sue), alice, role="admin").status_code == 302
    assert stored(alice).role == Role.ADMIN
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.actor, entry.address) == ("account.role_changed", sue, "127.0.0.1")


def test_an_admin_gives_none(ada, alice, browser_of) -> None:
    browser = browser_of(ada)
    assert 'name="role"' not in browser.get(f"{PEOPLE}{alice.pk}/change/").content.decode()
    change(browser, alice, role="superadmin")
    assert stored(alice).role == Role.STANDARD
    change(browser, ada, role="superadmin")
    assert stored(ada).role == Role.ADMIN


def test_an_admin_switches_off_ordinary_people_only(ada, sue, alice, make_person, browser_of) -> None:
    other = make_person("other", Role.ADMIN)
    browser = browser_of(ada)
    hers = browser_of(alice)
    _, key = tokens.issue(user=alice, name="x", scope="read", actor=alice)
    asked = browser.get(f"{PEOPLE}{alice.pk}/deactivate/").content.decode()
    assert "0 open orders stay at work until canceled" in asked
    assert stored(alice).is_active
    assert switch(browser, alice, on=False).status_code == 302
    assert not stored(alice).is_active
    assert hers.get("/api/v1/me/").status_code == 401
    assert tokens.user_of(key) is None
    assert AuditEntry.objects.latest("pk").action == "account.deactivated"
    for untouchable in (other, sue):
        assert "deactivate" not in browser.get(f"{PEOPLE}{untouchable.pk}/change/").content.decode()
        assert switch(browser, untouchable, on=False).status_code == 403
        assert stored(untouchable).is_active
    assert switch(browser, alice, on=True).status_code == 302
    assert stored(alice).is_active


def test_the_last_superadmin_stays(sue, browser_of) -> None:
    demoted = change(browser_of(sue), sue, role="standard")
    assert (demoted.status_code, "The last superadmin stays one" in demoted.content.decode()) == (200, True)
    switched = switch(browser_of(sue), sue, on=False)
    assert (switched.status_code, "The last superadmin stays one" in switched.content.decode()) == (409, True)
    assert (stored(sue).role, stored(sue).is_active) == (Role.SUPERADMIN, True)


@pytest.mark.parametrize("name", ["ada", "sue"])
def test_other_fields_cannot_be_sent(request, alice, browser_of, name: str) -> None:
    before = User.objects.values().get(pk=alice.pk)
    browser = browser_of(request.getfixturevalue(name))
    change(
        browser,
        alice,
        role="standard",
        is_active="",
        email="x@example.com",
        password="x",
        is_demo="on",
        public_id="x",
    )
    assert User.objects.values().get(pk=alice.pk) == before


@pytest.mark.parametrize("name", ["ada", "sue"])
@pytest.mark.parametrize("path", [PEOPLE, TOKENS, AUDIT])
def test_nobody_adds_or_deletes(request, alice, browser_of, name: str, path: str) -> None:
    tokens.issue(user=alice, name="x", scope="read", actor=alice)
    browser = browser_of(request.getfixturevalue(name))
    model = {PEOPLE: User, TOKENS: ApiToken, AUDIT: AuditEntry}[path]
    before = model.objects.count()
    row = model.objects.order_by("pk").first()
    assert browser.get(f"{path}add/").status_code == 403
    assert browser.post(f"{path}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    browser.post(path, {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})
    assert model.objects.count() == before


@pytest.mark.parametrize("name", ["ada", "sue"])
def test_the_audit_log_is_read_only_and_filtered(request, alice, browser_of, name: str) -> None:
    browser = browser_of(request.getfixturevalue(name))
    entry = AuditEntry.objects.first()
    page = browser.get(f"{AUDIT}?action=account.created")
    assert page.status_code == 200
    assert "account.created" in page.content.decode()
    assert browser.get(f"{AUDIT}{entry.pk}/change/").status_code == 200
    assert browser.post(f"{AUDIT}{entry.pk}/change/", {"action": "forged"}).status_code == 403
    assert not AuditEntry.objects.filter(action="forged").exists()


@pytest.mark.parametrize("name", ["ada", "sue"])
def test_no_secret_is_shown(request, alice, browser_of, name: str) -> None:
    token, key = tokens.issue(user=alice, name="x", scope="read", actor=alice)
    browser = browser_of(request.getfixturevalue(name))
    for path in (
        TOKENS,
        f"{TOKENS}{token.pk}/change/",
        PEOPLE,
        f"{PEOPLE}{alice.pk}/change/",
        AUDIT,
        f"{AUDIT}export/",
        f"{PEOPLE}{alice.pk}/history/",
    ):
        text = browser.get(path).content.decode()
        assert key not in text
        assert token.digest not in text
        assert alice.password not in text


def test_tokens_are_revoked_within_reach(ada, sue, alice, browser_of) -> None:
    mine = tokens.issue(user=alice, name="x", scope="read", actor=alice)[0]
    theirs = tokens.issue(user=sue, name="x", scope="read", actor=sue)[0]
    browser_of(ada).post(TOKENS, {"action": "revoke_tokens", "_selected_action": [mine.pk, theirs.pk]})
    assert list(ApiToken.objects.filter(revoked_at__isnull=False)) == [mine]
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.actor, entry.subject) == ("account.token_revoked", ada, f"token:{mine.public_id}")


def test_an_operator_sends_reset_links_within_reach(ada, sue, alice, browser_of) -> None:
    browser_of(ada).post(PEOPLE, {"action": "send_reset_links", "_selected_action": [alice.pk, sue.pk]})
    assert [message.to for message in mail.outbox] == [["alice@example.com"]]
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.actor, entry.subject) == (
        "account.password_reset_sent",
        ada,
        f"person:{alice.public_id}",
    )
    assert stored(alice).check_password("correct horse battery")


def test_an_operator_ends_sessions_within_reach(ada, sue, alice, browser_of) -> None:
    hers, boss = browser_of(alice), browser_of(sue)
    browser_of(ada).post(PEOPLE, {"action": "end_sessions", "_selected_action": [alice.pk, sue.pk]})
    assert hers.get("/api/v1/me/").status_code == 401
    assert boss.get("/api/v1/me/").status_code == 200


@pytest.mark.parametrize("name", ["auth_group", "account_emailaddress"])
def test_what_does_not_decide_is_not_shown(name: str) -> None:
    with pytest.raises(NoReverseMatch):
        reverse(f"admin:{name}_changelist")
