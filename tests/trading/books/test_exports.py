"""Exports: exact figures, streamed, safe in a spreadsheet, and the tax form's lines by hand."""

from __future__ import annotations

import csv
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.trading.books.conftest import Teller
from trading import exports
from trading.books.corrections import reverse
from trading.exports.cells import cell
from trading.models import Journal, Transfer


def read(lines: object) -> list[dict[str, str]]:
    return list(csv.DictReader(lines))


def test_every_transfer_is_a_line_of_the_ledger_with_its_seal(teller: Teller) -> None:
    teller.fill("buy", "AAPL", "1.5", 200, fee="0.35")
    teller.happen("deposit", {"USD": 500})
    reverse(Journal.objects.get(code="deposit"), reason="=cmd()", actor=teller.world.alice, clock=teller.world.clock)
    rows = read(exports.ledger_csv(teller.world.account))
    assert len(rows) == Transfer.objects.count() == 6
    assert [row["number"] for row in rows] == ["1", "2", "2", "2", "3", "4"]
    assert [(row["debit"], row["credit"], row["amount"]) for row in rows[1:4]] == [
        ("outside:USD", "cash:USD", "300"),
        ("units:AAPL", "outside:AAPL", "1.5"),
        ("fees:USD", "cash:USD", "0.35"),
    ]
    assert rows[5]["reverses"].startswith("activity:")
    assert rows[5]["note"] == "'=cmd()"
    assert all(len(row["digest"]) == 73 for row in rows)


def test_a_span_of_time_bounds_every_table(teller: Teller) -> None:
    teller.fill("buy", "AAPL", 2, 200)
    teller.fill("sell", "AAPL", 1, 210)
    teller.happen("dividend", {"USD": 3}, symbol="AAPL")
    now = teller.world.clock.now()
    for name in exports.TABLES:
        everything = list(exports.table(name, teller.world.account).rows)
        assert everything
        assert list(exports.table(name, teller.world.account, since=now).rows) == everything
        assert list(exports.table(name, teller.world.account, until=now).rows) == []
        assert list(exports.table(name, teller.world.account, since=now + timedelta(seconds=1)).rows) == []
        assert {len(row) for row in everything} == {len(exports.table(name, teller.world.account).columns)}


def test_closed_lots_are_the_lines_of_the_tax_form(teller: Teller) -> None:
    clock = teller.world.clock
    teller.fill("buy", "AAPL", 10, 200, fee=1)
    clock.advance(seconds=3600 * 24 * 400)
    teller.world.quote("AAPL", "200")
    teller.fill("sell", "AAPL", 4, 190, fee=2)
    teller.fill("sell", "MSFT", 2, 400)
    clock.advance(seconds=3600 * 24 * 5)
    teller.world.quote("AAPL", "200")
    teller.fill("buy", "MSFT", 2, 390)
    teller.fill("buy", "AAPL", 1, 180)
    rows = read(exports.tax_lots_csv(teller.world.account))
    assert [row["description"] for row in rows] == ["4 AAPL", "2 MSFT (short sale)"]
    # Sold for 758 what had cost 800.40; one of the four was bought again, so a quarter of the loss does not count.
    wash = rows[0]
    assert [wash[name] for name in ("proceeds", "cost", "code", "adjustment", "gain", "term")] == [
        "758", "800.4", "W", "10.6", "-31.8", "long",
    ]  # fmt: skip
    assert (wash["acquired"], wash["sold"]) == ("2026-11-20", "2027-12-25")
    short = rows[1]
    assert [short[name] for name in ("proceeds", "cost", "code", "adjustment", "gain", "term")] == [
        "800", "780", "", "0", "20", "short",
    ]  # fmt: skip
    assert short["acquired"] == short["sold"] == "2027-12-30"


def test_dividends_and_their_corrections_are_listed(teller: Teller) -> None:
    teller.fill("buy", "AAPL", 10, 200)
    teller.happen("dividend", {"USD": 5}, symbol="AAPL")
    reverse(Journal.objects.get(code="dividend"), reason="wrong", actor=teller.world.alice, clock=teller.world.clock)
    rows = read(exports.dividends_csv(teller.world.account))
    assert [(row["symbol"], row["kind"], row["amount"]) for row in rows] == [
        ("AAPL", "dividend", "5"),
        ("AAPL", "reversal", "-5"),
    ]
    assert [row["quantity"] for row in read(exports.fills_csv(teller.world.account))] == ["10"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1+1", "@A1", "\t=1", "\r=1", "\n=1"])
def test_no_text_becomes_a_formula(text: str) -> None:
    assert cell(text) == f"'{text}"


def test_numbers_below_zero_stay_numbers() -> None:
    assert cell(Decimal("-1.50")) == "-1.5"
    assert cell(None) == ""
    assert cell("plain") == "plain"
