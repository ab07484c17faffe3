"""Whether the market can be traded and its price believed."""

from __future__ import annotations

from decimal import Decimal

from arbion.domain.enums import Side
from arbion.domain.numbers import EXACT, HUNDRED
from riskdesk.decision import Check, Refusal
from riskdesk.rules.base import CLOCK_SKEW_SECONDS, at_most, in_tenths, number, passed, refused, said
from riskdesk.snapshot import RiskSnapshot
from riskdesk.terms import Off

# How far a limit may stand on the costly side of the last price before it is taken for a slip of the finger.
LIMIT_DISTANCE_MAX = Decimal("0.25")
# An option may cost pennies, of which a quarter is nothing.
OPTION_DISTANCE_ALLOWED = Decimal("0.50")


def instrument_is_tradable(snapshot: RiskSnapshot) -> Check:
    """The instrument can be traded here and is not halted."""
    if not said(snapshot.instrument_tradable):
        detail = f"{snapshot.symbol} can be looked up here but not traded."
        return refused("instrument_is_tradable", Refusal(code="not_tradable", detail=detail))
    if said(snapshot.instrument_halted):
        reason = f": {snapshot.halt_reason}" if snapshot.halt_reason else ""
        detail = f"Trading in {snapshot.symbol} is halted{reason}."
        return refused("instrument_is_tradable", Refusal(code="instrument_halted", detail=detail))
    return passed("instrument_is_tradable")


def market_is_open(snapshot: RiskSnapshot) -> Check:
    """The instrument's market is in session, or the order waits here until it is."""
    if said(snapshot.market_open) or snapshot.waiting_for:
        return passed("market_is_open")
    detail = f"The market for {snapshot.symbol} is closed."
    return refused("market_is_open", Refusal(code="market_closed", detail=detail))


def quote_is_fresh(snapshot: RiskSnapshot) -> Check:
    """There is a price, and it is young enough; for an order that waits, it is asked again when that is released."""
    if snapshot.quote_age_seconds is None or snapshot.last is None:
        detail = f"There is no price for {snapshot.symbol} yet."
        return refused("quote_is_fresh", Refusal(code="stale_quote", detail=detail))
    number(snapshot.last)
    age, bound = number(snapshot.quote_age_seconds), number(snapshot.quote_age_seconds_max)
    if age >= -CLOCK_SKEW_SECONDS and (age <= bound or snapshot.waiting_for):
        return passed("quote_is_fresh", value=age, limit=bound)
    detail = f"The price of {snapshot.symbol} is {age:.0f} s old; {bound:.0f} s is the most that is trusted."
    return refused("quote_is_fresh", Refusal(code="stale_quote", detail=detail, value=age, limit=bound))


def limit_is_near_the_market(snapshot: RiskSnapshot) -> Check:
    """A buying limit is not far above the last price, and a selling limit not far below it."""
    name = "limit_is_near_the_market"
    if snapshot.limit_price is None or snapshot.is_package:
        return passed(name)
    is_purchase, limit = snapshot.side is Side.BUY, number(snapshot.limit_price)
    room = number(snapshot.last) * LIMIT_DISTANCE_MAX
    if number(snapshot.multiplier) != 1:
        room = max(room, OPTION_DISTANCE_ALLOWED)
    bound = number(snapshot.last) + room if is_purchase else number(snapshot.last) - room
    if limit <= bound if is_purchase else limit >= bound:
        return passed(name, value=snapshot.limit_price, limit=bound)
    where = "above" if is_purchase else "below"
    detail = f"The limit {snapshot.limit_price:,.2f} is more than 25% {where} the last price {snapshot.last:,.2f}."
    return refused(name, Refusal(code="limit_too_far", detail=detail, value=snapshot.limit_price, limit=bound))


def quote_is_within_band(snapshot: RiskSnapshot) -> Check:
    """An order at the market would not meet a price far from the last trade; a limit guards itself."""
    name, limit = "quote_is_within_band", snapshot.limits.price_band_percent
    if not snapshot.is_at_market or snapshot.is_package or snapshot.waiting_for or isinstance(limit, Off):
        return passed(name)
    met, last = number(snapshot.ask if snapshot.side is Side.BUY else snapshot.bid), number(snapshot.last)
    away = abs(met - last)
    if number(snapshot.multiplier) != 1 and away <= OPTION_DISTANCE_ALLOWED:
        return passed(name)
    return at_most(
        name,
        value=EXACT.divide(EXACT.multiply(away, HUNDRED), last),
        limit=limit,
        code="price_out_of_band",
        detail=f"You would trade {{value}}% away from the last price of {snapshot.symbol}; your limit is {{limit}}%.",
        write=in_tenths,
    )
