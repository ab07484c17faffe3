"""Why the exchange does not do something: a stable code and a sentence for a person."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """A stable code and a sentence for a person."""

    code: str
    reason: str
