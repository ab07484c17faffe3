"""Whether the account has what the order would use."""

from __future__ import annotations

from arbion.domain.enums import PositionEffect, Side
from arbion.domain.numbers import ZERO, plain
from riskdesk.decision import Check, Refusal
from riskdesk.rules.base import at_most, named, number, passed, refused, said
from riskdesk.snapshot import RiskSnapshot, UnitsNeeded


def buying_power_suffices(snapshot: RiskSnapshot) -> Check:
    """Free cash covers what the order claims: its price, fees, a cushion, and security for what it would owe."""
    cost = number(snapshot.cost_estimate)
    if cost == ZERO:
        return passed("buying_power_suffices")
    return at_most(
        "buying_power_suffices",
        value=cost,
        limit=snapshot.cash_free,
        code="insufficient_buying_power",
        detail="This needs ${value} and you have ${limit} to spend.",
    )


def units_suffice(snapshot: RiskSnapshot) -> Check:
    """What the order delivers, brings back or needs as cover is there, and no other order has claimed it."""
    for need in snapshot.units_needed:
        if number(need.needed) > number(need.free):
            refusal = Refusal(
                code="insufficient_position", detail=_lack_of(snapshot, need), value=need.needed, limit=need.free
            )
            return refused("units_suffice", refusal)
    first = next(iter(snapshot.units_needed), None)
    return passed("units_suffice", value=first.needed if first else None, limit=first.free if first else None)


def _lack_of(snapshot: RiskSnapshot, need: UnitsNeeded) -> str:
    needed, free = plain(need.needed), plain(need.free)
    if need.symbol != snapshot.symbol or snapshot.effect is PositionEffect.OPEN:
        return f"This needs {needed} {need.symbol} as cover and {free} are free."
    verb = "sell" if snapshot.side is Side.SELL else "buy back"
    return f"You can {verb} {free} {need.symbol} right now, not {needed}."


def short_is_allowed(snapshot: RiskSnapshot) -> Check:
    """Shares are sold short only by an account that has margin switched on."""
    if not said(snapshot.opens_short_shares) or said(snapshot.may_be_short):
        return passed("short_is_allowed")
    detail = "Selling short needs the account's margin option, which is off."
    return refused("short_is_allowed", Refusal(code="short_not_allowed", detail=detail))


def options_are_covered(snapshot: RiskSnapshot) -> Check:
    """Every option that would be owed has shares, cash or another option behind it."""
    if not named(snapshot.uncovered):
        return passed("options_are_covered")
    names = ", ".join(snapshot.uncovered)
    detail = f"Nothing would cover {names}: shares, cash or a further option must stand behind what you sell."
    return refused("options_are_covered", Refusal(code="uncovered_option", detail=detail))
