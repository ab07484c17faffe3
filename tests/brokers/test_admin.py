"""The operator's pages of accounts and the exchange's book: they show everything and change nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts.models import User
from arbion.domain.enums import ActivityKind, Role
from arbion.lib.clock import FrozenClock
from brokers.accounts import create_simulated_account
from brokers.models import BrokerAccount, VenueActivity, VenueCash, VenueFill, VenueHolding, VenueOrder
from brokers.simulator import venue
from tests.brokers.factories import cash_of, request

MODELS = [BrokerAccount, VenueActivity, VenueCash, VenueHolding, VenueOrder, VenueFill]


@pytest.fixture
def reference(share: str, clock: FrozenClock) -> str:
    """An account that bought something and was paid a dividend."""
    user = User.objects.create_user("trader@example.com")
    account = create_simulated_account(user=user, amount=Decimal(100000), clock=clock)
    venue.place(reference=account.reference, request=request(), clock=clock)
    VenueActivity.objects.create(
        reference=account.reference, activity_id="dividend", kind=ActivityKind.DIVIDEND, symbol="AAPL",
        changes=[["USD", "1"]], happened_at=clock.at,
    )  # fmt: skip
    return account.reference


@pytest.fixture
def operator(client: Client, db: None) -> Client:
    """A signed-in superadmin."""
    user = User.objects.create_user("operator@example.com", "a long enough password", role=Role.SUPERADMIN)
    client.force_login(user)
    return client


@pytest.mark.parametrize("model", MODELS)
def test_lists_and_pages_show_what_is_there(operator: Client, reference: str, model: type) -> None:
    name = model._meta.model_name
    row = model.objects.get()

    listed = operator.get(reverse(f"admin:brokers_{name}_changelist"))
    found = operator.get(reverse(f"admin:brokers_{name}_changelist"), {"q": reference})
    shown = operator.get(reverse(f"admin:brokers_{name}_change", args=[row.pk]))

    assert (listed.status_code, found.status_code, shown.status_code) == (200, 200, 200)
    assert reference in found.content.decode()


@pytest.mark.parametrize("model", MODELS)
def test_nothing_is_added_changed_or_deleted(operator: Client, reference: str, model: type) -> None:
    name = model._meta.model_name
    row = model.objects.get()
    before = list(model.objects.values())

    added = operator.post(reverse(f"admin:brokers_{name}_add"), {"reference": "x"})
    changed = operator.post(reverse(f"admin:brokers_{name}_change", args=[row.pk]), {"reference": "x"})
    deleted = operator.post(reverse(f"admin:brokers_{name}_delete", args=[row.pk]), {"post": "yes"})

    assert (added.status_code, changed.status_code, deleted.status_code) == (403, 403, 403)
    assert list(model.objects.values()) == before


def test_every_table_has_its_page() -> None:
    assert {model for model in admin.site._registry if model._meta.app_label == "brokers"} == set(MODELS)


def test_a_trader_sees_none_of_it(client: Client, reference: str) -> None:
    client.force_login(User.objects.get(email="trader@example.com"))

    response = client.get(reverse("admin:brokers_venuecash_changelist"))

    assert response.status_code in {302, 403, 404}
    assert str(cash_of(reference)) not in response.content.decode()
