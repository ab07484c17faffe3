"""Whether too much of the account would hang on one thing: an instrument, a sector, a kind of thing, or on credit.

An order that closes makes none of these larger. What is owed counts like what is held. Of an account that is worth
nothing, nothing can be a share: that is not readable, and a denial.
"""

from __future__ import annotations

from decimal import Decimal

from arbion.domain.enums import AssetClass, PositionEffect
from arbion.domain.numbers import EXACT, HUNDRED
from riskdesk.decision import Check
from riskdesk.rules.base import at_most, in_tenths, number, passed
from riskdesk.snapshot import RiskSnapshot
from riskdesk.terms import Bound, Off

CODE = "risk_limit_exceeded"


def instrument_share_within_limit(snapshot: RiskSnapshot) -> Check:
    """Not too much of the account is in one instrument, with this and every open order of its side filled."""
    name, limit = "instrument_share_within_limit", snapshot.limits.instrument_percent
    return _share(name, snapshot, snapshot.instrument_value_after, limit, into=snapshot.symbol)


def sector_share_within_limit(snapshot: RiskSnapshot) -> Check:
    """Not too much of the account is in one sector; what has none, such as a coin, adds to none."""
    name, limit = "sector_share_within_limit", snapshot.limits.sector_percent
    if not snapshot.sector:
        return passed(name)
    worth = snapshot.with_order(snapshot.sector_value)
    return _share(name, snapshot, worth, limit, into=f"the sector {snapshot.sector}")


def asset_class_share_within_limit(snapshot: RiskSnapshot) -> Check:
    """Not too much of the account is in one kind of thing: shares and funds, options, or coins."""
    kind, name = AssetClass(snapshot.asset_class), "asset_class_share_within_limit"
    worth = snapshot.with_order(snapshot.class_value)
    if kind is AssetClass.OPTION:
        return _share(name, snapshot, worth, snapshot.limits.option_percent, into="options")
    if kind is AssetClass.CRYPTO:
        return _share(name, snapshot, worth, snapshot.limits.crypto_percent, into="coins")
    return _share(name, snapshot, worth, snapshot.limits.equity_percent, into="shares and funds")


def leverage_within_limit(snapshot: RiskSnapshot) -> Check:
    """All that is held and owed, this and every open order filled, is not too many times the account's worth."""
    name, limit = "leverage_within_limit", snapshot.limits.leverage
    if isinstance(limit, Off) or snapshot.effect is PositionEffect.CLOSE:
        return passed(name)
    percent = number(snapshot.percent_of_equity(snapshot.with_order(snapshot.gross_value)))
    return at_most(
        name,
        value=EXACT.divide(percent, HUNDRED),
        limit=limit,
        code=CODE,
        detail="What you hold and owe would be {value} times what your account is worth; your limit is {limit} times.",
        write=in_tenths,
    )


def _share(name: str, snapshot: RiskSnapshot, worth: Decimal | None, limit: Bound, *, into: str) -> Check:
    if isinstance(limit, Off) or snapshot.effect is PositionEffect.CLOSE:
        return passed(name)
    return at_most(
        name,
        value=snapshot.percent_of_equity(worth),
        limit=limit,
        code=CODE,
        detail=f"This would put {{value}}% of your account into {into}; your limit is {{limit}}%.",
        write=in_tenths,
    )
