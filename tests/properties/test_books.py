"""Any stream of orders leaves books that add up, agree with the exchange and do not depend on how they were told."""

from __future__ import annotations

import contextlib
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arbion.domain.enums import OPEN, TERMINAL, Side
from arbion.domain.numbers import ZERO, share
from arbion.proofs import oracle
from brokers.errors import VenueError
from brokers.simulator.terms import Terms
from tests.brokers.faults import Fault
from tests.properties.streams import (
    SYMBOLS,
    TERMS,
    Step,
    fresh,
    happen,
    lines,
    list_fine_instruments,
    refresh,
    streams,
    told,
)
from tests.trading.conftest import World
from trading import selectors
from trading.books.check import verify_books
from trading.execution.cancel import request_cancel
from trading.execution.reconcile import reconcile
from trading.execution.sweep import sweep
from trading.models import Hold, LedgerAccount, Order, Position

OPENING = Decimal(100_000)
# More looks than the longest script has failures.
LOOKS = 6
PATIENT = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=30,
    deadline=None,
    print_blob=True,
)


@pytest.fixture
def market(world: World) -> World:
    list_fine_instruments(world)
    return world


@PATIENT
@given(stream=streams, terms=st.sampled_from(TERMS), fills=told)
def test_books_add_up_after_every_step_and_agree_in_the_end(
    market: World, stream: list[Step], terms: Terms, fills: list[Fault]
) -> None:
    world = fresh(market)
    with lines(world, terms, fills=fills) as broker:
        for step in stream:
            happen(world, step, terms)
            assert verify_books(world.account) == []
            assert_profit_is_what_the_account_gained(world)
        settle(world)
        assert_all_is_right(world)
        for order in Order.objects.filter(account=world.account, status__in=OPEN):
            request_cancel(order, actor=world.alice, clock=world.clock)
        assert_all_is_right(world)
        assert not Order.objects.filter(account=world.account, status__in=OPEN).exists()
        placed = [request.client_order_id for request in broker.placed]
        assert len(placed) == len(set(placed))


def assert_all_is_right(world: World) -> None:
    """The oracle finds nothing, and every order holds what it must."""
    assert oracle.faults_of(world.account) == []
    assert oracle.unsettled(world.account) == []
    assert_holds_are_exact(world)


def settle(world: World) -> None:
    """Let the sweeper and the reconciler look until there is nothing left to find."""
    for _ in range(LOOKS):
        world.clock.advance(seconds=20)
        for symbol in SYMBOLS:
            refresh(world, symbol)
        sweep(clock=world.clock)
        with contextlib.suppress(VenueError):
            reconcile(world.account, clock=world.clock)
    assert reconcile(world.account, clock=world.clock) == []


def assert_profit_is_what_the_account_gained(world: World) -> None:
    """Cash and what the holdings cost, less what was realised, is the opening cash, to the last unit."""
    cash = LedgerAccount.objects.get(account=world.account, kind="cash").balance
    rows = Position.objects.filter(account=world.account)
    assert cash + sum((row.cost - row.realized for row in rows), ZERO) == OPENING
    view = selectors.portfolio(world.account, at=world.clock.now())
    assert view.total_profit == view.realized + view.unrealized  # type: ignore[operator]


def assert_holds_are_exact(world: World) -> None:
    """An open order holds its unfilled share of what it claimed; a closed or denied one holds nothing."""
    for order in Order.objects.filter(account=world.account):
        hold = Hold.objects.filter(order=order).first()
        if order.status in TERMINAL:
            assert hold is None or hold.remaining == ZERO
        else:
            assert order.status in OPEN
            assert hold is not None
            part = share(hold.amount, order.leaves_quantity, order.quantity)
            left = hold.amount - (order.filled_value + order.fees if order.side == Side.BUY else ZERO)
            assert hold.remaining == min(part, max(left, ZERO))
