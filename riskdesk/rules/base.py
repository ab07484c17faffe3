"""What a rule is and how it answers."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from riskdesk.decision import Check, Refusal
from riskdesk.snapshot import RiskSnapshot

Rule = Callable[[RiskSnapshot], Check]


class Unreadable(ArithmeticError):
    """A figure that the rule needs is missing or is no number: the gate turns this into a denial."""


def passed(name: str, *, value: Decimal | None = None, limit: Decimal | None = None) -> Check:
    """The rule has nothing against the order."""
    return Check(name=name, passed=True, value=value, limit=limit)


def refused(name: str, refusal: Refusal) -> Check:
    """The rule is against the order."""
    return Check(
        name=name, passed=False, code=refusal.code, detail=refusal.detail, value=refusal.value, limit=refusal.limit
    )


def number(value: Decimal | None) -> Decimal:
    """The figure, when it is there and finite; raises Unreadable otherwise, so that nothing passes on a gap."""
    if value is None or not value.is_finite():
        raise Unreadable("a figure is missing")
    return value


def at_most(name: str, *, value: Decimal | None, limit: Decimal, code: str, detail: str) -> Check:
    """Passes while the figure is within the limit; `detail` may use {value} and {limit}."""
    known, bound = number(value), number(limit)
    if known <= bound:
        return passed(name, value=known, limit=bound)
    sentence = detail.format(value=f"{known:,.2f}", limit=f"{bound:,.2f}")
    return refused(name, Refusal(code=code, detail=sentence, value=known, limit=bound))
