"""The market in the admin: halts are audited, prices are read-only."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import Client

from accounts.models import AuditEntry, User
from marketdata.models import Candle, Instrument, Quote, Tape
from tests.marketdata.factories import make_instrument

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> User:
    return User.objects.create(email="operator@example.org", role="admin")


@pytest.fixture
def desk(operator: User) -> Client:
    client = Client(HTTP_HOST="localhost")
    client.force_login(operator)
    return client


def test_a_halt_by_an_operator_is_audited(desk, operator):
    apple, other = make_instrument("AAPL"), make_instrument("KO")
    body = {"action": "halt_them", "_selected_action": [apple.pk]}
    assert desk.post("/admin/marketdata/instrument/", body).status_code == 200  # it asks for the reason first
    assert Instrument.objects.get(pk=apple.pk).is_halted is False
    assert (
        desk.post("/admin/marketdata/instrument/", {**body, "confirmed": "1", "reason": "News is pending"}).status_code
        == 302
    )
    assert Instrument.objects.get(pk=apple.pk).is_halted is True
    assert Instrument.objects.get(pk=other.pk).is_halted is False
    [entry] = AuditEntry.objects.filter(action="instrument.halted")
    assert (entry.actor, entry.subject) == (operator, "AAPL")
    desk.post("/admin/marketdata/instrument/", {**body, "action": "resume_them"})
    assert Instrument.objects.get(pk=apple.pk).is_halted is False


def test_instruments_are_found_and_shown(desk):
    apple = make_instrument("AAPL")
    assert b"AAPL" in desk.get("/admin/marketdata/instrument/?q=aapl").content
    assert desk.get(f"/admin/marketdata/instrument/{apple.pk}/change/").status_code == 200
    assert desk.get(f"/admin/marketdata/instrument/{apple.pk}/delete/").status_code == 403


@pytest.mark.parametrize("model", [Quote, Candle, Tape])
def test_prices_can_only_be_read(desk, model):
    name = model._meta.model_name
    assert desk.get(f"/admin/marketdata/{name}/").status_code == 200
    assert desk.get(f"/admin/marketdata/{name}/add/").status_code == 403
    site = admin.site._registry[model]
    assert site.has_change_permission(None) is False
    assert site.has_delete_permission(None) is False


def test_a_standard_person_does_not_get_in():
    client = Client(HTTP_HOST="localhost")
    client.force_login(User.objects.create(email="person@example.org"))
    assert client.get("/admin/marketdata/instrument/").status_code == 302
