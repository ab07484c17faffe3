"""How often one may try, at every door, whatever the headers say."""

from __future__ import annotations

import threading
from itertools import count

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client, RequestFactory
from redis.exceptions import ConnectionError as RedisConnectionError

from accounts import limits
from accounts.context import client_address
from accounts.models import ApiToken, AuditEntry, User
from accounts.services import create_person
from arbion.domain.errors import RateLimited
from tests.accounts.conftest import PASSWORD

LOGIN = "/account/login/"
TOKEN = "/api/v1/auth/token/"


def try_web(email: str, client: Client | None = None, **headers: str) -> int:
    client = client or Client()
    return client.post(LOGIN, {"login": email, "password": "wrong wrong wrong"}, **headers).status_code


def try_api(email: str, client: Client | None = None, **headers: str) -> int:
    client = client or Client()
    body = {"email": email, "password": "wrong wrong wrong"}
    return client.post(TOKEN, body, content_type="application/json", **headers).status_code


@pytest.mark.parametrize(("attempt", "wrong"), [(try_web, 200), (try_api, 400)], ids=["web", "api"])
def test_five_a_minute_for_an_account(alice, attempt, wrong: int) -> None:
    addresses = (f"198.51.100.{n}" for n in count(1))
    answers = [attempt("alice@example.com", REMOTE_ADDR=next(addresses)) for _ in range(8)]
    assert answers == [wrong] * 5 + [429] * 3


@pytest.mark.parametrize(("attempt", "wrong"), [(try_web, 200), (try_api, 400)], ids=["web", "api"])
def test_ten_a_minute_for_an_address(alice, attempt, wrong: int) -> None:
    answers = [attempt(f"person{n}@example.com") for n in range(13)]
    assert answers == [wrong] * 10 + [429] * 3


def test_both_doors_share_one_count(alice) -> None:
    for _ in range(3):
        try_web("alice@example.com")
    assert [try_api("Alice@Example.com") for _ in range(3)] == [400, 400, 429]


def test_the_right_password_does_not_help_beyond_the_limit(alice, client) -> None:
    for _ in range(5):
        try_web("alice@example.com")
    response = client.post(LOGIN, {"login": "alice@example.com", "password": PASSWORD})
    assert response.status_code == 429
    assert 1 <= int(response.headers["Retry-After"]) <= 60
    assert "Too many requests" in response.content.decode()
    assert "sessionid" not in response.cookies
    assert not AuditEntry.objects.filter(action="account.signed_in").exists()


def test_the_problem_of_too_many(alice, client) -> None:
    for _ in range(5):
        try_api("alice@example.com")
    response = client.post(TOKEN, {"email": alice.email, "password": PASSWORD}, content_type="application/json")
    body = response.json()
    assert response.status_code == 429
    assert body["code"] == "rate_limited"
    assert response.headers["Retry-After"] == str(body["retry_after"])
    assert response.headers["Content-Type"] == "application/problem+json"
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize(
    "header",
    [
        "HTTP_X_FORWARDED_FOR",
        "HTTP_X_REAL_IP",
        "HTTP_FORWARDED",
        "HTTP_CLIENT_IP",
        "HTTP_TRUE_CLIENT_IP",
        "HTTP_CF_CONNECTING_IP",
    ],
)
@pytest.mark.parametrize(("attempt", "wrong"), [(try_web, 200), (try_api, 400)], ids=["web", "api"])
def test_forwarded_headers_change_nothing(db, attempt, wrong: int, header: str) -> None:
    answers = [attempt(f"p{n}@example.com", **{header: f"203.0.113.{n}"}) for n in range(12)]
    assert answers == [wrong] * 10 + [429] * 2


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "203.0.113.1", "127.0.0.1"),
        (1, "203.0.113.1", "203.0.113.1"),
        (1, "6.6.6.6, 203.0.113.1", "203.0.113.1"),
        (2, "6.6.6.6, 203.0.113.1, 10.0.0.1", "203.0.113.1"),
        (2, "203.0.113.1", "127.0.0.1"),
        (1, "", "127.0.0.1"),
        (1, "not an address", "127.0.0.1"),
        (1, "203.0.113.1, ", "127.0.0.1"),
        (1, "2001:db8::1", "2001:db8::1"),
        (1, "203.0.113.1:4711", "127.0.0.1"),
    ],
)
def test_which_address_counts(settings, proxies: int, forwarded: str, address: str) -> None:
    settings.TRUSTED_PROXIES = proxies
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    assert client_address(RequestFactory().get("/", **headers)) == address


def test_a_household_of_addresses_is_one(db) -> None:
    answers = [try_web(f"p{n}@example.com", REMOTE_ADDR=f"2001:db8:1:2::{n:x}") for n in range(11)]
    assert answers == [200] * 10 + [429]
    assert try_web("p@example.com", REMOTE_ADDR="2001:db8:1:3::1") == 200


def test_signing_up_is_limited_to_five_an_hour(db, client) -> None:
    answers = [
        Client().post("/account/signup/", {"email": f"p{n}@example.com", "password1": PASSWORD}).status_code
        for n in range(7)
    ]
    assert answers == [302] * 5 + [429] * 2
    assert User.objects.count() == 5


def test_asking_for_a_reset_is_limited(alice, mailoutbox) -> None:
    addresses = (f"198.51.100.{n}" for n in count(1))
    answers = [
        Client().post("/account/password/reset/", {"email": alice.email}, REMOTE_ADDR=next(addresses)).status_code
        for _ in range(7)
    ]
    assert answers == [302] * 5 + [429] * 2
    assert len(mailoutbox) == 5


def test_the_admin_site_has_no_login_of_its_own(alice, client) -> None:
    response = client.get("/admin/login/?next=/admin/")
    assert response.status_code == 302
    assert response.headers["Location"].startswith(LOGIN)
    for _ in range(6):
        client.post("/admin/login/", {"username": alice.email, "password": PASSWORD})
    assert "sessionid" not in client.cookies


# Nobody locks out another -------------------------------------------------------------------------------------------
def test_a_known_browser_is_not_locked_out_by_strangers(alice) -> None:
    known = Client()
    assert known.post(LOGIN, {"login": alice.email, "password": PASSWORD}).status_code == 302
    known.post("/account/logout/")
    while try_web(alice.email, REMOTE_ADDR="198.51.100.7") != 429:
        pass
    assert try_web(alice.email, REMOTE_ADDR="198.51.100.8") == 429
    assert known.post(LOGIN, {"login": alice.email, "password": PASSWORD}).status_code == 302


def test_a_known_browser_has_a_limit_too(alice) -> None:
    known = Client()
    known.post(LOGIN, {"login": alice.email, "password": PASSWORD})
    known.post("/account/logout/")
    assert [try_web(alice.email, known) for _ in range(7)] == [200] * 5 + [429] * 2


@pytest.mark.parametrize("mark", ["", "forged", "a:b:c"])
def test_a_mark_that_we_did_not_make_is_nothing(alice, mark: str) -> None:
    client = Client()
    client.cookies[limits.DEVICE_COOKIE] = mark
    assert [try_web(alice.email, client) for _ in range(6)] == [200] * 5 + [429]


def test_another_persons_mark_is_nothing(alice, bob) -> None:
    client = Client()
    client.post(LOGIN, {"login": bob.email, "password": PASSWORD})
    client.post("/account/logout/")
    addresses = (f"198.51.100.{n}" for n in count(1))
    for _ in range(5):
        try_web(alice.email, REMOTE_ADDR=next(addresses))
    assert try_web(alice.email, client) == 429


def test_the_mark_is_out_of_scripts_reach(alice, client) -> None:
    client.post(LOGIN, {"login": alice.email, "password": PASSWORD})
    mark = client.cookies[limits.DEVICE_COOKIE]
    assert (mark["httponly"], mark["samesite"], mark["path"]) == (True, "Lax", "/")
    assert alice.email not in mark.value


# Bursts and outages --------------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("attempt", "wrong"), [(try_web, 200), (try_api, 400)], ids=["web", "api"])
def test_a_burst_of_thirty_passes_five(attempt, wrong: int) -> None:
    create_person(email="alice@example.com", password=PASSWORD)
    answers: list[int] = []
    start = threading.Barrier(30)

    def run(number: int) -> None:
        try:
            start.wait()
            answers.append(attempt("alice@example.com", REMOTE_ADDR=f"198.51.100.{number}"))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(1, 31)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == sorted([wrong] * 5 + [429] * 25)
    assert AuditEntry.objects.filter(action="account.sign_in_failed").count() == 5


@pytest.fixture
def _store_down(monkeypatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RedisConnectionError("redis://:hunter2@cache:6379 refused")

    monkeypatch.setattr(type(caches["default"]), "add", fail)


@pytest.mark.usefixtures("_store_down", "alice")
@pytest.mark.parametrize(
    ("path", "data"),
    [
        (LOGIN, {"login": "alice@example.com", "password": PASSWORD}),
        ("/account/signup/", {"email": "new@example.com", "password1": PASSWORD}),
        ("/account/password/reset/", {"email": "alice@example.com"}),
    ],
)
def test_without_its_store_a_page_stays_closed(client, mailoutbox, path: str, data: dict) -> None:
    response = client.post(path, data)
    assert response.status_code == 503
    assert "hunter2" not in response.content.decode()
    assert "sessionid" not in client.cookies
    assert User.objects.count() == 1
    assert mailoutbox == []


@pytest.mark.usefixtures("_store_down")
def test_without_its_store_the_token_door_stays_closed(alice, client) -> None:
    response = client.post(TOKEN, {"email": alice.email, "password": PASSWORD}, content_type="application/json")
    assert response.status_code == 503
    assert response.json()["code"] == "unavailable"
    assert not ApiToken.objects.exists()


def test_the_check_itself(rf, settings) -> None:
    settings.RATE_LOGIN_ACCOUNT = "1/m"
    limits.check_sign_in(rf.get("/"), " A@b.com ")
    with pytest.raises(RateLimited):
        limits.check_sign_in(rf.get("/"), "a@B.com")


# Other guesses -------------------------------------------------------------------------------------------------------
def test_wrong_keys_are_limited_and_right_ones_are_not(alice, settings, program_of) -> None:
    settings.RATE_WRONG_TOKENS = "3/m"
    program = program_of(alice)
    wrong = [Client().get("/api/v1/me/", HTTP_AUTHORIZATION=f"Token arb_{n}").status_code for n in range(5)]
    assert wrong == [401] * 3 + [429] * 2
    assert [program.get("/api/v1/me/").status_code for _ in range(5)] == [200] * 5


def test_the_old_password_cannot_be_guessed_in_an_open_session(alice, browser_of) -> None:
    browser = browser_of(alice)
    guess = {"oldpassword": "wrong", "password1": "staple wagon orbit", "password2": "staple wagon orbit"}
    answers = [browser.post("/account/password/change/", guess).status_code for _ in range(7)]
    assert answers == [200] * 5 + [429] * 2
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)
