"""Stops in the operators' room: everybody there reads them, only a superadmin takes one away, and the owner is told."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client

from accounts.models import AuditEntry, Notification, User
from arbion.domain.enums import Role
from arbion.domain.errors import Forbidden, InvalidInput
from marketdata.models import Instrument
from riskdesk.stops import StopKind
from tests.trading.conftest import World
from trading.errors import StopNotStanding
from trading.execution.protection.attach import attach, withdraw
from trading.models import Stop, StopStatus

LIST = "/admin/trading/stop/"
ASK = {"action": "take_away"}


@pytest.fixture
def stop(world: World) -> Stop:
    """A stop of Alice's."""
    world.place("buy", "AAPL", quantity="10")
    apple = Instrument.objects.get(symbol="AAPL")
    figures = {"kind": StopKind.FIXED, "price": Decimal(180), "client_key": "k", "clock": world.clock}
    return attach(world.account, user=world.alice, instrument=apple, **figures)[0]


@pytest.fixture
def people(world: World) -> dict[str, User]:
    """An operator of each role."""
    del world
    return {role.value: User.objects.create_user(f"{role.value}@example.com", role=role) for role in Role}


def room(person: User) -> Client:
    """The room as this person finds it."""
    client = Client()
    client.force_login(person)
    return client


def untouched(stop: Stop) -> bool:
    """Whether nothing has happened to it, and nobody was told."""
    stop.refresh_from_db()
    is_told = Notification.objects.exists() or AuditEntry.objects.filter(action="risk.stop_withdrawn").exists()
    return stop.status == StopStatus.GUARDING and stop.version == 0 and not is_told


def test_an_admin_reads_and_filters_and_is_offered_nothing_else(stop: Stop, people: dict[str, User]) -> None:
    client = room(people["admin"])
    page = client.get(LIST).content.decode()
    assert "AAPL" in page
    assert "alice@example.com" in page
    assert "Take away" not in page
    for query, is_there in (("standing=open", True), ("standing=closed", False), ("standing=trouble", False)):
        assert ("alice@example.com" in client.get(f"{LIST}?{query}").content.decode()) is is_there, query
    one = client.get(f"{LIST}{stop.pk}/change/").content.decode()
    assert "Guarded here" in one
    assert f"/admin/accounts/auditentry/?q={stop.pk}" in one
    client.post(LIST, {**ASK, "_selected_action": [stop.pk], "confirmed": "yes", "reason": "tidying"})
    assert untouched(stop)


def test_a_superadmin_is_asked_why_and_then_the_owner_is_told(
    world: World, stop: Stop, people: dict[str, User]
) -> None:
    client = room(people["superadmin"])
    chosen = {**ASK, "_selected_action": [stop.pk]}
    assert "Take 1 stop away" in client.post(LIST, chosen).content.decode()
    assert "This field is required" in client.post(LIST, {**chosen, "confirmed": "yes"}).content.decode()
    assert untouched(stop)
    said = client.post(LIST, {**chosen, "confirmed": "yes", "reason": "the venue is closing"}, follow=True)
    assert "1 taken away" in said.content.decode()
    stop.refresh_from_db()
    assert (stop.status, stop.reason) == ("canceled", "An operator took it away: the venue is closing")
    entry = AuditEntry.objects.get(action="risk.stop_withdrawn")
    assert (entry.actor, entry.subject, entry.data["reason"]) == (
        people["superadmin"], f"stop {stop.pk}", "the venue is closing",
    )  # fmt: skip
    notice = Notification.objects.get()
    assert (notice.user, notice.urgency) == (world.alice, "critical")
    assert "None of them stands any more" in client.post(LIST, chosen).content.decode()


@pytest.mark.parametrize("role", ["standard", "admin"])
def test_the_verb_refuses_whoever_does_not_oversee_everybody(stop: Stop, people: dict[str, User], role: str) -> None:
    with pytest.raises(Forbidden):
        withdraw(stop, operator=people[role], reason="tidying")
    assert untouched(stop)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201])
def test_the_verb_wants_a_reason(stop: Stop, people: dict[str, User], reason: str) -> None:
    with pytest.raises(InvalidInput):
        withdraw(stop, operator=people["superadmin"], reason=reason)
    assert untouched(stop)


def test_what_went_off_stays_and_what_was_taken_away_is_told_once(stop: Stop, people: dict[str, User]) -> None:
    Stop.objects.update(status=StopStatus.TRIGGERED)
    with pytest.raises(StopNotStanding):
        withdraw(stop, operator=people["superadmin"], reason="tidying")
    Stop.objects.update(status=StopStatus.ALARM)
    for _ in range(2):
        withdraw(stop, operator=people["superadmin"], reason="tidying")
    assert AuditEntry.objects.filter(action="risk.stop_withdrawn").count() == 1
    assert Notification.objects.count() == 1
