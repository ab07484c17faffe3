"""Limits that hold under parallel bursts, and that refuse when their store does not answer.

A limit of n in a period is n slots in the cache. An attempt passes when it can `add` one of them, which the store does
atomically, and the slot is taken for exactly the period: no window of that length ever sees more than n attempts, at no
boundary and from any number of threads or processes. A refused attempt takes nothing, so hammering does not prolong a
refusal. (django-ratelimit counts in fixed windows, which let twice the limit pass where two windows meet.)
"""

from __future__ import annotations

import hashlib
import logging
import math
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from redis.exceptions import RedisError

from arbion.domain.errors import RateLimited, Unavailable

logger = logging.getLogger(__name__)

_RATE = re.compile(r"([1-9][0-9]{0,3})/([1-9][0-9]{0,3})?([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_STORE_ERRORS = (RedisError, OSError)


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit on one key: `rate` as in the settings, `5/m`."""

    group: str
    key: str
    rate: str


def parse_rate(rate: str) -> tuple[int, int]:
    """`5/m`, `10/15m`, `5/h` as a count and a number of seconds."""
    match = _RATE.fullmatch(rate)
    if match is None:
        raise ImproperlyConfigured(f"{rate!r} is no rate: write it like 5/m, 10/15m or 5/h")
    count, length, unit = match.groups()
    return int(count), int(length or 1) * _SECONDS[unit]


def check(*, group: str, key: str, rate: str) -> None:
    """Count one attempt, or raise RateLimited with `retry_after` in seconds; Unavailable when the store is down."""
    check_all([Limit(group, key, rate)])


def check_all(limits: Sequence[Limit]) -> None:
    """Count one attempt against several limits: against all of them, or, when one refuses, against none."""
    taken: list[str] = []
    try:
        for limit in limits:
            slot = _take(limit)
            if slot is None:
                cache.delete_many(taken)
                raise RateLimited(retry_after=_wait(limit))
            taken.append(slot)
    except _STORE_ERRORS as error:
        logger.error("the store of the limits does not answer: %s", type(error).__name__)
        raise Unavailable("Attempts cannot be counted right now: try again in a moment.", retry_after=5) from error


def _take(limit: Limit) -> str | None:
    """Occupy a free slot for the period."""
    _, seconds = parse_rate(limit.rate)
    names = _slots(limit)
    occupied = cache.get_many(names)
    until = time.time() + seconds
    for name in names:
        if name not in occupied and cache.add(name, until, timeout=seconds):
            return name
    return None


def _wait(limit: Limit) -> int:
    """Seconds until the first slot is free again."""
    _, seconds = parse_rate(limit.rate)
    first = min(cache.get_many(_slots(limit)).values(), default=time.time())
    return min(seconds, max(1, math.ceil(first - time.time())))


def _slots(limit: Limit) -> list[str]:
    count, _ = parse_rate(limit.rate)
    # A digest: what people type has no business in the names of a shared store, and may be of any length.
    digest = hashlib.sha256(f"{limit.group}\0{limit.key}\0{limit.rate}".encode("utf-8", "surrogatepass")).hexdigest()
    return [f"limit:{digest}:{number}" for number in range(count)]
