"""Placing, reading and canceling orders over REST."""

from __future__ import annotations

import uuid

import pytest

from arbion.domain.errors import FieldError
from riskdesk.models import RiskDecision
from tests.trading.api.conftest import PROBLEM, problem
from trading.api.orders import faults_of
from trading.models import Order

ORDER_FIELDS = {
    "id", "client_order_id", "account", "symbol", "contract_symbol", "asset_class", "side", "effect", "order_type",
    "quantity", "notional", "limit_price", "stop_price", "trail_amount", "trail_percent", "time_in_force", "expires_at",
    "extended_hours", "option", "bracket", "legs", "stop_loss_price", "take_profit_price", "group", "lot_method",
    "venue_order_id", "status", "pending_request", "waiting_for", "revision", "filled_quantity", "remaining_quantity",
    "when", "average_fill_price", "fees", "source", "reject_code", "reject_reason", "created_at", "updated_at",
}  # fmt: skip


def test_market_order_is_placed_filled_and_shown_whole(world, alice, buy):
    answer = alice.post("orders/", buy, Idempotency_Key="k-1")
    assert answer.status_code == 201
    order = answer.json()
    assert order.keys() == ORDER_FIELDS
    assert {name: order[name] for name in ("symbol", "side", "order_type", "quantity", "notional", "limit_price")} == {
        "symbol": "AAPL", "side": "buy", "order_type": "market", "quantity": "10", "notional": None,
        "limit_price": None,
    }  # fmt: skip
    assert (order["status"], order["filled_quantity"], order["remaining_quantity"]) == ("filled", "10", "0")
    assert (order["average_fill_price"], order["fees"], order["source"]) == ("200.01", "0", "api")
    assert (order["client_order_id"], order["account"]) == ("k-1", str(world.account.public_id))
    assert (order["time_in_force"], order["created_at"]) == ("day", "2026-11-20T15:00:00Z")
    assert [order[name] for name in ("stop_price", "bracket", "option", "waiting_for", "reject_code")] == [None] * 5
    assert alice.get(f"orders/{order['id']}/").json() == order


def test_coins_work_until_canceled_where_nothing_is_said(alice):
    body = {"symbol": "BTC-USD", "side": "buy", "order_type": "limit", "quantity": "0.1", "limit_price": "45000"}
    order = alice.post("orders/", body).json()
    assert (order["time_in_force"], order["status"], order["remaining_quantity"]) == ("gtc", "accepted", "0.1")


def test_money_becomes_units(alice):
    order = alice.post("orders/", {"symbol": "aapl", "side": "buy", "notional": "500"}).json()
    assert (order["symbol"], order["notional"], order["quantity"]) == ("AAPL", "500", "2.4998")


def test_json_numbers_are_read_exactly(alice):
    order = alice.post(
        "orders/", '{"symbol":"AAPL","side":"buy","order_type":"limit","quantity":0.1,"limit_price":150.1}'
    )
    assert (order.json()["quantity"], order.json()["limit_price"]) == ("0.1", "150.1")


@pytest.mark.parametrize("by_header", [True, False])
def test_a_repeat_is_the_first_order(alice, buy, by_header):
    def send():
        return (
            alice.post("orders/", buy, Idempotency_Key="k")
            if by_header
            else alice.post("orders/", buy | {"client_order_id": "k"})
        )

    first, again = send(), send()
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert Order.objects.count() == 1


def test_header_and_body_name_the_same_key(alice, buy):
    first = alice.post("orders/", buy, Idempotency_Key="k")
    again = alice.post("orders/", buy | {"client_order_id": "k"}, Idempotency_Key="k")
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])


def test_the_same_key_with_another_body_is_refused(alice, buy, counted):
    alice.post("orders/", buy, Idempotency_Key="k")
    before = counted()
    problem(alice.post("orders/", buy | {"quantity": "11"}, Idempotency_Key="k"), 409, "idempotency_mismatch")
    assert counted() == before


def test_two_people_may_use_the_same_key(alice, bob, buy):
    first, second = (person.post("orders/", buy, Idempotency_Key="k") for person in (alice, bob))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] != second.json()["id"]


@pytest.mark.parametrize(
    ("field", "header"),
    [
        ("one", "two"),
        ("", None),
        (None, ""),
        ("x" * 81, None),
        (None, "x" * 81),
        ("a b", None),
        ("\u043a\u043b\u044e\u0447", None),
    ],
)
def test_keys_that_cannot_be_used(alice, buy, counted, field, header):
    before = counted()
    body = buy if field is None else buy | {"client_order_id": field}
    answer = alice.post("orders/", body, **({} if header is None else {"Idempotency_Key": header}))
    assert problem(answer, 400, "invalid")["errors"][0]["field"] == "client_order_id"
    assert counted() == before


def test_each_order_without_a_key_is_an_order_of_its_own(alice, buy):
    keys = {alice.post("orders/", buy).json()["client_order_id"] for _ in range(2)}
    assert len(keys) == 2


def test_denied_order_says_why_and_which_and_so_does_its_repeat(alice, buy, counted):
    answers = [alice.post("orders/", buy | {"quantity": "499"}, Idempotency_Key="big") for _ in range(2)]
    for answer in answers:
        body = problem(answer, 422, "risk_denied")
        assert body["reject_code"] == "risk_limit_exceeded"
        failed = [check for check in body["checks"] if not check["passed"]]
        assert failed[0]["code"] == "risk_limit_exceeded"
        assert failed[0]["detail"] == body["detail"]
        assert body["errors"][0] == {"field": "quantity", "code": failed[0]["code"], "detail": body["detail"]}
        assert [error["code"] for error in body["errors"]] == [check["code"] for check in failed]
    assert answers[0].json()["order_id"] == answers[1].json()["order_id"]
    kept = alice.get(f"orders/{answers[0].json()['order_id']}/").json()
    assert (kept["status"], kept["reject_code"], kept["remaining_quantity"]) == ("denied", "risk_limit_exceeded", "0")
    assert counted()["trading.Hold"] == 0


@pytest.mark.parametrize(
    ("given", "faults"),
    [
        ({"quantity": "1000"}, {("quantity", "insufficient_buying_power"), ("quantity", "risk_limit_exceeded")}),
        (
            {"quantity": None, "notional": "200000"},
            {("notional", "insufficient_buying_power"), ("notional", "risk_limit_exceeded")},
        ),
        ({"side": "sell", "quantity": "1"}, {("quantity", "insufficient_position")}),
        ({"order_type": "limit", "limit_price": "900", "quantity": "1"}, {("limit_price", "limit_too_far")}),
    ],
)
def test_a_denial_names_the_fields_that_would_have_to_change(alice, buy, given, faults):
    body = problem(alice.post("orders/", buy | given), 422, "risk_denied")
    assert {(error["field"], error["code"]) for error in body["errors"]} == faults
    assert {error["detail"] for error in body["errors"]} == {c["detail"] for c in body["checks"] if not c["passed"]}


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("market_is_open", "symbol"),
        ("instrument_is_tradable", "symbol"),
        ("quote_is_fresh", "symbol"),
        ("no_unknown_orders", "symbol"),
        ("not_halted", "account"),
        ("daily_loss_within_limit", "account"),
        ("orders_per_minute_within_limit", "account"),
        ("books_agree", "account"),
        ("account_is_own", "account"),
    ],
)
def test_the_field_of_each_other_check(name, field):
    passed = {"name": "units_suffice", "passed": True, "code": "", "detail": ""}
    failed = {"name": name, "passed": False, "code": "word", "detail": "A sentence."}
    order = Order(notional=None, decision=RiskDecision(checks=[passed, failed]))
    assert faults_of(order) == (FieldError(field, "word", "A sentence."),)


BAD_VALUES = [
    ("quantity", value, "invalid_number")
    for value in (
        "1e9",
        "NaN",
        "Infinity",
        "-Infinity",
        True,
        [1],
        {"a": 1},
        "\u0661\u0660",
        "\uff11\uff10",
        "1,000",
        " 1",
        "",
        "0x1",
        "+1",
    )
] + [
    ("quantity", "0", "not_positive"),
    ("quantity", "-1", "not_positive"),
    ("quantity", -1, "not_positive"),
    ("quantity", "1000000000000", "too_large"),
    ("quantity", "0.00001", "size_increment"),
    ("quantity", "0.000000001", "too_fine"),
    ("quantity", None, "required"),
    ("limit_price", "150", "not_allowed"),
    ("side", "hold", "invalid_choice"),
    ("side", "BUY", "invalid_choice"),
    ("side", True, "invalid_choice"),
    ("side", ["buy"], "invalid_choice"),
    ("side", None, "null"),
    ("order_type", "iceberg", "invalid_choice"),
    ("order_type", "Stop", "invalid_choice"),
    ("time_in_force", "forever", "invalid_choice"),
    ("symbol", "NOPE", "unknown_symbol"),
    ("symbol", "\u0410\u0410PL", "unknown_symbol"),
    ("symbol", "AAPL\u200b", "unknown_symbol"),
    ("symbol", " AAPL ", "unknown_symbol"),
    ("symbol", "AAPL\n", "unknown_symbol"),
    ("symbol", " ", "unknown_symbol"),
    ("symbol", 5, "invalid"),
    ("symbol", True, "invalid"),
    ("symbol", ["AAPL"], "invalid"),
    ("symbol", "", "blank"),
    ("symbol", "X" * 25, "max_length"),
    ("account", "nonsense", "invalid"),
    ("account", 1, "invalid"),
    ("account", str(uuid.UUID(int=7)), "unknown_account"),
    ("client_order_id", 7, "invalid"),
    ("stop_price", "150", "not_allowed"),
    ("trail_amount", "1", "not_allowed"),
    ("stop_loss_price", "150", "unknown_field"),
]


@pytest.mark.parametrize("case", BAD_VALUES, ids=lambda case: ascii(case)[:60])
def test_bad_value_names_its_field_and_moves_nothing(alice, buy, counted, case):
    field, value, code = case
    before = counted()
    for path in ("orders/", "orders/preview/"):
        body = problem(alice.post(path, buy | {field: value}), 400, "invalid")
        assert [(error["field"], error["code"]) for error in body["errors"]] == [(field, code)]
        assert body["errors"][0]["detail"]
    assert counted() == before


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"{", 400, "invalid_json"),
        (b'{"quantity":"1","quantity":"2"}', 400, "invalid_json"),
        (b'{"quantity":NaN}', 400, "invalid_json"),
        (b"\xff\xfe", 400, "invalid_json"),
        (b"[" * 5000, 400, "invalid_json"),
        (b"[]", 400, "invalid"),
        (b'"buy"', 400, "invalid"),
        (b'{"symbol":"' + b"x" * 300_000 + b'"}', 413, "body_too_large"),
    ],
)
def test_broken_bodies(alice, counted, content, status, code):
    before = counted()
    problem(alice.post("orders/", content), status, code)
    assert counted() == before


def test_a_form_is_no_order(alice, counted):
    before = counted()
    answer = alice.client.post("/api/v1/orders/", {"symbol": "AAPL"}, headers=alice.headers)
    assert (answer.status_code, answer["Content-Type"]) == (415, PROBLEM)
    assert counted() == before


def test_two_sizes_and_a_limit_order_without_its_price(alice, buy):
    body = problem(alice.post("orders/", buy | {"notional": "5"}), 400, "invalid")
    assert [(error["field"], error["code"]) for error in body["errors"]] == [("notional", "one_size")]
    body = problem(alice.post("orders/", buy | {"order_type": "limit"}), 400, "invalid")
    assert [(error["field"], error["code"]) for error in body["errors"]] == [("limit_price", "required")]


@pytest.mark.parametrize("field", [
    "id", "user", "owner", "status", "filled_quantity", "fees", "source", "venue_order_id", "average_fill_price",
    "reject_code", "created_at", "is_staff", "role", "decision", "sent_at", "limitprice", "Quantity", "quantity ",
])  # fmt: skip
def test_a_field_that_is_not_asked_for_is_refused_by_name(alice, buy, counted, field):
    before = counted()
    for path in ("orders/", "orders/preview/"):
        body = problem(alice.post(path, buy | {field: "1"}), 400, "invalid")
        assert [(error["field"], error["code"]) for error in body["errors"]] == [(field, "unknown_field")]
    assert counted() == before


def test_of_many_unknown_fields_some_are_named_in_part(alice, buy, counted):
    before = counted()
    body = problem(alice.post("orders/", buy | {f"{number}" * 70: 1 for number in range(10, 60)}), 400, "invalid")
    assert [error["field"] for error in body["errors"]] == [(f"{number}" * 70)[:60] for number in range(10, 30)]
    assert counted() == before


def test_another_persons_account_in_a_body_is_as_unknown_as_none(world, bob, buy, counted):
    before = counted()
    for path in ("orders/", "orders/preview/"):
        body = problem(bob.post(path, buy | {"account": str(world.account.public_id)}), 400, "invalid")
        assert [(error["field"], error["code"]) for error in body["errors"]] == [("account", "unknown_account")]
    assert counted() == before


def test_preview_shows_price_cost_and_every_check_and_keeps_nothing(alice, buy, counted):
    before = counted()
    seen = alice.post("orders/preview/", buy).json()
    assert counted() == before
    assert (seen["estimated_price"], seen["estimated_value"], seen["fees"], seen["cost"]) == (
        "200.01", "2000.1", "0", "2000.1",
    )  # fmt: skip
    assert (seen["buying_power_before"], seen["buying_power_after"]) == ("100000", "97999.9")
    assert seen["approved"] is True
    assert {"buying_power_suffices", "quote_is_fresh"} <= {check["name"] for check in seen["checks"]}
    assert all(check["passed"] for check in seen["checks"])
    refused = alice.post("orders/preview/", buy | {"quantity": "499"}).json()
    assert refused["approved"] is False
    assert next(check["code"] for check in refused["checks"] if not check["passed"]) == "risk_limit_exceeded"


def test_cancel_is_asked_once_and_a_closed_order_says_so(alice, buy):
    order = alice.post("orders/", buy | {"order_type": "limit", "limit_price": "150"}).json()
    asked = alice.post(f"orders/{order['id']}/cancel/")
    assert (asked.status_code, asked.json()["status"], asked.json()["pending_request"]) == (202, "canceled", None)
    assert alice.post(f"orders/{order['id']}/cancel/").status_code == 202
    filled = alice.post("orders/", buy).json()
    problem(alice.post(f"orders/{filled['id']}/cancel/"), 409, "order_not_open")


def test_history_tells_every_transition_with_cause_and_actor(alice, buy):
    order = alice.post("orders/", buy).json()
    history = alice.get(f"orders/{order['id']}/events/").json()
    assert (history["next"], history["previous"]) == (None, None)
    assert [event["number"] for event in history["results"]] == list(range(len(history["results"])))
    first, last = history["results"][0], history["results"][-1]
    assert (first["actor"], first["time"]) == ("alice@example.com", "2026-11-20T15:00:00Z")
    assert (last["trigger"], last["after"], last["actor"]) == ("fill_all", "filled", None)
    assert (last["data"]["quantity"], last["data"]["price"]) == ("10", "200.01")
