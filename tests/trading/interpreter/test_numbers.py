"""Amounts in digits and in words."""

from __future__ import annotations

from decimal import Decimal

import pytest

from trading.interpreter.numbers import Amount, read_amount
from trading.interpreter.tokens import tokenize


def amount(text: str) -> Amount | None:
    return read_amount(tokenize(text, lambda _: False), 0)


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("10", "10", "plain"),
        ("1,500", "1500", "plain"),
        ("0.25", "0.25", "plain"),
        (".5", "0.5", "plain"),
        ("5k", "5000", "plain"),
        ("1.5m", "1500000", "plain"),
        ("2 million", "2000000", "plain"),
        ("3 dozen", "36", "plain"),
        ("$500", "500", "money"),
        ("$1,250.50", "1250.50", "money"),
        ("500 dollars", "500", "money"),
        ("$1.5k", "1500", "money"),
        ("fifty bucks", "50", "money"),
        ("2 grand", "2000", "money"),
        ("a grand", "1000", "money"),
        ("50 cents", "0.5", "money"),
        ("10%", "10", "percent"),
        ("ten percent", "10", "percent"),
        ("7.5 pct", "7.5", "percent"),
        ("5 per cent", "5", "percent"),
        ("one hundred and fifty", "150", "plain"),
        ("fifteen hundred", "1500", "plain"),
        ("twenty-five", "25", "plain"),
        ("one thousand two hundred", "1200", "plain"),
        ("two hundred thousand", "200000", "plain"),
        ("a hundred", "100", "plain"),
        ("a dozen", "12", "plain"),
        ("half a dozen", "6", "plain"),
        ("a couple", "2", "plain"),
        ("two and a half", "2.5", "plain"),
        ("half a", "0.5", "plain"),
        ("three quarters of a", "0.75", "plain"),
        ("two point five", "2.5", "plain"),
        ("point two five", "0.25", "plain"),
        ("1.5 million", "1500000.0", "plain"),
        ("-5", "-5", "plain"),
        ("zero", "0", "plain"),
    ],
)
def test_amounts(text: str, value: str, kind: str) -> None:
    found = amount(text)
    assert found is not None
    assert (found.value, found.kind, found.length) == (Decimal(value), kind, len(tokenize(text, lambda _: False)))


@pytest.mark.parametrize(
    ("text", "value"), [("half", "0.5"), ("a quarter", "0.25"), ("1/2", "0.5"), ("three quarters", "0.75")]
)
def test_parts(text: str, value: str) -> None:
    found = amount(text)
    assert found is not None
    assert found.is_part
    assert found.value == Decimal(value)


@pytest.mark.parametrize(
    ("text", "length"), [("ten five", 1), ("twenty thirty", 1), ("ten and five", 1), ("two forty", 1), ("one two", 1)]
)
def test_numbers_that_do_not_go_together_are_not_added(text: str, length: int) -> None:
    found = amount(text)
    assert found is not None
    assert found.length == length


@pytest.mark.parametrize(
    "text", ["apple", "", "15th", "200c", "12/18/2026", "10am", "1e10", "10AAPL", "and", "hundred"]
)
def test_what_is_no_amount(text: str) -> None:
    assert amount(text) is None
