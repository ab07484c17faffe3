"""REST: signing in, who am I, tokens; by header or by session, never by address."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts import tokens
from accounts.models import ApiToken, AuditEntry
from accounts.services import change_role, deactivate
from arbion.domain.enums import Role
from arbion.lib.clock import SYSTEM, FrozenClock
from arbion.lib.ids import new_id
from tests.accounts.conftest import PASSWORD

SIGN_IN = "/api/v1/auth/token/"
ME = "/api/v1/me/"
TOKENS = "/api/v1/tokens/"
PROBLEM = "application/problem+json"


def post(client, path: str, body: object, **headers: str):
    return client.post(path, json.dumps(body), content_type="application/json", **headers)


def code_of(response) -> tuple[int, str]:
    assert response.headers["Content-Type"] == PROBLEM
    body = response.json()
    assert body["status"] == response.status_code
    return response.status_code, body["code"]


# auth/token/ ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("more", "scope"), [({}, "trade"), ({"scope": "read"}, "read"), ({"scope": "trade"}, "trade")])
def test_a_token_for_a_password(alice, client, more: dict, scope: str) -> None:
    response = post(client, SIGN_IN, {"email": "Alice@example.com", "password": PASSWORD, **more})
    assert response.status_code == 200
    body = response.json()
    assert set(body) == {"token", "scope", "expires_at"}
    assert body["scope"] == scope
    assert tokens.user_of(body["token"])[0] == alice
    assert "sessionid" not in client.cookies
    assert "no-store" in response.headers["Cache-Control"]
    entry = AuditEntry.objects.latest("pk")
    assert (entry.action, entry.actor, entry.data) == ("account.signed_in", alice, {"door": "api"})


def test_every_wrong_pair_gets_the_same_answer(alice, bob, sue, client) -> None:
    deactivate(user=bob, actor=sue)
    answers = {
        post(client, SIGN_IN, {"email": email, "password": password}).content
        for email, password in [
            ("alice@example.com", "wrong"),
            ("nobody@example.com", PASSWORD),
            ("not an address", PASSWORD),
            ("bob@example.com", PASSWORD),
            ("bob@example.com", "wrong"),
            ("alice@example.com", PASSWORD + " "),
            ("alice@example.com", "\u0661" * 900),
        ]
    }
    assert [json.loads(answer) for answer in answers] == [
        {
            "type": "urn:arbion:problem:invalid_credentials",
            "title": "Cannot sign in",
            "status": 400,
            "detail": "This e-mail address and password do not open an account.",
            "code": "invalid_credentials",
            "errors": [],
        }
    ]
    assert not ApiToken.objects.exists()


def test_an_unconfirmed_address_is_a_wrong_pair(alice, client, settings) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    assert post(client, SIGN_IN, {"email": alice.email, "password": PASSWORD}).status_code == 200
    alice.emailaddress_set.update(verified=False)
    assert code_of(post(client, SIGN_IN, {"email": alice.email, "password": PASSWORD})) == (400, "invalid_credentials")


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {("email", "required"), ("password", "required")}),
        ({"email": "", "password": ""}, {("email", "blank"), ("password", "blank")}),
        ({"email": None, "password": None}, {("email", "null"), ("password", "null")}),
        ({"email": ["a"], "password": {"a": 1}}, {("email", "invalid"), ("password", "invalid")}),
        ({"email": True, "password": 1.5}, {("email", "invalid"), ("password", "invalid")}),
        ({"email": "a@b.com", "password": "x", "scope": "root"}, {("scope", "invalid_choice")}),
        ({"email": "a" * 300, "password": "x"}, {("email", "max_length")}),
        ([1], {("", "invalid")}),
        ("x", {("", "invalid")}),
    ],
)
def test_bad_bodies(db, client, body: object, errors: set) -> None:
    response = post(client, SIGN_IN, body)
    assert code_of(response) == (400, "invalid")
    assert {(error["field"], error["code"]) for error in response.json()["errors"]} == errors


@pytest.mark.parametrize(
    ("content", "content_type", "expected"),
    [
        (b"{", "application/json", (400, "invalid_json")),
        (b'{"email": "a", "email": "b"}', "application/json", (400, "invalid_json")),
        (b'{"email": "\\u0000"}', "application/json", (400, "invalid_json")),
        (b"\xff", "application/json", (400, "invalid_json")),
        (b'"' + b"x" * 300_000 + b'"', "application/json", (413, "body_too_large")),
        (b"email=a&password=b", "application/x-www-form-urlencoded", (415, "unsupported_media_type")),
        (b"<a/>", "text/xml", (415, "unsupported_media_type")),
    ],
    ids=["broken", "repeated-key", "nul", "not-utf8", "too-large", "form", "xml"],
)
def test_bodies_that_are_no_json(db, client, content: bytes, content_type: str, expected: tuple[int, str]) -> None:
    assert code_of(client.post(SIGN_IN, content, content_type=content_type)) == expected


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_other_methods(db, client, method: str) -> None:
    response = getattr(client, method)(SIGN_IN)
    assert code_of(response) == (405, "method_not_allowed")
    assert response.headers["Allow"] == "POST, OPTIONS"


# Who is asking -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("scheme", ["Token", "Bearer", "bearer", "TOKEN"])
@pytest.mark.parametrize("scope", ["read", "trade"])
def test_a_key_in_the_header(alice, scheme: str, scope: str) -> None:
    _, key = tokens.issue(user=alice, name="x", scope=scope, actor=alice)
    response = Client().get(ME, HTTP_AUTHORIZATION=f"{scheme} {key}")
    assert response.status_code == 200
    assert response.json() == {
        "id": str(alice.public_id),
        "email": "alice@example.com",
        "role": "standard",
        "is_demo": False,
        "created_at": alice.date_joined.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    }


def test_the_session_works_too(alice, browser_of) -> None:
    assert browser_of(alice).get(ME).json()["email"] == "alice@example.com"


def test_nobody_is_asked_to_sign_in(db, client) -> None:
    response = client.get(ME)
    assert code_of(response) == (401, "not_authenticated")
    assert response.headers["WWW-Authenticate"] == 'Token realm="api"'


@pytest.mark.parametrize(
    "header",
    [
        "Token",
        "Token ",
        "Bearer",
        "Basic YTpi",
        "Token arb_wrong",
        "Token é",
        "arb_wrong",
        "Token a b c",
        "Digest x",
        "Token " + "x" * 10_000,
    ],
    ids=lambda header: header[:20],
)
def test_a_bad_header_is_refused_even_beside_a_session(alice, browser_of, header: str) -> None:
    for client in (Client(), browser_of(alice)):
        response = client.get(ME, HTTP_AUTHORIZATION=header)
        assert code_of(response) == (401, "invalid_token")
        assert response.headers["WWW-Authenticate"] == 'Token realm="api"'


@pytest.mark.parametrize("name", ["token", "access_token", "api_key", "TOKEN", "key"])
def test_a_key_in_the_address_is_refused(alice, name: str) -> None:
    _, key = tokens.issue(user=alice, name="x", scope="read", actor=alice)
    assert code_of(Client().get(ME, {name: key})) == (400, "token_in_query")
    assert code_of(Client().get(ME, {name: key}, HTTP_AUTHORIZATION=f"Token {key}")) == (400, "token_in_query")
    assert ApiToken.objects.get().last_used_at is None


def test_a_key_stops_with_its_time_its_revocation_or_its_person(alice, sue) -> None:
    past = FrozenClock(SYSTEM.now() - timedelta(days=2))
    _, expired = tokens.issue(user=alice, name="x", scope="read", days=1, actor=alice, clock=past)
    token, revoked = tokens.issue(user=alice, name="x", scope="read", actor=alice)
    tokens.revoke(token, actor=alice)
    _, live = tokens.issue(user=alice, name="x", scope="read", actor=alice)
    assert Client().get(ME, HTTP_AUTHORIZATION=f"Token {live}").status_code == 200
    deactivate(user=alice, actor=sue)
    for key in (expired, revoked, live):
        assert code_of(Client().get(ME, HTTP_AUTHORIZATION=f"Token {key}")) == (401, "invalid_token")


def test_a_request_with_a_key_costs_one_select(alice, program_of, django_assert_num_queries) -> None:
    program = program_of(alice)
    program.get(ME)
    with django_assert_num_queries(1):
        program.get(ME)


def test_a_new_role_shows_at_once(alice, sue, program_of) -> None:
    program = program_of(alice)
    change_role(user=alice, role=Role.ADMIN, actor=sue)
    assert program.get(ME).json()["role"] == "admin"


# Tokens --------------------------------------------------------------------------------------------------------------
def test_a_token_is_made_by_session_and_shown_once(alice, browser_of) -> None:
    browser = browser_of(alice)
    response = post(browser, TOKENS, {"name": "phone", "scope": "read", "days": 5})
    assert response.status_code == 201
    made = response.json()
    key = made.pop("token")
    assert tokens.user_of(key)[0] == alice
    made["last_used_at"] = ApiToken.objects.get().last_used_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert browser.get(TOKENS).json() == {"next": None, "previous": None, "results": [made]}
    assert key not in browser.get(TOKENS).content.decode()
    assert set(made) == {"id", "name", "prefix", "scope", "created_at", "expires_at", "last_used_at", "revoked_at"}
    detail = browser.get(f"{TOKENS}{made['id']}/")
    assert detail.json()["name"] == "phone"
    assert "digest" not in detail.content.decode()


def test_a_token_is_revoked_by_session(alice, browser_of) -> None:
    browser = browser_of(alice)
    made = post(browser, TOKENS, {"name": "phone", "scope": "trade"}).json()
    for _ in range(2):
        response = browser.delete(f"{TOKENS}{made['id']}/")
        assert (response.status_code, response.content) == (204, b"")
    assert Client().get(ME, HTTP_AUTHORIZATION=f"Token {made['token']}").status_code == 401
    assert browser.get(TOKENS).json()["results"][0]["revoked_at"] is not None


@pytest.mark.parametrize("scope", ["read", "trade"])
def test_a_key_cannot_make_see_or_revoke_keys(alice, program_of, scope: str) -> None:
    program = program_of(alice, scope)
    token = ApiToken.objects.get()
    answers = [
        program.get(TOKENS),
        program.post(TOKENS, {"name": "x", "scope": "read"}, format="json"),
        program.get(f"{TOKENS}{token.public_id}/"),
        program.delete(f"{TOKENS}{token.public_id}/"),
    ]
    assert [code_of(answer) for answer in answers] == [(403, "session_required")] * 4
    assert ApiToken.objects.filter(revoked_at__isnull=True).count() == 1


def test_another_persons_token_is_as_if_it_were_not(alice, bob, browser_of) -> None:
    token, key = tokens.issue(user=alice, name="x", scope="read", actor=alice)
    browser = browser_of(bob)
    for verb in (browser.get, browser.delete):
        theirs, nobodys = verb(f"{TOKENS}{token.public_id}/"), verb(f"{TOKENS}{new_id()}/")
        assert code_of(theirs) == (404, "not_found")
        assert theirs.content == nobodys.content
    assert browser.get(TOKENS).json()["results"] == []
    assert tokens.user_of(key) is not None


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"scope": "read"}, "name", "required"),
        ({"name": " ", "scope": "read"}, "name", "blank"),
        ({"name": "x" * 61, "scope": "read"}, "name", "max_length"),
        ({"name": "a\u0007b", "scope": "read"}, "name", "invalid_name"),
        ({"name": "x"}, "scope", "required"),
        ({"name": "x", "scope": "admin"}, "scope", "invalid_choice"),
        ({"name": "x", "scope": "read", "days": 0}, "days", "min_value"),
        ({"name": "x", "scope": "read", "days": 367}, "days", "max_value"),
        ({"name": "x", "scope": "read", "days": "soon"}, "days", "invalid"),
        ({"name": "x", "scope": "read", "days": None}, "days", "null"),
    ],
)
def test_bad_wishes(alice, browser_of, body: dict, field: str, code: str) -> None:
    response = post(browser_of(alice), TOKENS, body)
    assert code_of(response) == (400, "invalid")
    assert [(error["field"], error["code"]) for error in response.json()["errors"]] == [(field, code)]
    assert not ApiToken.objects.exists()


def test_what_one_may_not_set_is_ignored(alice, bob, browser_of) -> None:
    wish = {
        "name": "x",
        "scope": "read",
        "user": bob.pk,
        "digest": "0" * 64,
        "prefix": "evil",
        "expires_at": "2099-01-01",
    }
    made = post(browser_of(alice), TOKENS, wish).json()
    token = ApiToken.objects.get()
    assert (token.user, token.prefix) == (alice, made["token"][:10])
    assert token.expires_at < SYSTEM.now() + timedelta(days=91)


# CSRF ----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("headers", [{}, {"HTTP_X_CSRFTOKEN": "forged"}, {"HTTP_ORIGIN": "https://evil.example"}])
def test_a_session_needs_its_csrf_token(alice, headers: dict) -> None:
    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(alice)
    response = browser.post(TOKENS, {"name": "x", "scope": "trade"}, format="json", **headers)
    assert code_of(response) == (403, "csrf_failed")
    assert not ApiToken.objects.exists()
    assert browser.get(ME).status_code == 200


def test_a_key_needs_no_csrf_token(alice) -> None:
    _, key = tokens.issue(user=alice, name="x", scope="trade", actor=alice)
    program = APIClient(enforce_csrf_checks=True, HTTP_AUTHORIZATION=f"Token {key}")
    assert code_of(program.post(TOKENS, {"name": "x", "scope": "read"}, format="json")) == (403, "session_required")


# The description -----------------------------------------------------------------------------------------------------
def test_the_description_names_both_ways_in(db) -> None:
    from drf_spectacular.generators import SchemaGenerator

    described = SchemaGenerator().get_schema(request=None, public=True)
    assert described["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert described["components"]["securitySchemes"]["session"]["in"] == "cookie"
    assert "Problem" in described["components"]["schemas"]
    sign_in = described["paths"]["/api/v1/auth/token/"]["post"]
    assert PROBLEM in sign_in["responses"]["default"]["content"]
