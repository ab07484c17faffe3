"""Falls from the peak: a life told by hand, and pandas on random ones."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arbion.domain.errors import InvalidInput
from riskdesk.analytics.drawdown import Point, drawdown
from tests.riskdesk.analytics.samples import NOW


def points(*values):
    return [Point(NOW + timedelta(days=number), Decimal(str(value))) for number, value in enumerate(values)]


def test_a_life_with_two_falls():
    series = points(100, 120, 90, 110, 120, 130, 125, 124, 126, 127)
    found = drawdown(series)
    assert (found.peak, found.last, found.count) == (series[5], series[9], 10)
    assert (found.current, found.current_share) == (Decimal(3), Decimal("0.023077"))
    deep = found.deepest
    assert (deep.peak, deep.trough, deep.recovered_at) == (series[1], series[2], series[4].at)
    assert (deep.depth, deep.share) == (Decimal(30), Decimal("0.25"))
    assert (deep.length, deep.recovery) == (timedelta(days=3), timedelta(days=2))
    long = found.longest
    assert (long.peak, long.trough, long.recovered_at, long.recovery) == (series[5], series[7], None, None)
    assert (long.depth, long.length) == (Decimal(6), timedelta(days=4))


def test_who_never_fell_has_no_fall():
    found = drawdown(points(1, 1, 2, 5))
    assert (found.current, found.current_share, found.deepest, found.longest) == (0, 0, None, None)
    assert drawdown(points(7)).peak.equity == 7
    assert drawdown([]) is None


def test_a_peak_that_is_not_above_zero_has_no_share():
    found = drawdown(points(-5, -10))
    assert (found.current, found.current_share) == (Decimal(5), None)
    assert (found.deepest.depth, found.deepest.share) == (Decimal(5), None)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=60))
def test_the_figures_are_those_of_pandas(values):
    found = drawdown(points(*values))
    series = pd.Series(values, dtype=float)
    below = 1 - series / series.cummax()
    assert float(found.current_share) == pytest.approx(below.iloc[-1], abs=1e-6)
    assert float(found.deepest.share if found.deepest else 0) == pytest.approx(below.max(), abs=1e-6)
    longest, since = 0, 0
    peak = values[0]
    for number, value in enumerate(values):
        if value >= peak:
            longest = max(longest, number - since) if any(one < peak for one in values[since:number]) else longest
            peak, since = value, number
    if since < len(values) - 1:
        longest = max(longest, len(values) - 1 - since)
    assert (found.longest.length.days if found.longest else 0) == longest


def test_a_series_that_cannot_be_is_refused():
    one, other = points(1, 2)
    with pytest.raises(InvalidInput) as refused:
        drawdown([other, one])
    assert refused.value.errors[0].code == "not_in_order"
    with pytest.raises(InvalidInput) as refused:
        drawdown([one, Point(other.at, Decimal("NaN"))])
    assert refused.value.errors[0].code == "not_a_number"
