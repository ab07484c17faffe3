"""The tables' own checks: a forgotten lock or a wrong sum is stopped by the database, as the last word."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from arbion.domain.enums import OrderStatus
from arbion.lib.clock import FrozenClock
from arbion.lib.fields import FinerThanHouseScale
from brokers.models import VenueCash, VenueFill, VenueHolding, VenueOrder
from brokers.simulator import venue
from tests.brokers.factories import REFERENCE, cash_of, open_account, quote, request


@pytest.fixture
def filled(share: str, clock: FrozenClock) -> VenueOrder:
    """An order that is filled."""
    open_account()
    venue.place(reference=REFERENCE, request=request(), clock=clock)
    return VenueOrder.objects.get()


@pytest.mark.parametrize(
    ("model", "field", "value"),
    [
        (VenueCash, "amount", Decimal(-1)),
        (VenueHolding, "quantity", Decimal(-1)),
        (VenueOrder, "filled_quantity", Decimal(11)),
        (VenueOrder, "filled_quantity", Decimal(-1)),
        (VenueOrder, "quantity", Decimal(0)),
        (VenueOrder, "limit_price", Decimal(0)),
        (VenueOrder, "fees", Decimal(-1)),
        (VenueOrder, "filled_gross", Decimal(-1)),
        (VenueOrder, "status", "lost"),
        (VenueOrder, "side", "hold"),
        (VenueOrder, "order_type", "wish"),
        (VenueOrder, "time_in_force", "eon"),
        (VenueFill, "quantity", Decimal(0)),
        (VenueFill, "price", Decimal(0)),
        (VenueFill, "fee", Decimal(-1)),
    ],
)
def test_database_refuses_what_cannot_be(filled: VenueOrder, model: type, field: str, value: object) -> None:
    before = list(model.objects.values())

    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.update(**{field: value})

    assert list(model.objects.values()) == before


def test_one_client_order_id_is_one_order(filled: VenueOrder) -> None:
    filled.pk, filled.venue_order_id = None, "another"

    with pytest.raises(IntegrityError), transaction.atomic():
        filled.save(force_insert=True)

    assert VenueOrder.objects.count() == 1


def test_finer_than_the_scale_is_refused_and_not_rounded(filled: VenueOrder) -> None:
    cash = VenueCash.objects.get()
    cash.amount = Decimal("1.000000001")

    with pytest.raises(FinerThanHouseScale), transaction.atomic():
        cash.save()

    assert cash_of() == 8999


def test_failure_half_way_leaves_nothing_behind(
    share: str, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_account()

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the power went")

    monkeypatch.setattr(VenueHolding, "save", fail)
    with pytest.raises(RuntimeError):
        venue.place(reference=REFERENCE, request=request(), clock=clock)

    assert cash_of() == 10000
    assert not VenueOrder.objects.exists()
    assert not VenueFill.objects.exists()


def test_failure_half_way_of_a_resting_fill_leaves_it_resting(
    share: str, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_account()
    venue.place(reference=REFERENCE, request=request(limit_price="90"), clock=clock)
    quote(bid="89.80", ask="90.00")

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the power went")

    monkeypatch.setattr(VenueOrder, "save", fail)
    with pytest.raises(RuntimeError):
        venue.match_all(clock=clock)

    assert cash_of() == 10000
    assert VenueOrder.objects.get().status == OrderStatus.ACCEPTED
    assert not VenueFill.objects.exists()
    assert not VenueHolding.objects.exists()
