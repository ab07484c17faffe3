"""The gate: every rule is asked, a rule that fails refuses, and an exit is not trapped."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from arbion.domain.enums import PositionEffect, Side, Waiting
from riskdesk import gate
from riskdesk.decision import Decision
from riskdesk.snapshot import UnitsNeeded
from tests.riskdesk.pictures import GOOD


def code_of(**changed: object) -> str:
    refusal = gate.review(replace(GOOD, **changed)).refusal
    return refusal.code if refusal else ""


def test_a_good_order_passes_every_rule_and_each_answer_is_kept():
    decision = gate.review(GOOD)
    assert decision.is_approved
    assert [check.name for check in decision.checks] == [rule.__name__ for rule in gate.RULES]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"is_owner": False}, "not_owner"),
        ({"has_live_grant": False}, "no_live_grant"),
        ({"halts": ("a test",)}, "halted"),
        ({"watch_age_seconds": None}, "monitor_silent"),
        ({"watch_age_seconds": Decimal("20.001")}, "monitor_silent"),
        ({"watch_age_seconds": Decimal("-5.001")}, "monitor_silent"),
        ({"watch_age_seconds": Decimal("NaN")}, "risk_unavailable"),
        ({"watch_age_seconds_max": None}, "risk_unavailable"),
        ({"unknown_orders": 1}, "unknown_order"),
        ({"open_discrepancies": 1}, "books_differ"),
        ({"opposing_quantity": Decimal(1)}, "opposing_order"),
        ({"instrument_tradable": False}, "not_tradable"),
        ({"instrument_halted": True}, "instrument_halted"),
        ({"market_open": False}, "market_closed"),
        ({"quote_age_seconds": Decimal("15.001")}, "stale_quote"),
        ({"quote_age_seconds": None}, "stale_quote"),
        ({"limit_price": Decimal("250.01")}, "limit_too_far"),
        ({"limit_price": Decimal("149.99"), "side": Side.SELL}, "limit_too_far"),
        ({"quantity": Decimal(249), "cost_estimate": Decimal(1)}, "risk_limit_exceeded"),
        ({"opening_quantity": Decimal(400)}, "risk_limit_exceeded"),
        ({"cost_estimate": Decimal("10000.01")}, "insufficient_buying_power"),
        ({"cash_held": Decimal(9000)}, "insufficient_buying_power"),
        ({"cash_required": Decimal(9000)}, "insufficient_buying_power"),
        ({"units_needed": (UnitsNeeded(symbol="AAPL", needed=Decimal(10), free=Decimal(9)),)}, "insufficient_position"),
        ({"opens_short_shares": True}, "short_not_allowed"),
        ({"uncovered": ("AAPL261218C00200000",)}, "uncovered_option"),
        ({"equity": Decimal(-1)}, "risk_limit_exceeded"),
        ({"orders_last_minute": 30}, "risk_limit_exceeded"),
        ({"equity": None}, "risk_unavailable"),
        ({"cost_estimate": None}, "risk_unavailable"),
        ({"price": Decimal("NaN")}, "risk_unavailable"),
        ({"price": None}, "risk_unavailable"),
    ],
)
def test_each_fault_is_refused_by_its_code(changed, code):
    assert code_of(**changed) == code


def sale(free: int) -> dict[str, object]:
    """A sale of ten of the ten units that are held, of which so many are free."""
    need = UnitsNeeded(symbol="AAPL", needed=Decimal(10), free=Decimal(free))
    return {"side": Side.SELL, "effect": PositionEffect.CLOSE, "units": Decimal(10), "units_needed": (need,)}


@pytest.mark.parametrize(
    "changed",
    [
        {"halts": ("a test",)},
        {"watch_age_seconds": None},
        {"quote_age_seconds": None},
        {"equity": None},
        {"open_discrepancies": 1},
    ],
    ids=str,
)
def test_an_exit_stays_open_when_new_risk_is_shut(changed):
    assert code_of(**sale(10), **changed) == ""
    assert code_of(**changed) != ""


def test_an_exit_still_needs_its_owner_a_market_and_free_units():
    assert code_of(**sale(10), is_owner=False) == "not_owner"
    assert code_of(**sale(10), market_open=False) == "market_closed"
    assert code_of(**sale(9)) == "insufficient_position"


def test_a_sale_that_leaves_an_option_uncovered_is_no_exit():
    assert code_of(**sale(10), adds_risk=True, halts=("a test",)) == "halted"


def test_buying_back_is_an_exit_where_its_cash_is_there_or_may_be_owed():
    need = UnitsNeeded(symbol="AAPL", needed=Decimal(10), free=Decimal(10))
    cover = {"effect": PositionEffect.CLOSE, "units": Decimal(-10), "units_needed": (need,), "halts": ("a test",)}
    assert code_of(**cover) == ""
    assert code_of(**cover, cash=Decimal(0)) == "halted"
    assert code_of(**cover, cash=Decimal(0), may_be_short=True) == ""


def test_an_order_that_waits_for_the_open_needs_no_market_now_and_its_quote_may_be_old():
    closed = {"market_open": False, "quote_age_seconds": Decimal(40_000)}
    assert code_of(**closed) == "market_closed"
    assert code_of(**closed, waiting_for=Waiting.MARKET_OPEN) == ""
    assert code_of(**closed, waiting_for=Waiting.MARKET_OPEN, cost_estimate=Decimal(10_001)) != ""


def test_what_follows_another_order_is_asked_little_and_judged_in_full_later():
    decision = gate.review(replace(GOOD, waiting_for=Waiting.CONDITION, cash=Decimal(0)))
    assert decision.is_approved
    assert [check.name for check in decision.checks] == [rule.__name__ for rule in gate.WAITING_RULES]
    assert code_of(waiting_for=Waiting.CONDITION, is_owner=False) == "not_owner"


def test_a_verdict_without_checks_is_a_refusal():
    assert Decision(checks=(), snapshot=GOOD, decided_at=GOOD.at).is_approved is False
