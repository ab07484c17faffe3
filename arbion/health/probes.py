"""One question each to what Arbion leans on: does it answer, and how fast."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django_celery_beat.models import PeriodicTask
from redis import Redis, RedisError

from accounts.llm import selectors as llm
from arbion import heartbeats
from arbion.lib import crypto
from arbion.lib.clock import SYSTEM, Clock
from arbion.schedules import SWEEP, Schedule
from trading import selectors

OK = "ok"
ENGINE_AGE_MIN = 15.0
MISSED_RUNS = 6
SILENT = (DatabaseError, RedisError, OSError, ValueError, crypto.CannotOpen)

Probe = Callable[[Clock], str]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a probe found: `ok`, or what is wrong in a few words."""

    name: str
    state: str
    latency_ms: float

    @property
    def is_ok(self) -> bool:
        """Whether it is as it should be."""
        return self.state == OK


def database(_clock: Clock) -> str:
    """The database answers a question."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return OK if cursor.fetchone() == (1,) else "answers nonsense"


def store(_clock: Clock) -> str:
    """The cache gives back what it was given."""
    key = f"health:{secrets.token_hex(8)}"
    cache.set(key, key, timeout=10)
    held = cache.get(key)
    cache.delete(key)
    return OK if held == key else "does not keep what it is given"


def task_broker(_clock: Clock) -> str:
    """The broker of tasks answers. In memory it is part of this process, and the sweeper shows whether it works."""
    if not settings.REDIS_URL:
        return OK
    with Redis.from_url(settings.CELERY_BROKER_URL, socket_connect_timeout=2, socket_timeout=2) as client:
        return OK if client.ping() else "does not answer"


def encryption_key(_clock: Clock) -> str:
    """The key opens what it has sealed."""
    return OK if crypto.self_test() else "does not open what it has sealed"


def market_engine(clock: Clock) -> str:
    """The engine has ticked lately."""
    return _recent(heartbeats.age(heartbeats.ENGINE, clock=clock), max(ENGINE_AGE_MIN, 5 * settings.TICK_INTERVAL_SECS))


def order_sweeper(clock: Clock) -> str:
    """Worker and beat are alive: the sweep of orders, the most frequent of the schedules, has been done lately."""
    return _on_schedule(SWEEP, clock)


def stop_monitor(clock: Clock) -> str:
    """Somebody watches the stops: the monitor has looked within two of its periods, or the gate opens nothing."""
    looked = selectors.watched_ago(clock.now())
    limit = selectors.watch_age_max().total_seconds()
    return _recent(None if looked is None else looked.total_seconds(), limit)


def language_model(*, clock: Clock = SYSTEM) -> str:
    """How the language model stands; no probe, since an order needs none."""
    try:
        return llm.state_in_a_word(clock=clock)
    except SILENT as error:
        return f"unknown ({type(error).__name__})"


PROBES: dict[str, Probe] = {
    "database": database,
    "cache": store,
    "task_broker": task_broker,
    "encryption_key": encryption_key,
    "market_engine": market_engine,
    "order_sweeper": order_sweeper,
    "stop_monitor": stop_monitor,
}


def run(*, clock: Clock = SYSTEM, probes: dict[str, Probe] = PROBES) -> list[Finding]:
    """Ask them all; one that fails does not keep the others from answering."""
    return [_ask(name, probe, clock) for name, probe in probes.items()]


def _ask(name: str, probe: Probe, clock: Clock) -> Finding:
    begun = time.perf_counter()
    try:
        state = probe(clock)
    except SILENT as error:
        state = f"does not answer ({type(error).__name__})"
    return Finding(name, state, round((time.perf_counter() - begun) * 1000, 2))


def _on_schedule(schedule: Schedule, clock: Clock) -> str:
    row = PeriodicTask.objects.select_related("interval").filter(name=schedule.name).first()
    if row is None:
        return "has no schedule"
    if not row.enabled:
        return "is switched off"
    every = row.interval.schedule.run_every.total_seconds() if row.interval else schedule.every_seconds
    return _recent(heartbeats.age(schedule.task, clock=clock), MISSED_RUNS * every)


def _recent(age: float | None, limit: float) -> str:
    if age is None:
        return "has not run yet"
    return OK if age <= limit else f"last ran {age:.0f} s ago"
