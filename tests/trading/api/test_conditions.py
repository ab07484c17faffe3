"""REST: orders that wait for a condition, and alerts: placed, listed, changed, refused, and only one's own."""

from __future__ import annotations

import json

import pytest

from accounts.models import User
from tests.trading.api.conftest import Program, problem, program_of
from trading.execution.conditions.watch import Watch
from trading.models import Alert, Order, OrderCondition

WHEN = {"symbol": "aapl", "metric": "percent_change", "operator": "<=", "value": "-5", "reference": "now"}
BUY = {"symbol": "AAPL", "side": "buy", "quantity": "10", "when": WHEN}
BELOW = {"symbol": "AAPL", "metric": "price", "operator": "<=", "value": "170"}


def send(program: Program, method: str, path: str, body: object = None):
    """PATCH or DELETE below /api/v1/."""
    ask = getattr(program.client, method)
    return ask(f"/api/v1/{path}", json.dumps(body or {}), content_type="application/json", headers=program.headers)


def faults(body) -> list[tuple[str, str]]:
    return [(error["field"], error["code"]) for error in body["errors"]]


@pytest.fixture
def bob(world) -> Program:
    return program_of(User.objects.create_user("bob@example.com"))


def test_order_with_when_is_held_shown_listed_and_changed(world, alice) -> None:
    seen = alice.post("orders/preview/", BUY).json()
    assert (seen["waiting_for"], seen["when_in_words"]) == ("condition", "AAPL down 5% from 200.00")
    assert seen["estimated_price"] == "190.01"
    assert Order.objects.count() == 0
    first = alice.post("orders/", BUY, Idempotency_Key="k")
    again = alice.post("orders/", BUY, Idempotency_Key="k")
    made = first.json()
    assert (first.status_code, again.status_code, again.json()["id"]) == (201, 200, made["id"])
    assert (made["status"], made["waiting_for"]) == ("held", "condition")
    when = made["when"]
    assert (when["symbol"], when["value"], when["baseline"], when["in_words"]) == (
        "AAPL", "-5", "200", "AAPL down 5% from 200.00",
    )  # fmt: skip
    alice.post("orders/", {"symbol": "MSFT", "side": "buy", "quantity": "1"})
    listed = alice.get("orders/", waiting_for="condition").json()["results"]
    assert [row["id"] for row in listed] == [made["id"]]
    changed = send(alice, "patch", f"orders/{made['id']}/condition/", {"value": "-10"}).json()
    assert (changed["when"]["value"], changed["when"]["in_words"]) == ("-10", "AAPL down 10% from 200.00")
    assert alice.get(f"orders/{made['id']}/events/").json()["results"][-1]["cause"] == "condition changed"
    problem(
        alice.post("orders/", BUY | {"when": WHEN | {"value": "-6"}}, Idempotency_Key="k"), 409, "idempotency_mismatch"
    )


@pytest.mark.parametrize(
    ("when", "fault"),
    [
        (WHEN | {"value": "5"}, ("when.value", "wrong_side")),
        (WHEN | {"value": "lots"}, ("when.value", "invalid")),
        (WHEN | {"metric": "moon"}, ("when.metric", "unknown_metric")),
        (WHEN | {"symbol": "NOPE"}, ("when.symbol", "unknown_symbol")),
        (WHEN | {"reference": None}, ("when.reference", "required")),
        (WHEN | {"until": "x"}, ("when.until", "unknown_field")),
        (WHEN | {"expires_at": "2020-01-01T00:00:00Z"}, ("when.expires_at", "past")),
        ({"metric": "equity", "operator": ">=", "value": "1"}, ("when.metric", "not_allowed")),
    ],
)
def test_condition_that_cannot_be_is_refused_by_field(alice, counted, when, fault) -> None:
    before = counted()
    body = problem(alice.post("orders/", BUY | {"when": when}), 400, "invalid")
    assert faults(body)[0][0] == fault[0]
    assert fault[1] in {faults(body)[0][1], "invalid"}
    assert counted() == before


def test_change_of_a_condition_is_refused_where_it_cannot_be(world, alice, bob) -> None:
    made = alice.post("orders/", BUY).json()
    path = f"orders/{made['id']}/condition/"
    assert faults(problem(send(alice, "patch", path, {"value": "5"}), 400, "invalid")) == [("when.value", "wrong_side")]
    problem(send(alice, "patch", path, {}), 400, "invalid")
    problem(send(bob, "patch", path, {"value": "-9"}), 404, "not_found")
    assert OrderCondition.objects.get().value == -5
    plain = alice.post("orders/", {"symbol": "MSFT", "side": "buy", "quantity": "1"}).json()
    problem(send(alice, "patch", f"orders/{plain['id']}/condition/", {"value": "5"}), 409, "order_not_open")
    alice.post(f"orders/{made['id']}/cancel/")
    problem(send(alice, "patch", path, {"value": "-9"}), 409, "order_not_open")


def test_alert_is_set_once_listed_changed_switched_and_deleted(world, alice) -> None:
    body = {"when": BELOW, "note": "look"}
    first = alice.post("alerts/", body, Idempotency_Key="k")
    again = alice.post("alerts/", body, Idempotency_Key="k")
    made = first.json()
    assert (first.status_code, again.status_code, again.json()["id"]) == (201, 200, made["id"])
    assert (made["status"], made["when"]["in_words"], made["note"]) == ("active", "AAPL at or below 170.00", "look")
    place = f"alerts/{made['id']}/"
    assert alice.get(place).json() == made
    assert [row["id"] for row in alice.get("alerts/", status="active").json()["results"]] == [made["id"]]
    assert alice.get("alerts/", status="fired").json()["results"] == []
    each = send(alice, "patch", place, {"repeat": "each_time", "cooldown_seconds": 60, "value": "165"}).json()
    assert (each["repeat"], each["cooldown_seconds"], each["when"]["value"]) == ("each_time", 60, "165")
    assert each["note"] == "look"
    assert send(alice, "patch", place, {"active": False}).json()["status"] == "paused"
    assert send(alice, "patch", place, {"active": True}).json()["status"] == "active"
    assert send(alice, "delete", place).status_code == 204
    problem(alice.get(place), 404, "not_found")
    assert Alert.objects.count() == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "when"),
        ({"when": BELOW | {"value": "250"}}, "when.value"),
        ({"when": BELOW | {"metric": "atr"}}, "when.metric"),
        ({"when": BELOW, "repeat": "each_time", "cooldown_seconds": 1}, "cooldown_seconds"),
        ({"when": BELOW, "repeat": "daily"}, "repeat"),
        ({"when": BELOW, "user": 1}, "user"),
    ],
)
def test_alert_that_cannot_be_is_refused_by_field(alice, counted, body, field) -> None:
    before = counted()
    refused = problem(alice.post("alerts/", body), 400, "invalid")
    assert faults(refused)[0][0] == field
    assert counted() == before


def test_nobody_reads_or_touches_the_alert_of_another_person(world, alice, bob) -> None:
    place = f"alerts/{alice.post('alerts/', {'when': BELOW}).json()['id']}/"
    problem(bob.get(place), 404, "not_found")
    problem(send(bob, "patch", place, {"value": "1"}), 404, "not_found")
    problem(send(bob, "delete", place), 404, "not_found")
    assert bob.get("alerts/").json()["results"] == []
    reader = program_of(world.alice, scope="read")
    assert reader.get(place).status_code == 200
    assert reader.post("alerts/", {"when": BELOW}).status_code == 403
    assert Alert.objects.count() == 1


def test_what_came_true_is_shown(world, alice) -> None:
    made = alice.post("orders/", BUY).json()
    watch = Watch(clock=world.clock)
    for price in ("200", "200", "189", "189"):
        world.clock.advance(seconds=1)
        world.quote("AAPL", price)
        watch.look()
    order = alice.get(f"orders/{made['id']}/").json()
    assert order["status"] in {"submitted", "accepted", "filled"}
    assert order["when"]["fired_words"].startswith("AAPL fell 5.50% from 200.00 to 189.00, seen ")
    causes = [event["cause"] for event in alice.get(f"orders/{made['id']}/events/").json()["results"]]
    assert any(cause.startswith("AAPL fell 5.50% from 200.00 to 189.00") for cause in causes)
