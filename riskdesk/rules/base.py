"""What a rule is and how it answers."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, Decimal

from arbion.domain.numbers import EXACT, plain
from riskdesk.decision import Check, Refusal
from riskdesk.snapshot import RiskSnapshot
from riskdesk.terms import Bound, Off

Rule = Callable[[RiskSnapshot], Check]

# What is told to us may carry the time of a clock that is a little ahead of ours.
CLOCK_SKEW_SECONDS = Decimal(5)


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


def said(value: bool) -> bool:
    """The answer, when it is a yes or a no; raises Unreadable otherwise: a gap is not a no."""
    if value is not True and value is not False:
        raise Unreadable("an answer is missing")
    return value


def named(value: tuple[str, ...]) -> tuple[str, ...]:
    """The list, when it was made; raises Unreadable otherwise: a gap is not an empty list."""
    if not isinstance(value, tuple):
        raise Unreadable("a list is missing")
    return value


def in_dollars(value: Decimal) -> str:
    """A sum with its cents."""
    return f"{value:,.2f}"


def in_tenths(value: Decimal) -> str:
    """A percent or a multiple, rounded up to a tenth: what is over a limit never reads like the limit."""
    return plain(value.quantize(Decimal("0.1"), ROUND_CEILING, EXACT))


def at_most(
    name: str,
    *,
    value: Decimal | None,
    limit: Bound,
    code: str,
    detail: str,
    write: Callable[[Decimal], str] = in_dollars,
) -> Check:
    """Passes while the figure is within the limit, or none is set; `detail` may use {value} and {limit}."""
    if isinstance(limit, Off):
        return passed(name)
    known, bound = number(value), number(limit)
    if known <= bound:
        return passed(name, value=known, limit=bound)
    sentence = detail.format(value=write(known), limit=write(bound))
    return refused(name, Refusal(code=code, detail=sentence, value=known, limit=bound))
