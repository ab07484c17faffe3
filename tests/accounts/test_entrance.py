"""Signing up, in and out by e-mail address, in a browser."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from django.contrib.auth import get_user
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, User
from accounts.services import DEMO_EMAIL, deactivate, demo_user, sign_out_everywhere
from arbion.domain.enums import Role
from tests.accounts.conftest import PASSWORD

LOGIN = "/account/login/"
SIGNUP = "/account/signup/"
WRONG = "This e-mail address and password do not open an account."


def sign_in(client: Client, email: str = "alice@example.com", password: str = PASSWORD, **more: str):
    return client.post(LOGIN, {"login": email, "password": password, **more})


def signed_in_as(client: Client) -> User | None:
    user = get_user(client)
    return user if user.is_authenticated else None


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


# Sign-up -------------------------------------------------------------------------------------------------------------
def test_a_new_person_signs_up_and_is_in(db, client) -> None:
    response = client.post(SIGNUP, {"email": "New@Example.com", "password1": PASSWORD})
    assert response.status_code == 302
    assert response.headers["Location"] == "/desk/"
    user = User.objects.get()
    assert (user.email, user.role, user.is_active, user.is_demo) == ("new@example.com", Role.STANDARD, True, False)
    assert signed_in_as(client) == user
    assert actions() == ["account.created", "account.signed_in"]


@pytest.mark.parametrize(
    ("data", "field", "words"),
    [
        ({"email": "", "password1": PASSWORD}, "email", "This field is required."),
        ({"email": "nonsense", "password1": PASSWORD}, "email", "Enter a valid email address."),
        ({"email": "a@example.com", "password1": ""}, "password1", "This field is required."),
        ({"email": "a@example.com", "password1": "short"}, "password1", "at least 12 characters"),
        ({"email": "a@example.com", "password1": "q7" * 65}, "password1", "longer than 128 characters"),
        ({"email": "longname@example.com", "password1": "longname@example"}, "password1", "too similar to the email"),
    ],
)
def test_what_cannot_be_used_is_said_beside_its_field(db, client, data: dict, field: str, words: str) -> None:
    response = client.post(SIGNUP, data)
    assert response.status_code == 200
    assert words in " ".join(response.context["form"].errors[field])
    beside = re.search(rf'data-error-for="{field}">(.*?)</div>', response.content.decode(), re.DOTALL)
    assert words in beside[1]
    if data["email"]:
        assert f'value="{data["email"]}"' in response.content.decode()
    assert not User.objects.exists()


def test_fields_of_power_are_ignored_at_sign_up(db, client) -> None:
    powers = {"role": "superadmin", "is_staff": "1", "is_superuser": "1", "is_active": "0", "is_demo": "1", "id": "7"}
    client.post(SIGNUP, {"email": "new@example.com", "password1": PASSWORD, **powers})
    user = User.objects.get()
    assert (user.role, user.is_active, user.is_demo, user.is_staff) == (Role.STANDARD, True, False, False)


@pytest.fixture
def confirming(settings) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.PUBLIC_URL = "https://arbion.example"


def test_where_addresses_are_confirmed_a_taken_one_is_not_told(confirming, alice) -> None:
    new = Client().post(SIGNUP, {"email": "new@example.com", "password1": PASSWORD})
    taken = Client().post(SIGNUP, {"email": "alice@example.com", "password1": PASSWORD})
    assert (new.status_code, new.headers["Location"]) == (302, "/account/confirm-email/")
    assert (taken.status_code, taken.headers["Location"]) == (new.status_code, new.headers["Location"])
    assert User.objects.filter(email="alice@example.com").count() == 1
    assert [message.to for message in mail.outbox] == [["new@example.com"], ["alice@example.com"]]
    assert mail.outbox[1].subject == "Arbion: You have an account already"
    assert "https://arbion.example/account/password/reset/" in mail.outbox[1].body


def test_a_taken_address_costs_a_hash_too(confirming, alice, monkeypatch) -> None:
    from accounts import forms

    hashed: list[str] = []
    monkeypatch.setattr(forms, "make_password", hashed.append)
    Client().post(SIGNUP, {"email": "alice@example.com", "password1": PASSWORD})
    assert hashed == [PASSWORD]


def test_the_confirmation_link_opens_the_account(confirming, db, client) -> None:
    client.post(SIGNUP, {"email": "new@example.com", "password1": PASSWORD})
    assert signed_in_as(client) is None
    assert sign_in(client, "new@example.com").headers["Location"] == "/account/confirm-email/"
    link = re.search(r"https://arbion\.example(/account/confirm-email/\S+)", mail.outbox[0].body)[1]
    page = client.get(link)
    assert page.status_code == 200
    assert "new@example.com" in page.content.decode()
    client.post(link)
    other = Client()
    assert sign_in(other, "new@example.com").headers["Location"] == "/desk/"
    assert client.get(link).status_code == 200


# Sign-in -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("email", ["alice@example.com", "ALICE@Example.com", "  alice@example.com "])
def test_the_right_pair_opens(alice, client, email: str) -> None:
    assert sign_in(client, email).headers["Location"] == "/desk/"
    assert signed_in_as(client) == alice
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.actor, entry.address) == ("account.signed_in", alice, "127.0.0.1")


def test_every_wrong_pair_gets_the_same_answer(alice, sue, client) -> None:
    deactivate(user=alice, actor=sue)
    bodies = set()
    for email, password in [
        ("sue@example.com", "wrong wrong wrong"),
        ("nobody@example.com", "wrong wrong wrong"),
        ("alice@example.com", "wrong wrong wrong"),
        (DEMO_EMAIL, "wrong wrong wrong"),
    ]:
        response = sign_in(Client(), email, password)
        assert response.status_code == 200
        body = response.content.decode().replace(email, "EMAIL")
        bodies.add(re.sub(r'csrfmiddlewaretoken" value="\w+"', "", body))
    assert len(bodies) == 1
    assert WRONG in bodies.pop()


def test_a_failure_is_audited_without_what_was_typed(alice, client) -> None:
    sign_in(client, "alice@example.com", "wrong")
    sign_in(client, "my-password-by-mistake@example.com", "wrong")
    rows = list(AuditEntry.objects.filter(action="account.sign_in_failed").order_by("pk"))
    assert [(row.actor, row.subject, row.data) for row in rows] == [
        (None, f"person:{alice.public_id}", {"door": "web"}),
        (None, "person:unknown", {"door": "web"}),
    ]


def test_the_switched_off_are_told_only_with_their_password(alice, sue, client) -> None:
    deactivate(user=alice, actor=sue)
    response = sign_in(client)
    assert response.headers["Location"] == "/account/inactive/"
    assert signed_in_as(client) is None
    assert "switched off" in client.get("/account/inactive/").content.decode()


def test_the_session_key_changes_at_sign_in(alice, client) -> None:
    client.get(LOGIN)
    client.session.save()
    before = client.session.session_key
    client.cookies["sessionid"] = before
    sign_in(client)
    assert client.session.session_key != before
    assert Client(HTTP_COOKIE=f"sessionid={before}").get(reverse("accounts_profile")).status_code == 302


def test_keep_me_signed_in_is_a_choice(alice) -> None:
    short, long = Client(), Client()
    sign_in(short)
    sign_in(long, remember="on")
    assert short.session.get_expire_at_browser_close()
    assert not long.session.get_expire_at_browser_close()


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "///evil.example",
        "\\\\evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "http:evil.example",
        "https:///evil.example",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "evil.example",
        "/%0d%0aLocation:https://evil",
        "/\r\nSet-Cookie:a=b",
        "http://testserver/desk/",
        "http://127.0.0.1:8000/",
        "@evil.example",
        " /x",
        "\x00//evil.example",
        "/.//evil.example\\@x",
        "https://testserver.evil.example/",
        "//testserver@evil.example",
    ],
)
def test_after_signing_in_one_stays_here(alice, target: str) -> None:
    for response in (
        Client().post(LOGIN, {"login": "alice@example.com", "password": PASSWORD, "next": target}),
        Client().post(f"{LOGIN}?{urlencode({'next': target})}", {"login": "alice@example.com", "password": PASSWORD}),
    ):
        assert response.status_code == 302
        assert response.headers["Location"] in {"/desk/", "/%0d%0aLocation:https://evil"}


@pytest.mark.parametrize("target", ["/orders/", "/markets/AAPL/?interval=1d", "/account/profile/#tokens"])
def test_after_signing_in_one_goes_on_where_one_was(alice, client, target: str) -> None:
    assert sign_in(client, next=target).headers["Location"] == target


def test_who_is_signed_in_is_sent_on_but_never_away(alice, browser_of) -> None:
    browser = browser_of(alice)
    assert browser.get(f"{LOGIN}?next=/orders/").headers["Location"] == "/orders/"
    assert browser.get(f"{LOGIN}?next=//evil.example").headers["Location"] == "/desk/"


# Sign-out ------------------------------------------------------------------------------------------------------------
def test_signing_out_needs_a_post(alice, browser_of) -> None:
    browser = browser_of(alice)
    assert browser.get("/account/logout/").status_code == 200
    assert signed_in_as(browser) == alice
    assert browser.post("/account/logout/").headers["Location"] == "/"
    assert signed_in_as(browser) is None
    assert actions()[-1] == "account.signed_out"


def test_signing_out_everywhere_ends_every_session(alice, browser_of) -> None:
    first, second = browser_of(alice), browser_of(alice)
    assert first.get("/account/sessions/end/").status_code == 200
    assert signed_in_as(second) == alice
    assert first.post("/account/sessions/end/").headers["Location"] == LOGIN
    assert signed_in_as(first) is None
    assert signed_in_as(second) is None


def test_an_ended_session_is_dead_on_its_next_request(alice, bob, browser_of) -> None:
    browser, other = browser_of(alice), browser_of(bob)
    sign_out_everywhere(user=alice, actor=alice)
    assert browser.get("/account/profile/").headers["Location"] == f"{LOGIN}?next=/account/profile/"
    assert browser.get("/api/v1/me/").status_code == 401
    assert other.get("/api/v1/me/").status_code == 200


# CSRF ----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "path",
    [LOGIN, SIGNUP, "/account/logout/", "/account/password/reset/", "/account/password/change/", "/account/tokens/",
     "/account/sessions/end/", "/demo/"],
)  # fmt: skip
def test_no_form_works_without_its_token(alice, path: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    before = AuditEntry.objects.count()
    assert browser.post(path, {"login": "alice@example.com", "password": PASSWORD}).status_code == 403
    foreign = browser.post(path, {}, HTTP_ORIGIN="https://evil.example")
    assert foreign.status_code == 403
    assert AuditEntry.objects.count() == before
    assert signed_in_as(browser) == alice


# Demo ----------------------------------------------------------------------------------------------------------------
def test_the_demo_button_signs_in(db, client) -> None:
    assert client.post("/demo/").headers["Location"] == "/desk/"
    assert signed_in_as(client).email == DEMO_EMAIL
    assert client.get("/demo/").status_code == 405


def test_there_is_no_demo_outside_embedded_mode(db, client, settings) -> None:
    settings.EMBEDDED = False
    assert client.post("/demo/").status_code == 404
    assert not User.objects.exists()


def test_a_switched_off_demo_account_is_not_entered(sue, client) -> None:
    deactivate(user=demo_user(), actor=sue)
    assert client.post("/demo/").headers["Location"] == "/account/inactive/"
    assert signed_in_as(client) is None


def test_the_demo_accounts_address_is_nobodys(db, client) -> None:
    response = client.post(SIGNUP, {"email": DEMO_EMAIL, "password1": PASSWORD})
    assert response.context["form"].errors["email"] == ["No mail server can have this address."]
    assert not User.objects.exists()
    assert not ask_for_link(DEMO_EMAIL)


def ask_for_link(email: str) -> list:
    Client().post("/account/password/reset/", {"email": email})
    return mail.outbox


def test_the_demo_account_gets_no_password(db, client) -> None:
    client.post("/demo/")
    assert client.get("/account/password/change/").status_code == 403
    assert client.get("/account/password/set/").status_code == 404
    Client().post("/account/password/reset/", {"email": DEMO_EMAIL})
    assert mail.outbox == []


# Only our pages ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "path",
    [
        "email/",
        "password/set/",
        "login/code/",
        "login/code/confirm/",
        "reauthenticate/",
        "signup/passkey/",
        "phone/verify/",
        "",
    ],
)
def test_what_is_not_offered_is_not_there(alice, browser_of, path: str) -> None:
    assert browser_of(alice).get(f"/account/{path}").status_code == 404


@pytest.mark.parametrize(
    "path",
    ["login/", "signup/", "logout/", "inactive/", "confirm-email/", "confirm-email/abc/", "password/reset/",
     "password/reset/done/", "password/reset/key/1-bad/", "password/reset/key/done/"],
)  # fmt: skip
def test_every_page_wears_our_frame(db, client, alice, path: str) -> None:
    browser = client
    if path == "logout/":
        browser.force_login(alice)
    response = browser.get(f"/account/{path}")
    assert response.status_code == 200
    assert "layouts/narrow.html" in {template.name for template in response.templates}
    assert "no-store" in response.headers["Cache-Control"]
    text = response.content.decode()
    assert " style=" not in text
    assert not re.search(r"<script(?! src| type=\"module\" src)", text)


def test_where_addresses_are_not_confirmed_a_taken_one_is_said_plainly(alice, client) -> None:
    response = client.post(SIGNUP, {"email": "ALICE@example.com", "password1": PASSWORD})
    assert response.context["form"].errors["email"] == [
        "This address already has an account: sign in, or ask for a new password."
    ]
    assert User.objects.count() == 1
