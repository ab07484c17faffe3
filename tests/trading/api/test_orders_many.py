"""Looking through orders, and how many one person may place in a minute."""

from __future__ import annotations

import pytest
from django.core.cache import cache

from tests.trading.api.conftest import problem
from trading.models import Order
from trading.throttle import count_order


def test_filters(world, alice, buy):
    filled = alice.post("orders/", buy).json()
    resting = alice.post("orders/", buy | {"symbol": "MSFT", "order_type": "limit", "limit_price": "300"}).json()
    other = alice.post("orders/", buy | {"order_type": "limit", "limit_price": "150"}).json()
    alice.post(f"orders/{other['id']}/cancel/")

    def ids(**query):
        return {order["id"] for order in alice.get("orders/", **query).json()["results"]}

    assert ids() == {filled["id"], resting["id"], other["id"]}
    assert ids(status="open") == {resting["id"]}
    assert ids(status="filled") == {filled["id"]}
    assert ids(status="filled,canceled") == {filled["id"], other["id"]}
    assert ids(status="open,filled") == {filled["id"], resting["id"]}
    assert ids(symbol="AAPL") == {filled["id"], other["id"]}
    assert ids(symbol="MSFT", status="filled") == set()
    assert ids(account=str(world.account.public_id)) == {filled["id"], resting["id"], other["id"]}


@pytest.mark.parametrize(
    ("path", "query", "field", "code"),
    [
        ("orders/", "status=never", "status", "invalid_choice"),
        ("orders/", "status=initialized", "status", "invalid_choice"),
        ("orders/", "status=open,", "status", "invalid_choice"),
        ("orders/", "status=open&status=filled", "status", "repeated"),
        ("orders/", "symbol=NOPE", "symbol", "unknown_symbol"),
        ("orders/", "account=7", "account", "unknown_account"),
        ("orders/", "cursor=cD1ub25zZW5zZQ%3D%3D", "cursor", "invalid_cursor"),
        ("orders/", "limit=0", "limit", "invalid_limit"),
        ("fills/", "symbol=NOPE", "symbol", "unknown_symbol"),
        ("positions/", "symbol=NOPE", "symbol", "unknown_symbol"),
        ("positions/", "account=x", "account", "unknown_account"),
        ("portfolio/", "account=x", "account", "unknown_account"),
        ("portfolio/history/", "start=yesterday", "start", "invalid_time"),
        ("portfolio/history/", "start=2026-13-01T00:00:00Z", "start", "invalid_time"),
        ("ledger/", "account=x", "account", "unknown_account"),
        ("ledger/", "code=theft", "code", "invalid_choice"),
        ("ledger/", "asset=NOPE", "asset", "unknown_asset"),
        ("ledger/", "asset=\u0410APL", "asset", "unknown_asset"),
        ("ledger/", "since=yesterday", "since", "invalid_time"),
        ("ledger/", "since=2026-11-20T15:00:00Z&until=2026-11-20T15:00:00Z", "since", "not_before_until"),
        ("orders/", "group=7", "group", "invalid"),
    ],
)
def test_bad_queries_name_their_field(alice, path, query, field, code):
    answer = alice.client.get(f"/api/v1/{path}?{query}", headers=alice.headers)
    assert [(error["field"], error["code"]) for error in problem(answer, 400, "invalid")["errors"]] == [(field, code)]


def test_pages_follow_each_other_newest_first(world, alice, buy):
    placed = []
    for _ in range(5):
        placed.insert(0, alice.post("orders/", buy | {"quantity": "1"}).json()["id"])
        world.clock.advance(seconds=1)
    seen, query = [], {"limit": "2"}
    while query:
        page = alice.get("orders/", **query).json()
        seen += [order["id"] for order in page["results"]]
        query = (
            {"limit": "2", "cursor": page["next"].split("cursor=")[1].split("&")[0].replace("%3D", "=")}
            if (page["next"])
            else {}
        )
    assert seen == placed


def test_orders_are_limited_a_person_and_cancel_never(settings, alice, bob, buy):
    settings.RATE_ORDERS = "3/m"
    resting = buy | {"order_type": "limit", "limit_price": "150"}
    order, *_ = [alice.post("orders/", resting, Idempotency_Key=f"k{number}").json() for number in range(3)]
    refused = alice.post("orders/", resting, Idempotency_Key="k3")
    assert problem(refused, 429, "rate_limited")["retry_after"] >= 1
    assert int(refused["Retry-After"]) >= 1
    assert Order.objects.count() == 3
    assert bob.post("orders/", resting).status_code == 201
    assert alice.post(f"orders/{order['id']}/cancel/").status_code == 202


def test_a_repeat_is_the_first_order_beyond_the_limit_too(settings, alice, buy):
    settings.RATE_ORDERS = "2/m"
    first, *repeats = [alice.post("orders/", buy, Idempotency_Key="k") for _ in range(5)]
    assert [(again.status_code, again.json()) for again in repeats] == [(200, first.json())] * 4
    problem(alice.post("orders/", buy | {"quantity": "11"}, Idempotency_Key="k"), 409, "idempotency_mismatch")
    assert alice.post("orders/", buy, Idempotency_Key="another").status_code == 201
    problem(alice.post("orders/", buy, Idempotency_Key="a third"), 400, "invalid")
    problem(alice.post("orders/", buy, Idempotency_Key="third"), 429, "rate_limited")
    problem(alice.post("orders/", buy | {"quantity": "11"}, Idempotency_Key="k"), 409, "idempotency_mismatch")
    assert Order.objects.count() == 2


def test_nothing_is_placed_while_attempts_cannot_be_counted(monkeypatch, alice, buy, counted):
    def broken(*_args, **_kwargs):
        raise ConnectionError

    before = counted()
    monkeypatch.setattr(type(cache._connections["default"]), "add", broken)
    problem(alice.post("orders/", buy), 503, "unavailable")
    assert counted() == before


def test_the_limit_is_the_same_for_every_door(settings, world, alice, buy):
    settings.RATE_ORDERS = "1/m"
    count_order(world.say("buy", "AAPL", quantity=1))
    problem(alice.post("orders/", buy), 429, "rate_limited")
