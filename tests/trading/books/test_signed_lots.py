"""Fills on long and short positions, by each method of closing lots, through the whole booking."""

from __future__ import annotations

from decimal import Decimal

import pytest

from arbion.domain.enums import LotMethod, PositionEffect
from tests.trading.books.conftest import CALL, PUT, Teller
from tests.trading.books.packages import place_package
from trading.books.arithmetic import Unbookable
from trading.books.ledger import Columns, allow_negative
from trading.models import LedgerAccount, LedgerKind, Lot, Order, OrderLeg


def test_a_short_position_is_opened_added_to_and_covered_with_fees(teller: Teller) -> None:
    teller.fill("sell", "AAPL", 10, 200, fee=1)
    teller.fill("sell", "AAPL", 10, 210, fee=1)
    assert teller.position("AAPL") == (-20, -4098, 0)
    teller.fill("buy", "AAPL", 15, 190, fee=3, effect=PositionEffect.CLOSE)
    # Bought back for 2,853: ten of the first lot for two thirds of it, five of the second for the rest.
    assert teller.closures("AAPL") == [(10, 1902, 1999), (5, 951, Decimal("1049.5"))]
    assert teller.position("AAPL") == (-5, Decimal("-1049.5"), Decimal("195.5"))
    assert teller.balance("units", "AAPL") == -5
    assert teller.faults() == set()


@pytest.mark.parametrize(
    ("method", "first"),
    [(LotMethod.FIFO, 100), (LotMethod.LIFO, 200), (LotMethod.HIFO, 300), (LotMethod.CHOSEN, 150)],
)
def test_the_method_chooses_which_lot_is_closed(teller: Teller, method: LotMethod, first: int) -> None:
    for number, price in enumerate((100, 300, 150, 200)):
        teller.fill("buy", "AAPL", 1, price, later=number)
    chosen = [Lot.objects.get(remaining_cost=150).pk]
    teller.fill("sell", "AAPL", 1, 250, later=9, lot_method=method, chosen_lots=chosen, effect=PositionEffect.CLOSE)
    assert teller.closures("AAPL") == [(1, first, 250)]
    assert teller.faults() == set()


def test_the_accounts_method_counts_where_the_order_names_none(teller: Teller) -> None:
    teller.world.account.lot_method = LotMethod.LIFO
    teller.world.account.save()
    for number, price in enumerate((100, 300)):
        teller.fill("buy", "AAPL", 1, price, later=number)
    teller.fill("sell", "AAPL", 1, 250, later=9)
    assert teller.closures("AAPL") == [(1, 300, 250)]


def test_a_fill_beyond_the_position_is_booked_and_named_where_no_order_opens_short(teller: Teller) -> None:
    teller.fill("buy", "AAPL", 10, 200)
    teller.fill("sell", "AAPL", 14, 210, fee="0.14", effect=PositionEffect.CLOSE)
    assert teller.closures("AAPL") == [(10, 2000, Decimal("2099.9"))]
    assert teller.lots("AAPL") == [(-4, Decimal("-839.96"))]
    assert teller.faults() == {"short_only_where_opened"}


def test_options_count_their_multiplier_once_everywhere(teller: Teller) -> None:
    teller.fill("buy", CALL, 2, "5.25", fee="1.3")
    assert teller.position(CALL) == (2, Decimal("1051.3"), 0)
    assert teller.balance("cash") == Decimal(100000) - Decimal("1051.3")
    teller.fill("sell", CALL, 2, 6, fee="1.3", effect=PositionEffect.CLOSE)
    assert teller.position(CALL) == (0, 0, Decimal("147.4"))
    assert teller.faults() == set()


def test_the_legs_of_a_package_are_booked_as_what_they_are(teller: Teller) -> None:
    order = place_package(teller, quantity=2, legs=[(CALL, "buy", 1), (PUT, "sell", 1)])
    for number, side, symbol, price in ((0, "buy", CALL, 5), (1, "sell", PUT, 4)):
        teller.tell_fill(order, side, symbol, 2, price, fee=1, leg=number)
    order.refresh_from_db()
    assert (order.filled_quantity, order.filled_value, order.fees) == (2, 200, 2)
    assert teller.position(CALL) == (2, 1001, 0)
    assert teller.position(PUT) == (-2, -799, 0)
    assert teller.faults() == set()


def test_a_leg_that_the_order_does_not_have_is_not_booked(teller: Teller, everything: object) -> None:
    order = place_package(teller, quantity=2, legs=[(CALL, "buy", 1), (PUT, "sell", 1)])
    before = everything()
    with pytest.raises((Unbookable, StopIteration)):
        teller.tell_fill(order, "sell", CALL, 2, 5, leg=0)
    assert everything() == before


def test_a_package_that_is_filled_on_one_side_only_is_named(teller: Teller) -> None:
    order = place_package(teller, quantity=2, legs=[(CALL, "buy", 1), (PUT, "sell", 1)])
    teller.tell_fill(order, "buy", CALL, 2, 5, leg=0)
    assert teller.faults() == set()
    OrderLeg.objects.filter(order=order, number=1).update(filled_quantity=1)
    assert teller.faults() == {"leg_is_sum_of_fills"}
    Order.objects.filter(pk=order.pk).update(filled_quantity=1)
    assert "package_is_filled_as_its_legs" in teller.faults()


def test_a_column_goes_below_zero_only_where_it_may(teller: Teller) -> None:
    account = teller.world.account
    columns = Columns.read(account, ["MSFT"])
    allow_negative(columns, LedgerKind.UNITS, "MSFT")
    allow_negative(columns, LedgerKind.UNITS, "MSFT")
    assert LedgerAccount.objects.get(account=account, asset="MSFT").may_be_negative
    assert not LedgerAccount.objects.get(account=account, kind=LedgerKind.CASH).may_be_negative
