"""Stops over REST: attached once, listed, changed and taken away by their owner alone."""

from __future__ import annotations

import pytest

from accounts.models import User
from tests.trading.api.conftest import problem, program_of
from trading.execution.protection.watch import Watch
from trading.models import Stop
from trading.selectors import stops, where_guarded

BODY = {"symbol": "AAPL", "kind": "fixed", "price": "190"}


@pytest.fixture
def held(world):
    world.place("buy", "AAPL", quantity="10")
    return world


def test_a_stop_is_attached_once_for_its_key(held, alice) -> None:
    first = alice.post("risk/stops/", BODY, Idempotency_Key="k")
    again = alice.post("risk/stops/", BODY, Idempotency_Key="k")
    assert (first.status_code, again.status_code, first.json()["id"]) == (201, 200, again.json()["id"])
    made = first.json()
    assert (made["level"], made["status"], made["quantity"], made["reason"]) == ("190", "guarding", None, None)
    problem(alice.post("risk/stops/", BODY | {"price": "189"}, Idempotency_Key="k"), 409, "idempotency_mismatch")
    assert [row["id"] for row in alice.get("risk/stops/", status="open").json()["results"]] == [made["id"]]
    assert alice.get("risk/stops/", symbol="MSFT").json()["results"] == []


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (BODY | {"price": "201"}, ("price", "at_once")),
        (BODY | {"symbol": "MSFT"}, ("symbol", "no_position")),
        (BODY | {"percent": "5"}, ("percent", "not_allowed")),
        (BODY | {"level": "5"}, ("level", "unknown_field")),
        (BODY | {"kind": "magic"}, ("kind", "invalid_choice")),
    ],
)
def test_what_cannot_guard_is_refused_by_field(held, alice, counted, body, fault) -> None:
    before = counted()
    refused = problem(alice.post("risk/stops/", body), 400, "invalid")
    assert [(error["field"], error["code"]) for error in refused["errors"]] == [fault]
    assert counted() == before


def test_it_says_where_it_is_guarded(held, alice, settings) -> None:
    made = alice.post("risk/stops/", BODY).json()
    assert (made["guarded_at"], made["guarded_note"], made["venue_order"]) == ("here", None, None)
    settings.SIMULATED_RESTS_STOPS = True
    Watch(clock=held.clock).look()
    (row,) = alice.get("risk/stops/", status="open").json()["results"]
    assert (row["guarded_at"], row["venue_order"]) == ("venue", str(Stop.objects.get().resting_id))
    assert where_guarded(stops(held.alice).get()) == "Rests at the venue; watched from here"
    place = f"/api/v1/risk/stops/{made['id']}/"
    gone = alice.client.delete(place, "{}", content_type="application/json", headers=alice.headers).json()
    assert (gone["status"], gone["guarded_at"]) == ("canceled", None)
    assert where_guarded(stops(held.alice).get()) == ""


def test_it_is_changed_and_taken_away_by_its_owner_alone(held, alice) -> None:
    place = f"risk/stops/{alice.post('risk/stops/', BODY).json()['id']}/"
    bob = program_of(User.objects.create_user("bob@example.com"))

    def ask(program, method: str, body: str = "{}"):
        verb = getattr(program.client, method)
        return verb(f"/api/v1/{place}", body, content_type="application/json", headers=program.headers)

    for method in ("patch", "delete"):
        problem(ask(bob, method), 404, "not_found")
    assert Stop.objects.get().version == 0
    assert ask(alice, "patch", '{"price": "180", "quantity": "4"}').json()["level"] == "180"
    even = ask(alice, "patch", '{"kind": "break_even", "percent": "5", "price": "190"}').json()
    assert (even["price"], even["level"], even["quantity"]) == ("190", "190", "4")
    even = ask(alice, "patch", '{"price": null, "quantity": null}').json()
    assert (even["price"], even["level"], even["percent"], even["quantity"]) == (None, None, "5", None)
    gone = ask(alice, "delete")
    assert (gone.status_code, gone.json()["status"]) == (200, "canceled")
    problem(ask(alice, "patch", '{"price": "170"}'), 409, "stop_not_standing")
