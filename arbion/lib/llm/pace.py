"""When and how often a provider is asked again: backoff with jitter, the provider's own wishes, and a bound on time."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from arbion.lib.llm.faults import ModelFault, Stopped

FIRST_SECONDS = 0.5
LONGEST_SECONDS = 8.0
JITTER = 0.25
SLICE_SECONDS = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How patient we are; time and chance are passed in."""

    total_seconds: float = 60.0
    attempts_max: int = 3
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    rng: random.Random = field(default_factory=random.Random)

    def pause(self, fault: ModelFault, *, attempt: int, left: float) -> float | None:
        """The seconds to wait before the next attempt; None where there is none to be made."""
        if not fault.is_worth_repeating or fault.is_final or attempt >= self.attempts_max:
            return None
        wished = fault.retry_after
        if wished is None:
            backoff = min(FIRST_SECONDS * 2 ** (attempt - 1), LONGEST_SECONDS)
            wished = backoff * (1 - JITTER * self.rng.random())
        return wished if wished < left else None

    def wait(self, seconds: float, *, is_stopped: Callable[[], bool]) -> None:
        """Wait, but notice soon when somebody asks to stop. Raises Stopped."""
        while seconds > 0:
            if is_stopped():
                raise Stopped
            piece = min(seconds, SLICE_SECONDS)
            self.sleep(piece)
            seconds -= piece
