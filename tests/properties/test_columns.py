"""Decimals in the database: exact to the last unit at both ends of a column, on whatever database this runs."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.db.models import Max, Min, Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arbion.domain.numbers import MONEY_MAX, PRICE_MAX
from arbion.lib.fields import FinerThanHouseScale, MoneyField, PriceField, QuantityField
from tests.trading.conftest import World
from trading.models import LedgerAccount, LedgerKind

LARGEST = Decimal(2**63 - 1).scaleb(-8)
SMALLEST = Decimal(-(2**63)).scaleb(-8)


def keep(world: World, value: Decimal, asset: str = "X") -> LedgerAccount:
    """A column that may hold anything."""
    return LedgerAccount.objects.create(account=world.account, kind=LedgerKind.OUTSIDE, asset=asset, balance=value)


@pytest.mark.parametrize(
    "value",
    [
        LARGEST, SMALLEST, Decimal("0.00000001"), Decimal("-0.00000001"), Decimal(0), Decimal("12345678901.12345678"),
        Decimal("99999999.99999999"), Decimal("9007199254740993E-8"), Decimal("1E+10"), MONEY_MAX,
    ],
    ids=str,
)  # fmt: skip
def test_what_is_kept_comes_back_exactly(world: World, value: Decimal) -> None:
    row = keep(world, value)
    assert LedgerAccount.objects.get(pk=row.pk).balance == value
    assert LedgerAccount.objects.get(balance=value, asset="X").pk == row.pk
    assert LedgerAccount.objects.filter(asset="X", balance__gt=value).count() == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(st.integers(min_value=-(2**63), max_value=2**63 - 1))
def test_every_unit_comes_back(world: World, units: int) -> None:
    value = Decimal(units).scaleb(-8)
    row = LedgerAccount.objects.filter(asset="X").first() or keep(world, Decimal(0))
    LedgerAccount.objects.filter(pk=row.pk).update(balance=value)
    row.refresh_from_db()
    assert row.balance == value
    assert LedgerAccount.objects.filter(asset="X", balance=value).exists()


def test_sums_and_order_are_exact(world: World) -> None:
    values = [Decimal("12345678901.12345678"), Decimal("0.00000001"), Decimal("-12345678901.12345677")]
    for number, value in enumerate(values):
        keep(world, value, f"Y{number}")
    rows = LedgerAccount.objects.filter(asset__startswith="Y")
    found = rows.aggregate(total=Sum("balance"), most=Max("balance"), least=Min("balance"))
    assert found == {"total": Decimal("0.00000002"), "most": values[0], "least": values[2]}
    assert [row.balance for row in rows.order_by("balance")] == sorted(values)


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (Decimal("0.000000001"), FinerThanHouseScale),
        (Decimal("1.123456789"), FinerThanHouseScale),
        (Decimal("NaN"), FinerThanHouseScale),
        (Decimal("Infinity"), OverflowError),
        (LARGEST + Decimal("0.00000001"), (OverflowError, DatabaseError)),
        (SMALLEST - Decimal("0.00000001"), (OverflowError, DatabaseError)),
    ],
)
def test_what_does_not_fit_is_refused_and_never_rounded(
    world: World, value: Decimal, error: type[Exception] | tuple[type[Exception], ...]
) -> None:
    before = LedgerAccount.objects.count()
    with pytest.raises(error), transaction.atomic():
        keep(world, value)
    assert LedgerAccount.objects.count() == before


@pytest.mark.parametrize(("field", "scale"), [(MoneyField, 8), (QuantityField, 8), (PriceField, 10)])
def test_scales_of_the_house(field: type[MoneyField], scale: int) -> None:
    column = field()
    smallest = Decimal(1).scaleb(-scale)
    assert column.get_prep_value(smallest) == 1
    assert column.from_db_value(1, None, None) == smallest
    with pytest.raises(FinerThanHouseScale):
        column.get_prep_value(smallest / 10)


def test_the_largest_price_fits() -> None:
    assert PriceField().get_prep_value(PRICE_MAX) < 2**63
    assert MoneyField().get_prep_value(MONEY_MAX) < 2**63
