"""Counting the boundaries of a walk (statements, commits, the venue's calls) and dying at a chosen one."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from django.db import connection

from arbion.proofs.forks import Say
from brokers.simulator.adapter import SimulatedBroker

_NAME = re.compile(
    r'^\s*(SELECT|INSERT|UPDATE|DELETE)\b.*?\b(?:FROM|INTO|UPDATE)?\s*"(\w+)"', re.DOTALL | re.IGNORECASE
)
VENUE_CALLS = ("place", "cancel", "order", "orders", "fills", "positions", "balances")


@dataclass
class Boundaries:
    """Every boundary passed, by name; at number `deadly` (from 1) the process kills itself, and nothing tidies up."""

    deadly: int = 0
    say: Say | None = None
    passed: list[str] = field(default_factory=list)

    def step(self, name: str) -> None:
        """Pass a boundary, or die at it."""
        self.passed.append(name)
        if len(self.passed) == self.deadly:
            if self.say is not None:
                self.say({"cut_at": name})
            os.kill(os.getpid(), signal.SIGKILL)

    def around_statement(self, execute: Callable[..., Any], statement: str, *rest: Any) -> Any:
        """Django's wrapper around each statement; what follows one is what comes before the next, or its commit."""
        self.step(f"before {describe(statement)}")
        return execute(statement, *rest)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Count what happens on this process's connection and at the venue."""
        commit = getattr(connection, "_commit")  # noqa: B009  private, and the one place that every commit passes

        def counted_commit() -> Any:
            self.step("before COMMIT")
            result = commit()
            self.step("after COMMIT")
            return result

        with (
            connection.execute_wrapper(self.around_statement),
            patch.object(connection, "_commit", counted_commit),
            _calls(self),
        ):
            yield


@contextmanager
def _calls(boundaries: Boundaries) -> Iterator[None]:
    patches = [patch.object(SimulatedBroker, name, _counted(boundaries, name)) for name in VENUE_CALLS]
    for one in patches:
        one.start()
    try:
        yield
    finally:
        for one in patches:
            one.stop()


def _counted(boundaries: Boundaries, name: str) -> Callable[..., Any]:
    call = getattr(SimulatedBroker, name)

    def counted(*args: Any, **kwargs: Any) -> Any:
        boundaries.step(f"before the venue's {name}")
        answer = call(*args, **kwargs)
        boundaries.step(f"after the venue's {name}")
        return answer

    return counted


def describe(statement: str) -> str:
    """The verb and the table of a statement."""
    found = _NAME.match(statement)
    return f"{found[1].upper()} {found[2]}" if found else statement.split(None, 1)[0][:20]
