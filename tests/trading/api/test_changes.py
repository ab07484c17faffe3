"""Changing a working order, and orders that depend on each other, over REST."""

from __future__ import annotations

import uuid

import pytest

from tests.trading.api.conftest import problem
from trading.books.check import verify_books
from trading.models import Order

TARGET = {"symbol": "AAPL", "side": "sell", "order_type": "limit", "quantity": "10", "limit_price": "230"}
STOP = {"symbol": "AAPL", "side": "sell", "order_type": "stop", "quantity": "10", "stop_price": "180"}


@pytest.fixture
def resting(alice, buy):
    """A resting limit order of ten at 150."""
    return alice.post("orders/", buy | {"order_type": "limit", "limit_price": "150"}).json()


def test_new_terms_are_asked_and_taken(world, alice, resting):
    answer = alice.post(f"orders/{resting['id']}/replace/", {"limit_price": "155", "quantity": "8"})
    assert answer.status_code == 202, answer.content
    order = alice.get(f"orders/{resting['id']}/").json()
    assert order == answer.json()
    assert (order["limit_price"], order["quantity"], order["revision"]) == ("155", "8", 1)
    assert (order["status"], order["pending_request"]) == ("accepted", None)
    assert alice.get("accounts/").json()["results"][0]["buying_power"] == str(100_000 - 8 * 155)
    assert verify_books(world.account) == []


@pytest.mark.parametrize(
    "case",
    [
        ({}, "quantity", "required"),
        ({"limit_price": None}, "quantity", "required"),
        ({"limit_price": "0"}, "limit_price", "not_positive"),
        ({"limit_price": "-1"}, "limit_price", "not_positive"),
        ({"limit_price": "NaN"}, "limit_price", "invalid_number"),
        ({"limit_price": "150.001"}, "limit_price", "price_increment"),
        ({"limit_price": "90000001"}, "limit_price", "too_large"),
        ({"quantity": "0"}, "quantity", "not_positive"),
        ({"quantity": "1e2"}, "quantity", "invalid_number"),
        ({"quantity": "0.00001"}, "quantity", "size_increment"),
        ({"quantity": "9000000001"}, "quantity", "too_large"),
        ({"stop_price": "140"}, "stop_price", "not_allowed"),
        ({"side": "sell"}, "side", "unknown_field"),
        ({"symbol": "MSFT"}, "symbol", "unknown_field"),
    ],
)
def test_terms_that_cannot_be_change_nothing(alice, resting, counted, case):
    body, field, code = case
    before = counted()
    answer = problem(alice.post(f"orders/{resting['id']}/replace/", body), 400, "invalid")
    assert [(error["field"], error["code"]) for error in answer["errors"]] == [(field, code)]
    assert counted() == before
    assert alice.get(f"orders/{resting['id']}/").json() == resting


def test_the_risk_desk_judges_the_new_terms(alice, resting):
    answer = problem(alice.post(f"orders/{resting['id']}/replace/", {"quantity": "100000"}), 422, "risk_denied")
    assert answer["checks"]
    assert {error["field"] for error in answer["errors"]} == {"quantity"}
    order = alice.get(f"orders/{resting['id']}/").json()
    assert (order["quantity"], order["status"], order["revision"]) == ("10", "accepted", 0)


def test_a_closed_order_is_not_changed(alice, buy):
    order = alice.post("orders/", buy).json()
    problem(alice.post(f"orders/{order['id']}/replace/", {"quantity": "5"}), 409, "order_not_open")
    assert alice.get(f"orders/{order['id']}/").json() == order


def test_changes_count_as_orders_do(settings, alice, resting):
    settings.RATE_ORDERS = "2/m"
    codes = [
        alice.post(f"orders/{resting['id']}/replace/", {"limit_price": str(151 + n)}).status_code for n in range(3)
    ]
    assert 429 in codes
    assert alice.post(f"orders/{resting['id']}/cancel/").status_code == 202


def test_one_cancels_the_other(world, alice, buy):
    alice.post("orders/", buy)
    body = {"kind": "oco", "orders": [TARGET, STOP]}
    answer = alice.post("orders/groups/", body, Idempotency_Key="pair")
    assert answer.status_code == 201, answer.content
    group = answer.json()
    assert (group["kind"], [order["client_order_id"] for order in group["orders"]]) == ("oco", ["pair:1", "pair:2"])
    assert {order["group"]["id"] for order in group["orders"]} == {group["id"]}
    again = alice.post("orders/groups/", body, Idempotency_Key="pair")
    assert (again.status_code, again.json()) == (200, group)
    alice.post(f"orders/{group['orders'][0]['id']}/cancel/")
    assert verify_books(world.account) == []


def test_one_triggers_the_other(alice, buy):
    entry = buy | {"order_type": "limit", "limit_price": "150"}
    group = alice.post("orders/groups/", {"kind": "oto", "orders": [entry, STOP]}).json()
    first, second = group["orders"]
    assert (first["status"], first["group"]["role"]) == ("accepted", "entry")
    assert (second["status"], second["waiting_for"], second["group"]["role"]) == ("held", "condition", "follower")


def test_the_same_key_for_another_group_is_refused(alice, buy, counted):
    alice.post("orders/", buy)
    alice.post("orders/groups/", {"kind": "oco", "orders": [TARGET, STOP]}, Idempotency_Key="pair")
    before = counted()
    other = {"kind": "oco", "orders": [TARGET, STOP | {"stop_price": "170"}]}
    problem(alice.post("orders/groups/", other, Idempotency_Key="pair"), 409, "idempotency_mismatch")
    assert counted() == before


def test_where_one_is_denied_none_is_placed(alice, buy):
    entry = buy | {"order_type": "limit", "limit_price": "150"}
    too_much = {"symbol": "AAPL", "side": "buy", "order_type": "limit", "quantity": "100000", "limit_price": "140"}
    body = {"kind": "oco", "orders": [entry, too_much]}
    for _ in range(2):
        denied = problem(alice.post("orders/groups/", body, Idempotency_Key="pair"), 422, "risk_denied")
        assert {error["field"].split(".")[:2][1] for error in denied["errors"]} == {"1"}
    assert [order.status for order in Order.objects.all()] == ["denied"]


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"orders": [TARGET, STOP]}, "kind", "required"),
        ({"kind": "bracket", "orders": [TARGET, STOP]}, "kind", "invalid_choice"),
        ({"kind": "all", "orders": [TARGET, STOP]}, "kind", "invalid_choice"),
        ({"kind": "oco"}, "orders", "required"),
        ({"kind": "oco", "orders": [TARGET]}, "orders", "min_length"),
        ({"kind": "oco", "orders": [TARGET] * 3}, "orders", "max_length"),
        ({"kind": "oco", "orders": [TARGET, STOP | {"symbol": "MSFT"}]}, "orders", "mismatch"),
        ({"kind": "oco", "orders": [TARGET, STOP | {"quantity": "x"}]}, "orders.1.quantity", "invalid_number"),
        ({"kind": "oco", "orders": [TARGET, STOP | {"stop_price": None}]}, "orders.1.stop_price", "required"),
        ({"kind": "oco", "orders": [TARGET, STOP | {"limit": "5"}]}, "orders.1.limit", "unknown_field"),
        ({"kind": "oco", "orders": [TARGET, STOP], "client_order_id": "x" * 79}, "client_order_id", "invalid_key"),
        (
            {"kind": "oco", "orders": [TARGET, STOP | {"account": str(uuid.UUID(int=1))}]},
            "orders.1.account",
            "unknown_account",
        ),
    ],
)
def test_a_group_that_cannot_be_places_nothing(alice, counted, body, field, code):
    before = counted()
    answer = problem(alice.post("orders/groups/", body), 400, "invalid")
    assert [(error["field"], error["code"]) for error in answer["errors"]] == [(field, code)]
    assert counted() == before
