"""Limits in the operators' room: set by the desk's own verb, so that its rules and its log hold there too."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, User
from accounts.services import create_person
from arbion.domain.enums import Role
from riskdesk.models import RiskLimit

pytestmark = pytest.mark.django_db
PASSWORD = "an old and long one"
ADD = "admin:riskdesk_risklimit_add"


@pytest.fixture
def sue() -> User:
    return create_person(email="sue@example.com", password=PASSWORD, role=Role.SUPERADMIN)


@pytest.fixture
def room(sue: User) -> Client:
    client = Client()
    client.force_login(sue)
    return client


def noted() -> list[tuple[str, str]]:
    rows = AuditEntry.objects.filter(action__startswith="risk.").order_by("pk")
    return list(rows.values_list("action", "subject"))


def test_a_limit_is_set_once_and_changed_by_the_verb(room: Client):
    assert room.post(reverse(ADD), {"name": "order_value_usd", "value": "1000"}).status_code == 302
    limit = RiskLimit.objects.get()
    change = reverse("admin:riskdesk_risklimit_change", args=[limit.pk])
    assert room.get(change).status_code == 200
    assert room.post(change, {"value": "900"}).status_code == 302
    assert RiskLimit.objects.get().value == 900
    assert noted() == [("risk.limit_set", "order_value_usd of the house")] * 2
    assert AuditEntry.objects.latest("pk").data["before"] == "1000"


def test_allowing_more_takes_the_operators_password(room: Client):
    given = {"name": "order_value_usd", "value": "60000"}
    for password, said in (("", "Confirm this with your password."), ("a guess", "This is not your password.")):
        answer = room.post(reverse(ADD), given | {"password": password})
        assert answer.status_code == 200
        assert said in answer.content.decode()
    assert (RiskLimit.objects.count(), noted()) == (0, [])
    assert room.post(reverse(ADD), given | {"password": PASSWORD}).status_code == 302
    assert RiskLimit.objects.get().value == 60_000


def test_only_a_limit_whose_end_allows_no_more_can_be_deleted(room: Client, sue: User):
    tight = RiskLimit.objects.create(name="order_value_usd", value=Decimal(10))
    wide = RiskLimit.objects.create(name="position_value_usd", value=Decimal(900_000))
    for limit, status in ((tight, 403), (wide, 302)):
        path = reverse("admin:riskdesk_risklimit_delete", args=[limit.pk])
        assert room.post(path, {"post": "yes"}).status_code == status
    assert list(RiskLimit.objects.all()) == [tight]
    assert noted() == [("risk.limit_removed", "position_value_usd of the house")]


@pytest.mark.parametrize("value", ["-1", "NaN", "", "9000000001"])
def test_what_a_limit_cannot_be_is_refused_on_the_page(room: Client, value: str):
    answer = room.post(reverse(ADD), {"name": "order_value_usd", "value": value, "password": PASSWORD})
    assert answer.status_code == 200
    assert (RiskLimit.objects.count(), noted()) == (0, [])
