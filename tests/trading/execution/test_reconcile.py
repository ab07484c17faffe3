"""Two books that must agree: what differs is named, blocks new risk, and heals by itself when it agrees again."""

from __future__ import annotations

from decimal import Decimal

from arbion.domain.enums import OrderStatus
from brokers.models import VenueHolding
from trading.execution.reconcile import Difference, reconcile, reconcile_all
from trading.models import Discrepancy, Order


def test_difference_is_named_blocks_purchases_and_leaves_sales_open(world):
    world.place("buy", "AAPL", quantity="10")
    holding = VenueHolding.objects.get()
    holding.quantity += 1
    holding.save()
    assert reconcile(world.account, clock=world.clock) == [Difference("AAPL", Decimal(10), Decimal(11))]
    denied = world.place("buy", "MSFT", quantity="1").order
    assert (denied.status, denied.reject_code) == (OrderStatus.DENIED, "books_differ")
    sold = world.place("sell", "AAPL", quantity="1").order
    assert Order.objects.get(pk=sold.pk).status == OrderStatus.FILLED


def test_seeing_it_again_keeps_one_row_and_agreeing_closes_it(world):
    world.place("buy", "AAPL", quantity="10")
    holding = VenueHolding.objects.get()
    holding.quantity += 1
    holding.save()
    assert [reconcile_all(clock=world.clock) for _ in range(3)] == [1, 1, 1]
    assert Discrepancy.objects.filter(resolved_at=None).count() == 1
    holding.quantity -= 1
    holding.save()
    assert reconcile_all(clock=world.clock) == 0
    assert Discrepancy.objects.filter(resolved_at=None).count() == 0
    assert Order.objects.get(pk=world.place("buy", "MSFT", quantity="1").order.pk).status == OrderStatus.FILLED
