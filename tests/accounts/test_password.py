"""A new password: by link when it is forgotten, by the old one when it is not."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth import get_user
from django.core import mail
from django.test import Client

from accounts.models import AuditEntry
from accounts.services import deactivate
from tests.accounts.conftest import PASSWORD

RESET = "/account/password/reset/"
CHANGE = "/account/password/change/"
NEW = "staple wagon orbit"


@pytest.fixture(autouse=True)
def _public_address(settings) -> None:
    settings.PUBLIC_URL = "https://arbion.example/"


def ask(email: str, **headers: str):
    return Client(**headers).post(RESET, {"email": email})


def link_in(message: mail.EmailMessage) -> str:
    return re.search(r"https://arbion\.example(/account/password/reset/key/\S+)", message.body)[1]


def open_link(client: Client, link: str) -> str:
    first = client.get(link)
    assert first.status_code == 302
    return first.headers["Location"]


def test_known_and_unknown_get_the_same_answer_and_a_mail(alice, sue) -> None:
    known, unknown = ask("alice@example.com"), ask("nobody@example.com")
    assert known.status_code == unknown.status_code == 302
    assert known.headers["Location"] == unknown.headers["Location"] == f"{RESET}done/"
    assert [message.subject for message in mail.outbox] == ["Arbion: A new password", "Arbion: No account here"]
    deactivate(user=alice, actor=sue)
    off = ask("alice@example.com")
    assert (off.status_code, off.headers["Location"]) == (302, f"{RESET}done/")
    assert mail.outbox[-1].subject == "Arbion: No account here"


def test_links_carry_the_address_from_the_settings(alice) -> None:
    ask("alice@example.com", HTTP_X_FORWARDED_HOST="evil.example")
    assert "evil" not in mail.outbox[0].body
    assert "https://arbion.example/account/password/reset/key/" in mail.outbox[0].body
    assert ask("alice@example.com", HTTP_HOST="evil.example").status_code == 400


def test_the_link_sets_a_password_once_and_ends_sessions(alice, browser_of) -> None:
    browser = browser_of(alice)
    ask("alice@example.com")
    link = link_in(mail.outbox[0])
    visitor = Client()
    form = open_link(visitor, link)
    assert visitor.get(form).status_code == 200
    done = visitor.post(form, {"password1": NEW, "password2": NEW})
    assert done.headers["Location"] == f"{RESET}key/done/"
    alice.refresh_from_db()
    assert alice.check_password(NEW)
    assert not get_user(browser).is_authenticated
    assert not get_user(visitor).is_authenticated
    assert AuditEntry.objects.latest("pk").action == "account.password_changed"
    assert mail.outbox[-1].subject == "Arbion: Your password was changed"
    again = Client().get(link)
    assert again.status_code == 200
    assert "has been used or is too old" in again.content.decode()


@pytest.mark.parametrize(
    ("first", "second", "field", "words"),
    [
        ("short", "short", "password1", "at least 12 characters"),
        (NEW, "another thing altogether", "password2", "You must type the same password each time."),
        ("", "", "password1", "This field is required."),
    ],
)
def test_a_bad_new_password_changes_nothing(alice, first: str, second: str, field: str, words: str) -> None:
    ask("alice@example.com")
    visitor = Client()
    form = open_link(visitor, link_in(mail.outbox[0]))
    response = visitor.post(form, {"password1": first, "password2": second})
    assert response.status_code == 200
    assert words in " ".join(response.context["form"].errors[field])
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def test_an_old_link_dies_when_the_person_signs_in_or_changes_the_password(alice) -> None:
    ask("alice@example.com")
    Client().post("/account/login/", {"login": "alice@example.com", "password": PASSWORD})
    assert Client().get(link_in(mail.outbox[0])).status_code == 200


def test_a_mail_server_that_is_down_is_said_plainly(alice, monkeypatch) -> None:
    def fail(*_: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", fail)
    for email in ("alice@example.com", "nobody@example.com"):
        response = ask(email)
        assert response.status_code == 503
        assert "could not be sent" in response.content.decode()


def test_changing_it_ends_every_session(alice, browser_of) -> None:
    first, second = browser_of(alice), browser_of(alice)
    response = first.post(CHANGE, {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    assert response.headers["Location"] == "/account/login/"
    alice.refresh_from_db()
    assert alice.check_password(NEW)
    assert not get_user(first).is_authenticated
    assert not get_user(second).is_authenticated
    assert "account.password_changed" in AuditEntry.objects.values_list("action", flat=True)
    assert Client().post("/account/login/", {"login": alice.email, "password": PASSWORD}).status_code == 200
    assert Client().post("/account/login/", {"login": alice.email, "password": NEW}).status_code == 302


def test_changing_it_needs_the_old_one(alice, browser_of) -> None:
    browser = browser_of(alice)
    response = browser.post(CHANGE, {"oldpassword": "wrong", "password1": NEW, "password2": NEW})
    assert response.status_code == 200
    assert response.context["form"].errors["oldpassword"] == ["This is not your current password."]
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)
    assert get_user(browser) == alice


def test_changing_it_needs_a_session(db, client) -> None:
    assert client.get(CHANGE).headers["Location"] == f"/account/login/?next={CHANGE}"
