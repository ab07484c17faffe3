"""Running a function in a process of its own that may die at any moment, and hearing what it said until then."""

from __future__ import annotations

import json
import os
import select
import signal
import time
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

Say = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class End:
    """How a forked process ended: what it had said until then, and whether SIGKILL ended it or its time ran out."""

    said: tuple[dict[str, Any], ...]
    was_cut: bool
    was_late: bool

    def heard(self, name: str) -> Any:
        """The last thing it said under that name, or None."""
        return next((line[name] for line in reversed(self.said) if name in line), None)


class Fork:
    """A child of this process; what it says goes through a pipe at once, so that it survives the child."""

    def __init__(self, work: Callable[[Say], None]) -> None:
        reading, writing = os.pipe()
        self.child = os.fork()
        if self.child == 0:
            os.close(reading)
            _work(work, writing)
        os.close(writing)
        self.reading = reading

    def end(self, *, seconds_max: float, cut_after: float | None = None) -> End:
        """Wait for it. With `cut_after` it is killed after so many seconds, wherever it is by then."""
        heard, is_over = self._listen(seconds_max if cut_after is None else cut_after)
        if not is_over:
            os.kill(self.child, signal.SIGKILL)
            heard += self._listen(1)[0]
        os.close(self.reading)
        _, status = os.waitpid(self.child, 0)
        return End(
            said=tuple(json.loads(line) for line in heard.splitlines() if line.endswith(b"}")),
            was_cut=os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL,
            was_late=not is_over and cut_after is None,
        )

    def _listen(self, seconds: float) -> tuple[bytes, bool]:
        """Everything until the other end closes, and whether it did so in time."""
        heard, deadline = b"", time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            ready, _, _ = select.select([self.reading], [], [], left)
            piece = os.read(self.reading, 65_536) if ready else b""
            if ready and not piece:
                return heard, True
            heard += piece
        return heard, False


def end_all(forks: Sequence[Fork], *, seconds_max: float) -> list[End]:
    """Wait for all of them, hearing each at once: a pipe that nobody empties stops the one who speaks into it."""
    with ThreadPoolExecutor(len(forks)) as ears:
        return list(ears.map(lambda fork: fork.end(seconds_max=seconds_max), forks))


def _work(work: Callable[[Say], None], writing: int) -> None:
    """The child's life; it leaves without the parent's farewells."""

    def say(thing: dict[str, Any]) -> None:
        os.write(writing, json.dumps(thing).encode() + b"\n")

    try:
        work(say)
    except Exception:  # noqa: BLE001  a task's outermost loop: the parent hears what happened
        say({"error": traceback.format_exc()})
    finally:
        os._exit(0)
