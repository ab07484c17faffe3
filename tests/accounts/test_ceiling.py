"""The API's ceiling: by address, for the API only, and open where its store does not answer."""

from __future__ import annotations

import pytest
from redis.exceptions import ConnectionError as RedisDown

from accounts import ceiling

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _low(settings):
    settings.RATE_API = "3/m"


def test_the_fourth_request_of_an_address_waits_and_says_how_long(client):
    codes = [client.get("/api/v1/me/").status_code for _ in range(3)]
    refused = client.get("/api/v1/me/")
    assert (codes, refused.status_code, refused.json()["code"]) == ([401] * 3, 429, "rate_limited")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60


def test_another_address_and_forwarded_headers(client):
    for _ in range(4):
        client.get("/api/v1/me/", HTTP_X_FORWARDED_FOR="10.9.9.9")
    assert client.get("/api/v1/me/", HTTP_X_FORWARDED_FOR="10.8.8.8").status_code == 429
    assert client.get("/api/v1/me/", REMOTE_ADDR="10.0.0.7").status_code == 401


def test_pages_are_not_counted(client):
    assert {client.get("/health/live/").status_code for _ in range(6)} == {200}


def test_a_store_that_is_down_lets_reads_through(client, monkeypatch):
    def down(*args, **kwargs):
        raise RedisDown

    monkeypatch.setattr(ceiling, "get_usage", down)
    assert [client.get("/api/v1/me/").status_code for _ in range(5)] == [401] * 5
