"""What goes on with the sentence before: another symbol, another size, the side that was asked for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.trading.interpreter.judging import acts, read
from trading.interpreter import Context, Interpretation
from trading.interpreter.interpretation import GOOD, PlaceOrder, Query

APPLE = Query(topic="quote", symbol="AAPL")


def proposed(text: str) -> PlaceOrder:
    """The one order a sentence proposes."""
    (action,) = read(text).actions
    assert isinstance(action, PlaceOrder)
    return action


def after(first: str, text: str) -> Interpretation:
    """A sentence said after a proposal that still lies on the table."""
    order = proposed(first)
    return read(text, context=Context(last_order=order, recent_order=order, last_symbol=order.order.symbol))


def terms(found: Interpretation) -> dict[str, Any]:
    """The terms of the one order that was made of it."""
    assert found.question is None
    (action,) = acts(found)
    terms: dict[str, Any] = action["order"]
    return terms


@pytest.mark.parametrize("text", ["and Tesla?", "what about Tesla?", "how about tesla", "same for Tesla?", "and TSLA"])
def test_the_last_question_is_asked_of_another_symbol(text: str) -> None:
    (action,) = read(text, context=Context(last_query=APPLE, last_symbol="AAPL")).actions
    assert isinstance(action, Query)
    assert (action.topic, action.symbol) == ("quote", "TSLA")


@pytest.mark.parametrize("topic", ["analysis", "positions", "orders"])
def test_it_is_the_same_question_that_is_asked(topic: str) -> None:
    (action,) = read("and Tesla?", context=Context(last_query=Query(topic=topic, symbol="AAPL"))).actions
    assert isinstance(action, Query)
    assert (action.topic, action.symbol) == (topic, "TSLA")


@pytest.mark.parametrize(
    "text",
    ["same for Microsoft", "the same with MSFT", "do the same for Microsoft please", "and the same for microsoft too"],
)
def test_the_same_order_of_another_symbol(text: str) -> None:
    found = after("buy 10 apple", text)
    assert terms(found) == {
        "symbol": "MSFT", "asset_class": "equity", "side": "buy", "quantity": "10", "order_type": "market",
        "time_in_force": "day",
    }  # fmt: skip
    assert found.confidence == GOOD


def test_the_same_of_a_coin_lasts_as_orders_for_coins_do() -> None:
    bought = terms(after("buy $500 of apple", "same for bitcoin"))
    assert (bought["symbol"], bought["asset_class"], bought["time_in_force"]) == ("BTC-USD", "crypto", "gtc")


@pytest.mark.parametrize(
    "text", ["and 5 of Nvidia too", "and 5 nvidia", "also 5 shares of NVDA", "plus 5 Nvidia as well"]
)
@pytest.mark.parametrize("side", ["buy", "sell"])
def test_some_of_another_symbol_too(text: str, side: str) -> None:
    order = terms(after(f"{side} 10 apple", text))
    assert (order["side"], order["symbol"], order["quantity"]) == (side, "NVDA", "5")


@pytest.mark.parametrize(
    "first",
    [
        "buy 10 apple at 180",
        "sell 10 apple if it falls to 170",
        "buy 10 apple with a stop loss at 170",
        "buy 10 apple when it drops to 150",
        "buy 1 AAPL 200 call expiring 2026-12-18",
    ],
)
def test_a_price_of_the_first_is_never_one_of_the_second(first: str) -> None:
    found = after(first, "same for Microsoft")
    assert acts(found) == []
    assert found.question


def test_a_distance_in_percent_holds_for_the_second_too() -> None:
    found = after("sell half my apple when it rises 10%", "same for Microsoft")
    (action,) = acts(found)
    assert (action["order"]["symbol"], action["when"]["symbol"]) == ("MSFT", "MSFT")


@pytest.mark.parametrize(
    ("first", "text", "field", "value"),
    [
        ("buy 10 apple", "double it", "quantity", "20"),
        ("buy 10 apple", "half that", "quantity", "5"),
        ("buy 5 apple", "half of that please", "quantity", "2.5"),
        ("buy $500 of apple", "double that", "notional", "1000"),
        ("sell half of my apple", "halve it", "percent_of_position", "25"),
        ("buy 10 apple at 180", "triple it", "quantity", "30"),
        ("buy 10 apple", "make that 20", "quantity", "20"),
        ("buy $500 of apple", "actually 20 of them", "quantity", "20"),
    ],
)
def test_another_size_of_the_last_proposal(first: str, text: str, field: str, value: str) -> None:
    assert terms(after(first, text))[field] == value


@pytest.mark.parametrize(
    ("first", "text"),
    [
        ("sell 60% of my apple", "double it"),
        ("buy 3 AAPL 200 calls expiring 2026-12-18", "half that"),
        ("buy apple", "double it"),
    ],
)
def test_a_size_that_cannot_be_is_asked_about(first: str, text: str) -> None:
    found = after(first, text)
    assert acts(found) == []
    assert found.question


@pytest.mark.parametrize(
    "text",
    ["same for Microsoft", "the same with MSFT", "double it", "half that", "make that 20", "and 5 of Nvidia too"],
)
def test_with_nothing_to_go_on_with_it_is_a_question(text: str) -> None:
    found = read(text)
    assert acts(found) == []
    assert found.question


@pytest.mark.parametrize(
    "text",
    [
        "same for Microsoft?",
        "not the same for Microsoft",
        "don't double it",
        "the same happened to Microsoft",
        "should I do the same for Microsoft?",
        "and 5 of Nvidia would be nice, but no",
        "double it? never",
        "half that sounds better to my wife",
    ],
)
def test_what_only_speaks_of_it_orders_nothing(text: str) -> None:
    assert acts(after("buy 10 apple", text)) == []


@pytest.mark.parametrize(
    ("answer", "side"), [("buy", "buy"), ("sell please", "sell"), ("to buy", "buy"), ("buy it", "buy")]
)
@pytest.mark.parametrize("first", ["10 apple", "$100 of bitcoin every Monday"])
def test_the_side_that_was_asked_for_completes_the_order(first: str, answer: str, side: str) -> None:
    asked = proposed(first)
    assert asked.missing == ("side",)
    (action,) = acts(after(first, answer))
    assert action["order"]["side"] == side
    assert ("every" in action) is (asked.every is not None)


@pytest.mark.parametrize("answer", ["buy?", "don't buy", "buy or sell", "neither", "maybe buy"])
def test_what_is_no_side_completes_nothing(answer: str) -> None:
    assert acts(after("10 apple", answer)) == []


def test_the_symbol_that_was_asked_for_completes_the_order() -> None:
    assert proposed("buy 10").missing == ("symbol",)
    order = terms(after("buy 10", "apple"))
    assert (order["symbol"], order["asset_class"], order["quantity"]) == ("AAPL", "equity", "10")
