"""What every answer carries, and what is remembered of every request."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from accounts.middleware import RequestContextMiddleware
from accounts.models import User
from accounts.presence import note_seen
from arbion.domain.errors import Conflict, RateLimited
from arbion.lib.clock import SYSTEM, FrozenClock

PATHS = ["/", "/account/login/", "/api/v1/me/", "/api/v1/nothing/", "/nothing/", "/static/js/tokens.js", "/health/"]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_the_headers(db, client, path: str) -> None:
    response = client.get(path)
    for name, value in {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }.items():
        assert response.headers[name] == value, name
    assert "camera=()" in response.headers["Permissions-Policy"]
    assert len(response.headers["X-Request-ID"]) == 36


@pytest.mark.parametrize(
    "path", ["/", "/account/login/", "/account/profile/", "/api/v1/me/", "/api/v1/nothing/", "/nothing/"]
)
def test_answers_are_not_kept(alice, browser_of, path: str) -> None:
    for client in (Client(), browser_of(alice)):
        assert "no-store" in client.get(path).headers["Cache-Control"]


def test_request_ids_are_ours_and_differ(db, client) -> None:
    answers = [client.get("/api/v1/nothing/", HTTP_X_REQUEST_ID="evil\nline") for _ in range(2)]
    ids = {answer.headers["X-Request-ID"] for answer in answers}
    assert len(ids) == 2
    assert not any("evil" in each for each in ids)


def test_the_person_was_here(alice, browser_of, program_of) -> None:
    for client in (browser_of(alice), program_of(alice)):
        User.objects.update(seen_at=None)
        client.get("/api/v1/me/")
        assert User.objects.get(pk=alice.pk).seen_at is not None


def test_being_here_is_noted_once_a_minute(alice, django_assert_num_queries) -> None:
    clock = FrozenClock(SYSTEM.now())
    first = clock.now()
    with django_assert_num_queries(1):
        note_seen(alice, clock=clock)
    clock.advance(seconds=59)
    with django_assert_num_queries(0):
        note_seen(alice, clock=clock)
    stale_copy = User(pk=alice.pk, seen_at=None)
    note_seen(stale_copy, clock=clock)
    assert User.objects.get(pk=alice.pk).seen_at == first
    clock.advance(seconds=1)
    note_seen(alice, clock=clock)
    assert User.objects.get(pk=alice.pk).seen_at == first + timedelta(seconds=60)


def refused(path: str, error: Exception) -> HttpResponse | None:
    middleware = RequestContextMiddleware(lambda _: HttpResponse())
    request: HttpRequest = RequestFactory().get(path)
    return middleware.process_exception(request, error)


def test_a_refusal_in_a_page_is_a_page(db) -> None:
    response = refused("/orders/", Conflict("The order is <closed>."))
    assert response.status_code == 409
    assert "The order is &lt;closed&gt;." in response.content.decode()
    late = refused("/orders/", RateLimited(retry_after=30))
    assert (late.status_code, late.headers["Retry-After"]) == (429, "30")
    assert "Try again in 30 seconds." in late.content.decode()


def test_a_refusal_in_the_api_is_a_problem(db) -> None:
    response = refused("/api/v1/x/", Conflict("Too late."))
    assert (response.status_code, response.headers["Content-Type"]) == (409, "application/problem+json")


def test_an_accident_is_left_to_django(db) -> None:
    assert refused("/orders/", RuntimeError("x")) is None
