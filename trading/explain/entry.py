"""One thing in the story of an order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Facts = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What happened and when; `facts` are figures with their names, `raw` what was written down then, word for word.

    `kind` is asked, read, seen, judged, happened, sent, heard, filled, booked or told. `by` is the person who brought
    it about, empty where that was the system.
    """

    at: datetime
    kind: str
    title: str
    text: str = ""
    by: str = ""
    facts: Facts = ()
    checks: Sequence[Mapping[str, Any]] = ()
    raw: Mapping[str, Any] | None = None
    link: str = ""
    is_refusal: bool = False

    @property
    def has_more(self) -> bool:
        """Whether there is something to unfold."""
        return bool(self.facts or self.checks or self.raw)

    @property
    def is_open(self) -> bool:
        """Whether that is shown at once: what was asked and read, what was refused, what was filled."""
        return self.is_refusal or self.kind in {"asked", "read", "filled"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One field of an order, its value, and the words that made it; no words where it follows from the rest."""

    field: str
    value: str
    words: str
