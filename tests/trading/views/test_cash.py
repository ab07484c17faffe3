"""Cash, the ledger, the account's settings and its reset: what moves, what is refused, and whose eyes see what."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client

from brokers.models import BrokerAccount
from tests.trading.conftest import World
from trading.models import CashMovement, Journal

Counted = Callable[..., dict[str, int]]


def move(client: Client, way: str, amount: str, key: str = "one") -> int:
    """Ask for a movement; the status of the answer."""
    return client.post(f"/cash/{way}/", {"amount": amount, "client_order_id": key}).status_code


def test_money_goes_in_and_out_once(alice: Client) -> None:
    assert [move(alice, "deposit", "250.50"), move(alice, "deposit", "250.50")] == [302, 302]
    assert move(alice, "withdraw", "100", "two") == 302
    page = alice.get("/cash/").content.decode()
    assert "$100,150.50" in page
    assert [row.amount for row in CashMovement.objects.order_by("amount")] == [Decimal(100), Decimal("250.50")]
    kinds = alice.get("/cash/", {"code": "withdrawal"}).content.decode()
    assert "\N{MINUS SIGN}$100.00" in kinds
    assert "+$250.50" not in kinds


@pytest.mark.parametrize(
    ("way", "amount", "reason"),
    [
        ("deposit", "", "Say how much money."),
        ("deposit", "0", "above zero"),
        ("deposit", "-5", "above zero"),
        ("deposit", "NaN", "Write a number"),
        ("deposit", "1.001", "at most two decimals"),
        ("deposit", "99000000000", "at most"),
        ("withdraw", "100000.01", "Only 100,000.00 is free"),
    ],
)
def test_a_refused_movement_keeps_what_was_typed_and_moves_nothing(
    alice: Client, counted: Counted, way: str, amount: str, reason: str
) -> None:
    alice.get("/cash/")
    before = counted()
    answer = alice.post(f"/cash/{way}/", {"amount": amount, "client_order_id": "one"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert reason in page.split(f'id="{way}-amount-error"')[1].split("</div>")[0]
    assert f'value="{amount}"' in page
    assert counted() == before


def test_each_line_tells_the_cash_after_it(world: World, alice: Client) -> None:
    world.place("buy", "AAPL", quantity="10")
    world.quote("AAPL", "210")
    world.place("sell", "AAPL", quantity="4")
    page = alice.get("/cash/").content.decode()
    lines = [page.index(text) for text in ("Sold 4 AAPL at 209.99", "Bought 10 AAPL at 200.01", "Opening balance</a>")]
    assert lines == sorted(lines)
    for balance in ("$98,839.86", "$97,999.90", "$100,000.00"):
        assert balance in page
    number = Journal.objects.latest("id").sequence
    entry = alice.get(f"/cash/ledger/{number}/").content.decode()
    assert "Sold 4 AAPL at 209.99" in entry
    assert "$98,839.86" in entry


def test_the_ledger_is_found_by_kind_and_day(world: World, alice: Client) -> None:
    world.place("buy", "AAPL", quantity="1")
    assert "Bought 1 AAPL" not in alice.get("/cash/", {"code": "opening"}).content.decode()
    assert "No entry matches" in alice.get("/cash/", {"since": "2026-11-21"}).content.decode()
    assert "Bought 1 AAPL" in alice.get("/cash/", {"since": "2026-11-20", "until": "2026-11-20"}).content.decode()
    assert "Bought 1 AAPL" in alice.get("/cash/", {"code": "nonsense"}).content.decode()


def test_an_entry_that_is_not_there_is_not_there(alice: Client) -> None:
    alice.get("/cash/")
    assert alice.get("/cash/ledger/99/").status_code == 404


def test_settings_are_kept(world: World, alice: Client) -> None:
    typed = {"name": "Trial", "fill_model": "harsh", "margin": "on", "lot_method": "hifo"}
    assert alice.post("/cash/settings/", typed).headers["Location"] == "/cash/settings/"
    world.account.refresh_from_db()
    account = world.account
    assert (account.name, account.fill_model, account.margin, account.lot_method) == ("Trial", "harsh", True, "hifo")


@pytest.mark.parametrize(
    "typed", [{"name": ""}, {"name": "x" * 61}, {"fill_model": "kind"}, {"lot_method": "chosen"}, {"lot_method": ""}]
)
def test_settings_that_cannot_be_change_nothing(
    world: World, alice: Client, counted: Counted, typed: dict[str, str]
) -> None:
    before = counted()
    good = {"name": "Trial", "fill_model": "harsh", "lot_method": "lifo"}
    assert alice.post("/cash/settings/", {**good, **typed}).status_code == 422
    world.account.refresh_from_db()
    assert (world.account.name, world.account.fill_model, counted()) == ("Practice", "ideal", before)


def test_a_reset_asks_first_and_keeps_the_old_account(world: World, alice: Client) -> None:
    world.place("buy", "AAPL", quantity="10")
    world.place("buy", "MSFT", quantity="1", limit_price="300")
    page = alice.get("/cash/reset/").content.decode()
    assert "cancel 1 open order;" in page
    assert "with 1 position and $97,999.90 in cash" in page
    assert alice.post("/cash/reset/", {"client_order_id": "r"}).status_code == 422
    assert BrokerAccount.objects.get(pk=world.account.pk).archived_at is None
    assert alice.post("/cash/reset/", {"client_order_id": "r", "sure": "on"}).headers["Location"] == "/cash/"
    assert BrokerAccount.objects.get(pk=world.account.pk).archived_at is not None
    assert "$100,000.00" in alice.get("/cash/").content.decode()
    assert "You hold nothing yet" in alice.get("/portfolio/").content.decode()
    orders = alice.get("/orders/", {"account": str(world.account.public_id)}).content.decode()
    assert "10 AAPL" in orders
    assert "(closed " in orders


def test_nobody_sees_another_persons_ledger(world: World, bob: Client) -> None:
    world.place("buy", "AAPL", quantity="10")
    assert "AAPL" not in bob.get("/cash/").content.decode().split('id="ledger-title"')[1]
    assert bob.get("/cash/ledger/2/").status_code == 404
    found = bob.get("/orders/", {"account": str(world.account.public_id)}).content.decode()
    assert "10 AAPL" not in found
