"""Alerts on their page: set, changed, switched off, deleted after one question, and refused beside the field."""

from __future__ import annotations

import pytest

from marketdata.conditions import Condition
from trading.models import Alert, AlertStatus, OrderCondition

FORM = {
    "client_key": "one", "figure": "price", "symbol": "aapl", "way": "falls", "value": "170", "repeat": "once",
    "cooldown": "3600", "note": "buy",
}  # fmt: skip


@pytest.fixture
def alert(world, alice) -> Alert:
    assert alice.post("/alerts/", FORM).status_code == 302
    return Alert.objects.get()


def test_page_without_an_alert_says_what_to_do(world, alice) -> None:
    page = alice.get("/alerts/").content.decode()
    assert "No alerts yet" in page


def test_alert_is_set_once_for_its_key_and_listed_with_its_distance(alert, alice) -> None:
    alice.post("/alerts/", FORM)
    assert Alert.objects.count() == 1
    page = alice.get("/alerts/").content.decode()
    assert "AAPL at or below 170.00" in page
    assert "▼ 15.00%" in page
    assert "buy" in page


def test_fall_in_percent_is_typed_without_a_sign(world, alice) -> None:
    alice.post("/alerts/", FORM | {"figure": "percent_change:now", "value": "5"})
    row = Alert.objects.get()
    assert (row.value, row.reference, row.baseline) == (-5, "now", 200)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"value": ""}, "Say at which value."),
        ({"value": "250"}, "This is so already"),
        ({"symbol": "NOPE"}, "There is no instrument"),
        ({"symbol": ""}, "Name what is watched."),
        ({"figure": "position_value"}, "You hold no AAPL."),
        ({"figure": "magic"}, "Select a valid choice"),
    ],
)
def test_refusal_stands_beside_what_was_typed(world, alice, counted, change, reason) -> None:
    before = counted()
    answer = alice.post("/alerts/", FORM | change)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert reason in page
    assert 'value="buy"' in page
    assert counted() == before


def test_it_is_changed_switched_off_and_on_and_deleted_after_a_question(alert, alice) -> None:
    place = f"/alerts/{alert.pk}/"
    assert 'value="170"' in alice.get(place).content.decode()
    assert alice.post(place, {"value": "165", "repeat": "once", "note": ""}).status_code == 302
    alice.post(f"{place}switch/")
    assert (Alert.objects.get().value, Alert.objects.get().status) == (165, AlertStatus.PAUSED)
    alice.post(f"{place}switch/")
    assert Alert.objects.get().status == AlertStatus.ACTIVE
    assert "Delete this alert?" in alice.get(f"{place}delete/").content.decode()
    assert Alert.objects.count() == 1
    alice.post(f"{place}delete/")
    assert Alert.objects.count() == 0


def test_somebody_else_finds_nothing(alert, bob) -> None:
    for path in ("", "delete/"):
        assert bob.get(f"/alerts/{alert.pk}/{path}").status_code == 404
        assert bob.post(f"/alerts/{alert.pk}/{path}", {"value": "1", "repeat": "once"}).status_code == 404
    assert bob.post(f"/alerts/{alert.pk}/switch/").status_code == 404
    assert (Alert.objects.get().value, Alert.objects.get().status) == (170, AlertStatus.ACTIVE)


def test_desk_shows_the_nearest_first_with_what_waits_for_it(world, alice, bob, alert) -> None:
    card = "/desk/alerts/"
    alice.post("/alerts/", FORM | {"client_key": "two", "value": "196", "note": ""})
    alice.post("/alerts/", FORM | {"client_key": "three", "figure": "equity", "symbol": "", "value": "1"})
    said = {"symbol": "AAPL", "metric": "price", "operator": "<=", "value": "180"}
    order = world.place("buy", "AAPL", quantity="1", when=Condition.of(said)).order
    page = alice.get(card).content.decode()
    places = [page.index(words) for words in ("▼ 2.00%", "▼ 10.00%", "▼ 15.00%", "My equity")]
    assert places == sorted(places)
    assert 'data-level="180"' in page
    assert f"/orders/{order.pk}/" in page
    assert "Nothing is watched" not in page
    assert "My equity" in alice.get("/desk/").content.decode()
    alice.post("/alerts/", FORM | {"client_key": "four", "value": "199"})
    page = alice.get(card).content.decode()
    assert "4 of 5, the nearest first." in page
    assert "My equity" not in page
    alice.post(f"/alerts/{alert.pk}/switch/")
    assert "▼ 15.00%" not in alice.get(card).content.decode()
    assert "Nothing is watched" in bob.get(card).content.decode()


def test_waiting_order_says_what_it_waits_for_and_is_changed(world, alice, bob) -> None:
    said = {"symbol": "AAPL", "metric": "price", "operator": "<=", "value": "170"}
    order = world.place("buy", "AAPL", quantity="1", when=Condition.of(said)).order
    for path in ("/orders/", f"/orders/{order.pk}/", "/desk/orders/"):
        assert "AAPL at or below 170.00" in alice.get(path).content.decode()
    place = f"/orders/{order.pk}/condition/"
    assert "▼ 15.00%" in alice.get(place).content.decode()
    assert alice.post(place, {"value": "0"}).status_code == 422
    assert bob.post(place, {"value": "160"}).status_code == 404
    assert OrderCondition.objects.get().value == 170
    assert alice.post(place, {"value": "160"}).status_code == 302
    assert OrderCondition.objects.get().value == 160
