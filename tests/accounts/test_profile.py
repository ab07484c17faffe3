"""The profile page: tokens and sessions, without a script."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from accounts import tokens
from accounts.models import ApiToken
from arbion.lib.ids import new_id

PROFILE = "/account/profile/"
MAKE = "/account/tokens/"


def test_who_i_am(alice, browser_of) -> None:
    page = browser_of(alice).get(PROFILE)
    text = page.content.decode()
    assert page.status_code == 200
    assert "alice@example.com" in text
    assert "Standard" in text
    assert "/account/password/change/" in text
    assert "No program has a key yet." in text


def test_strangers_are_sent_to_sign_in(db, client) -> None:
    for path in (PROFILE, "/account/sessions/end/", f"/account/tokens/{new_id()}/revoke/"):
        assert client.get(path).headers["Location"] == f"/account/login/?next={path}"
    assert client.post(MAKE, {"name": "x"}).status_code == 302


def test_a_key_is_shown_once(alice, browser_of) -> None:
    browser = browser_of(alice)
    page = browser.post(MAKE, {"name": "my <phone>", "scope": "trade", "days": "30"})
    assert page.status_code == 200
    assert "no-store" in page.headers["Cache-Control"]
    key = re.search(r'value="(arb_[\w-]+)"', page.content.decode())[1]
    assert tokens.user_of(key)[0] == alice
    assert "my &lt;phone&gt;" in page.content.decode()
    again = browser.get(PROFILE).content.decode()
    assert key not in again
    assert key[:10] in again
    assert key not in str(list(browser.session.items()))


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"name": "", "scope": "read", "days": "1"}, "name"),
        ({"name": "a\tb", "scope": "read", "days": "1"}, "name"),
        ({"name": "x", "scope": "root", "days": "1"}, "scope"),
        ({"name": "x", "scope": "read", "days": "0"}, "days"),
        ({"name": "x", "scope": "read", "days": "many"}, "days"),
    ],
)
def test_a_bad_wish_keeps_what_was_typed(alice, browser_of, data: dict, field: str) -> None:
    page = browser_of(alice).post(MAKE, data)
    assert page.status_code == 400
    assert field in page.context["form"].errors
    assert f'data-error-for="{field}"><p' in page.content.decode()
    assert page.context["form"].data["name"] == data["name"]
    assert not ApiToken.objects.exists()


def test_revoking_asks_once(alice, browser_of) -> None:
    token, key = tokens.issue(user=alice, name="phone", scope="read", actor=alice)
    browser = browser_of(alice)
    path = f"/account/tokens/{token.public_id}/revoke/"
    question = browser.get(path)
    assert "phone" in question.content.decode()
    assert tokens.user_of(key) is not None
    assert browser.post(path).headers["Location"] == PROFILE
    assert tokens.user_of(key) is None
    assert "revoked" in browser.get(PROFILE).content.decode()


def test_another_persons_token_is_not_there(alice, bob, browser_of) -> None:
    token, key = tokens.issue(user=alice, name="phone", scope="read", actor=alice)
    browser = browser_of(bob)
    for verb in (browser.get, browser.post):
        theirs = verb(f"/account/tokens/{token.public_id}/revoke/")
        nobodys = verb(f"/account/tokens/{new_id()}/revoke/")
        assert (theirs.status_code, theirs.content) == (404, nobodys.content)
    assert tokens.user_of(key) is not None


def test_reading_changes_nothing(alice, browser_of) -> None:
    browser = browser_of(alice)
    assert browser.get(MAKE).status_code == 405
    assert browser.get(PROFILE).status_code == 200
    for path in ("/account/sessions/end/", "/account/logout/"):
        browser.head(path)
    assert browser.get(PROFILE).status_code == 200


def test_other_methods_do_not_act(alice, browser_of) -> None:
    token, key = tokens.issue(user=alice, name="phone", scope="read", actor=alice)
    browser = browser_of(alice)
    for verb in (browser.put, browser.patch, browser.delete, browser.options):
        assert verb(f"/account/tokens/{token.public_id}/revoke/").status_code == 405
        assert verb("/account/sessions/end/").status_code == 405
    assert tokens.user_of(key) is not None
    assert Client(HTTP_AUTHORIZATION=f"Token {key}").get("/api/v1/me/").status_code == 200
