"""What a provider says in its headers is left of our allowance: read at every answer and kept for the health pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from redis.exceptions import RedisError

KEPT_SECONDS = 3600
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")
_UNIT = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_WAIT_MAX = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What is left, and in how many seconds it is whole again; None where the provider does not say."""

    requests_left: int | None = None
    tokens_left: int | None = None
    requests_reset: float | None = None
    tokens_reset: float | None = None
    at: datetime | None = None

    @property
    def wait(self) -> float | None:
        """The seconds until what is used up is there again; None where nothing is."""
        waits = [
            reset
            for left, reset in ((self.requests_left, self.requests_reset), (self.tokens_left, self.tokens_reset))
            if left == 0 and reset is not None
        ]
        return max(waits, default=None)


def read(headers: Mapping[str, str], *, at: datetime | None = None) -> Allowance:
    """The allowance of one answer."""
    return Allowance(
        requests_left=_count(headers.get("x-ratelimit-remaining-requests")),
        tokens_left=_count(headers.get("x-ratelimit-remaining-tokens")),
        requests_reset=duration(headers.get("x-ratelimit-reset-requests")),
        tokens_reset=duration(headers.get("x-ratelimit-reset-tokens")),
        at=at,
    )


def duration(text: str | None) -> float | None:
    """The seconds of `120ms`, `1s`, `6m0s`; None for anything else."""
    text = (text or "").strip()[:40]
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return min(sum(float(number) * _UNIT[unit] for number, unit in parts), _WAIT_MAX)


def keep(name: str, allowance: Allowance) -> None:
    """Keep what an answer said; one that says nothing is not kept."""
    if allowance.requests_left is None and allowance.tokens_left is None:
        return
    try:
        cache.set(_key(name), allowance, timeout=KEPT_SECONDS)
    except (RedisError, OSError):
        return


def kept(name: str) -> Allowance | None:
    """What was last kept under this name."""
    try:
        found = cache.get(_key(name))
    except (RedisError, OSError):
        return None
    return found if isinstance(found, Allowance) else None


def _key(name: str) -> str:
    return f"llm:allowance:{name}"


def _count(text: str | None) -> int | None:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else None
