"""What was just said and what is held give "it", "that" and "make it 5" their meaning; alone they are asked about."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.trading.interpreter.judging import actions_of, acts, read
from trading.interpreter import Context
from trading.interpreter.interpretation import ModifyOrder, PlaceOrder

TESLA = Context(last_symbol="TSLA")


@pytest.mark.parametrize(
    ("text", "percent"),
    [("sell half of it", "50"), ("sell it all", "100"), ("sell all of it", "100"), ("sell 25% of it", "25")],
)
def test_it_is_the_last_symbol(text: str, percent: str) -> None:
    (action,) = acts(read(text, context=TESLA))
    assert (action["order"]["symbol"], action["order"]["percent_of_position"]) == ("TSLA", percent)


@pytest.mark.parametrize(
    "text", ["sell half of it", "sell it all", "buy 10 of it", "close it", "cancel that", "no, make it 5"]
)
def test_without_context_it_is_a_question(text: str) -> None:
    found = read(text)
    assert acts(found) == []
    assert found.question


def test_it_is_the_instrument_just_named_in_the_same_sentence() -> None:
    found = read("what's apple at? sell 5 of it")
    assert [action["type"] for action in actions_of(found)] == ["query", "place_order"]
    assert acts(found)[0]["order"]["symbol"] == "AAPL"


def test_cancel_that_is_the_last_order() -> None:
    found = read("cancel that", context=Context(last_order_id="42"))
    assert acts(found) == [{"type": "cancel_orders", "order_id": "42"}]


def test_make_it_5_changes_the_order_on_the_book() -> None:
    (action,) = read("no, make it 5", context=Context(last_order_id="42")).actions
    assert isinstance(action, ModifyOrder)
    assert (action.order_id, action.quantity, action.missing) == ("42", Decimal(5), ())


def test_make_it_5_changes_the_order_just_proposed_and_nothing_else() -> None:
    (first,) = read("buy 10 apple at 180").actions
    assert isinstance(first, PlaceOrder)
    (action,) = read("no, make it 5", context=Context(last_order=first)).actions
    assert isinstance(action, PlaceOrder)
    assert action.order == replace(first.order, quantity=Decimal(5))


def test_make_it_500_dollars_replaces_the_shares() -> None:
    (first,) = read("buy 10 apple").actions
    assert isinstance(first, PlaceOrder)
    (action,) = read("make it $500", context=Context(last_order=first)).actions
    assert isinstance(action, PlaceOrder)
    assert (action.order.quantity, action.order.notional) == (None, Decimal(500))


def test_make_it_nothing_is_asked_about() -> None:
    found = read("make it 0", context=Context(last_order_id="42"))
    assert found.actions == ()
    assert found.question


def test_a_missing_size_is_filled_by_the_answer() -> None:
    (first,) = read("buy apple").actions
    assert isinstance(first, PlaceOrder)
    assert first.missing == ("quantity",)
    found = read("make it 7", context=Context(last_order=first))
    assert found.question is None
    assert acts(found)[0]["order"]["quantity"] == "7"


def proposed(text: str) -> PlaceOrder:
    """The one order a sentence proposes, as it comes back from where it is stored."""
    (action,) = read(text).actions
    assert isinstance(action, PlaceOrder)
    again = PlaceOrder.from_dict(json.loads(json.dumps(action.to_dict())))
    assert again == action
    return again


@pytest.mark.parametrize(
    "text",
    [
        "buy 10 apple at 180.50 good till cancelled",
        "buy apple",
        "sell half of my eth if it hits 5000",
        "buy 1 AAPL 200 call expiring 2026-12-18",
        "buy 10 apple at 180 with a stop loss at 170 and take profit at 200",
        "buy $100 of bitcoin every monday at 9:30",
        "trailing stop of 5% on my NVDA",
        "sell 10",
    ],
)
def test_an_order_comes_back_from_its_stored_form(text: str) -> None:
    proposed(text)


@pytest.mark.parametrize(
    ("first", "answer", "field", "value"),
    [
        ("buy apple", "10 shares", "quantity", "10"),
        ("buy apple", "10", "quantity", "10"),
        ("buy apple", "ten please", "quantity", "10"),
        ("buy apple", "a dozen", "quantity", "12"),
        ("buy apple", "$500", "notional", "500"),
        ("buy apple", "500 dollars worth", "notional", "500"),
        ("buy apple at 180", "10", "quantity", "10"),
        ("buy bitcoin", "0.1", "quantity", "0.1"),
        ("trim apple", "half", "percent_of_position", "50"),
        ("trim apple", "25%", "percent_of_position", "25"),
        ("trim apple", "all of it", "percent_of_position", "100"),
    ],
)
def test_an_answer_to_how_many_completes_the_order(first: str, answer: str, field: str, value: str) -> None:
    asked = proposed(first)
    found = read(answer, context=Context(last_order=asked, last_order_id="42", last_symbol="AAPL"))
    assert found.question is None
    (action,) = acts(found)
    assert action["order"][field] == value
    sizes = {"quantity", "notional", "percent_of_position", "percent_of_cash"}
    assert sizes & set(action["order"]) == {field}
    assert action["order"]["order_type"] == asked.order.order_type


@pytest.mark.parametrize("answer", ["0", "-5", "all", "half", "50%", "10 tesla?", "not 10", "99999999999", "sell 10"])
def test_what_is_no_answer_to_how_many_buys_nothing(answer: str) -> None:
    assert acts(read(answer, context=Context(last_order=proposed("buy apple")))) == []


def test_a_bare_figure_is_no_answer_where_a_price_is_missing_too() -> None:
    asked = proposed("buy apple limit")
    assert set(asked.missing) == {"quantity", "limit_price"}
    assert acts(read("200", context=Context(last_order=asked))) == []


def test_an_option_is_not_answered_with_money() -> None:
    asked = proposed("buy AAPL 200 calls expiring 2026-12-18")
    assert asked.missing == ("quantity",)
    assert acts(read("$500", context=Context(last_order=asked))) == []
    assert acts(read("2", context=Context(last_order=asked)))[0]["order"]["quantity"] == "2"


def test_without_an_order_asked_about_a_figure_is_nothing() -> None:
    for answer in ("10", "10 shares", "$500"):
        assert acts(read(answer, context=Context(last_order_id="42", last_symbol="AAPL"))) == []
        assert acts(read(answer, context=Context(last_order=proposed("buy 10 apple")))) == []


def test_a_proposal_not_yet_placed_is_changed_before_an_order_on_the_book() -> None:
    found = read("no, make it 5", context=Context(last_order=proposed("buy 10 apple"), last_order_id="42"))
    assert acts(found)[0]["order"]["quantity"] == "5"


@pytest.mark.parametrize(
    ("text", "held", "asks"),
    [
        ("sell all my stocks", ("AAPL", "MSFT"), False),
        ("sell all my stocks", ("AAPL", "SPY"), True),
        ("sell all my shares", ("AAPL", "SPY"), False),
        ("sell all my shares", ("AAPL", "BTC-USD"), True),
        ("sell all my shares", (), True),
        ("sell everything", ("AAPL", "BTC-USD"), False),
    ],
)
def test_all_my_shares_closes_nothing_but_shares(text: str, held: tuple[str, ...], *, asks: bool) -> None:
    found = read(text, context=Context(held=held))
    assert bool(found.question) is asks
    assert acts(found) == ([] if asks else [{"type": "close_position", "percent": "100"}])


def test_spans_name_the_words_that_made_each_field() -> None:
    (action,) = read("Sell ten shares of Apple at $180.50 good till cancelled").actions
    assert action.spans["side"] == "Sell"
    assert action.spans["symbol"] == "Apple"
    assert action.spans["quantity"] == "ten shares of"
    assert action.spans["limit"] == "at $180.50"
    assert action.spans["time_in_force"] == "good till cancelled"


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("buy 10 aapl, no, make it 5", "quantity", "5"),
        ("buy $500 of apple, no make it 300", "notional", "300"),
        ("sell half my apple, actually 5 shares", "quantity", "5"),
    ],
)
def test_a_size_corrected_in_the_same_sentence(text: str, field: str, value: str) -> None:
    (action,) = acts(read(text))
    assert action["order"][field] == value


@pytest.mark.parametrize(
    "text",
    ["buy 10 apple at 180, no 185", "don't buy 10 apple, make it 5", "I bought 10 apple, no 5", "buy 10 apple, no 0"],
)
def test_a_correction_that_could_mean_more_than_one_thing_changes_nothing(text: str) -> None:
    assert acts(read(text)) == []


def test_a_text_too_long_to_read_is_not_cut_short() -> None:
    found = read("buy 10 apple" + " " * 3000 + "not")
    assert found.actions == ()
    assert found.question


def test_too_many_instructions_at_once_are_asked_about() -> None:
    found = read(" and ".join(["buy 1 apple"] * 21))
    assert acts(found) == []
    assert found.question


def test_a_held_share_class_settles_an_ambiguous_name() -> None:
    assert acts(read("sell my united")) == []
    (action,) = acts(read("sell my united", context=Context(held=("UAL",))))
    assert action["order"]["symbol"] == "UAL"
