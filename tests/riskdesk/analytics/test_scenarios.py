"""Shocks: shares to the last unit, options against the pricing itself, and identities that hold for any model."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from arbion.domain.enums import AssetClass, OptionRight
from arbion.domain.errors import InvalidInput
from marketdata.options.pricing import Options, value
from riskdesk.analytics import scenarios
from riskdesk.analytics.scenarios import Shock
from tests.riskdesk.analytics.samples import NOW, book, option, share

HALF_YEAR = 181 / 365
DOWN, UP = Decimal("-0.2"), Decimal("0.2")


def worth(*, is_call=True, spot=100.0, strike=100.0, volatility=0.3, rate=0.0):
    terms = {"is_call": is_call, "spot": spot, "strike": strike, "years": HALF_YEAR}
    return value(Options.of(**terms, volatility=volatility, rate=rate))[0]


def change(lines, shock):
    return scenarios.run(book(*lines), [shock])[0].change


def test_shares_and_coins_move_to_the_last_unit_longs_and_shorts_against_each_other():
    lines = (
        share("AAPL", "10", "100"),
        share("KO", "-7", "60.5"),
        share("BTC-USD", "0.12345678", "50000", AssetClass.CRYPTO),
    )
    [found] = scenarios.run(book(*lines, cash="1000"), [Shock(name="down", spot=DOWN)])
    by_symbol = {line.symbol: line for line in found.lines}
    assert by_symbol["AAPL"].change == Decimal(-200)
    assert by_symbol["KO"].change == Decimal("84.7")
    assert by_symbol["BTC-USD"].change == Decimal("-1234.5678")
    assert by_symbol["KO"].before == Decimal("-423.5")
    assert by_symbol["KO"].after == Decimal("-338.8")
    assert found.change == Decimal("-1349.8678")
    assert [line.symbol for line in found.lines] == ["BTC-USD", "AAPL", "KO"]
    equity = Decimal(1000) + 1000 - Decimal("423.5") + Decimal("6172.839")
    assert found.share == (found.change / equity).quantize(Decimal("0.000001"))


@pytest.mark.parametrize("right", OptionRight)
@pytest.mark.parametrize(("spot", "level"), [("-0.3", "0"), ("0.1", "0"), ("0", "0.5"), ("-0.2", "-0.25")])
def test_an_option_moves_as_its_pricing_says(right, spot, level):
    line = option(right=right, quantity="-3", rate="0.05")
    found = change([line], Shock(name="", spot=Decimal(spot), volatility=Decimal(level)))
    is_call = right is OptionRight.CALL
    before = worth(is_call=is_call, rate=0.05)
    after = worth(is_call=is_call, rate=0.05, spot=100 * (1 + float(spot)), volatility=0.3 * (1 + float(level)))
    assert float(found) == pytest.approx(-300 * (after - before), abs=1e-6)
    assert found != 0


def test_an_american_put_is_worth_exercising_after_a_crash():
    """Deep in the money its value is what exercise brings; a European one would be worth less."""
    line = option(right=OptionRight.PUT, rate="0.08")
    found = change([line], Shock(name="", spot=Decimal("-0.6")))
    assert float(found) == pytest.approx(100 * (60 - worth(is_call=False, rate=0.08)), abs=1e-6)


def test_a_call_less_a_put_moves_as_the_share():
    """Without interest both are European, and parity holds to the last digit whatever the volatility does."""
    lines = [option(quantity="1"), option(right=OptionRight.PUT, quantity="-1"), share("AAPL", "-100", "100")]
    for shock in scenarios.standard_shocks():
        assert abs(change(lines, shock)) < Decimal("0.000001")
        assert change(lines[:2], shock) == pytest.approx(100 * 100 * shock.spot, abs=Decimal("0.000001"))


def test_no_move_changes_nothing_though_the_price_is_not_the_models():
    lines = (share(), option(price="7.77"), option(right=OptionRight.PUT, volatility=None, price="9"))
    [found] = scenarios.run(book(*lines), [Shock(name="still")])
    assert [line.change for line in found.lines] == [0, 0, 0]
    assert found.change == 0


def test_a_volatility_that_is_not_given_comes_from_the_price():
    given, read = option(), option(volatility=None, price=repr(round(float(worth()), 10)))
    shock = Shock(name="", spot=DOWN, volatility=UP)
    assert float(change([read], shock)) == pytest.approx(float(change([given], shock)), abs=1e-4)


def test_a_price_without_any_volatility_in_it_is_valued_at_exercise():
    line = option(volatility=None, price="20", spot="120")
    assert float(change([line], Shock(name="", spot=Decimal("-0.05")))) == pytest.approx(-600, abs=0.01)
    assert float(change([line], Shock(name="", spot=Decimal("-0.5")))) == pytest.approx(-2000, abs=0.01)


def test_an_option_at_its_end_is_worth_its_exercise():
    line = option(expires_at=NOW - timedelta(hours=1), spot="110")
    assert change([line], Shock(name="", spot=DOWN)) == pytest.approx(Decimal(-1000), abs=Decimal("0.0001"))
    at_the_money = option(expires_at=NOW, spot="100")
    assert change([at_the_money], Shock(name="", spot=Decimal("0.02"))) == pytest.approx(
        Decimal(200), abs=Decimal("0.0001")
    )
    assert change([at_the_money], Shock(name="", spot=Decimal("-0.02"))) == 0


def test_the_worst_comes_first_and_nothing_is_lost():
    lines = (share("AAPL", "5"), option(quantity="-2"), option(right=OptionRight.PUT, quantity="-2"))
    shocks = scenarios.standard_shocks()
    found = scenarios.run(book(*lines), shocks)
    assert [one.change for one in found] == sorted(one.change for one in found)
    assert {one.shock.name for one in found} == {shock.name for shock in shocks}
    for one in found:
        assert one.change == sum(line.change for line in one.lines)
        assert [line.change for line in one.lines] == sorted(line.change for line in one.lines)
        assert len(one.lines) == 3
    spots = {shock.spot for shock in shocks if not shock.volatility}
    assert (min(spots), max(spots)) == (Decimal("-0.3"), Decimal("0.3"))
    assert {shock.volatility > 0 for shock in shocks if shock.volatility} == {True, False}


def test_a_gap_moves_one_underlying_with_its_options_alone():
    lines = (share("AAPL", "10"), option(quantity="1"), share("KO", "10", "60"))
    found = scenarios.run(book(*lines), scenarios.gap_shocks(book(*lines)))
    assert len(found) == 4
    for one in found:
        [(moved, _)] = one.shock.gaps.items()
        assert {line.symbol for line in one.lines if line.change} == {
            line.symbol for line in lines if line.underlying == moved
        }
    worst = scenarios.worst_gaps(book(*lines))
    assert [(next(iter(one.shock.gaps)), one.change < 0) for one in worst] == [("AAPL", True), ("KO", True)]
    assert worst[1].change == Decimal(-120)


def test_a_gap_stands_in_place_of_the_common_move():
    lines = (share("AAPL", "10"), share("KO", "10", "60"))
    [found] = scenarios.run(book(*lines), [Shock(name="", spot=DOWN, gaps={"KO": UP})])
    assert {line.symbol: line.change for line in found.lines} == {"AAPL": Decimal(-200), "KO": Decimal(120)}


def test_a_short_position_is_hurt_by_the_gap_upwards():
    [found] = scenarios.worst_gaps(book(share("KO", "-10", "60")))
    assert found.shock.gaps == {"KO": UP}
    assert found.change == Decimal(-120)


def test_the_grid_holds_what_each_pair_does():
    lines = (share("AAPL", "5"), option(quantity="-2"))
    found = scenarios.grid(book(*lines), spots=[DOWN, Decimal(0), UP], volatilities=[Decimal(0), Decimal("0.5")])
    for row, spot in enumerate(found.spots):
        for place, level in enumerate(found.volatilities):
            assert found.changes[row][place] == change(lines, Shock(name="", spot=spot, volatility=level))
    assert found.changes[1][0] == 0
    whole = scenarios.grid(book(*lines))
    assert (len(whole.changes), {len(row) for row in whole.changes}) == (9, {5})
    assert whole.changes[4][2] == 0


def test_many_options_at_once_are_those_one_by_one():
    lines = [
        option(strike=str(80 + number % 40), quantity=str(number % 7 - 3 or 1), rate="0.04") for number in range(500)
    ]
    shocks = scenarios.standard_shocks()
    together = {one.shock.name: one for one in scenarios.run(book(*lines), shocks)}
    for shock in (shocks[0], shocks[-1]):
        alone = sum(change([line], shock) for line in lines[::25])
        by_symbol = {}
        for line in together[shock.name].lines:
            by_symbol.setdefault((line.symbol, line.before), line.change)
        assert float(alone) == pytest.approx(
            sum(float(by_symbol[line.symbol, line.value]) for line in lines[::25]), abs=1e-4
        )


def test_an_empty_book_has_nothing_to_lose():
    assert {one.change for one in scenarios.run(book(cash="5"), scenarios.standard_shocks())} == {Decimal(0)}
    assert scenarios.worst_gaps(book()) == ()
    assert scenarios.run(book(share()), []) == ()
    assert scenarios.run(book(share("KO", "-10", "60")), [Shock(name="")])[0].share is None


@pytest.mark.parametrize("move", ["-1", "-0.991", "11", "NaN", "Infinity"])
@pytest.mark.parametrize("where", ["spot", "volatility", "KO"])
def test_a_move_that_no_price_can_make_is_refused(move, where):
    given = {"gaps": {"KO": Decimal(move)}} if where == "KO" else {where: Decimal(move)}
    with pytest.raises(InvalidInput) as refused:
        Shock(name="", **given)
    assert [(error.field, error.code) for error in refused.value.errors] == [(where, "out_of_range")]


def test_values_are_finite_at_the_edges_of_what_is_allowed():
    lines = [
        option(right=right, rate=rate, volatility=level)
        for right in OptionRight
        for rate in ("0", "0.1")
        for level in ("0", "8")
    ]
    for spot in (scenarios.LEAST, scenarios.MOST):
        for level in (scenarios.LEAST, scenarios.MOST):
            found = change(lines, Shock(name="", spot=spot, volatility=level))
            assert np.isfinite(float(found))
