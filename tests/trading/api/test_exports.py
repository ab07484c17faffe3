"""Tables as CSV over REST: whole, exact, one's own."""

from __future__ import annotations

import csv

import pytest

from tests.trading.api.conftest import Program, problem

PATHS = ("ledger/export/", "fills/export/", "tax/closed-lots/", "tax/dividends/")


def rows_of(answer):
    """The rows of a table, each by its columns."""
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert answer["Content-Disposition"].endswith('.csv"')
    return list(csv.DictReader(b"".join(answer.streaming_content).decode().splitlines()))


def test_tables_tell_what_the_books_say(world, alice, buy):
    alice.post("orders/", buy)
    world.clock.advance(seconds=5)
    alice.post("orders/", buy | {"side": "sell", "quantity": "4"})
    fills = rows_of(alice.get("fills/export/"))
    assert [(row["side"], row["quantity"], row["price"], row["value"]) for row in fills] == [
        ("buy", "10", "200.01", "2000.1"),
        ("sell", "4", "199.99", "799.96"),
    ]
    [lot] = rows_of(alice.get("tax/closed-lots/"))
    assert (lot["symbol"], lot["quantity"], lot["proceeds"], lot["cost"]) == ("AAPL", "4", "799.96", "800.04")
    ledger = rows_of(alice.get("ledger/export/"))
    assert [row["code"] for row in ledger] == ["opening", *["fill"] * 4]
    shown = alice.get("ledger/").json()["results"]
    assert {row["digest"] for row in ledger} == {entry["digest"] for entry in shown}
    assert rows_of(alice.get("tax/dividends/")) == []


def test_tables_are_of_a_span(world, alice, buy):
    alice.post("orders/", buy)
    assert rows_of(alice.get("fills/export/", until="2026-11-20T15:00:00Z")) == []
    assert len(rows_of(alice.get("fills/export/", since="2026-11-20T15:00:00Z"))) == 1


@pytest.mark.parametrize("path", PATHS)
def test_tables_are_ones_own(world, alice, bob, buy, path):
    alice.post("orders/", buy)
    mine = str(world.account.public_id)
    assert rows_of(alice.get(path, account=mine)) == rows_of(alice.get(path))
    answer = problem(bob.get(path, account=mine), 400, "invalid")
    assert answer["errors"][0]["code"] == "unknown_account"
    assert Program().get(path).status_code == 401


@pytest.mark.parametrize("path", PATHS)
def test_a_program_that_takes_nothing_but_csv_is_served(alice, path):
    asked = {"headers": alice.headers | {"Accept": "text/csv"}}
    assert rows_of(alice.client.get(f"/api/v1/{path}", **asked)) is not None
    answer = problem(alice.client.get(f"/api/v1/{path}?since=x", **asked), 400, "invalid")
    assert answer["errors"][0]["field"] == "since"
