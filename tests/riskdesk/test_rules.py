"""The rules on size, shares, pace and protection: each passes, refuses with its figures, and trusts no gap."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from arbion.domain.enums import PositionEffect, Side, Waiting
from riskdesk import gate
from riskdesk.decision import Check
from riskdesk.limits import OFF
from riskdesk.rules import market, pace, protection, shares, size, standing
from riskdesk.rules.base import Rule
from riskdesk.snapshot import RiskSnapshot, UnitsNeeded
from tests.riskdesk.pictures import GOOD, D, limited

Case = tuple[Rule, str, Any, dict[str, Any], dict[str, Any], str, str, tuple[Any, Any]]

# Rule; its limit and the value that is set; what just passes; what just does not; code, sentence and figures of that.
CASES: list[Case] = [
    (size.order_units_within_limit, "order_units", D(10), {}, {"quantity": D("10.5")}, "risk_limit_exceeded",
     "This order is for 10.5; your limit for one order is 10.", (D("10.5"), D(10))),
    (shares.instrument_share_within_limit, "instrument_percent", D(25),
     {"quantity": D(10), "price": D(250)}, {"quantity": D(10), "price": D(251)}, "risk_limit_exceeded",
     "This would put 25.1% of your account into AAPL; your limit is 25%.", (D("25.1"), D(25))),
    (shares.instrument_share_within_limit, "instrument_percent", D(25),
     {"units": D(2), "price": D(200), "opening_quantity": D("0.5")},
     {"units": D(2), "price": D(200), "opening_quantity": D(1)}, "risk_limit_exceeded",
     "This would put 26% of your account into AAPL; your limit is 25%.", (D(26), D(25))),
    (shares.sector_share_within_limit, "sector_percent", D(30), {"sector_value": D(990)}, {"sector_value": D(991)},
     "risk_limit_exceeded", "This would put 30.1% of your account into the sector Technology; your limit is 30%.",
     (D("30.01"), D(30))),
    (shares.asset_class_share_within_limit, "equity_percent", D(30), {"class_value": D(990)}, {"class_value": D(991)},
     "risk_limit_exceeded", "This would put 30.1% of your account into shares and funds; your limit is 30%.",
     (D("30.01"), D(30))),
    (shares.asset_class_share_within_limit, "option_percent", D(30),
     {"asset_class": "option", "class_value": D(990)}, {"asset_class": "option", "class_value": D(1990)},
     "risk_limit_exceeded", "This would put 40% of your account into options; your limit is 30%.", (D(40), D(30))),
    (shares.asset_class_share_within_limit, "crypto_percent", D(30),
     {"asset_class": "crypto", "class_value": D(990)}, {"asset_class": "crypto", "class_value": D(1990)},
     "risk_limit_exceeded", "This would put 40% of your account into coins; your limit is 30%.", (D(40), D(30))),
    (shares.leverage_within_limit, "leverage", D("1.5"), {"gross_value": D(12_990)}, {"gross_value": D(13_000)},
     "risk_limit_exceeded",
     "What you hold and owe would be 1.6 times what your account is worth; your limit is 1.5 times.",
     (D("1.501"), D("1.5"))),
    (pace.drawdown_within_limit, "drawdown_percent", D(20), {"equity_peak": D(12_500)}, {"equity_peak": D(16_000)},
     "risk_limit_exceeded", "The account is 37.5% below its peak; its limit is 20%.", (D("37.5"), D(20))),
    (pace.trades_per_day_within_limit, "trades_per_day", D(3), {"trades_today": 2}, {"trades_today": 3},
     "risk_limit_exceeded", "This would be trade 4 of today; your limit is 3.", (D(4), D(3))),
    (pace.orders_per_minute_within_limit, "orders_per_minute", D(3), {"orders_last_minute": 2},
     {"orders_last_minute": 3}, "risk_limit_exceeded", "This would be order 4 within a minute; the limit is 3.",
     (D(4), D(3))),
    (pace.not_a_duplicate, "duplicate_seconds", D(5), {}, {"duplicates": 1}, "duplicate_order",
     "You placed the same order less than 5 seconds ago.", (D(1), D(0))),
    (pace.not_cooling_down, "losing_streak", D(3), {"losses_in_a_row": 2},
     {"losses_in_a_row": 3, "last_loss_at": GOOD.at - timedelta(minutes=20)}, "cooling_down",
     "3 trades in a row lost money. Opening waits another 40 minutes, as you asked.", (D(3), D(3))),
    (market.quote_is_within_band, "price_band_percent", D(2), {"ask": D(204)}, {"ask": D("204.02")},
     "price_out_of_band", "You would trade 2.1% away from the last price of AAPL; your limit is 2%.",
     (D("2.01"), D(2))),
    (protection.entry_has_stop, "entry_needs_stop", D(1), {"has_stop": True}, {}, "stop_required",
     "You asked that every order that opens a position has a stop loss, and this one has none.", (None, None)),
]  # fmt: skip
IDS = [f"{case[0].__name__}-{case[1]}" for case in CASES]


def asked(rule: Rule, **changed: Any) -> Check:
    """The rule's answer, as the gate gives it."""
    return gate._ask(rule, replace(GOOD, **changed))


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_rule_passes_within_its_limit_and_refuses_beyond_it_with_the_figures(case: Case):
    rule, name, value, within, beyond, code, detail, figures = case
    limits = limited(**{name: value})
    assert asked(rule, limits=limits, **within).passed
    refused = asked(rule, limits=limits, **beyond)
    assert (refused.passed, refused.code, refused.detail) == (False, code, detail)
    assert (refused.value, refused.limit) == figures


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_limit_that_is_off_refuses_nothing(case: Case):
    rule, name, _, _, beyond, *_ = case
    assert asked(rule, limits=limited(**{name: OFF}), **beyond).passed


@pytest.mark.parametrize("unread", [None, D("NaN"), D("sNaN"), D("Infinity")], ids=str)
@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_limit_that_cannot_be_read_is_a_denial(case: Case, unread: Decimal | None):
    rule, name, _, within, *_ = case
    check = asked(rule, limits=limited(**{name: unread}), **within)
    assert (check.passed, check.code) == (False, "risk_unavailable")


FIGURES: list[tuple[Rule, dict[str, Any], tuple[str, ...]]] = [
    (size.order_units_within_limit, {"order_units": D(10)}, ("quantity",)),
    (shares.instrument_share_within_limit, {"instrument_percent": D(90)},
     ("quantity", "price", "last", "units", "opening_quantity", "equity")),
    (shares.sector_share_within_limit, {"sector_percent": D(90)}, ("quantity", "price", "sector_value", "equity")),
    (shares.asset_class_share_within_limit, {"equity_percent": D(90)}, ("quantity", "price", "class_value", "equity")),
    (shares.leverage_within_limit, {"leverage": D(2)}, ("quantity", "price", "gross_value", "equity")),
    (pace.drawdown_within_limit, {"drawdown_percent": D(20)}, ("equity", "equity_peak")),
    (pace.trades_per_day_within_limit, {"trades_per_day": D(3)}, ("trades_today",)),
    (pace.not_a_duplicate, {"duplicate_seconds": D(5)}, ("duplicates",)),
    (pace.not_cooling_down, {"losing_streak": D(3)}, ("losses_in_a_row",)),
    (market.quote_is_within_band, {"price_band_percent": D(2)}, ("ask", "last")),
]  # fmt: skip
GAPS = [(rule, limits, name) for rule, limits, names in FIGURES for name in names]


@pytest.mark.parametrize("value", [None, D("NaN"), D("sNaN"), D("Infinity"), D("-Infinity")], ids=str)
@pytest.mark.parametrize(("rule", "limits", "name"), GAPS, ids=[f"{gap[0].__name__}-{gap[2]}" for gap in GAPS])
def test_a_figure_that_is_missing_or_no_number_is_a_denial(rule, limits, name, value):
    assert asked(rule, limits=limited(**limits), ask=D("200.5")).passed
    check = asked(rule, limits=limited(**limits), **({"ask": D("200.5")} | {name: value}))
    assert (check.passed, check.code) == (False, "risk_unavailable")


def test_of_an_account_that_is_worth_nothing_no_share_can_be_told():
    for rule in (shares.leverage_within_limit, shares.asset_class_share_within_limit):
        limits = limited(equity_percent=D(50))
        assert asked(rule, limits=limits, equity=D(0)).code == "risk_unavailable"


@pytest.mark.parametrize("rule", [
    shares.instrument_share_within_limit, shares.sector_share_within_limit, shares.asset_class_share_within_limit,
    shares.leverage_within_limit, protection.entry_has_stop,
])  # fmt: skip
def test_closing_makes_no_share_larger_and_needs_no_stop(rule):
    limits = limited(
        instrument_percent=D(0), sector_percent=D(0), equity_percent=D(0), leverage=D(0), entry_needs_stop=D(1)
    )
    assert not asked(rule, limits=limits).passed
    assert asked(rule, limits=limits, effect=PositionEffect.CLOSE).passed


def test_a_stop_is_believed_only_where_it_is_said_plainly():
    limits = limited(entry_needs_stop=D(1))
    for word in (None, "yes", 1):
        assert not asked(protection.entry_has_stop, limits=limits, has_stop=word).passed


def test_real_money_needs_a_grant_that_is_said_plainly():
    assert asked(standing.live_grant_is_given).passed
    for word in (False, None, "yes", 1):
        check = asked(standing.live_grant_is_given, has_live_grant=word)
        assert (check.passed, check.code) == (False, "no_live_grant")


def test_a_loss_whose_time_is_unknown_pauses_and_the_pause_ends():
    limits = limited(losing_streak=D(3), cool_down_minutes=D(30))
    lost = {"limits": limits, "losses_in_a_row": 4}
    assert asked(pace.not_cooling_down, **lost).code == "risk_unavailable"
    assert not asked(pace.not_cooling_down, **lost, last_loss_at=GOOD.at - timedelta(minutes=29, seconds=59)).passed
    assert asked(pace.not_cooling_down, **lost, last_loss_at=GOOD.at - timedelta(minutes=30)).passed


def test_the_band_is_about_orders_at_the_market_and_the_side_that_they_meet():
    rule, limits = market.quote_is_within_band, limited(price_band_percent=D(2))
    assert asked(rule, limits=limits, bid=D(150)).passed
    assert not asked(rule, limits=limits, bid=D(150), side=Side.SELL).passed
    wild = {"limits": limits, "ask": D(300)}
    assert not asked(rule, **wild).passed
    assert asked(rule, **wild, is_at_market=False).passed
    assert asked(rule, **wild, is_package=True).passed
    assert asked(rule, **wild, waiting_for=Waiting.MARKET_OPEN).passed
    cheap = {"limits": limits, "multiplier": D(100), "last": D(1)}
    assert asked(rule, **cheap, ask=D("1.50")).passed
    assert not asked(rule, **cheap, ask=D("1.51")).passed


def test_a_fund_is_a_share_and_a_thing_without_a_sector_adds_to_none():
    limits = limited(equity_percent=D(10), sector_percent=D(10))
    assert not asked(shares.asset_class_share_within_limit, limits=limits, asset_class="etf").passed
    assert asked(shares.asset_class_share_within_limit, limits=limits, asset_class="").code == "risk_unavailable"
    assert asked(shares.sector_share_within_limit, limits=limits, sector="").passed


def test_a_worth_above_the_recorded_peak_is_the_peak():
    assert replace(GOOD, equity_peak=D(8_000)).drawdown_percent == 0
    assert replace(GOOD, equity_peak=D(-5), equity=D(-6)).drawdown_percent == 0


NEW = [case[0] for case in CASES if case[0] != pace.orders_per_minute_within_limit]


def test_none_of_these_rules_traps_a_position():
    need = UnitsNeeded(symbol="AAPL", needed=D(10), free=D(10))
    shut = {name: D(0) for name in (
        "order_units", "instrument_percent", "sector_percent", "equity_percent", "leverage", "drawdown_percent",
        "trades_per_day", "price_band_percent",
    )}  # fmt: skip
    limits = limited(**shut, duplicate_seconds=D(60), losing_streak=D(1), entry_needs_stop=D(1))
    broken: dict[str, Any] = {"duplicates": 1, "losses_in_a_row": 9, "last_loss_at": GOOD.at, "has_live_grant": False}
    refused = {check.name for check in gate.review(replace(GOOD, limits=limits, **broken)).checks if not check.passed}
    assert refused >= {rule.__name__ for rule in (*NEW, standing.live_grant_is_given)} - {"drawdown_within_limit"}
    sale: RiskSnapshot = replace(
        GOOD, limits=limits, side=Side.SELL, effect=PositionEffect.CLOSE, units=D(10), units_needed=(need,), **broken
    )
    assert gate.review(sale).is_approved
