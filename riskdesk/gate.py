"""The gate: every order, whoever makes it, is judged here on a frozen snapshot; anything unreadable is a denial."""

from __future__ import annotations

import logging

from arbion.domain.enums import Waiting
from riskdesk.decision import Check, Decision
from riskdesk.rules import funds, market, pace, protection, shares, size, standing
from riskdesk.rules.base import Rule
from riskdesk.snapshot import RiskSnapshot

logger = logging.getLogger(__name__)

RULES: tuple[Rule, ...] = (
    standing.account_is_own,
    standing.live_grant_is_given,
    standing.not_halted,
    standing.stops_are_watched,
    standing.no_unknown_orders,
    standing.no_opposing_orders,
    standing.books_agree,
    market.instrument_is_tradable,
    market.market_is_open,
    market.quote_is_fresh,
    market.limit_is_near_the_market,
    market.quote_is_within_band,
    size.order_value_within_limit,
    size.order_units_within_limit,
    size.position_value_within_limit,
    funds.buying_power_suffices,
    funds.units_suffice,
    funds.short_is_allowed,
    funds.options_are_covered,
    pace.daily_loss_within_limit,
    pace.drawdown_within_limit,
    pace.trades_per_day_within_limit,
    pace.orders_per_minute_within_limit,
    pace.not_a_duplicate,
    pace.not_cooling_down,
    shares.instrument_share_within_limit,
    shares.sector_share_within_limit,
    shares.asset_class_share_within_limit,
    shares.leverage_within_limit,
    protection.entry_has_stop,
)
# An exit is refused only for what makes it impossible: a broken feed or a halt must not trap a position.
EXIT_RULES: tuple[Rule, ...] = (
    standing.account_is_own,
    market.instrument_is_tradable,
    market.market_is_open,
    funds.units_suffice,
)
# What follows another order is judged in full when that one has filled; until then it binds and sends nothing.
WAITING_RULES: tuple[Rule, ...] = (
    standing.account_is_own,
    market.instrument_is_tradable,
)
# What waits for a figure is judged in full when that is reached; what no waiting will mend is refused at once.
CONDITION_RULES: tuple[Rule, ...] = (
    standing.account_is_own,
    standing.live_grant_is_given,
    standing.not_halted,
    market.instrument_is_tradable,
    size.order_value_within_limit,
    size.order_units_within_limit,
    funds.short_is_allowed,
)


def review(snapshot: RiskSnapshot) -> Decision:
    """The verdict on one order, with every rule's answer; never raises."""
    rules = EXIT_RULES if _is_exit(snapshot) else RULES
    if snapshot.waiting_for is Waiting.CONDITION:
        rules = CONDITION_RULES if snapshot.has_condition and rules is RULES else WAITING_RULES
    return Decision(checks=tuple(_ask(rule, snapshot) for rule in rules), snapshot=snapshot, decided_at=snapshot.at)


def _is_exit(snapshot: RiskSnapshot) -> bool:
    """Whether only the rules for exits are asked; where the figures cannot be read, all are, and they refuse."""
    try:
        return snapshot.is_exit
    except (ArithmeticError, TypeError):
        return False


def _ask(rule: Rule, snapshot: RiskSnapshot) -> Check:
    name = getattr(rule, "__name__", "rule")
    try:
        return rule(snapshot)
    except Exception:
        logger.exception("risk rule failed: %s", name)
        detail = "This check could not be made, so the order is refused."
        return Check(name=name, passed=False, code="risk_unavailable", detail=detail)
