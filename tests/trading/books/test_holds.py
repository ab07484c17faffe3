"""Holds: several a order, shrunk by fills, given back at the end, brought to new claims by a change."""

from __future__ import annotations

from decimal import Decimal
from unittest.mock import patch

import pytest

from arbion.domain.enums import OrderStatus
from arbion.domain.numbers import ZERO
from tests.trading.conftest import World
from trading.books import holds
from trading.books.check import verify_books
from trading.books.holds import Claim
from trading.books.ledger import Columns
from trading.execution import dispatch
from trading.models import Hold, LedgerAccount, LedgerKind, Order


@pytest.fixture
def order(world: World) -> Order:
    """A purchase of ten shares that was recorded and never sent; five of another are there to be claimed."""
    world.place("buy", "MSFT", quantity=5)
    with patch.object(dispatch, "_claim", return_value=None):
        key = world.place("buy", "AAPL", quantity=10, limit_price="200").order.pk
    return Order.objects.get(pk=key)


def cash(amount: object) -> Claim:
    return Claim(LedgerKind.CASH, "USD", Decimal(str(amount)))


def units(amount: object) -> Claim:
    return Claim(LedgerKind.UNITS, "MSFT", Decimal(str(amount)))


def held(order: Order) -> dict[str, Decimal]:
    return {row.asset: row.held for row in LedgerAccount.objects.filter(account=order.account, held__gt=0)}


def renew(order: Order, *claims: Claim, quantity: Decimal | None = None) -> None:
    assets = holds.assets_of(order) | {claim.asset for claim in claims}
    holds.renew(order, columns=Columns.read(order.account, assets), claims=claims, quantity=quantity)


def fill(order: Order, quantity: int, price: int, fee: int = 0) -> None:
    """The totals of an order after a fill, and its holds shrunk to them."""
    order.filled_quantity += quantity
    order.filled_value += quantity * price
    order.fees += fee
    order.status = OrderStatus.PARTIALLY_FILLED
    columns = Columns.read(order.account, holds.assets_of(order))
    holds.shrink(order, columns=columns)
    columns.write()


def test_an_order_claims_of_several_columns_and_of_each_once(order: Order) -> None:
    renew(order, cash(5), cash(7), units(3), units(0))
    assert held(order) == {"USD": Decimal(12), "MSFT": Decimal(3)}
    assert Hold.objects.filter(order=order).count() == 2
    assert holds.assets_of(order) == {"USD", "MSFT"}
    assert verify_books(order.account) == []


def test_fills_shrink_every_hold_by_its_share(order: Order) -> None:
    renew(order, cash(2000), units(5))
    fill(order, 4, 200)
    assert held(order) == {"USD": Decimal(1200), "MSFT": Decimal(3)}


def test_a_dear_part_leaves_less_for_the_rest_and_never_less_than_nothing(order: Order) -> None:
    fill(order, 5, 250, fee=50)
    assert held(order) == {"USD": Decimal(700)}
    fill(order, 4, 250)
    assert held(order) == {}


def test_money_that_comes_in_makes_no_hold_larger(order: Order) -> None:
    order.side = "sell"
    renew(order, cash(3000))
    fill(order, 5, 200, fee=1)
    assert held(order) == {"USD": Decimal(1499 + 1)}


def test_a_package_that_receives_money_keeps_the_share_of_its_security(order: Order) -> None:
    order.is_package = True
    renew(order, cash(1000))
    fill(order, 5, -100)
    assert held(order) == {"USD": Decimal(500)}


def test_releasing_gives_everything_back(order: Order) -> None:
    renew(order, cash(2000), units(5))
    order.status = OrderStatus.CANCELED
    holds.release(order)
    holds.release(order)
    assert held(order) == {}
    assert set(Hold.objects.filter(order=order).values_list("remaining", flat=True)) == {ZERO}


def test_a_change_brings_larger_and_smaller_claims_for_what_is_unfilled(order: Order) -> None:
    fill(order, 4, 200)
    renew(order, cash(3200), quantity=Decimal(20))
    assert held(order) == {"USD": Decimal(3200)}
    # Four of the sixteen that were claimed for: spent before the claim is not counted again.
    fill(order, 4, 200)
    assert held(order) == {"USD": Decimal(2400)}
    order.quantity = Decimal(20)
    renew(order, cash(600))
    assert held(order) == {"USD": Decimal(600)}
    fill(order, 6, 50)
    assert held(order) == {"USD": Decimal(300)}


def test_a_claim_that_is_not_needed_any_more_is_given_back_and_can_come_again(order: Order) -> None:
    renew(order, units(5))
    assert held(order) == {"MSFT": Decimal(5)}
    renew(order, cash(9))
    assert held(order) == {"USD": Decimal(9)}
    assert Hold.objects.filter(order=order).count() == 2


def test_a_closed_order_claims_nothing(order: Order) -> None:
    order.status = OrderStatus.CANCELED
    renew(order, cash(9))
    assert held(order) == {}


def test_a_claim_below_nothing_is_refused(order: Order) -> None:
    with pytest.raises(ValueError, match="no claim"):
        renew(order, cash(-1))
    assert held(order) == {"USD": Decimal(2000)}
