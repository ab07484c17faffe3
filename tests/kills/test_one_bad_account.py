"""An account whose books cannot take what its venue says takes no new risk, and keeps nobody else from being served."""

from __future__ import annotations

from decimal import Decimal
from unittest.mock import patch

import pytest

from accounts.models import User
from arbion.domain.enums import OrderStatus
from arbion.proofs import oracle
from brokers.models import VenueFill, VenueHolding, VenueOrder
from brokers.simulator import venue
from tests.trading.conftest import World
from trading.books.opening import ensure_simulated_account
from trading.execution import dispatch
from trading.execution.engine import engine_step
from trading.execution.reconcile import reconcile_all
from trading.models import Discrepancy, Order


@pytest.fixture
def bad(world: World) -> World:
    """Alice's exchange says that it sold more for her than she held, and keeps another book of it."""
    world.place("buy", "AAPL", quantity="5")
    sale = world.place("sell", "AAPL", quantity="5", limit_price="300", tif="gtc").order
    there = VenueOrder.objects.get(client_order_id=str(sale.pk))
    VenueFill.objects.create(
        order=there,
        reference=there.reference,
        symbol=there.symbol,
        side=there.side,
        venue_fill_id="too much",
        quantity=Decimal(9),
        price=Decimal(300),
        filled_at=world.clock.now(),
    )
    VenueHolding.objects.update(quantity=Decimal(0))
    return world


@pytest.fixture
def good(bad: World) -> World:
    """Bob, who came later, and whose order has not left yet."""
    bob = User.objects.create_user("bob@example.com")
    made = World(bad.clock, bob, ensure_simulated_account(bob, clock=bad.clock))
    with patch.object(dispatch, "_claim", return_value=None):
        made.place("buy", "MSFT", quantity="1", user=bob)
    made.place("buy", "MSFT", quantity="1", user=bob, limit_price="390", tif="gtc")
    return made


def pass_time(world: World) -> None:
    world.clock.advance(seconds=5)
    for symbol, price in (("AAPL", "200"), ("MSFT", "400")):
        world.quote(symbol, price)


def test_reconciling_serves_the_others_and_names_the_difference(bad: World, good: World) -> None:
    pass_time(bad)
    assert reconcile_all(clock=bad.clock) >= 1
    assert Order.objects.filter(account=good.account, status=OrderStatus.FILLED).count() == 1
    assert oracle.faults_of(good.account) == []
    found = Discrepancy.objects.get(account=bad.account, asset="AAPL", resolved_at=None)
    assert (found.ours, found.theirs) == (Decimal(-4), Decimal(0))
    denied = bad.place("buy", "MSFT", quantity="1").order
    assert (denied.status, denied.reject_code) == (OrderStatus.DENIED, "books_differ")


def test_the_engines_step_serves_the_others(bad: World, good: World) -> None:
    pass_time(bad)
    good.quote("MSFT", "380")
    references = {bad.account.reference, good.account.reference}
    with patch.object(
        venue, "match_all", side_effect=lambda clock, real=venue.match_all: real(clock=clock) | references
    ):
        engine_step(clock=bad.clock)
    assert Order.objects.filter(account=good.account, status=OrderStatus.FILLED).count() == 1
