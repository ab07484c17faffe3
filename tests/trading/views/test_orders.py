"""Orders on their pages: found, changed, told in words, and taken away as tables."""

from __future__ import annotations

import csv
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.http import HttpResponse
from django.test import Client

from tests.trading.conftest import World
from trading.models import Order

Counted = Callable[..., dict[str, int]]


def table(answer: HttpResponse) -> list[list[str]]:
    """The rows of a file, its header first."""
    text = b"".join(answer).decode()
    return list(csv.reader(text.splitlines()))


def resting(world: World) -> Order:
    """A purchase far below the market."""
    return world.place("buy", "AAPL", quantity="2", limit_price="100").order


def test_a_change_is_asked_answered_and_told(world: World, alice: Client) -> None:
    order = resting(world)
    form = alice.get(f"/orders/{order.pk}/replace/").content.decode()
    assert 'value="100"' in form
    asked = alice.post(f"/orders/{order.pk}/replace/", {"quantity": "3", "limit_price": "101"})
    assert asked.headers["Location"] == f"/orders/{order.pk}/"
    order.refresh_from_db()
    assert (order.quantity, order.limit_price, order.pending_request) == (Decimal(3), Decimal(101), "")
    page = alice.get(f"/orders/{order.pk}/").content.decode()
    assert "Limit 100.00 → 101.00" in page
    assert "Size 2 → 3" in page


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ({"quantity": "2", "limit_price": "100"}, "Nothing was changed"),
        ({"quantity": "", "limit_price": "100"}, "Say how much."),
        ({"quantity": "0", "limit_price": "100"}, "above zero"),
        ({"quantity": "2", "limit_price": "1e2"}, "Write a number"),
        ({"quantity": "2", "limit_price": "100.005"}, "multiple of 0.01"),
        ({"quantity": "2000000", "limit_price": "100"}, "your limit for one order"),
    ],
)
def test_a_refused_change_keeps_what_was_typed_and_changes_nothing(
    world: World, alice: Client, typed: dict[str, str], reason: str
) -> None:
    order = resting(world)
    answer = alice.post(f"/orders/{order.pk}/replace/", typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert reason in page
    assert not typed["quantity"] or f'value="{typed["quantity"]}"' in page
    order.refresh_from_db()
    assert (order.quantity, order.limit_price, order.wanted) == (Decimal(2), Decimal(100), None)


def test_what_is_closed_has_nothing_to_change(world: World, alice: Client, counted: Counted) -> None:
    order = world.place("buy", "AAPL", quantity="1").order
    assert "nothing to change" in alice.get(f"/orders/{order.pk}/replace/").content.decode()
    before = counted()
    assert alice.post(f"/orders/{order.pk}/replace/", {"quantity": "5"}).status_code == 422
    assert counted() == before


def test_another_persons_order_cannot_be_changed(world: World, bob: Client, counted: Counted) -> None:
    order, before = resting(world), None
    before = counted()
    assert bob.get(f"/orders/{order.pk}/replace/").status_code == 404
    assert bob.post(f"/orders/{order.pk}/replace/", {"quantity": "5", "limit_price": "1"}).status_code == 404
    assert counted() == before


def test_orders_are_found_by_words_ids_and_account(world: World, alice: Client) -> None:
    order = resting(world)
    world.place("buy", "MSFT", quantity="1", limit_price="300")
    for search in ("aap", str(order.pk), "Aapl"):
        page = alice.get("/orders/", {"search": search}).content.decode()
        assert "2 AAPL" in page, search
        assert "1 MSFT" not in page, search
    assert "1 MSFT" in alice.get("/orders/", {"account": str(world.account.public_id)}).content.decode()
    for nonsense in ("x", "00000000-0000-0000-0000-000000000000"):
        assert "No order matches" in alice.get("/orders/", {"account": nonsense}).content.decode()


def test_orders_are_a_table_that_no_spreadsheet_takes_for_a_formula(world: World, alice: Client) -> None:
    resting(world)
    Order.objects.update(reject_reason="=1+1")
    header, row = table(alice.get("/orders/export/"))
    shown = dict(zip(header, row, strict=True))
    assert (shown["symbol"], shown["quantity"], shown["terms"]) == ("AAPL", "2", "Limit 100.00")
    assert shown["refused_because"] == "'=1+1"


@pytest.mark.parametrize("name", ["ledger", "fills", "closed-lots", "dividends"])
def test_the_books_are_tables_of_a_year(world: World, alice: Client, bob: Client, name: str) -> None:
    world.place("buy", "AAPL", quantity="2")
    world.place("sell", "AAPL", quantity="1")
    now = table(alice.get("/portfolio/export/", {"table": name, "year": "2026"}))
    assert (len(now) > 1) == (name != "dividends")
    assert len(table(alice.get("/portfolio/export/", {"table": name, "year": "2020"}))) == 1
    assert "AAPL" not in str(table(bob.get("/portfolio/export/", {"table": name})))


@pytest.mark.parametrize(
    "asked", [{"table": "users"}, {"table": "fills", "year": "20x6"}, {"table": "fills", "year": "1"}]
)
def test_no_other_table_is_given(alice: Client, asked: dict[str, str]) -> None:
    assert alice.get("/portfolio/export/", asked).status_code == 302


def test_closed_lots_mark_a_wash_sale(world: World, alice: Client) -> None:
    world.place("buy", "AAPL", quantity="2")
    world.quote("AAPL", "190")
    world.place("sell", "AAPL", quantity="2")
    world.place("buy", "AAPL", quantity="2")
    page = alice.get("/portfolio/closed/", {"year": "2026"}).content.decode()
    assert "Wash sale $20.04" in page
    assert "Nothing was closed" in alice.get("/portfolio/closed/", {"year": "2020"}).content.decode()
