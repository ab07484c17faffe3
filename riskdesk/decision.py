"""The desk's answer: approved or not, with every check and the picture it was judged on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from arbion.domain.numbers import plain
from riskdesk.snapshot import RiskSnapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why one rule says no: a stable code, a sentence, and the figure beside its limit."""

    code: str
    detail: str
    value: Decimal | None = None
    limit: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One rule's answer."""

    name: str
    passed: bool
    code: str = ""
    detail: str = ""
    value: Decimal | None = None
    limit: Decimal | None = None

    def as_json(self) -> dict[str, Any]:
        """The check with its figures as decimal text."""
        return {
            "name": self.name,
            "passed": self.passed,
            "code": self.code,
            "detail": self.detail,
            "value": None if self.value is None else plain(self.value),
            "limit": None if self.limit is None else plain(self.limit),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The verdict on one order."""

    checks: tuple[Check, ...]
    snapshot: RiskSnapshot
    decided_at: datetime

    @property
    def is_approved(self) -> bool:
        """Whether every check passed; a verdict without checks is a refusal."""
        return bool(self.checks) and all(check.passed for check in self.checks)

    @property
    def refusal(self) -> Check | None:
        """The first check that failed."""
        return next((check for check in self.checks if not check.passed), None)
