"""Whether what is opened comes with its way out, where the person wants that."""

from __future__ import annotations

from arbion.domain.enums import PositionEffect
from arbion.domain.numbers import ZERO
from riskdesk.decision import Check, Refusal
from riskdesk.rules.base import number, passed, refused
from riskdesk.snapshot import RiskSnapshot
from riskdesk.terms import Off


def entry_has_stop(snapshot: RiskSnapshot) -> Check:
    """An order that opens a position comes with a stop loss, where that is asked; a package cannot, and is refused."""
    name, wanted = "entry_has_stop", snapshot.limits.entry_needs_stop
    if isinstance(wanted, Off) or number(wanted) == ZERO:
        return passed(name)
    if snapshot.effect is PositionEffect.CLOSE or snapshot.has_stop is True:
        return passed(name)
    detail = "You asked that every order that opens a position has a stop loss, and this one has none."
    return refused(name, Refusal(code="stop_required", detail=detail))
