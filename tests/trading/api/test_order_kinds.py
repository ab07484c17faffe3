"""Each kind of order over REST: what is placed is what was asked, and is shown so."""

from __future__ import annotations

from decimal import Decimal

import pytest

from brokers.models import BrokerAccount
from marketdata.models import Instrument
from tests.trading.api.conftest import problem
from trading.books.check import verify_books

CALL = {"right": "call", "strike": "200", "expiration": "2026-12-18", "effect": "open"}
CALL_SYMBOL = "AAPL261218C00200000"

KINDS = [
    {"order_type": "limit", "limit_price": "150"},
    {"order_type": "stop", "stop_price": "210"},
    {"order_type": "stop_limit", "stop_price": "210", "limit_price": "212"},
    {"order_type": "trailing_stop", "trail_amount": "3"},
    {"order_type": "trailing_stop", "trail_percent": "2.5"},
    {"order_type": "limit", "limit_price": "150", "time_in_force": "gtc"},
    {"order_type": "limit", "limit_price": "150", "time_in_force": "gtd", "expires_at": "2026-12-01T21:00:00Z"},
    {"order_type": "limit", "limit_price": "150", "extended_hours": True},
    {"order_type": "market", "time_in_force": "cls"},
    {"order_type": "market", "time_in_force": "opg"},
]


@pytest.mark.parametrize("terms", KINDS, ids=str)
def test_each_kind_is_previewed_placed_and_shown(world, alice, buy, terms):
    body = buy | terms
    seen = alice.post("orders/preview/", body).json()
    assert seen["approved"] is True, seen
    answer = alice.post("orders/", body)
    assert answer.status_code == 201, answer.content
    order = answer.json()
    for name, value in terms.items():
        assert (order[name], seen[name]) == (value, value), name
    assert order["status"] in {"accepted", "held"}
    assert (order["status"] == "held") == (order["waiting_for"] is not None)
    assert alice.get("orders/", status=order["status"]).json()["results"] == [order]
    assert verify_books(world.account) == []


@pytest.mark.parametrize("tif", ["ioc", "fok"])
def test_what_cannot_trade_at_once_is_gone(alice, buy, tif):
    order = alice.post("orders/", buy | {"order_type": "limit", "limit_price": "150", "time_in_force": tif}).json()
    assert order["status"] in {"canceled", "expired"}
    assert order["remaining_quantity"] == "0"


def test_a_bracket_shows_its_exits(world, alice, buy):
    bracket = {"stop_loss_percent": "5", "take_profit_price": "230"}
    entry = alice.post("orders/", buy | {"bracket": bracket}).json()
    assert entry["bracket"] == {
        "stop_loss_price": None,
        "stop_loss_percent": "5",
        "take_profit_price": "230",
        "take_profit_percent": None,
    }
    entry = alice.get(f"orders/{entry['id']}/").json()
    assert (entry["stop_loss_price"], entry["take_profit_price"]) == ("190.01", "230")
    assert (entry["group"]["kind"], entry["group"]["role"]) == ("bracket", "entry")
    group = alice.get("orders/", group=entry["group"]["id"]).json()["results"]
    assert sorted(order["group"]["role"] for order in group) == ["entry", "stop_loss", "take_profit"]
    assert [order["bracket"] for order in group if order["id"] != entry["id"]] == [None, None]
    assert verify_books(world.account) == []


def test_a_resting_entry_holds_its_exits(alice, buy):
    body = buy | {"order_type": "limit", "limit_price": "150", "bracket": {"stop_loss_price": "140"}}
    entry = alice.post("orders/", body).json()
    group = alice.get("orders/", group=entry["group"]["id"], status="held").json()["results"]
    assert [(order["waiting_for"], order["stop_price"]) for order in group] == [("condition", "140")]


@pytest.mark.parametrize(
    "case",
    [
        ({"stop_loss_price": "201"}, "bracket.stop_loss_price", "wrong_side"),
        ({"take_profit_price": "199"}, "bracket.take_profit_price", "wrong_side"),
        ({"stop_loss_price": "190.001"}, "bracket.stop_loss_price", "price_increment"),
    ],
)
def test_an_exit_on_the_wrong_side_moves_nothing(alice, buy, counted, case):
    bracket, field, code = case
    before = counted()
    for path in ("orders/", "orders/preview/"):
        body = problem(alice.post(path, buy | {"bracket": bracket}), 400, "invalid")
        assert [(error["field"], error["code"]) for error in body["errors"]] == [(field, code)]
    assert counted() == before


@pytest.mark.parametrize("by_terms", [True, False])
def test_an_option_is_named_by_its_terms_or_by_its_symbol(world, alice, by_terms):
    what = {"symbol": "AAPL", "option": CALL} if by_terms else {"symbol": CALL_SYMBOL.lower(), "effect": "open"}
    order = alice.post("orders/", what | {"side": "buy", "quantity": "2"}).json()
    assert (order["symbol"], order["contract_symbol"], order["asset_class"]) == ("AAPL", CALL_SYMBOL, "option")
    assert order["option"] == CALL
    assert order["status"] == "filled"
    paid = Decimal(100_000) - Decimal(alice.get("portfolio/").json()["cash"])
    assert paid == 2 * 100 * Decimal(order["average_fill_price"]) + Decimal(order["fees"])
    assert [fill["symbol"] for fill in alice.get("fills/", symbol="AAPL").json()["results"]] == [CALL_SYMBOL]
    assert alice.get("orders/", symbol="AAPL").json()["results"] == [order]
    assert alice.get("orders/", symbol=CALL_SYMBOL).json()["results"] == [order]
    assert verify_books(world.account) == []


def test_looking_at_an_option_leaves_nothing_behind(alice, counted):
    before = counted(), Instrument.objects.count()
    seen = alice.post("orders/preview/", {"symbol": "AAPL", "option": CALL, "side": "buy", "quantity": "2"}).json()
    assert (seen["symbol"], seen["contract_symbol"], seen["option"]) == ("AAPL", CALL_SYMBOL, CALL)
    assert (counted(), Instrument.objects.count()) == before


def test_a_vertical_is_one_order_of_two_legs(world, alice):
    legs = [
        {"symbol": CALL_SYMBOL, "side": "buy", "ratio": 1, "effect": "open"},
        {"symbol": "AAPL261218C00210000", "side": "sell", "ratio": 1, "effect": "open"},
    ]
    body = {"symbol": "AAPL", "side": "buy", "quantity": "1", "legs": legs}
    seen = alice.post("orders/preview/", body).json()
    assert (seen["approved"], seen["legs"]) == (True, legs)
    order = alice.post("orders/", body).json()
    assert (order["symbol"], order["contract_symbol"], order["option"]) == ("AAPL", None, None)
    assert order["legs"] == [leg | {"filled_quantity": "1"} for leg in legs]
    assert order["status"] == "filled"
    fills = alice.get("fills/").json()["results"]
    assert sorted((fill["leg"], fill["symbol"]) for fill in fills) == [(0, CALL_SYMBOL), (1, "AAPL261218C00210000")]
    assert verify_books(world.account) == []


def test_a_short_sale_needs_the_margin_option(world, alice, buy, counted):
    body = buy | {"side": "sell", "effect": "open"}
    before = counted()["trading.Hold"]
    denied = problem(alice.post("orders/", body), 422, "risk_denied")
    assert ("side", "short_not_allowed") in {(error["field"], error["code"]) for error in denied["errors"]}
    assert counted()["trading.Hold"] == before
    BrokerAccount.objects.filter(pk=world.account.pk).update(margin=True)
    assert alice.post("orders/preview/", body).json()["approved"] is True


def test_an_uncovered_call_is_denied(alice):
    body = {"symbol": "AAPL", "option": CALL, "side": "sell", "quantity": "1"}
    denied = problem(alice.post("orders/", body), 422, "risk_denied")
    assert denied["reject_code"] in {"uncovered_option", "insufficient_position"}


def test_an_archived_account_takes_no_order(world, alice, buy, counted):
    BrokerAccount.objects.filter(pk=world.account.pk).update(archived_at=world.clock.now())
    body = buy | {"account": str(world.account.public_id)}
    before = counted()
    answer = alice.post("orders/", body)
    assert answer.status_code in {400, 422}, answer.content
    assert answer.json()["errors"][0]["field"] == "account"
    assert counted()["trading.Fill"] == before["trading.Fill"]
    assert counted()["trading.Hold"] == before["trading.Hold"]
