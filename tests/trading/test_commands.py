"""The commands that move practice cash and start an account anew."""

from __future__ import annotations

import io
import json
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from brokers.models import BrokerAccount
from trading import selectors
from trading.books import opening
from trading.books.check import verify_books
from trading.execution.reset import reset_account


def run(*words: str) -> str:
    """What a command prints."""
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def test_cash_is_moved_once_for_its_key(world):
    for _ in range(2):
        said = json.loads(run("cash", "deposit", "Alice@example.com", "2500", "--key", "k", "--json"))
        assert (said["kind"], said["amount"], said["status"], said["reason"]) == ("deposit", "2500", "settled", "")
    assert run("cash", "withdraw", "alice@example.com", "500.50") == "Withdrawal of 500.5 USD: done.\n"
    assert selectors.portfolio(world.account, at=world.clock.now()).cash == Decimal("101999.50")
    assert verify_books(world.account) == []


@pytest.mark.parametrize(
    "words",
    [
        ("cash", "deposit", "nobody@example.com", "5"),
        ("cash", "deposit", "alice@example.com", "NaN"),
        ("cash", "deposit", "alice@example.com", "1e3"),
        ("cash", "deposit", "alice@example.com", "0"),
        ("cash", "withdraw", "alice@example.com", "0.001"),
        ("cash", "withdraw", "alice@example.com", "200000"),
        ("reset_account", "nobody@example.com", "--yes"),
        ("open_account", "nobody@example.com", "Growth"),
        ("open_account", "alice@example.com", "practice"),
        ("open_account", "alice@example.com", " "),
        ("open_account", "alice@example.com", "x" * 61),
    ],
    ids=" ".join,
)
def test_what_cannot_be_done_changes_nothing(world, counted, words):
    before = counted()
    with pytest.raises(CommandError):
        run(*words)
    assert counted() == before


def test_an_account_is_started_anew(world):
    world.place("buy", "AAPL", quantity="3")
    said = json.loads(run("reset_account", "alice@example.com", "--yes", "--json"))
    assert said["archived"] == str(world.account.public_id)
    old = BrokerAccount.objects.get(pk=world.account.pk)
    fresh = BrokerAccount.objects.get(public_id=said["account"])
    assert old.archived_at is not None
    assert fresh.archived_at is None
    assert verify_books(old) == verify_books(fresh) == []


def test_a_reset_is_asked_about(world, monkeypatch, counted):
    before = counted()
    monkeypatch.setattr("builtins.input", lambda _question: "n")
    with pytest.raises(CommandError):
        run("reset_account", "alice@example.com")
    assert counted() == before


def test_a_further_account_has_its_own_cash_and_follows_on_itself(world, counted):
    said = json.loads(run("open_account", "alice@example.com", "Growth  fund", "--json"))
    growth = BrokerAccount.objects.get(public_id=said["account"])
    assert (growth.name, growth.user, growth.archived_at) == ("Growth fund", world.alice, None)
    assert selectors.portfolio(growth, at=world.clock.now()).cash == Decimal(100_000)
    before = counted()
    with pytest.raises(CommandError, match="the name of an account already"):
        run("open_account", "alice@example.com", "GROWTH FUND")
    assert counted() == before

    fresh = [reset_account(growth, actor=world.alice) for _ in range(2)]
    assert len({account.pk for account in fresh}) == 1
    assert (fresh[0].name, fresh[0].archived_at) == ("Growth fund", None)
    assert fresh[0].pk not in {growth.pk, world.account.pk}
    again = reset_account(fresh[0], actor=world.alice)
    assert again.pk not in {growth.pk, world.account.pk, fresh[0].pk}
    assert reset_account(growth, actor=world.alice) == again
    assert verify_books(again) == verify_books(growth) == verify_books(world.account) == []


def test_nobody_opens_accounts_without_end(world, monkeypatch, counted):
    monkeypatch.setattr(opening, "ACCOUNTS_MAX", 2)
    run("open_account", "alice@example.com", "Growth")
    before = counted()
    with pytest.raises(CommandError, match="at most 2 accounts"):
        run("open_account", "alice@example.com", "Income")
    assert counted() == before
