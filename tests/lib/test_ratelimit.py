"""Limits hold in a burst, forget nothing early, and refuse when their store is down."""

from __future__ import annotations

import os
import threading

import pytest
from django.core.cache import cache, caches
from django.core.exceptions import ImproperlyConfigured
from redis.exceptions import ConnectionError as RedisConnectionError

from arbion.domain.errors import RateLimited, Unavailable
from arbion.lib.ratelimit import Limit, check, check_all, parse_rate


@pytest.mark.parametrize(
    ("rate", "parsed"),
    [("5/m", (5, 60)), ("10/15m", (10, 900)), ("5/h", (5, 3600)), ("1/s", (1, 1)), ("9/d", (9, 86400))],
)
def test_rates(rate: str, parsed: tuple[int, int]) -> None:
    assert parse_rate(rate) == parsed


@pytest.mark.parametrize("rate", ["", "5", "5/", "/m", "0/m", "-1/m", "5/x", "5 /m", "\u0665/m", "5/0m", "1e3/m"])
def test_what_is_no_rate(rate: str) -> None:
    with pytest.raises(ImproperlyConfigured):
        parse_rate(rate)


def test_the_sixth_is_refused_with_the_time_to_wait() -> None:
    for _ in range(5):
        check(group="g", key="k", rate="5/m")
    with pytest.raises(RateLimited) as refused:
        check(group="g", key="k", rate="5/m")
    assert 1 <= refused.value.extra["retry_after"] <= 60


def test_keys_and_groups_are_apart() -> None:
    check(group="g", key="k", rate="1/m")
    check(group="g", key="other", rate="1/m")
    check(group="other", key="k", rate="1/m")
    check(group="g", key="x" * 10_000, rate="1/m")
    check(group="g", key="\ud800 \n", rate="1/m")
    with pytest.raises(RateLimited):
        check(group="g", key="k", rate="1/m")


def test_a_refused_attempt_takes_nothing_from_the_other_limit() -> None:
    both = [Limit("g", "address", "3/m"), Limit("g", "account", "1/m")]
    check_all(both)
    for _ in range(5):
        with pytest.raises(RateLimited):
            check_all(both)
    for _ in range(2):
        check(group="g", key="address", rate="3/m")
    with pytest.raises(RateLimited):
        check(group="g", key="address", rate="3/m")


def test_a_slot_is_free_again_after_its_period(monkeypatch) -> None:
    now = [1_000_000.0]
    monkeypatch.setattr("time.time", lambda: now[0])
    for _ in range(2):
        check(group="g", key="k", rate="2/m")
        now[0] += 30
    now[0] -= 1  # 59 seconds after the first: no boundary of a window lets more pass
    with pytest.raises(RateLimited) as refused:
        check(group="g", key="k", rate="2/m")
    assert refused.value.extra["retry_after"] == 1
    now[0] += 2
    check(group="g", key="k", rate="2/m")
    with pytest.raises(RateLimited):
        check(group="g", key="k", rate="2/m")


def burst(attempt, number: int) -> int:
    passed, start = [], threading.Barrier(number)

    def run() -> None:
        start.wait()
        try:
            attempt()
        except RateLimited:
            return
        passed.append(1)

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(passed)


@pytest.mark.parametrize("attempt_number", range(3))
def test_a_parallel_burst_passes_exactly_the_limit(attempt_number: int) -> None:
    assert burst(lambda: check(group="burst", key=str(attempt_number), rate="5/m"), 30) == 5


@pytest.mark.redis
def test_a_parallel_burst_on_redis_passes_exactly_the_limit(settings) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": os.environ["TEST_REDIS_URL"],
            "KEY_PREFIX": f"burst-{os.getpid()}",
        }
    }
    try:
        assert burst(lambda: check(group="burst", key="k", rate="5/m"), 30) == 5
        with pytest.raises(RateLimited) as refused:
            check(group="burst", key="k", rate="5/m")
        assert 1 <= refused.value.extra["retry_after"] <= 60
    finally:
        cache.clear()


@pytest.mark.parametrize("error", [RedisConnectionError("down"), TimeoutError("slow"), ConnectionRefusedError("no")])
@pytest.mark.parametrize("verb", ["get_many", "add"])
def test_a_store_that_is_down_closes_the_door(monkeypatch, error: Exception, verb: str) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(type(caches["default"]), verb, fail)
    with pytest.raises(Unavailable) as refused:
        check(group="g", key="k", rate="5/m")
    assert refused.value.http_status == 503
