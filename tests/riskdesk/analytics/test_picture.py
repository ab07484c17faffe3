"""The whole picture: each part is what the part itself says, and what is not known is said."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from arbion.domain.enums import AssetClass, Interval, OptionRight
from riskdesk.analytics import scenarios, var
from riskdesk.analytics.beta import Beta, beta
from riskdesk.analytics.figures import Unanswered
from riskdesk.analytics.greeks import book_greeks
from riskdesk.analytics.picture import assess, symbols_needed
from riskdesk.analytics.repricing import POINTS, profits
from riskdesk.analytics.returns import Closes, align, simple_returns
from riskdesk.analytics.scenarios import Shock
from riskdesk.analytics.var import Exposure
from tests.riskdesk.analytics.samples import NOW, book, option, past, share, walk

CLOSES = {"AAPL": walk(200, seed=1), "KO": walk(200, seed=2), "SPY": walk(200, seed=3)}
HELD = book(
    share("AAPL", "10"),
    option(right=OptionRight.PUT, quantity="-3", rate="0.04"),
    share("KO", "-5", "60"),
    cash="5000",
)


def test_the_symbols_whose_history_is_needed():
    assert symbols_needed(HELD, "SPY") == ("AAPL", "KO", "SPY")
    assert symbols_needed(book(share("SPY")), "SPY") == ("SPY",)


def test_each_part_is_what_it_says_alone():
    found = assess(HELD, past(CLOSES), "SPY", horizon_days=5)
    returns = simple_returns(align({"AAPL": CLOSES["AAPL"], "KO": CLOSES["KO"]}))
    greeks = book_greeks(HELD)
    exposures = [Exposure(position=one.name, symbol=one.underlying, value=one.delta_value) for one in greeks.positions]
    terms = {"confidence": Decimal("0.95"), "horizon_days": 5}
    assert found.parametric == var.parametric(exposures, returns, **terms)
    table = profits(HELD, returns, HELD.lines)
    assert found.historical == var.historical_of([line.symbol for line in HELD.lines], table, **terms)
    assert found.betas == {"AAPL": beta(CLOSES["AAPL"], CLOSES["SPY"]), "KO": beta(CLOSES["KO"], CLOSES["SPY"])}
    assert found.greeks == greeks
    assert found.scenarios == scenarios.run(HELD, scenarios.standard_shocks())
    assert found.gaps == scenarios.worst_gaps(HELD)
    assert found.correlations.symbols == ("AAPL", "KO")
    assert (found.at, found.value, found.equity) == (NOW, HELD.value, HELD.equity)
    assert (found.span.count, found.span.symbols, found.span.left_out) == (199, ("AAPL", "KO"), 0)
    assert (found.confidence, found.horizon_days, found.benchmark) == (Decimal("0.95"), 5, "SPY")
    assert isinstance(found.portfolio_beta, Beta)
    assert found.portfolio_beta.count == 199


def test_the_portfolios_beta_counts_options_by_their_delta():
    closes = {"AAPL": CLOSES["AAPL"]}
    held = book(option(quantity="2"), cash="10000")
    found = assess(held, past(closes), "AAPL")
    delta = book_greeks(held).total.delta_value
    assert float(found.portfolio_beta.value) == pytest.approx(float(delta / held.equity), abs=1e-5)
    assert found.portfolio_beta.r_squared == 1


def test_past_days_price_options_again_and_not_along_a_line():
    """Short puts lose more than their delta says when the price falls, and the lines between points hide nothing."""
    returns = simple_returns(align({"AAPL": CLOSES["AAPL"]}))
    assert returns.count > POINTS
    line = HELD.lines[1]
    found = profits(HELD, returns, [line])[:, 0]
    for day in np.argsort(returns.of("AAPL"))[[0, 1, 50, 100, -1]]:
        move = Decimal(repr(float(returns.values[day, 0])))
        exact = scenarios.run(book(line), [Shock(name="", spot=move)])[0].change
        assert found[day] == pytest.approx(float(exact), abs=0.6)
    worst = int(np.argmin(returns.of("AAPL")))
    linear = float(book_greeks(book(line)).total.delta_value) * returns.values[worst, 0]
    assert found[worst] < linear - 50
    few = simple_returns(align({"AAPL": Closes(CLOSES["AAPL"].time[:30], CLOSES["AAPL"].close[:30])}))
    np.testing.assert_allclose(profits(HELD, few, [line])[:, 0], found[:29], atol=0.6)


def test_what_it_does_not_know_is_said():
    held = book(
        *HELD.lines,
        share("NEW", "4", "25"),
        option(underlying="KO", spot="60", strike="50", price="9", volatility=None),
        cash="5000",
        unpriced=("LOST",),
    )
    closes = CLOSES | {"NEW": walk(20, seed=4), "KO": Closes(CLOSES["KO"].time[3:], CLOSES["KO"].close[3:])}
    found = assess(held, past(closes), "SPY")
    said = "\n".join(found.unknown)
    assert found.unknown[0] == "LOST has no price: it is in none of these figures."
    assert "Too little history of NEW, worth 100: not in value at risk" in said
    assert f"The price of {held.lines[4].symbol} tells no volatility" in said
    assert "left out: 3 for KO." in said
    assert "196 days" in said
    assert found.span.left_out == 3
    assert "Dividends" in said
    assert [part.position for part in found.parametric.components] == [
        line.symbol for line in held.lines if line.symbol != "NEW"
    ]
    assert found.betas["NEW"].code == "too_little_history"
    assert found.betas["NEW"].count == 19
    assert {line.symbol for line in found.scenarios[0].lines} == {line.symbol for line in held.lines}


def test_what_is_known_is_not_called_unknown():
    said = "\n".join(assess(book(share("KO")), past(CLOSES), "SPY").unknown)
    for word in ("Options", "left out", "Too little", "no price", "volatility", "bars"):
        assert word not in said
    hours = assess(book(share("KO")), past(CLOSES, interval=Interval.H1), "SPY")
    assert any("bars of 1 hour" in sentence for sentence in hours.unknown)


def test_too_little_history_is_an_answer():
    held = book(share("AAPL"), share("COIN", kind=AssetClass.CRYPTO))
    found = assess(held, past({}, without=("AAPL", "COIN", "SPY")), "SPY")
    for answer in (found.historical, found.parametric, found.portfolio_beta):
        assert isinstance(answer, Unanswered)
        assert answer.code == "too_little_history"
    assert {answer.code for answer in found.betas.values()} == {"no_benchmark"}
    assert (found.span.count, found.span.begins, found.span.ends) == (0, None, None)
    assert found.scenarios[0].change == Decimal(-600)


def test_pasts_that_do_not_meet_are_too_little_history():
    closes = {"AAPL": walk(100, seed=1), "KO": walk(100, seed=2, first=0)}
    found = assess(book(share("AAPL"), share("KO")), past(closes), "AAPL")
    assert (found.historical.code, found.historical.count) == ("too_little_history", 0)
    assert (found.parametric.code, found.parametric.count) == ("too_little_history", 0)
    assert any("100 for AAPL, KO." in sentence for sentence in found.unknown)
    assert found.correlations.values[0][1] is None


def test_without_a_benchmark_the_rest_is_there():
    found = assess(book(share("AAPL")), past({"AAPL": CLOSES["AAPL"]}), "SPY")
    assert found.portfolio_beta.code == "no_benchmark"
    assert found.historical.value_at_risk > 0


def test_an_empty_book():
    found = assess(book(cash="100"), past({"SPY": CLOSES["SPY"]}), "SPY")
    codes = {answer.code for answer in (found.historical, found.parametric, found.portfolio_beta)}
    assert codes == {"nothing_held"}
    assert (found.betas, found.gaps, found.unknown, found.equity) == ({}, (), (), Decimal(100))
