"""The circuit breaker: a provider that failed several times in a row is left alone, then asked once on trial.

Its state lies in the cache, so that all processes leave it alone together. Where the cache does not answer, the
provider is asked as if it were well: resting only spares it, and guards nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from redis.exceptions import RedisError

from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.llm import faults
from arbion.lib.llm.endpoint import Endpoint
from arbion.lib.llm.faults import ModelFault, Resting, TooManyRequests

logger = logging.getLogger(__name__)

FAULTS_MAX = 5
RESTS = timedelta(seconds=30)
TRIAL_SECONDS = 90
ASKED_TO_WAIT_MAX = 120
KEPT_SECONDS = 3600
# What says that the provider, or the way to it, is ill. A wrong key or a full context says nothing of it.
COUNTED = (faults.Unreachable, faults.TooSlow, faults.ProviderBroken, faults.CutOff)


@dataclass(frozen=True, slots=True)
class State:
    """How a provider stands with one key."""

    faults: int = 0
    until: datetime | None = None
    is_rate: bool = False

    def name(self, now: datetime) -> str:
        """In one word: `closed` (asked as usual), `resting`, `waiting` (as it asked us to) or `trial`."""
        if self.until is None:
            return "closed"
        if now < self.until:
            return "waiting" if self.is_rate else "resting"
        return "closed" if self.is_rate else "trial"


@dataclass(frozen=True, slots=True)
class Breaker:
    """The breaker of one endpoint."""

    endpoint: Endpoint
    clock: Clock = SYSTEM

    @property
    def _key(self) -> str:
        return f"llm:breaker:{self.endpoint.fingerprint}"

    def state(self) -> State:
        """How it stands."""
        with _without_store():
            kept = cache.get(self._key)
            if isinstance(kept, State):
                return kept
        return State()

    def check(self) -> None:
        """Raise Resting or TooManyRequests where the provider is to be left alone; else the caller may ask."""
        state, now = self.state(), self.clock.now()
        if state.until is None:
            return
        if now < state.until:
            left = max(1, round((state.until - now).total_seconds()))
            raise (TooManyRequests if state.is_rate else Resting)(retry_after=left)
        with _without_store():
            if not state.is_rate and not cache.add(f"{self._key}:trial", value=True, timeout=TRIAL_SECONDS):
                raise Resting(retry_after=1)

    def note(self, fault: ModelFault | None) -> None:
        """Take note of how an attempt ended: None where it was answered."""
        with _without_store():
            if isinstance(fault, TooManyRequests) and fault.retry_after:
                wait = timedelta(seconds=min(fault.retry_after, ASKED_TO_WAIT_MAX))
                self._keep(State(until=self.clock.now() + wait, is_rate=True))
            elif isinstance(fault, COUNTED):
                self._count(fault)
            elif self.state() != State():
                cache.delete_many([self._key, f"{self._key}:trial"])

    def let_go(self) -> None:
        """The trial ended without saying anything of the provider: let somebody else make it."""
        with _without_store():
            cache.delete(f"{self._key}:trial")

    def _count(self, fault: ModelFault) -> None:
        count = self.state().faults + 1
        until = self.clock.now() + RESTS if count >= FAULTS_MAX else None
        if until is not None:
            logger.warning("provider %s rests: %s, %d in a row", self.endpoint.fingerprint, fault.code, count)
        self._keep(State(faults=count, until=until))
        cache.delete(f"{self._key}:trial")

    def _keep(self, state: State) -> None:
        cache.set(self._key, state, timeout=KEPT_SECONDS)


@contextmanager
def _without_store() -> Iterator[None]:
    """Go on where the cache does not answer."""
    try:
        yield
    except (RedisError, OSError) as error:
        logger.warning("the store of the breaker does not answer: %s", type(error).__name__)
