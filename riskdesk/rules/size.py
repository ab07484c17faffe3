"""Whether the order and what it makes of the position stay within their limits."""

from __future__ import annotations

from decimal import Decimal

from arbion.domain.enums import PositionEffect
from arbion.domain.numbers import plain
from riskdesk.decision import Check
from riskdesk.rules.base import at_most, passed
from riskdesk.snapshot import RiskSnapshot

CODE = "risk_limit_exceeded"


def order_value_within_limit(snapshot: RiskSnapshot) -> Check:
    """One order is not too large."""
    return at_most(
        "order_value_within_limit",
        value=snapshot.order_value,
        limit=snapshot.limits.order_value_usd,
        code=CODE,
        detail="This order is worth ${value}; your limit for one order is ${limit}.",
    )


def order_units_within_limit(snapshot: RiskSnapshot) -> Check:
    """One order is not of too many units, contracts or packages."""
    return at_most(
        "order_units_within_limit",
        value=snapshot.quantity,
        limit=snapshot.limits.order_units,
        code=CODE,
        detail="This order is for {value}; your limit for one order is {limit}.",
        write=_as_units,
    )


def position_value_within_limit(snapshot: RiskSnapshot) -> Check:
    """The position, with this and every open order of its side filled, is not too large; closing makes none larger."""
    if snapshot.effect is PositionEffect.CLOSE:
        return passed("position_value_within_limit")
    return at_most(
        "position_value_within_limit",
        value=snapshot.position_value_after,
        limit=snapshot.limits.position_value_usd,
        code=CODE,
        detail="The position would be worth ${value}; your limit for one position is ${limit}.",
    )


def _as_units(value: Decimal) -> str:
    return plain(value)
