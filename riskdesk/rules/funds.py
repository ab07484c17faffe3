"""Whether the account has what the order would use."""

from __future__ import annotations

from arbion.domain.enums import Side
from arbion.domain.numbers import plain
from riskdesk.decision import Check, Refusal
from riskdesk.rules.base import at_most, number, passed, refused
from riskdesk.snapshot import RiskSnapshot


def buying_power_suffices(snapshot: RiskSnapshot) -> Check:
    """Free cash covers the order with its fees and the cushion for a moving price."""
    if snapshot.side is not Side.BUY:
        return passed("buying_power_suffices")
    return at_most(
        "buying_power_suffices",
        value=snapshot.cost_estimate,
        limit=snapshot.cash_free,
        code="insufficient_buying_power",
        detail="This needs ${value} and you have ${limit} to spend.",
    )


def units_suffice(snapshot: RiskSnapshot) -> Check:
    """A sale is of units that are held and that no other order has claimed; selling short is not offered."""
    if snapshot.side is not Side.SELL:
        return passed("units_suffice")
    free = number(snapshot.units) - number(snapshot.units_held)
    if snapshot.quantity <= free:
        return passed("units_suffice", value=snapshot.quantity, limit=free)
    detail = f"You can sell {plain(free)} {snapshot.symbol} right now, not {plain(snapshot.quantity)}."
    return refused(
        "units_suffice", Refusal(code="insufficient_position", detail=detail, value=snapshot.quantity, limit=free)
    )
