"""Greeks of a book: Hull's example, small moves of the same book, and sums that mean something."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from arbion.domain.enums import OptionRight
from riskdesk.analytics import scenarios
from riskdesk.analytics.greeks import book_greeks
from riskdesk.analytics.scenarios import Shock
from tests.riskdesk.analytics.samples import NOW, book, option, share


def hulls_call(quantity):
    """Chapter 19: 49 against 50, 20 weeks (0.3846 years), 5 % interest, 20 % volatility."""
    ends = NOW + timedelta(days=0.3846 * 365)
    return option(
        quantity=quantity, spot="49", strike="50", volatility="0.2", rate="0.05", price="2.4", expires_at=ends
    )


def test_hulls_bank_that_sold_calls_on_100_000_shares():
    """Delta 0.522, gamma 0.066, theta -4.31 a year, vega 12.1 and rho 8.91 a unit, times -100,000."""
    total = book_greeks(book(hulls_call("-1000"))).positions[0]
    assert float(total.delta) == pytest.approx(-52_200, abs=50)
    assert float(total.delta_value) == pytest.approx(-52_200 * 49, abs=50 * 49)
    assert float(total.gamma) == pytest.approx(-6_600, abs=50)
    assert float(total.gamma_value) == pytest.approx(-6_600 * 49**2 / 100, abs=50 * 24.01)
    assert float(total.theta) * 365 == pytest.approx(431_000, abs=500)
    assert float(total.vega) == pytest.approx(-12_100, abs=50)
    assert float(total.rho) == pytest.approx(-8_910, abs=5)


@pytest.mark.parametrize("right", OptionRight)
def test_greeks_are_what_small_moves_do(right):
    line = option(right=right, quantity="4")
    [found] = book_greeks(book(line)).positions

    def change(spot="0", volatility="0"):
        shock = Shock(name="", spot=Decimal(spot), volatility=Decimal(volatility))
        return float(scenarios.run(book(line), [shock])[0].change)

    up, down = change("0.001"), change("-0.001")
    assert float(found.delta_value) == pytest.approx((up - down) / 0.002, rel=1e-4)
    assert float(found.delta) == pytest.approx((up - down) / 0.2, rel=1e-4)
    assert float(found.gamma) == pytest.approx((up + down) / 0.01, rel=1e-3)
    assert float(found.gamma_value) == pytest.approx((up + down) / 0.000_001 / 100, rel=1e-3)
    a_point = Decimal("0.01") / Decimal("0.3")
    assert float(found.vega) == pytest.approx((change("0", a_point) - change("0", -a_point)) / 2, rel=1e-3)
    assert found.theta < 0


def test_shares_have_a_delta_and_nothing_else():
    [found] = book_greeks(book(share("KO", "-7", "60.5"))).positions
    assert (found.delta, found.delta_value) == (Decimal(-7), Decimal("-423.5"))
    assert found.gamma == found.gamma_value == found.theta == found.vega == found.rho == 0


def test_underlyings_and_the_total_are_sums_and_units_of_different_things_are_not_added():
    lines = (share("KO", "5", "60"), option(quantity="2"), share("AAPL", "-90"), option(right=OptionRight.PUT))
    found = book_greeks(book(*lines))
    assert [one.name for one in found.positions] == [line.symbol for line in lines]
    assert {one.name for one in found.underlyings} == {"AAPL", "KO"}
    sizes = [abs(one.delta_value) for one in found.underlyings]
    assert sizes == sorted(sizes, reverse=True)
    apple = next(one for one in found.underlyings if one.name == "AAPL")
    assert apple.delta == sum(one.delta for one in found.positions if one.underlying == "AAPL")
    assert apple.gamma == found.positions[1].gamma + found.positions[3].gamma
    for name in ("delta_value", "gamma_value", "theta", "vega", "rho"):
        assert getattr(found.total, name) == sum(getattr(one, name) for one in found.positions)
        assert getattr(found.total, name) == sum(getattr(one, name) for one in found.underlyings)
    assert found.total.delta is None
    assert found.total.gamma is None


def test_an_empty_book_has_no_greeks():
    found = book_greeks(book())
    assert (found.positions, found.underlyings, found.total.delta_value) == ((), (), 0)
