"""How an account is called and treated, starting one anew, its lots, and exercising options over REST."""

from __future__ import annotations

import json
import uuid
from decimal import Decimal

import pytest

from brokers.models import BrokerAccount, VenueCash
from tests.trading.api.conftest import problem
from trading.books.check import verify_books

CALL = {"right": "call", "strike": "190", "expiration": "2026-12-18"}
CALL_SYMBOL = "AAPL261218C00190000"


def patch(program, account, body):
    """PATCH an account."""
    return program.client.patch(
        f"/api/v1/accounts/{account.public_id}/",
        json.dumps(body),
        content_type="application/json",
        headers=program.headers,
    )


def test_an_account_is_treated_as_asked_on_both_sides(world, alice):
    body = {"name": "Options", "fill_model": "realistic", "margin": True, "lot_method": "hifo"}
    answer = patch(alice, world.account, body)
    assert answer.status_code == 200, answer.content
    assert {name: answer.json()[name] for name in body} == body
    assert alice.get(f"accounts/{world.account.public_id}/").json() == answer.json()
    venue = VenueCash.objects.get(reference=world.account.reference)
    assert (venue.fill_model, venue.allows_short) == ("realistic", True)


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "name", "required"),
        ({"name": ""}, "name", "blank"),
        ({"name": "x" * 61}, "name", "max_length"),
        ({"name": 5}, "name", "invalid"),
        ({"fill_model": "perfect"}, "fill_model", "invalid_choice"),
        ({"fill_model": None}, "fill_model", "null"),
        ({"margin": "yes"}, "margin", "invalid"),
        ({"margin": 1}, "margin", "invalid"),
        ({"lot_method": "chosen"}, "lot_method", "invalid_choice"),
        ({"cash": "1000000"}, "cash", "unknown_field"),
        ({"mode": "live"}, "mode", "unknown_field"),
        ({"archived_at": None}, "archived_at", "unknown_field"),
    ],
)
def test_what_an_account_cannot_be(world, alice, body, field, code):
    answer = problem(patch(alice, world.account, body), 400, "invalid")
    assert [(error["field"], error["code"]) for error in answer["errors"]] == [(field, code)]
    kept = BrokerAccount.objects.get(pk=world.account.pk)
    assert (kept.name, kept.fill_model, kept.margin, kept.lot_method) == ("Practice", "ideal", False, "fifo")


def test_margin_stays_while_shares_are_owed(world, alice, buy):
    patch(alice, world.account, {"margin": True})
    assert alice.post("orders/", buy | {"side": "sell", "effect": "open"}).status_code == 201
    answer = problem(patch(alice, world.account, {"margin": False}), 400, "invalid")
    assert [(error["field"], error["code"]) for error in answer["errors"]] == [("margin", "short_open")]
    assert BrokerAccount.objects.get(pk=world.account.pk).margin is True


def test_an_account_that_is_history_is_not_changed(world, alice):
    BrokerAccount.objects.filter(pk=world.account.pk).update(archived_at=world.clock.now())
    problem(patch(alice, world.account, {"name": "New"}), 409, "account_archived")
    assert BrokerAccount.objects.get(pk=world.account.pk).name == "Practice"


def test_starting_anew_keeps_the_old_books(world, alice, buy):
    order = alice.post("orders/", buy).json()
    resting = alice.post("orders/", buy | {"order_type": "limit", "limit_price": "150"}).json()
    path = f"accounts/{world.account.public_id}/reset/"
    fresh = alice.post(path, {"confirm": "Practice"})
    assert fresh.status_code == 200, fresh.content
    assert (fresh.json()["cash"], fresh.json()["archived_at"]) == ("100000", None)
    assert fresh.json()["id"] != str(world.account.public_id)
    assert alice.get("accounts/").json()["results"] == [fresh.json()]
    [old] = alice.get("accounts/", archived="true").json()["results"]
    assert (old["id"], old["archived_at"]) == (str(world.account.public_id), "2026-11-20T15:00:00Z")
    assert alice.get(f"orders/{order['id']}/").json()["status"] == "filled"
    assert alice.get(f"orders/{resting['id']}/").json()["status"] == "canceled"
    assert alice.get("positions/").json()["results"] == []
    assert alice.post(path, {"confirm": "Practice"}).json()["id"] == fresh.json()["id"]
    assert verify_books(world.account) == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "required"),
        ({"confirm": "practice"}, "mismatch"),
        ({"confirm": "Practice "}, "mismatch"),
        ({"confirm": True}, "invalid"),
        ({"confirm": "Pr\u0430ctice"}, "mismatch"),
    ],
)
def test_a_reset_wants_the_name(world, alice, counted, body, code):
    before = counted()
    answer = problem(alice.post(f"accounts/{world.account.public_id}/reset/", body), 400, "invalid")
    assert [(error["field"], error["code"]) for error in answer["errors"]] == [("confirm", code)]
    assert counted() == before


def test_which_accounts_are_asked_for_is_said_plainly(alice):
    answer = problem(alice.get("accounts/", archived="maybe"), 400, "invalid")
    assert answer["errors"][0] == {"field": "archived", "code": "invalid_choice", "detail": "Say true or false."}


def test_a_lot_is_chosen_by_its_id(world, alice, buy):
    alice.post("orders/", buy)
    world.clock.advance(seconds=1)
    world.quote("AAPL", "210")
    alice.post("orders/", buy | {"quantity": "5"})
    first, second = alice.get("positions/AAPL/lots/").json()["results"]
    assert (first["quantity"], first["average_cost"], second["quantity"]) == ("10", "200.01", "5")
    assert first["fill_id"] in {fill["id"] for fill in alice.get("fills/").json()["results"]}
    chosen = {"side": "sell", "quantity": "5", "lot_method": "chosen", "lots": [second["id"]]}
    order = alice.post("orders/", buy | chosen)
    assert order.status_code == 201, order.content
    assert order.json()["lot_method"] == "chosen"
    [left] = alice.get("positions/AAPL/lots/").json()["results"]
    assert left["id"] == first["id"]
    assert verify_books(world.account) == []


def test_a_repeat_that_names_a_lot_it_has_closed_is_the_first_order(world, alice, buy):
    alice.post("orders/", buy)
    [lot] = alice.get("positions/AAPL/lots/").json()["results"]
    body = buy | {"side": "sell", "lot_method": "chosen", "lots": [lot["id"]]}
    first = alice.post("orders/", body, Idempotency_Key="k")
    assert first.status_code == 201
    assert alice.get("positions/AAPL/lots/").json()["results"] == []
    again = alice.post("orders/", body, Idempotency_Key="k")
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    for path in ("orders/", "orders/preview/"):
        anew = problem(alice.post(path, body, Idempotency_Key="another"), 400, "invalid")
        assert [(error["field"], error["code"]) for error in anew["errors"]] == [("lots", "unknown_lot")]


def test_another_persons_lot_is_unknown(alice, bob, buy, counted):
    alice.post("orders/", buy)
    bob.post("orders/", buy)
    [lot] = alice.get("positions/AAPL/lots/").json()["results"]
    before = counted()
    body = buy | {"side": "sell", "lot_method": "chosen", "lots": [lot["id"]]}
    answer = problem(bob.post("orders/", body), 400, "invalid")
    assert [(error["field"], error["code"]) for error in answer["errors"]] == [("lots", "unknown_lot")]
    assert counted() == before


def test_a_call_in_the_money_is_exercised_once(world, alice):
    bought = alice.post("orders/", {"symbol": "AAPL", "option": CALL, "side": "buy", "quantity": "2"})
    assert bought.status_code == 201, bought.content
    path = f"positions/{CALL_SYMBOL}/exercise/"
    answers = [alice.post(path, {"quantity": "1"}, Idempotency_Key="e") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200], answers[0].content
    assert (answers[1].json()["status"], answers[1].json()["symbol"]) == ("settled", CALL_SYMBOL)
    held = {row["symbol"]: Decimal(row["quantity"]) for row in alice.get("positions/").json()["results"]}
    assert held == {CALL_SYMBOL: 1, "AAPL": 100}
    assert verify_books(world.account) == []


@pytest.mark.parametrize(
    ("symbol", "body", "field", "code"),
    [
        ("AAPL", {"quantity": "1"}, "symbol", "not_an_option"),
        (CALL_SYMBOL, {"quantity": "3"}, "quantity", "insufficient_holdings"),
        (CALL_SYMBOL, {"quantity": "0"}, "quantity", "not_positive"),
        (CALL_SYMBOL, {"quantity": "0.5"}, "quantity", "size_increment"),
        (CALL_SYMBOL, {}, "quantity", "required"),
        (CALL_SYMBOL, {"quantity": "1", "account": str(uuid.UUID(int=1))}, "account", "unknown_account"),
    ],
)
def test_what_cannot_be_exercised(alice, counted, symbol, body, field, code):  # noqa: PLR0917  a table
    alice.post("orders/", {"symbol": "AAPL", "option": CALL, "side": "buy", "quantity": "2"})
    before = counted()
    answer = problem(alice.post(f"positions/{symbol}/exercise/", body), 400, "invalid")
    assert [(error["field"], error["code"]) for error in answer["errors"]] == [(field, code)]
    assert counted() == before


@pytest.mark.parametrize(
    "path", ["positions/NOPE/lots/", "positions/\u0410APL/lots/", "positions/AAPL991218C00200000/lots/"]
)
def test_lots_of_no_instrument(alice, path):
    problem(alice.get(path), 404, "unknown_symbol")
