"""Whether this account may take new risk at all right now."""

from __future__ import annotations

from decimal import Decimal

from arbion.domain.enums import PositionEffect, Side
from riskdesk.decision import Check, Refusal
from riskdesk.rules.base import CLOCK_SKEW_SECONDS, named, number, passed, refused
from riskdesk.snapshot import RiskSnapshot


def account_is_own(snapshot: RiskSnapshot) -> Check:
    """The account belongs to the person who asks."""
    if snapshot.is_owner is True:
        return passed("account_is_own")
    return refused("account_is_own", Refusal(code="not_owner", detail="This account belongs to somebody else."))


def live_grant_is_given(snapshot: RiskSnapshot) -> Check:
    """Practice money needs no grant; real money needs one that the person has given for this account."""
    if snapshot.has_live_grant is True:
        return passed("live_grant_is_given")
    detail = "This account trades real money, and you have not allowed Arbion to do that."
    return refused("live_grant_is_given", Refusal(code="no_live_grant", detail=detail))


def not_halted(snapshot: RiskSnapshot) -> Check:
    """No halt is in force for the account, its owner or the house."""
    if not named(snapshot.halts):
        return passed("not_halted")
    return refused("not_halted", Refusal(code="halted", detail=f"Trading is halted: {snapshot.halts[0]}."))


def stops_are_watched(snapshot: RiskSnapshot) -> Check:
    """Somebody watches the stops: while the monitor is silent nothing is opened that a stop could not close."""
    name, code = "stops_are_watched", "monitor_silent"
    if snapshot.watch_age_seconds is None:
        detail = "Nobody watches the stops yet. Positions can be closed; opening waits until the stop monitor looks."
        return refused(name, Refusal(code=code, detail=detail))
    age, bound = number(snapshot.watch_age_seconds), number(snapshot.watch_age_seconds_max)
    if -CLOCK_SKEW_SECONDS <= age <= bound:
        return passed(name, value=age, limit=bound)
    detail = f"The stop monitor has not looked for {age:.0f} s. You can close positions; opening waits until it looks."
    return refused(name, Refusal(code=code, detail=detail, value=age, limit=bound))


def no_unknown_orders(snapshot: RiskSnapshot) -> Check:
    """No order in this instrument has an unknown fate: it counts as full exposure until it is found."""
    if snapshot.unknown_orders == 0:
        return passed("no_unknown_orders")
    detail = "An earlier order in this instrument is still being looked up at the venue."
    return refused(
        "no_unknown_orders",
        Refusal(code="unknown_order", detail=detail, value=Decimal(snapshot.unknown_orders), limit=Decimal(0)),
    )


def no_opposing_orders(snapshot: RiskSnapshot) -> Check:
    """Nothing is opened on one side while an open order may yet open the other: what each would do is not known."""
    name = "no_opposing_orders"
    if snapshot.effect is PositionEffect.CLOSE or snapshot.opposing_quantity == 0:
        return passed(name)
    other = "purchase" if snapshot.side is Side.SELL else "sale"
    detail = f"A {other} of {snapshot.symbol} is still working: wait until it has filled, or cancel it first."
    refusal = Refusal(code="opposing_order", detail=detail, value=snapshot.opposing_quantity, limit=Decimal(0))
    return refused(name, refusal)


def books_agree(snapshot: RiskSnapshot) -> Check:
    """The venue's book and ours say the same."""
    if snapshot.open_discrepancies == 0:
        return passed("books_agree")
    detail = "The venue's book and ours differ; new risk waits until they agree."
    return refused(
        "books_agree",
        Refusal(code="books_differ", detail=detail, value=Decimal(snapshot.open_discrepancies), limit=Decimal(0)),
    )
