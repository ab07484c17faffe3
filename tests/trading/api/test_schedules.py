"""Repeating orders over REST: looked at, kept once, listed, resized, paused, resumed and ended by their owner."""

from __future__ import annotations

import json

import pytest

from tests.trading.api.conftest import problem
from trading.models import Order, RepeatingOrder
from trading.schedules.running import place_all_due

BODY = {
    "symbol": "BTC-USD", "side": "buy", "notional": "100", "every": {"interval": "week", "weekday": "monday"},
    "words": "$100 of bitcoin every Monday",
}  # fmt: skip


def patch(program, path: str, body: dict):
    """PATCH below /api/v1/."""
    return program.client.patch(
        f"/api/v1/{path}", json.dumps(body), content_type="application/json", headers=program.headers
    )


def test_it_shows_what_it_would_do_and_keeps_nothing(world, alice, counted) -> None:
    before = counted()
    seen = alice.post("schedules/preview/", BODY).json()
    assert seen["first"] == "2026-11-23T14:35:00Z"
    assert len(seen["next"]) == 3
    assert seen["in_words"] == "Buy $100.00 of BTC-USD, every Monday at 09:35 New York time"
    assert seen["every"] == {"interval": "week", "weekday": "monday", "day_of_month": None, "time": "09:35"}
    assert float(seen["per_month"]) == pytest.approx(4.33 * float(seen["cost"]), rel=0.01)
    assert seen["preview"]["approved"] is True
    assert counted() == before


def test_it_is_kept_once_for_its_key_and_shown(world, alice) -> None:
    first = alice.post("schedules/", BODY, Idempotency_Key="k")
    again = alice.post("schedules/", BODY, Idempotency_Key="k")
    assert (first.status_code, again.status_code, first.json()) == (201, 200, again.json())
    made = first.json()
    assert (made["state"], made["order"]["notional"], made["words"]) == ("active", "100", BODY["words"])
    assert made["next"][0] == "2026-11-23T14:35:00Z"
    problem(alice.post("schedules/", BODY | {"notional": "7"}, Idempotency_Key="k"), 409, "idempotency_mismatch")
    assert alice.get("schedules/").json()["results"] == [made]
    assert alice.get("schedules/", state="ended").json()["results"] == []
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"notional": "-1"}, "notional"),
        ({"notional": True}, "notional"),
        ({"quantity": "1"}, "notional"),
        ({"every": {"interval": "year"}}, "every.interval"),
        ({"every": {"interval": "day", "time": "9:35"}}, "every.time"),
        ({"ends_at": "2026-11-20T00:00:00Z"}, "ends_at"),
        ({"ends_at": "2026-11-22T00:00:00Z"}, "ends_at"),
        ({"count_max": 0}, "count_max"),
        ({"symbol": "NOPE"}, "symbol"),
        ({"order_type": "stop"}, "order_type"),
        ({"stop_price": "1"}, "stop_price"),
        ({"account": "5f0c2f0e-3a54-4f2b-9d3c-8a8d2a6c1f3e"}, "account"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_field(world, alice, counted, change, field) -> None:
    before = counted()
    answer = alice.post("schedules/", BODY | change)
    assert answer.status_code == 400
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert counted() == before


def test_its_times_its_size_and_its_end(world, alice) -> None:
    made = alice.post("schedules/", BODY | {"every": {"interval": "day"}}).json()
    path = f"schedules/{made['id']}/"
    assert patch(alice, path, {"notional": "250", "count_max": 2}).json()["order"]["notional"] == "250"
    assert patch(alice, path, {"notional": "0"}).status_code == 400
    assert alice.post(f"{path}pause/").json()["state"] == "paused"
    assert alice.post(f"{path}resume/").json()["state"] == "active"
    world.until(RepeatingOrder.objects.get().next_run)
    world.quote("BTC-USD", "50000")
    place_all_due(clock=world.clock)
    (run,) = alice.get(f"{path}runs/").json()["results"]
    assert (run["state"], run["order_id"]) == ("placed", str(Order.objects.get().pk))
    order = alice.get(f"orders/{run['order_id']}/").json()
    assert (order["source"], order["notional"]) == ("schedule", "250")
    assert alice.post(f"{path}end/").json()["state"] == "ended"
    problem(alice.post(f"{path}resume/"), 409, "repeating_ended")
    problem(patch(alice, path, {"notional": "1"}), 409, "repeating_ended")


def test_its_rule_and_its_end_are_changed(world, alice) -> None:
    made = alice.post("schedules/", BODY).json()
    path = f"schedules/{made['id']}/"
    rule = {"interval": "month", "day_of_month": 27, "time": "11:05"}
    changed = patch(alice, path, {"every": rule, "ends_at": "2027-01-01T00:00:00Z", "count_max": 3}).json()
    assert changed["every"] == {**rule, "weekday": None}
    assert (changed["next"][0], changed["ends_at"]) == ("2026-11-27T16:05:00Z", "2027-01-01T00:00:00Z")
    assert (changed["count_max"], changed["order"]) == (3, made["order"])
    # What is left out stays; an end that is null is none.
    changed = patch(alice, path, {"ends_at": None}).json()
    assert (changed["ends_at"], changed["count_max"], changed["every"]["day_of_month"]) == (None, 3, 27)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"every": {"weekday": "monday"}}, "every.interval"),
        ({"every": {"interval": "month", "weekday": "monday"}}, "every.weekday"),
        ({"every": {"interval": "day", "time": "noon"}}, "every.time"),
        ({"ends_at": "2026-11-22T00:00:00Z"}, "ends_at"),
        ({"count_max": 0}, "count_max"),
        ({"symbol": "AAPL"}, "symbol"),
    ],
)
def test_a_change_that_cannot_be_is_refused_by_field(world, alice, change, field) -> None:
    made = alice.post("schedules/", BODY).json()
    answer = patch(alice, f"schedules/{made['id']}/", {"notional": "70", **change})
    assert answer.status_code == 400
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert alice.get(f"schedules/{made['id']}/").json() == made


def test_nobody_sees_or_ends_another_s(world, alice, bob) -> None:
    made = alice.post("schedules/", BODY).json()
    assert bob.get("schedules/").json()["results"] == []
    problem(bob.post(f"schedules/{made['id']}/end/"), 404, "not_found")
    assert RepeatingOrder.objects.get().state == "active"
