"""A condition says what can be watched, and is refused where nothing could come of it."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from arbion.domain.errors import InvalidInput
from marketdata.conditions import Condition, Operator, Reference
from marketdata.conditions.words import came_true, waits_for, with_time


def said(symbol="AAPL", metric="price", operator="<=", value="170", reference=None) -> Condition:
    return Condition.of(
        {"symbol": symbol, "metric": metric, "operator": operator, "value": value, "reference": reference}
    )


@pytest.mark.parametrize(
    ("metric", "value", "reference"),
    [
        ("price", "170", None),
        ("percent_change", "-5", "now"),
        ("percent_change", "-5", "previous_close"),
        ("percent_change", "-5", "average_price"),
        ("rsi", "30", None),
        ("sma_50", "200", None),
        ("sma_200", "200", None),
        ("volume", "1000000", None),
        ("ema_20", "150", None),
        ("macd", "-0.5", None),
        ("macd_histogram", "-0.1", None),
        ("bollinger_lower", "150", None),
        ("position_profit_percent", "-10", None),
        ("position_value", "1000", None),
    ],
)
def test_what_can_be_said_comes_back_as_it_was(metric, value, reference):
    condition = said(metric=metric, value=value, reference=reference)
    assert condition.body() == {
        "symbol": "AAPL", "metric": metric, "operator": "<=", "value": value, "reference": reference,
    }  # fmt: skip
    assert Condition.of(condition.body()) == condition


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"metric": "moon_phase"}, "when.metric", "unknown_metric"),
        ({"metric": "atr"}, "when.metric", "unknown_metric"),
        ({"metric": "rsi_1"}, "when.metric", "unknown_metric"),
        ({"metric": "sma_signal"}, "when.metric", "unknown_metric"),
        ({"metric": "x" * 400}, "when.metric", "unknown_metric"),
        ({"operator": "=="}, "when.operator", "invalid_choice"),
        ({"reference": "now"}, "when.reference", "not_allowed"),
        ({"metric": "percent_change"}, "when.reference", "required"),
        ({"metric": "percent_change", "value": "-5", "reference": "yesterday"}, "when.reference", "invalid_choice"),
        ({"metric": "percent_change", "value": "5", "reference": "now"}, "when.value", "wrong_side"),
        ({"metric": "percent_change", "value": "0", "reference": "now"}, "when.value", "wrong_side"),
        ({"metric": "percent_change", "value": "-100", "reference": "now"}, "when.value", "too_small"),
        ({"value": "0"}, "when.value", "not_positive"),
        ({"value": "-1"}, "when.value", "not_positive"),
        ({"value": "NaN"}, "when.value", "invalid_number"),
        ({"value": "1e9"}, "when.value", "invalid_number"),
        ({"value": "99999999999"}, "when.value", "too_large"),
        ({"value": "1.123456789"}, "when.value", "too_fine"),
        ({"metric": "rsi", "value": "100"}, "when.value", "too_large"),
        ({"symbol": None}, "when.symbol", "required"),
        ({"metric": "equity"}, "when.symbol", "not_allowed"),
    ],
)
def test_what_cannot_be_watched_is_refused_by_its_field(given, field, code):
    with pytest.raises(InvalidInput) as caught:
        said(**given)
    assert [(error.field, error.code) for error in caught.value.errors] == [(field, code)]


def test_bound_itself_counts():
    assert said().holds(Decimal(170))
    assert not said().holds(Decimal("170.01"))
    assert said(operator=">=").holds(Decimal(170))
    assert not said(operator=">=").holds(Decimal("169.99"))


def test_words_say_what_is_waited_for_and_what_was_seen():
    fall = said(metric="percent_change", value="-5", reference="now")
    assert waits_for(fall, baseline=Decimal("240.1")) == "AAPL down 5% from 240.10"
    words = came_true(fall, seen=Decimal("-5.0187"), price=Decimal("228.05"), start=Decimal("240.1"))
    assert words == "AAPL fell 5.02% from 240.10 to 228.05"
    at = datetime(2026, 11, 20, 14, 3, 12, tzinfo=UTC)
    assert with_time(words, at) == "AAPL fell 5.02% from 240.10 to 228.05, seen 14:03:12 UTC"
    assert waits_for(said()) == "AAPL at or below 170.00"
    assert waits_for(said(metric="rsi", value="30")) == "AAPL: RSI at or below 30"
    assert waits_for(said(metric="sma_200", value="200")) == "AAPL: the 200-day average at or below 200.00"
    assert waits_for(said(metric="volume", value="1500000")) == "AAPL: the day's volume at or below 1,500,000"
    equity = Condition(symbol=None, metric="equity", operator=Operator.AT_LEAST, value=Decimal(100000))
    assert came_true(equity, seen=Decimal("100200.5")) == "my equity 100,200.50, at or above 100,000.00"
    today = said(metric="percent_change", value="3", operator=">=", reference=Reference.PREVIOUS_CLOSE)
    assert waits_for(today) == "AAPL up 3% on the day"
