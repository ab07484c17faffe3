"""Accounts, positions, the portfolio, fills and the ledger over REST."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from brokers.models import BrokerAccount, VenueCash
from trading.models import EquityPoint


def test_accounts_show_the_practice_account_with_its_money(world, alice):
    page = alice.get("accounts/").json()
    assert (page["next"], page["previous"]) == (None, None)
    assert page["results"] == [
        {
            "id": str(world.account.public_id),
            "name": "Practice",
            "venue": "simulated",
            "currency": "USD",
            "mode": "paper",
            "fill_model": "ideal",
            "margin": False,
            "lot_method": "fifo",
            "archived_at": None,
            "cash": "100000",
            "cash_held": "0",
            "collateral": "0",
            "buying_power": "100000",
            "equity": "100000",
            "maintenance_requirement": "0",
            "maintenance_excess": "100000",
        }
    ]
    assert alice.get(f"accounts/{world.account.public_id}/").json() == page["results"][0]


def test_a_new_person_owns_an_account_at_first_sight(bob):
    accounts = [bob.get("accounts/").json()["results"] for _ in range(2)]
    assert accounts[0] == accounts[1]
    assert [(account["venue"], account["cash"]) for account in accounts[0]] == [("simulated", "100000")]


def test_another_persons_account_and_one_that_never_was_look_the_same(world, bob):
    answers = [bob.get(f"accounts/{key}/") for key in (world.account.public_id, uuid.UUID(int=1))]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()


def test_money_claimed_by_an_open_order_is_no_buying_power(alice, buy):
    alice.post("orders/", buy | {"order_type": "limit", "limit_price": "150"})
    account = alice.get("accounts/").json()["results"][0]
    assert (account["cash"], account["buying_power"]) == ("100000", "98500")


def test_position_at_the_last_price(world, alice, buy):
    alice.post("orders/", buy)
    world.quote("AAPL", "210")
    page = alice.get("positions/").json()
    assert (page["next"], page["previous"]) == (None, None)
    assert page["results"] == [
        {
            "account": str(world.account.public_id),
            "symbol": "AAPL",
            "name": "Aapl",
            "asset_class": "equity",
            "option": None,
            "multiplier": "1",
            "quantity": "10",
            "average_cost": "200.01",
            "cost": "2000.1",
            "last_price": "210",
            "market_value": "2100",
            "unrealized": "99.9",
            "unrealized_percent": "4.99",
            "realized": "0",
            "day_profit": "99.9",
        }
    ]
    assert alice.get("positions/", symbol="MSFT").json()["results"] == []
    assert len(alice.get("positions/", account=str(world.account.public_id)).json()["results"]) == 1


def test_portfolio_adds_up(world, alice, buy):
    alice.post("orders/", buy)
    world.quote("AAPL", "210")
    alice.post("orders/", {"symbol": "BTC-USD", "side": "buy", "quantity": "0.1"})
    seen = alice.get("portfolio/").json()
    cash = Decimal(100000) - Decimal("2000.1") - Decimal("5000.001")
    assert (Decimal(seen["cash"]), seen["market_value"]) == (cash, "7100")
    assert Decimal(seen["equity"]) == cash + 7100
    assert seen["exposure"] == {"equity": "2100", "crypto": "5000"}
    assert Decimal(seen["unrealized"]) == Decimal("99.9") - Decimal("0.001")
    assert seen["day_profit"] == seen["total_profit"] == seen["unrealized"]
    assert (seen["realized"], seen["fees"], seen["currency"]) == ("0", "0", "USD")
    assert seen["time"] == "2026-11-20T15:00:00Z"
    assert seen == alice.get("portfolio/", account=str(world.account.public_id)).json()


def test_curve_begins_with_what_was_put_in_and_ends_now(world, alice, buy):
    alice.post("orders/", buy)
    world.clock.advance(seconds=60)
    world.quote("AAPL", "210")
    assert alice.get("portfolio/history/").json() == {
        "points": [
            {"time": "2026-11-20T15:00:00Z", "equity": "100000"},
            {"time": "2026-11-20T15:01:00Z", "equity": "100099.9"},
        ]
    }


def test_long_curve_is_thinned_but_keeps_its_end(world, alice):
    now = world.clock.now()
    EquityPoint.objects.bulk_create(
        EquityPoint(account=world.account, at=now - timedelta(minutes=number), equity=Decimal(number))
        for number in range(1, 1400)
    )
    points = alice.get("portfolio/history/").json()["points"]
    assert len(points) <= 501
    assert points == sorted(points, key=lambda point: point["time"])
    assert points[-1] == {"time": "2026-11-20T15:00:00Z", "equity": "100000"}
    later = alice.get("portfolio/history/", start="2026-11-20T14:58:00Z").json()["points"]
    assert [point["equity"] for point in later] == ["2", "1", "100000"]


def test_fills_newest_first(world, alice, buy):
    order = alice.post("orders/", buy).json()
    world.clock.advance(seconds=1)
    alice.post("orders/", buy | {"side": "sell", "quantity": "4"})
    sale, purchase = alice.get("fills/").json()["results"]
    assert (sale["side"], sale["quantity"], sale["price"], sale["value"]) == ("sell", "4", "199.99", "799.96")
    assert (purchase["order_id"], purchase["fee"], purchase["time"]) == (order["id"], "0", "2026-11-20T15:00:00Z")
    assert uuid.UUID(purchase["id"]) != uuid.UUID(sale["id"])
    assert alice.get("fills/", symbol="MSFT").json()["results"] == []


def test_ledger_tells_where_everything_came_from_and_went(alice, buy):
    alice.post("orders/", buy)
    fill = alice.get("fills/").json()["results"][0]
    booked, opening = alice.get("ledger/").json()["results"]
    assert (opening["code"], opening["fill_id"]) == ("opening", None)
    assert opening["transfers"] == [{"asset": "USD", "amount": "100000", "debit": "cash", "credit": "outside"}]
    assert (booked["code"], booked["fill_id"], booked["symbol"]) == ("fill", fill["id"], "AAPL")
    assert (opening["sequence"], booked["sequence"], booked["reverses"]) == (1, 2, None)
    assert opening["digest"] != booked["digest"]
    assert booked["transfers"] == [
        {"asset": "USD", "amount": "2000.1", "debit": "outside", "credit": "cash"},
        {"asset": "AAPL", "amount": "10", "debit": "units", "credit": "outside"},
    ]


def test_the_ledger_is_filtered(world, alice, buy):
    world.clock.advance(seconds=60)
    world.quote("AAPL", "200")
    world.quote("BTC-USD", "50000")
    alice.post("orders/", buy)
    alice.post("orders/", {"symbol": "BTC-USD", "side": "buy", "quantity": "0.1"})

    def found(**query):
        return [entry["sequence"] for entry in alice.get("ledger/", **query).json()["results"]]

    assert found() == [3, 2, 1]
    assert found(code="fill") == [3, 2]
    assert found(asset="AAPL") == [2]
    assert found(asset="usd") == [3, 2, 1]
    assert found(asset="MSFT") == []
    assert found(until="2026-11-20T15:01:00Z") == [1]
    assert found(since="2026-11-20T15:01:00Z", code="opening") == []
    assert found(account=str(world.account.public_id), asset="BTC-USD") == [3]


def test_a_short_position_is_shown_with_what_secures_it(world, alice, buy):
    BrokerAccount.objects.filter(pk=world.account.pk).update(margin=True)
    VenueCash.objects.filter(reference=world.account.reference).update(allows_short=True)
    assert alice.post("orders/", buy | {"side": "sell", "effect": "open"}).json()["effect"] == "open"
    [position] = alice.get("positions/").json()["results"]
    assert (position["quantity"], position["market_value"], position["cost"]) == ("-10", "-2000", "-1999.9")
    account = alice.get("accounts/").json()["results"][0]
    assert (account["margin"], account["cash"], account["collateral"]) == (True, "101999.9", "3000")
    assert (account["maintenance_requirement"], account["maintenance_excess"]) == ("2600", "99399.9")
    assert account["buying_power"] == "98999.9"


def test_an_option_is_shown_with_its_terms(alice):
    call = {"right": "call", "strike": "200", "expiration": "2026-12-18"}
    alice.post("orders/", {"symbol": "AAPL", "option": call, "side": "buy", "quantity": "2"})
    [position] = alice.get("positions/").json()["results"]
    assert position["option"] == {"underlying": "AAPL", **call}
    assert (position["symbol"], position["multiplier"]) == ("AAPL261218C00200000", "100")
    assert Decimal(position["cost"]) == 200 * Decimal(position["average_cost"])
    assert alice.get("positions/", symbol="AAPL").json()["results"] == [position]


def test_nobody_sees_what_is_another_persons(alice, bob, buy):
    alice.post("orders/", buy)
    bob.get("accounts/")
    for path in ("orders/", "fills/", "positions/"):
        assert bob.get(path).json()["results"] == []
    assert [journal["code"] for journal in bob.get("ledger/").json()["results"]] == ["opening"]
    assert bob.get("portfolio/").json()["cash"] == "100000"


@pytest.mark.parametrize("path", ["orders/", "fills/", "positions/", "ledger/", "portfolio/", "accounts/"])
def test_a_longer_list_takes_no_more_queries(world, alice, buy, path):
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert alice.get(path).status_code == 200
        return len(seen)

    alice.post("orders/", buy)
    few = queries()
    for symbol in ("AAPL", "MSFT", "BTC-USD"):
        alice.post("orders/", {"symbol": symbol, "side": "buy", "quantity": "0.1"})
    assert queries() == few
