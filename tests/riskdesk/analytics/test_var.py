"""Value at risk and shortfall: Hull's examples, closed forms, a second way to each figure, and that parts add up."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from arbion.domain.errors import InvalidInput
from riskdesk.analytics.figures import Unanswered, normal_quantile
from riskdesk.analytics.var import Exposure, Method, historical, historical_of, parametric, parametric_of
from tests.riskdesk.analytics.samples import table

C95, C99 = Decimal("0.95"), Decimal("0.99")
many = settings(max_examples=80, deadline=None, derandomize=True)


def exposures(**values):
    return [Exposure(position=name, symbol=name, value=Decimal(value)) for name, value in values.items()]


def covariance(deviations, correlation):
    one, other = deviations
    return np.array([[one**2, correlation * one * other], [correlation * one * other, other**2]])


# Hull, Options, Futures, and Other Derivatives, 8th edition, chapter 21: money, daily volatilities, correlation,
# confidence, the quantile as he rounds it, days, value at risk.
HULL = [
    (("10000000", "5000000"), (0.02, 0.01), 0.3, C99, 2.33, 1, 513_129),
    (("10000000", "5000000"), (0.02, 0.01), 0.3, C99, 2.33, 10, 1_622_657),
    (("10000000", "0"), (0.02, 0.01), 0.3, C99, 2.33, 10, 1_473_621),
    (("0", "5000000"), (0.02, 0.01), 0.3, C99, 2.33, 1, 116_500),
    (("0", "5000000"), (0.02, 0.01), 0.3, C99, 2.33, 10, 368_405),
    (("300000", "500000"), (0.018, 0.012), 0.6, Decimal("0.975"), 1.96, 10, 63_220),
]


@pytest.mark.parametrize("example", HULL)
def test_hulls_examples(example):
    money, deviations, correlation, confidence, quantile, days, loss = example
    held = exposures(MSFT=money[0], T=money[1])
    found = parametric_of(
        held, ["MSFT", "T"], covariance(deviations, correlation), confidence=confidence, horizon_days=days
    )
    rounded = float(found.value_at_risk) / normal_quantile(confidence) * quantile
    assert rounded == pytest.approx(loss, abs=1.0)


def test_hulls_quantile_of_500_days_is_the_fifth_worst():
    """22.2: of 500 scenarios at 99 % the fifth worst loss; the shortfall is the mean of the five worst."""
    profits = -np.random.default_rng(1).permutation(np.arange(1.0, 501.0))[:, None]
    found = historical_of(["A"], profits, confidence=C99)
    assert (found.value_at_risk, found.expected_shortfall) == (Decimal(496), Decimal(498))
    assert found.count == 500


def test_both_figures_grow_with_the_root_of_time():
    profits = np.random.default_rng(4).standard_normal((100, 2)) * 50
    day = historical_of(["A", "B"], profits, confidence=C95)
    nine = historical_of(["A", "B"], profits, confidence=C95, horizon_days=9)
    assert nine.horizon_days == 9
    for name in ("value_at_risk", "expected_shortfall"):
        assert float(getattr(nine, name)) == pytest.approx(3 * float(getattr(day, name)), abs=1e-6)


def test_the_shortfall_counts_the_part_of_a_day_that_belongs_to_the_tail():
    """Of 130 days 6.5 are the worst 5 %: six whole ones and half of the seventh, which is the value at risk."""
    profits = -np.arange(1.0, 131.0)[:, None]
    found = historical_of(["A"], profits, confidence=C95)
    assert found.value_at_risk == Decimal(124)
    by_hand = (sum(range(125, 131)) + 0.5 * 124) / 6.5
    assert float(found.expected_shortfall) == pytest.approx(by_hand, abs=1e-8)


@pytest.mark.parametrize("confidence", [Decimal("0.9"), C95, Decimal("0.975"), C99, Decimal("0.999")])
def test_one_normal_asset_has_a_closed_form(confidence):
    """Loss = z x deviation; shortfall = density(z) / (1 - c) x deviation, with the deviation that pandas finds."""
    moves = np.random.default_rng(7).standard_normal((300, 1)) * 0.013
    deviation = pd.Series(moves[:, 0]).std()
    z = normal_quantile(confidence)
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    found = parametric(exposures(A="2500"), table(["A"], moves), confidence=confidence, horizon_days=4)
    assert found.method is Method.PARAMETRIC
    assert found.count == 300
    assert float(found.value_at_risk) == pytest.approx(2500 * deviation * z * 2, rel=1e-9)
    assert float(found.expected_shortfall) == pytest.approx(
        2500 * deviation * density / (1 - float(confidence)) * 2, rel=1e-9
    )


def test_a_long_normal_past_comes_to_the_same_by_both_ways():
    moves = np.random.default_rng(11).multivariate_normal([0, 0], covariance((0.02, 0.01), 0.3), 200_000)
    held, returns = exposures(A="1000", B="-700"), table(["A", "B"], moves)
    one, other = historical(held, returns, confidence=C99), parametric(held, returns, confidence=C99)
    assert float(one.value_at_risk) == pytest.approx(float(other.value_at_risk), rel=0.015)
    assert float(one.expected_shortfall) == pytest.approx(float(other.expected_shortfall), rel=0.015)


def test_the_covariance_is_that_of_pandas():
    moves = np.random.default_rng(5).standard_normal((60, 3)) * [0.01, 0.02, 0.03]
    weights = np.array([100.0, -250.0, 75.0])
    names = ["A", "B", "C"]
    found = parametric(exposures(A="100", B="-250", C="75"), table(names, moves), confidence=C95)
    variance = weights @ pd.DataFrame(moves, columns=names).cov().to_numpy() @ weights
    assert float(found.value_at_risk) == pytest.approx(normal_quantile(C95) * math.sqrt(variance), rel=1e-9)


@pytest.mark.parametrize("count", [100, 137, 333, 500])
@pytest.mark.parametrize("confidence", [Decimal("0.9"), C95, C99])
def test_the_historical_figures_are_those_of_a_second_way(count, confidence):
    """The quantile is numpy's; the shortfall is the least of a + E[(loss - a)+] / (1 - c) over a (Rockafellar and
    Uryasev, 2000)."""
    profits = np.random.default_rng(count).standard_t(3, (count, 2)) * 100
    total = profits.sum(axis=1)
    found = historical_of(["A", "B"], profits, confidence=confidence)
    tail = 1 - float(confidence)
    quantile = np.quantile(total, round(tail, 6) - 1e-9, method="inverted_cdf")
    assert float(found.value_at_risk) == pytest.approx(-quantile, abs=1e-7)
    least = min(level + np.maximum(-total - level, 0).mean() / tail for level in -total)
    assert float(found.expected_shortfall) == pytest.approx(least, rel=1e-9)


tables = arrays.arrays(
    np.float64, st.tuples(st.integers(20, 60), st.integers(1, 4)), elements=st.floats(-0.25, 0.25, width=32)
)
money = st.integers(-1_000_000, 1_000_000).map(lambda cents: Decimal(cents).scaleb(-2))


@many
@given(moves=tables, values=st.lists(money, min_size=4, max_size=4), horizon=st.integers(1, 10))
def test_parts_add_up_and_the_shortfall_is_no_less(moves, values, horizon):
    names = ["A", "B", "C", "D"][: moves.shape[1]]
    held = [Exposure(position=n, symbol=n, value=v) for n, v in zip(names, values[: len(names)], strict=True)]
    for way in (historical, parametric):
        found = way(held, table(names, moves), confidence=C95, horizon_days=horizon)
        assert sum(part.value_at_risk for part in found.components) == found.value_at_risk
        assert sum(part.expected_shortfall for part in found.components) == found.expected_shortfall
        assert [part.position for part in found.components] == names
        assert found.expected_shortfall >= found.value_at_risk - Decimal("0.0000001")


@many
@given(moves=tables, values=st.lists(money, min_size=4, max_size=4))
def test_the_shortfall_never_punishes_putting_books_together(moves, values):
    """Acerbi and Tasche's point: shortfall is subadditive, which value at risk is not."""
    profits = moves * np.array([float(value) for value in values[: moves.shape[1]]])
    names = [str(number) for number in range(moves.shape[1])]
    whole = historical_of(names, profits, confidence=C95).expected_shortfall
    alone = sum(
        historical_of([name], profits[:, [place]], confidence=C95).expected_shortfall
        for place, name in enumerate(names)
    )
    assert whole <= alone + Decimal("0.00001")


def test_a_component_is_the_slope_of_the_whole():
    """Euler: what the figure grows by when the position does, found here by growing it a little."""
    moves = np.random.default_rng(2).standard_normal((80, 3)) * 0.02
    values = {"A": "1000", "B": "-400", "C": "2500"}
    base = parametric(exposures(**values), table(list(values), moves), confidence=C99)
    for part in base.components:
        more = values | {part.position: str(Decimal(values[part.position]) * Decimal("1.0001"))}
        grown = parametric(exposures(**more), table(list(values), moves), confidence=C99)
        slope = float(grown.value_at_risk - base.value_at_risk) * 10_000
        assert float(part.value_at_risk) == pytest.approx(slope, abs=0.02)


def test_two_positions_on_one_symbol_hedge_each_other():
    held = [
        Exposure(position="share", symbol="A", value=Decimal(100)),
        Exposure(position="put", symbol="A", value=Decimal(-100)),
    ]
    moves = table(["A"], np.random.default_rng(3).standard_normal((50, 1)))
    for way in (historical, parametric):
        found = way(held, moves, confidence=C95)
        assert found.value_at_risk == found.expected_shortfall == 0


@pytest.mark.parametrize(
    ("count", "confidence", "needed"),
    [(19, C95, 20), (99, C99, 100), (0, C95, 20), (999, Decimal("0.999"), 1000)],
)
def test_too_little_history_is_said_with_the_count(count, confidence, needed):
    found = historical(exposures(A="1"), table(["A"], np.zeros((count, 1))), confidence=confidence)
    assert isinstance(found, Unanswered)
    assert (found.code, found.count, found.needed) == ("too_little_history", count, needed)
    assert str(count) in found.detail
    assert not isinstance(
        historical(exposures(A="1"), table(["A"], np.zeros((needed, 1))), confidence=confidence), Unanswered
    )


def test_the_normal_distribution_needs_twenty_days():
    found = parametric(exposures(A="1"), table(["A"], np.ones((19, 1))), confidence=C99)
    assert (found.code, found.count, found.needed) == ("too_little_history", 19, 20)
    assert parametric([], table(["A"], np.ones((30, 1))), confidence=C99).code == "nothing_held"
    assert historical([], table(["A"], np.ones((30, 1))), confidence=C99).code == "nothing_held"


@pytest.mark.parametrize("confidence", ["0.49", "1", "95", "NaN", "-0.95"])
def test_a_confidence_that_is_none_is_refused(confidence):
    for way in (historical, parametric):
        with pytest.raises(InvalidInput) as refused:
            way(exposures(A="1"), table(["A"], np.zeros((200, 1))), confidence=Decimal(confidence))
        assert [(error.field, error.code) for error in refused.value.errors] == [("confidence", "out_of_range")]


@pytest.mark.parametrize("horizon", [0, -1, 251])
def test_a_horizon_that_is_none_is_refused(horizon):
    for way in (historical, parametric):
        with pytest.raises(InvalidInput) as refused:
            way(exposures(A="1"), table(["A"], np.zeros((200, 1))), confidence=C95, horizon_days=horizon)
        assert [(error.field, error.code) for error in refused.value.errors] == [("horizon_days", "out_of_range")]


def test_a_figure_that_is_no_number_never_leaves():
    moves = np.full((100, 1), np.nan)
    for way in (historical, parametric):
        with pytest.raises(ArithmeticError):
            way(exposures(A="1"), table(["A"], moves), confidence=C95)
