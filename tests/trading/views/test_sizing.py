"""Sizing on the ticket: it fills in the size and says how it came about; what cannot be sized moves nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from tests.trading.conftest import World
from trading.models import Order

Counted = Callable[..., dict[str, int]]
TICKET = {
    "client_order_id": "one", "side": "buy", "order_type": "market", "size_in": "money", "size": "",
    "time_in_force": "day", "step": "size", "sizing_by": "fixed", "sizing_risk": "1", "sizing_stop": "195.01",
    "sizing_multiple": "2", "sizing_positions": "10",
}  # fmt: skip


def test_the_ticket_offers_it_with_the_usual_figures(world: World, alice: Client) -> None:
    page = alice.get("/trade/AAPL/").content.decode()
    assert "Size it by risk" in page
    assert 'name="sizing_risk" value="1"' in page
    # The Enter key presses the first button of a form: that must not be the sizing's.
    assert page.index('value="review"') < page.index('value="size"')


def test_the_size_is_filled_in_and_explained_and_nothing_is_placed(alice: Client, counted: Counted) -> None:
    alice.get("/trade/AAPL/")
    before = counted()
    page = alice.post("/trade/AAPL/", TICKET).content.decode()
    assert 'name="size" value="200"' in page
    assert "200: 1 % of 100,000.00 is risked between 200.01 and the stop at 195.01. At stake is 1,000.00." in page
    assert "Sizes go in steps of 0.0001, rounded down." in page
    assert "Buying power after" in page
    assert 'name="stop_loss" value' not in page
    assert counted() == before
    assert not Order.objects.exists()


def test_the_stop_goes_with_the_order_where_that_is_wanted(alice: Client) -> None:
    page = alice.post("/trade/AAPL/", {**TICKET, "sizing_attach": "on"}, headers={"X-Fragment": "1"}).content.decode()
    assert "<html" not in page
    assert 'name="stop_loss" value="195.01"' in page
    answer = alice.post(
        "/trade/AAPL/",
        {
            **TICKET, "step": "place", "size": "200", "size_in": "units", "attach": "bracket",
            "stop_loss_in": "price", "stop_loss": "195.01",
        },
    )  # fmt: skip
    assert answer.status_code == 302
    assert sorted(Order.objects.values_list("group_role", flat=True)) == ["entry", "stop_loss"]


def test_the_stop_loss_that_the_ticket_has_already_is_reckoned_with(alice: Client) -> None:
    bracket = {"attach": "bracket", "stop_loss_in": "percent", "stop_loss": "5", "sizing_stop": ""}
    page = alice.post("/trade/AAPL/", {**TICKET, **bracket, "sizing_attach": "on"}).content.decode()
    assert 'name="size" value="99.995"' in page
    assert 'name="stop_loss" value="5"' in page


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ({"sizing_stop": "210"}, "The stop is on the wrong side: it must be below the entry at 200.01."),
        ({"sizing_stop": ""}, "Say where the stop is"),
        ({"sizing_stop": "low"}, "Write a number"),
        ({"sizing_risk": "0"}, "This is above 0 and at most 100."),
        ({"sizing_by": "kelly"}, "Kelly needs a record: you have closed 0 trades, and it takes 20."),
        ({"sizing_by": "equal", "sizing_positions": "many"}, "Write a whole number"),
        ({"order_type": "limit"}, "A limit order needs a limit price."),
    ],
)
def test_what_cannot_be_sized_says_why_and_keeps_what_was_typed(
    alice: Client, counted: Counted, typed: dict[str, str], reason: str
) -> None:
    alice.get("/trade/AAPL/")
    before = counted()
    answer = alice.post("/trade/AAPL/", {**TICKET, "size": "7", **typed})
    page = answer.content.decode()
    assert (answer.status_code, reason in page) == (422, True)
    assert 'name="size" value="7"' in page
    assert counted() == before


def test_a_size_of_nothing_changes_no_size(alice: Client) -> None:
    page = alice.post("/trade/AAPL/", {**TICKET, "size": "7", "sizing_risk": "0.0000001"}).content.decode()
    assert "is between" in page
    page = alice.post(
        "/trade/AAPL/", {**TICKET, "size": "7", "sizing_risk": "0.0001", "sizing_stop": "1"}
    ).content.decode()
    assert 'name="size" value=' in page


def test_an_ordinary_review_keeps_what_was_written_for_the_sizing(alice: Client) -> None:
    page = alice.post("/trade/AAPL/", {**TICKET, "step": "review", "size": "3", "sizing_risk": "2.5"}).content.decode()
    assert 'name="sizing_risk" value="2.5"' in page
    assert "Confirm buy" in page


def test_it_is_shown_only_for_the_side_that_opens(world: World, alice: Client) -> None:
    world.place("buy", "AAPL", quantity="5")
    assert 'class="checks sizing when-buy"' in alice.get("/trade/AAPL/").content.decode()
    page = alice.post("/trade/AAPL/", {**TICKET, "side": "sell", "sizing_stop": "210"}).content.decode()
    assert "This order closes what you have" in page
