"""A line to the venue that loses, delays, repeats and reorders: the road converges and sends nothing blindly."""

from __future__ import annotations

import contextlib
from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arbion.domain.enums import OrderStatus
from arbion.proofs import oracle
from brokers.errors import VenueError
from brokers.models import VenueOrder
from brokers.simulator.terms import Terms
from tests.brokers.faults import Fault
from tests.properties.streams import SYMBOLS, TERMS, Step, fresh, happen, lines, list_fine_instruments, refresh, streams
from tests.trading.conftest import World
from trading.books.check import verify_books
from trading.execution.reconcile import reconcile
from trading.execution.sweep import sweep
from trading.models import Hold, Order

SENDING = [Fault.NONE, Fault.LOST_REQUEST, Fault.LOST_ANSWER, Fault.LATE, Fault.UNAVAILABLE]
TELLING = [Fault.NONE, Fault.DUPLICATED, Fault.REORDERED, Fault.UNAVAILABLE]
scripts = st.lists(st.sampled_from(SENDING), max_size=8)
tellings = st.lists(st.sampled_from(TELLING), max_size=6)
# More looks, a quarter of a minute apart, than the sweeper needs to give an order up or to send it again.
LOOKS = 14


@pytest.fixture
def market(world: World) -> World:
    list_fine_instruments(world)
    return world


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=25,
    deadline=None,
    print_blob=True,
)
@given(stream=streams, terms=st.sampled_from(TERMS), place=scripts, cancel=scripts, fills=tellings)
def test_every_fault_is_survived(  # noqa: PLR0917  what hypothesis draws
    market: World, stream: list[Step], terms: Terms, place: list[Fault], cancel: list[Fault], fills: list[Fault]
) -> None:
    world = fresh(market)
    with lines(world, terms, place=place, cancel=cancel, fills=fills) as broker:
        for number, step in enumerate(stream):
            happen(world, step, terms)
            assert verify_books(world.account) == []
            if number % 3 == 2:
                broker.deliver()
                look(world)
        broker.deliver()
        for _ in range(LOOKS):
            look(world)
        assert reconcile(world.account, clock=world.clock) == []
        assert oracle.faults_of(world.account) == []
        assert oracle.unsettled(world.account) == []
        tries = Counter(request.client_order_id for request in broker.placed)
        surplus = sum(tries.values()) - len(tries)
        assert surplus <= place.count(Fault.UNAVAILABLE), "only what was surely not taken is sent again"


def look(world: World) -> None:
    """A quarter of a minute passes, and the house looks after what waits."""
    world.clock.advance(seconds=15)
    for symbol in SYMBOLS:
        refresh(world, symbol)
    sweep(clock=world.clock)
    with contextlib.suppress(VenueError):
        reconcile(world.account, clock=world.clock)


@pytest.mark.parametrize("fault", [Fault.LOST_REQUEST, Fault.LOST_ANSWER, Fault.LATE])
def test_unknown_is_a_state_that_keeps_its_hold_and_blocks_new_risk(market: World, fault: Fault) -> None:
    world = fresh(market)
    with lines(world, TERMS[0], place=[fault]) as broker:
        lost = Order.objects.get(pk=world.place("buy", "AAPL", quantity="5").order.pk)
        assert lost.status == OrderStatus.UNKNOWN
        assert Hold.objects.get(order=lost).remaining > Decimal(1000)
        another = world.place("buy", "AAPL", quantity="1").order
        assert (another.status, another.reject_code) == (OrderStatus.DENIED, "unknown_order")
        broker.deliver()
        for _ in range(LOOKS):
            look(world)
        lost.refresh_from_db()
        arrived = fault is not Fault.LOST_REQUEST
        assert lost.status == (OrderStatus.FILLED if arrived else OrderStatus.REJECTED)
        assert VenueOrder.objects.filter(reference=world.account.reference).count() == arrived
        assert [request.client_order_id for request in broker.placed] == [str(lost.pk)]
        assert Hold.objects.get(order=lost).remaining == 0
        assert oracle.faults_of(world.account) == []
        again = Order.objects.get(pk=world.place("buy", "AAPL", quantity="1").order.pk)
        assert again.status == OrderStatus.FILLED
