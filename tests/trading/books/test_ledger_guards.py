"""The ledger cannot be changed behind the house's back: triggers refuse, the chain names what was changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import DatabaseError, connection, transaction

from arbion.lib.append_only import let_changes, refuse_changes
from tests.trading.books.conftest import Teller
from trading.books import chain
from trading.books.check import verify_books
from trading.models import Fill, Journal, JournalCode, LedgerAccount, LedgerHead, LotClosure, OrderEvent, Transfer

TABLES = {
    "trading_journal": (Journal, "note = 'x'"),
    "trading_transfer": (Transfer, "amount = amount + 1"),
    "trading_fill": (Fill, "fee = fee + 1"),
    "trading_lotclosure": (LotClosure, "proceeds = proceeds + 1"),
    "trading_orderevent": (OrderEvent, "cause = 'x'"),
}


@pytest.fixture
def booked(teller: Teller) -> Teller:
    """An account with a row in every table that only grows."""
    teller.fill("buy", "AAPL", 10, 200)
    teller.fill("sell", "AAPL", 4, 210)
    teller.happen("deposit", {"USD": 500})
    return teller


def run(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("verb", ["update", "delete", "truncate"])
def test_the_database_refuses_to_change_what_was_booked(booked: Teller, table: str, verb: str) -> None:
    model, change = TABLES[table]
    if verb == "truncate" and connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    before = list(model.objects.order_by("pk").values())
    assert before
    sql = {"update": "UPDATE {} SET {}", "delete": "DELETE FROM {}", "truncate": "TRUNCATE {} CASCADE"}[verb]
    with pytest.raises(DatabaseError, match="append-only"):
        run(sql.format(table, change))
    with pytest.raises(DatabaseError):
        model.objects.all().delete()
    assert list(model.objects.order_by("pk").values()) == before
    assert booked.faults() == set()


@contextmanager
def behind_the_back() -> Iterator[None]:
    """Somebody with the database's own rights, who takes the triggers off and puts them back."""
    with connection.schema_editor() as editor:
        let_changes(*TABLES).code(None, editor)
    yield
    with connection.schema_editor() as editor:
        refuse_changes(*TABLES).code(None, editor)


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("UPDATE trading_journal SET note = 'x' WHERE sequence = 2", "journal 2, fill:"),
        ("UPDATE trading_journal SET digest = 'x' WHERE sequence = 3", "journal 3, fill:"),
        (
            "UPDATE trading_transfer SET amount = amount + 1 WHERE id = (SELECT MAX(id) FROM trading_transfer)",
            "journal 4, activity:",
        ),
        ("UPDATE trading_journal SET sequence = 9 WHERE sequence = 2", "journal 2 is missing"),
    ],
)
def test_the_check_names_the_first_journal_that_was_changed(booked: Teller, sql: str, named: str) -> None:
    with behind_the_back():
        run(sql)
    found = [fault.detail for fault in verify_books(booked.world.account) if fault.rule == "ledger_is_a_chain"]
    assert len(found) == 1
    assert named in found[0]


def test_a_journal_that_was_cut_off_the_end_is_missed(booked: Teller) -> None:
    last = Journal.objects.get(sequence=4)
    moved = [(row.debit_id, row.credit_id, row.amount) for row in last.transfers.all()]
    with behind_the_back():
        last.transfers.all().delete()
        last.delete()
    for debit, credit, amount in moved:
        for key, sign in ((debit, -1), (credit, 1)):
            row = LedgerAccount.objects.get(pk=key)
            row.balance += sign * amount
            row.save()
    assert booked.faults() == {"chain_ends_at_its_head"}


def test_whoever_has_not_the_key_cannot_mend_the_chain(booked: Teller, settings: object) -> None:
    account = booked.world.account
    rightful = LedgerHead.objects.get(account=account).digest
    settings.ENCRYPTION_KEY = "another key, just as long as the first one was"
    details = [fault.detail for fault in verify_books(account)]
    assert any("was written under another key" in detail for detail in details)
    assert chain.is_of_this_key(rightful) is False


def test_the_chain_is_one_an_account_and_counts_from_one(booked: Teller) -> None:
    rows = list(Journal.objects.filter(account=booked.world.account).order_by("id"))
    assert [row.sequence for row in rows] == [1, 2, 3, 4]
    assert [row.symbol for row in rows] == ["", "AAPL", "AAPL", ""]
    assert len({row.digest for row in rows}) == 4
    head = LedgerHead.objects.get(account=booked.world.account)
    assert (head.sequence, head.digest) == (4, rows[-1].digest)


def test_a_reversal_needs_what_it_reverses(booked: Teller) -> None:
    account = booked.world.account
    with pytest.raises(DatabaseError), transaction.atomic():
        Journal.objects.create(
            account=account,
            code=JournalCode.REVERSAL,
            reference="x",
            sequence=9,
            digest="",
            at=booked.world.clock.now(),
        )
