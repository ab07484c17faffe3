"""Cash in and out over REST: once for each key, within limits, and what is refused moves nothing."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest

from brokers.models import BrokerAccount
from tests.trading.api.conftest import problem
from trading.books.check import verify_books


def cash_of(alice) -> Decimal:
    return Decimal(alice.get("portfolio/").json()["cash"])


@pytest.mark.parametrize(
    ("door", "kind", "after"), [("deposit", "deposit", 101_000), ("withdraw", "withdrawal", 99_000)]
)
def test_cash_moves_once_for_its_key(world, alice, door, kind, after):
    answers = [alice.post(f"cash/{door}/", {"amount": "1000"}, Idempotency_Key="k") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    first, again = (answer.json() for answer in answers)
    assert first["id"] == again["id"]
    assert (again["kind"], again["amount"], again["currency"], again["status"]) == (kind, "1000", "USD", "settled")
    assert (again["idempotency_key"], again["account"]) == ("k", str(world.account.public_id))
    assert cash_of(alice) == after
    assert alice.get("portfolio/").json()["total_profit"] == "0"
    assert alice.get("cash/movements/").json()["results"] == [again]
    assert alice.get("ledger/", code=kind).json()["results"][0]["transfers"][0]["amount"] == "1000"
    assert verify_books(world.account) == []


def test_a_key_stands_for_one_movement(alice, counted):
    alice.post("cash/deposit/", {"amount": "1000"}, Idempotency_Key="k")
    before = counted()
    problem(alice.post("cash/deposit/", {"amount": "1001"}, Idempotency_Key="k"), 409, "idempotency_mismatch")
    problem(alice.post("cash/withdraw/", {"amount": "1000"}, Idempotency_Key="k"), 409, "idempotency_mismatch")
    assert counted() == before


def test_two_people_may_use_the_same_key(alice, bob):
    bob.get("accounts/")
    answers = [person.post("cash/deposit/", {"amount": "5"}, Idempotency_Key="k") for person in (alice, bob)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert cash_of(bob) == 100_005


@pytest.mark.parametrize("door", ["deposit", "withdraw"])
@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "amount", "required"),
        ({"amount": None}, "amount", "null"),
        ({"amount": "0"}, "amount", "not_positive"),
        ({"amount": "-5"}, "amount", "not_positive"),
        ({"amount": "NaN"}, "amount", "invalid_number"),
        ({"amount": "Infinity"}, "amount", "invalid_number"),
        ({"amount": "1e3"}, "amount", "invalid_number"),
        ({"amount": "\u0661\u0660"}, "amount", "invalid_number"),
        ({"amount": True}, "amount", "invalid_number"),
        ({"amount": "1,000"}, "amount", "invalid_number"),
        ({"amount": "0.001"}, "amount", "too_fine"),
        ({"amount": "99999999999"}, "amount", "too_large"),
        ({"amount": "5", "currency": "EUR"}, "currency", "unknown_field"),
        ({"amount": "5", "account": str(uuid.UUID(int=7))}, "account", "unknown_account"),
        ({"amount": "5", "account": "mine"}, "account", "invalid"),
    ],
)
def test_what_cannot_be_moved_moves_nothing(alice, counted, door, body, field, code):  # noqa: PLR0917  a table
    before = counted()
    answer = problem(alice.post(f"cash/{door}/", body), 400, "invalid")
    assert [(error["field"], error["code"]) for error in answer["errors"]] == [(field, code)]
    assert answer["errors"][0]["detail"]
    assert counted() == before


def test_what_orders_have_claimed_stays(alice, buy, counted):
    alice.post("orders/", buy | {"order_type": "limit", "limit_price": "150", "quantity": "100"})
    before = counted()
    answer = problem(alice.post("cash/withdraw/", {"amount": "90000"}), 400, "invalid")
    assert answer["errors"][0]["code"] == "insufficient_cash"
    assert counted() == before


def test_a_key_that_cannot_be_used(alice, counted):
    before = counted()
    problem(alice.post("cash/deposit/", {"amount": "5"}, Idempotency_Key="a key"), 400, "invalid")
    assert counted() == before


def test_another_persons_account_takes_nothing(world, bob, counted):
    bob.get("accounts/")
    before = counted()
    for door in ("deposit", "withdraw"):
        body = {"amount": "5", "account": str(world.account.public_id)}
        answer = problem(bob.post(f"cash/{door}/", body), 400, "invalid")
        assert answer["errors"][0]["code"] == "unknown_account"
    assert bob.get("cash/movements/").json()["results"] == []
    assert counted() == before


def test_an_archived_account_moves_nothing(world, alice, counted):
    BrokerAccount.objects.filter(pk=world.account.pk).update(archived_at=world.clock.now())
    before = counted()
    body = {"amount": "5", "account": str(world.account.public_id)}
    for door in ("deposit", "withdraw"):
        problem(alice.post(f"cash/{door}/", body), 409, "account_archived")
    assert counted() == before


def test_movements_count_as_orders_do(settings, alice):
    settings.RATE_ORDERS = "2/m"
    codes = [alice.post("cash/deposit/", {"amount": "5"}).status_code for _ in range(3)]
    assert codes == [201, 201, 429]
    assert cash_of(alice) == 100_010
