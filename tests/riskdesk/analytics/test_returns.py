"""Returns: what is aligned, what is left out and counted, against pandas on the same closes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from riskdesk.analytics.returns import Closes, align, log_returns, simple_returns
from tests.riskdesk.analytics.samples import DAY, days, walk


def frame(closes):
    """The same closes as a table of pandas, without the rows that are not whole."""
    return pd.DataFrame({name: pd.Series(one.close, index=one.time) for name, one in closes.items()}).dropna()


def with_holes(closes, *gone):
    keep = ~np.isin(np.arange(len(closes)), gone)
    return Closes(closes.time[keep], closes.close[keep])


def test_days_that_one_lacks_are_left_out_for_all_and_counted():
    closes = {
        "A": with_holes(walk(40, seed=1), 3, 4),
        "B": with_holes(walk(40, seed=2), 4, 20, 39),
        "C": walk(40, seed=3),
    }
    aligned = align(closes)
    assert aligned.seen == 40
    assert aligned.missing == {"A": 2, "B": 3, "C": 0}
    assert len(aligned.time) == 40 - 4
    expected = frame(closes)
    assert aligned.time.tolist() == expected.index.tolist()
    np.testing.assert_array_equal(aligned.close, expected.to_numpy())


@pytest.mark.parametrize("holes", [(), (5, 6, 7), (0, 29)])
def test_returns_are_those_of_pandas(holes):
    closes = {"A": walk(30, seed=4), "B": with_holes(walk(30, seed=5), *holes)}
    aligned, expected = align(closes), frame(closes)
    simple, log = simple_returns(aligned), log_returns(aligned)
    np.testing.assert_allclose(simple.values, expected.pct_change().iloc[1:].to_numpy(), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(log.values, np.log(expected).diff().iloc[1:].to_numpy(), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(np.exp(log.values) - 1, simple.values, rtol=1e-12, atol=1e-15)
    assert simple.time.tolist() == expected.index.tolist()[1:]


def test_a_return_over_a_hole_is_that_of_the_whole_stretch():
    share = Closes(np.array([0, 3 * DAY]), np.array([100.0, 110.0]))
    coin = Closes(DAY * np.arange(4), np.array([10.0, 30.0, 5.0, 12.0]))
    found = simple_returns(align({"SHARE": share, "COIN": coin}))
    np.testing.assert_allclose(found.values, [[0.1, 0.2]])
    assert found.missing == {"SHARE": 2, "COIN": 0}


def test_columns_come_by_name_and_a_stranger_is_refused():
    found = simple_returns(align({"A": walk(10, seed=1), "B": walk(10, seed=2)}))
    np.testing.assert_array_equal(found.columns(["B", "A", "B"]), found.values[:, [1, 0, 1]])
    np.testing.assert_array_equal(found.of("B"), found.values[:, 1])
    with pytest.raises(KeyError):
        found.of("C")


def test_nothing_in_common_leaves_no_returns():
    found = simple_returns(align({"A": walk(10, seed=1), "B": walk(10, seed=2, first=int(days(100)[-1]))}))
    assert found.count == 0
    assert found.missing == {"A": 10, "B": 10}
    assert simple_returns(align({})).count == 0
