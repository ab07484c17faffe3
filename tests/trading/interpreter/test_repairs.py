"""Corrections by template: whatever part is put right, it is that part that changes and no other."""

from __future__ import annotations

import itertools

import pytest

from tests.trading.interpreter.judging import actions_of, acts, read
from tests.trading.interpreter.paraphrases import order

MARKERS = (
    ", no, ", ", sorry, ", ". Actually, ", "... wait, ", ", I mean ", ", oops, ", ", no wait, ", ", scratch that, ",
    ". Correction: ",
)  # fmt: skip
NAMES = (("apple", "AAPL"), ("ford", "F"), ("bitcoin", "BTC-USD"))
TAKEN_BACK = (
    "buy 10 apple{}never mind",
    "buy 10 apple{}don't",
    "buy 10 apple{}forget it",
    "sell 10 tesla{}I already did",
    "buy 10 apple{}should I?",
    "buy 10 apple{}maybe 5",
    "buy 10 apple{}some microsoft",
    "don't buy 10 apple{}5 tesla",
)


@pytest.mark.parametrize("marker", MARKERS)
def test_the_size_is_put_right(marker: str) -> None:
    for (name, symbol), said in itertools.product(NAMES, ("make it 12", "12 shares", "make that 12")):
        expect = order(symbol, "buy", quantity="12")
        assert actions_of(read(f"buy 10 {name}{marker}{said}")) == [expect], (name, said)


@pytest.mark.parametrize("marker", MARKERS)
def test_the_instrument_is_put_right(marker: str) -> None:
    for name, _ in NAMES:
        assert actions_of(read(f"sell 10 {name}{marker}microsoft")) == [order("MSFT", "sell", quantity="10")], name


@pytest.mark.parametrize("marker", MARKERS)
def test_the_price_is_put_right(marker: str) -> None:
    for name, symbol in NAMES:
        expect = order(symbol, "buy", quantity="10", order_type="limit", limit_price="175")
        assert actions_of(read(f"buy 10 {name} at 180{marker}at 175")) == [expect], name


@pytest.mark.parametrize("marker", MARKERS)
def test_a_lone_figure_beside_a_size_and_a_price_is_asked_about(marker: str) -> None:
    found = read(f"buy 10 apple at 180{marker}175")
    assert acts(found) == []
    assert found.question


@pytest.mark.parametrize("marker", MARKERS)
def test_what_is_taken_back_is_not_done(marker: str) -> None:
    for words in TAKEN_BACK:
        assert acts(read(words.format(marker))) == [], words


@pytest.mark.parametrize(
    ("spoken", "price"),
    [
        ("one eighty", "180"),
        ("one forty two fifty", "142.5"),
        ("two oh five", "205"),
        ("two hundred ten fifty", "210.5"),
        ("one eighty two point five", "182.5"),
        ("a hundred and ninety", "190"),
    ],
)
def test_a_price_is_understood_as_it_is_spoken(spoken: str, price: str) -> None:
    expect = order("AAPL", "buy", quantity="10", order_type="limit", limit_price=price)
    assert actions_of(read(f"buy 10 apple at {spoken}")) == [expect]


@pytest.mark.parametrize(
    ("symbol", "price"),
    [("F", "9.5"), ("NVDA", "950")],
)
def test_of_two_ways_to_hear_a_price_the_usual_one_is_meant(symbol: str, price: str) -> None:
    found = actions_of(read(f"buy 10 {symbol} at nine fifty"))
    assert found == [order(symbol, "buy", quantity="10", order_type="limit", limit_price=price)]
