"""Any stream of orders, cancels, quotes and time: cash and units are conserved and every order tells the truth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arbion.domain.enums import OrderStatus, OrderType, Side, TimeInForce
from arbion.domain.numbers import gross
from arbion.domain.orders import OrderRequest
from arbion.domain.reports import QuoteReport
from arbion.lib.clock import FrozenClock
from brokers.fees import FeeSchedule
from brokers.models import VenueFill, VenueOrder
from brokers.simulator import venue
from brokers.simulator.custody import RESTING
from brokers.simulator.terms import IDEAL, Terms
from tests.brokers.factories import NOON, cash_of, list_instrument, open_account, quote, units_of

REFERENCES = ("left", "right")
OPENING_CASH = Decimal(2000)
OPENING_UNITS = Decimal("15.5")


def by_price(report: QuoteReport, side: Side) -> Decimal:
    """A depth that differs from quote to quote and side to side, from nothing to a few units."""
    price = report.ask if side is Side.BUY else report.bid
    return Decimal(int(price) % 5)


TERMS = (
    IDEAL,
    Terms(
        name="thin and dear",
        fees=FeeSchedule(
            name="both", per_unit=Decimal("0.005"), fraction_of_value=Decimal("0.0025"), minimum=Decimal(1)
        ),
        depth=by_price,
    ),
)


@dataclass(frozen=True)
class Step:
    """One thing that happens: a new quote, an order, a cancel of an earlier order, or time that passes."""

    kind: str
    reference: str = "left"
    side: Side = Side.BUY
    quantity: Decimal = Decimal(1)
    limit_price: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce.DAY
    number: int = 0
    hours: int = 0


prices = st.decimals(min_value=80, max_value=120, places=2)
references = st.sampled_from(REFERENCES)
# Some sizes are whole and small, some as fine as they get, some more than an account can carry.
quantities = st.integers(1, 6).map(Decimal) | st.decimals(min_value="0.00000001", max_value=20, places=8)
orders = st.builds(
    Step,
    kind=st.just("order"),
    reference=references,
    side=st.sampled_from(Side),
    quantity=quantities,
    limit_price=st.none() | prices,
    time_in_force=st.sampled_from(TimeInForce),
)
quoted = st.builds(Step, kind=st.just("quote"), limit_price=prices)
canceled = st.builds(Step, kind=st.just("cancel"), reference=references, number=st.integers(0, 30))
waited = st.builds(Step, kind=st.just("wait"), hours=st.integers(1, 20))
steps = st.lists(st.one_of(orders, orders, orders, quoted, quoted, canceled, waited), min_size=12, max_size=30)


@pytest.fixture
def listed(db: None) -> Iterator[None]:
    """One share in small parts, and two accounts that hold cash and units."""
    list_instrument(size_increment=Decimal("0.00000001"))
    for reference in REFERENCES:
        open_account(reference, cash=str(OPENING_CASH), AAPL=str(OPENING_UNITS))
    return


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stream=steps, terms=st.sampled_from(TERMS))
def test_cash_and_units_are_conserved(listed: None, stream: list[Step], terms: Terms) -> None:
    point = transaction.savepoint()
    try:
        clock = FrozenClock(NOON)
        quote(at=clock.at)
        for number, step in enumerate(stream):
            happen(step, number, clock=clock, terms=terms)
            verify(terms)
    finally:
        transaction.savepoint_rollback(point)


def happen(step: Step, number: int, *, clock: FrozenClock, terms: Terms) -> None:
    """Let the step happen, then the market match."""
    if step.kind == "wait":
        clock.advance(seconds=3600 * step.hours)
    elif step.kind == "cancel":
        venue.cancel(reference=step.reference, client_order_id=str(step.number), clock=clock)
    elif step.kind == "quote":
        assert step.limit_price is not None
        quote(bid=str(step.limit_price), ask=str(step.limit_price + Decimal("0.20")), at=clock.at)
    else:
        order = OrderRequest(
            client_order_id=str(number),
            symbol="AAPL",
            side=step.side,
            order_type=OrderType.MARKET if step.limit_price is None else OrderType.LIMIT,
            quantity=step.quantity,
            time_in_force=step.time_in_force,
            limit_price=step.limit_price,
        )
        report = venue.place(reference=step.reference, request=order, clock=clock, terms=terms)
        assert venue.place(reference=step.reference, request=order, clock=clock, terms=terms) == report
    venue.match_all(clock=clock, terms=terms)


def verify(terms: Terms) -> None:
    """What the account holds is what it began with and what its fills say, and its orders say the same."""
    for reference in REFERENCES:
        cash, units = OPENING_CASH, OPENING_UNITS
        for fill in VenueFill.objects.filter(reference=reference).select_related("order"):
            sign = 1 if fill.order.side == Side.BUY else -1
            cash -= sign * gross(fill.quantity, fill.price) + fill.fee
            units += sign * fill.quantity
            limit = fill.order.limit_price
            assert limit is None or sign * fill.price <= sign * limit
        assert (cash_of(reference), units_of(reference=reference)) == (cash, units)
        assert cash >= 0
        assert units >= 0
    for order in VenueOrder.objects.prefetch_related("fills"):
        verify_order(order, terms)


def verify_order(order: VenueOrder, terms: Terms) -> None:
    """The order's own figures are the sums of its fills, and its status is true of them."""
    fills = list(order.fills.all())
    assert order.filled_quantity == sum(fill.quantity for fill in fills)
    assert order.filled_gross == sum(gross(fill.quantity, fill.price) for fill in fills)
    assert order.fees == sum(fill.fee for fill in fills)
    assert (order.status == OrderStatus.FILLED) == (order.filled_quantity == order.quantity)
    if order.status == OrderStatus.REJECTED:
        assert not fills
        assert order.reject_code
    if order.status in RESTING:
        assert (order.status == OrderStatus.PARTIALLY_FILLED) == bool(fills)
    if terms is IDEAL:
        assert len(fills) <= 1
        assert order.fees == 0
