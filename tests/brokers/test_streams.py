"""Any stream of orders, changes, cancels, quotes and time: cash and units are conserved, orders tell the truth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arbion.domain.enums import AssetClass, FillModel, OrderStatus, OrderType, PositionEffect, Side, TimeInForce
from arbion.domain.errors import InvalidInput
from arbion.domain.numbers import gross
from arbion.domain.orders import OrderChange, OrderRequest
from arbion.domain.reports import QuoteReport
from arbion.lib.clock import FrozenClock
from brokers.fees import FeeSchedule
from brokers.models import VenueCash, VenueFill, VenueLiquidity, VenueOrder
from brokers.simulator import venue
from brokers.simulator.custody import RESTING
from brokers.simulator.terms import IDEAL, Terms, terms_for
from marketdata import quotes
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
        is_shared=True,
        levels=2,
    ),
    terms_for(FillModel.REALISTIC, AssetClass.EQUITY),
    terms_for(FillModel.HARSH, AssetClass.CRYPTO),
)


@dataclass(frozen=True)
class Step:
    """One thing that happens: a new quote, an order, a change or a cancel of an earlier one, or time that passes."""

    kind: str
    reference: str = "left"
    side: Side = Side.BUY
    quantity: Decimal = Decimal(1)
    price: Decimal | None = None
    order_type: OrderType = OrderType.MARKET
    time_in_force: TimeInForce = TimeInForce.DAY
    group: str = ""
    effect: PositionEffect | None = None
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
    price=prices,
    order_type=st.sampled_from(OrderType),
    time_in_force=st.sampled_from(TimeInForce),
    group=st.sampled_from(["", "", "one", "two"]),
    effect=st.sampled_from([None, None, *PositionEffect]),
)
quoted = st.builds(Step, kind=st.just("quote"), price=prices)
canceled = st.builds(Step, kind=st.just("cancel"), reference=references, number=st.integers(0, 30))
changed = st.builds(
    Step,
    kind=st.just("change"),
    reference=references,
    number=st.integers(0, 20),
    quantity=quantities,
    price=st.none() | prices,
)
waited = st.builds(Step, kind=st.just("wait"), hours=st.integers(1, 20))
steps = st.lists(
    st.one_of(orders, orders, orders, quoted, quoted, quoted, changed, canceled, waited), min_size=12, max_size=30
)


@pytest.fixture
def listed(db: None) -> Iterator[None]:
    """One share in small parts, and two accounts that hold cash and units; the right one may owe shares."""
    list_instrument(size_increment=Decimal("0.00000001"))
    for reference in REFERENCES:
        open_account(reference, cash=str(OPENING_CASH), AAPL=str(OPENING_UNITS))
    VenueCash.objects.filter(reference="right").update(allows_short=True)
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
            verify(terms, stream)
    finally:
        transaction.savepoint_rollback(point)


def happen(step: Step, number: int, *, clock: FrozenClock, terms: Terms) -> None:
    """Let the step happen, then the market match."""
    if step.kind == "wait":
        clock.advance(seconds=3600 * step.hours)
    elif step.kind == "cancel":
        venue.cancel(reference=step.reference, client_order_id=str(step.number), clock=clock)
    elif step.kind == "quote":
        assert step.price is not None
        clock.advance(seconds=2)
        quote(bid=str(step.price), ask=str(step.price + Decimal("0.20")), at=clock.at)
    elif step.kind == "change":
        change(step, number, clock=clock, terms=terms)
    else:
        place(step, number, clock=clock, terms=terms)
    venue.match_all(clock=clock, terms=terms)


def place(step: Step, number: int, *, clock: FrozenClock, terms: Terms) -> None:
    """Place the step's order twice: it is one order; what no door would let through is left out."""
    kind = step.order_type
    try:
        order = OrderRequest(
            client_order_id=str(number),
            symbol="AAPL",
            side=step.side,
            order_type=kind,
            quantity=step.quantity,
            time_in_force=step.time_in_force,
            limit_price=step.price if kind in {OrderType.LIMIT, OrderType.STOP_LIMIT} else None,
            stop_price=step.price if kind in {OrderType.STOP, OrderType.STOP_LIMIT} else None,
            trail_percent=Decimal(2) if kind is OrderType.TRAILING_STOP else None,
            expires_at=clock.at + timedelta(hours=5) if step.time_in_force is TimeInForce.GTD else None,
            effect=step.effect,
            oco_group=step.group,
        )
    except InvalidInput:
        return
    report = venue.place(reference=step.reference, request=order, clock=clock, terms=terms)
    assert venue.place(reference=step.reference, request=order, clock=clock, terms=terms) == report


def change(step: Step, number: int, *, clock: FrozenClock, terms: Terms) -> None:
    """Ask twice for one change of an order that stands alone: it is one change, and a refusal leaves it as it was."""
    known = VenueOrder.objects.filter(reference=step.reference, client_order_id=str(step.number), oco_group="").first()
    if known is None:
        return
    wanted = OrderChange(
        revision=number + 1,
        quantity=step.quantity,
        limit_price=step.price if known.limit_price is not None else None,
    )
    ask = {"reference": step.reference, "client_order_id": str(step.number), "change": wanted}
    report = venue.replace(**ask, clock=clock, terms=terms)  # type: ignore[arg-type]
    assert report is not None
    assert report.revision == number + 1
    assert report.terms is not None
    if report.revision_refused:
        assert report.terms.quantity == known.quantity
        assert report.terms.limit_price == known.limit_price
    assert venue.replace(**ask, clock=clock, terms=terms) == report  # type: ignore[arg-type]


def verify(terms: Terms, stream: list[Step]) -> None:
    """What the account holds is what it began with and what its fills say, and its orders say the same."""
    for reference in REFERENCES:
        cash, units = OPENING_CASH, OPENING_UNITS
        for fill in VenueFill.objects.filter(reference=reference).select_related("order"):
            sign = 1 if fill.side == Side.BUY else -1
            cash -= sign * gross(fill.quantity, fill.price) + fill.fee
            units += sign * fill.quantity
            limit = fill.order.limit_price
            assert limit is None or fill.order.revision or sign * fill.price <= sign * limit
        assert (cash_of(reference), units_of(reference=reference)) == (cash, units)
        if reference == "left":
            assert cash >= 0
            assert units >= 0
        for group in ("one", "two"):
            verify_group(reference, group, stream)
    for order in VenueOrder.objects.prefetch_related("fills"):
        verify_order(order, terms)
    if terms.is_shared:
        verify_depth(terms)


def verify_group(reference: str, group: str, stream: list[Step]) -> None:
    """The orders of a group fill together no more than the largest of them wanted."""
    taken = VenueOrder.objects.filter(reference=reference, oco_group=group)
    wanted = [stream[int(order.client_order_id)].quantity for order in taken]
    assert sum(order.filled_quantity for order in taken) <= max(wanted, default=0)


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
        assert order.time_in_force not in {TimeInForce.IOC, TimeInForce.FOK} or order.eligible_at is not None
    if order.time_in_force == TimeInForce.FOK:
        assert order.filled_quantity in {0, order.quantity}
    if order.order_type in {OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP}:
        assert not fills or order.triggered_at is not None
    if terms is IDEAL:
        assert len(fills) <= 1
        assert order.fees == 0


def verify_depth(terms: Terms) -> None:
    """Both accounts together took no more of a quote than stood there."""
    row = VenueLiquidity.objects.filter(symbol="AAPL").first()
    if row is None:
        return
    report = quotes.latest(["AAPL"])["AAPL"]
    increment = Decimal("0.00000001")
    ladder = terms.ladder(report, price_increment=Decimal("0.01"), size_increment=increment)
    if row.quote_at != report.at:
        return
    auction = {TimeInForce.CLS}
    fills = VenueFill.objects.filter(filled_at__gte=report.at).exclude(order__time_in_force__in=auction)
    for side, counted in ((Side.BUY, row.bought), (Side.SELL, row.sold)):
        taken = sum(fill.quantity for fill in fills.filter(side=side))
        assert taken == counted
        assert taken <= sum(level.size for level in ladder.facing(side) if level.size is not None)
