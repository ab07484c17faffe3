"""Counting what one order asks of the database, by the step of its road."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from django.db import connection

from arbion.benchmarks.figures import Figures

# The innermost frame that is named here says which step a statement belongs to; an empty name is any function.
STEPS: dict[tuple[str, str], str] = {
    ("trading.execution.place", "placed_before"): "intent",
    ("trading.execution.admit", "_open_intent"): "intent",
    ("trading.execution.facts", ""): "verdict: facts",
    ("riskdesk.record", ""): "verdict: kept",
    ("trading.execution.record", "record_new"): "record",
    ("trading.books.holds", "reserve"): "reserve",
    ("trading.holdings", ""): "verdict: facts",
    ("trading.execution.admit", ""): "lock and instrument",
    ("trading.execution.place", ""): "lock and instrument",
    ("trading.execution.finish", ""): "booking",
    ("trading.execution.dispatch", ""): "dispatch",
    ("brokers.simulator.venue", ""): "venue",
    ("trading.books.fills", ""): "booking",
    ("trading.execution.apply", ""): "apply",
}
FRAMES_MAX = 80
_TABLE = re.compile(r'\b(?:FROM|INTO|UPDATE)\s+"(\w+)"')


@dataclass
class Count:
    """Statements in their order, each with its step, and the commits among them."""

    statements: list[tuple[str, str]] = field(default_factory=list)
    commits: int = 0

    def around(self, execute: Callable[..., Any], statement: str, *rest: Any) -> Any:
        """Django's wrapper around each statement; beginning and ending a transaction are counted as commits alone."""
        verb = statement.split(None, 1)[0].upper()
        if verb not in {"BEGIN", "COMMIT", "ROLLBACK"}:
            self.statements.append((_step(), statement))
            if verb in {"INSERT", "UPDATE", "DELETE"} and not connection.in_atomic_block:
                self.commits += 1
        return execute(statement, *rest)

    @contextmanager
    def watched(self) -> Iterator[Count]:
        """Count what happens on this thread's connection."""
        commit = connection.commit

        def counted() -> None:
            self.commits += 1
            commit()

        with connection.execute_wrapper(self.around), patch.object(connection, "commit", counted):
            yield self

    def figures(self) -> Figures:
        """Counted, and listed by step."""
        steps: dict[str, list[str]] = {}
        for step, statement in self.statements:
            steps.setdefault(step, []).append(describe(statement))
        return {"statements": len(self.statements), "commits": self.commits, "by_step": steps}


def describe(statement: str) -> str:
    """The verb and the first table of a statement."""
    found = _TABLE.search(statement)
    return f"{statement.split(None, 1)[0].upper()} {found[1] if found else '?'}"


def _step() -> str:
    frame = sys._getframe(2)  # noqa: SLF001  the interpreter's own way of asking who called
    for _ in range(FRAMES_MAX):
        module, function = frame.f_globals.get("__name__", ""), frame.f_code.co_name
        found = STEPS.get((module, function)) or STEPS.get((module, ""))
        if found:
            return found
        if frame.f_back is None:
            break
        frame = frame.f_back
    return "other"
