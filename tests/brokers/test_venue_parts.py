"""Orders that fill in parts where little stands behind a quote: what is paid, what is kept, what becomes too dear."""

from __future__ import annotations

from decimal import Decimal

from arbion.domain.enums import OrderStatus, Side
from arbion.domain.reports import QuoteReport
from arbion.lib.clock import FrozenClock
from brokers.fees import FeeSchedule
from brokers.simulator import venue
from brokers.simulator.terms import IDEAL, Terms
from tests.brokers.factories import (
    REFERENCE,
    cash_of,
    open_account,
    quote,
    request,
    status_of,
    units_of,
)


def rest(clock: FrozenClock, side: Side = Side.BUY, quantity: str = "10", **fields: object) -> str:
    """Place an order that rests; returns its id."""
    order = request(side, quantity, **{"limit_price": "90" if side is Side.BUY else "110", **fields})
    assert venue.place(reference=REFERENCE, request=order, clock=clock).status is OrderStatus.ACCEPTED
    return order.client_order_id


def status(client_order_id: str) -> str:
    """What the exchange says of the order."""
    return status_of(venue.order_report(reference=REFERENCE, client_order_id=client_order_id))


class Shallow:
    """A depth model that shows as many units as it was last told."""

    def __init__(self, size: str) -> None:
        self.size = Decimal(size)

    def __call__(self, _quote: QuoteReport, _side: Side) -> Decimal:
        return self.size


def terms(depth: Shallow, **fees: Decimal) -> Terms:
    """Terms with this depth, and fees if there are any."""
    return Terms(name="test", fees=FeeSchedule(name="test", **fees), depth=depth)


def test_little_depth_fills_in_parts_and_the_rest_works_on(share: str, clock: FrozenClock) -> None:
    open_account()
    depth = Shallow("4")
    thin = terms(depth)
    order = request(client_order_id="a", limit_price="101")

    report = venue.place(reference=REFERENCE, request=order, clock=clock, terms=thin)
    assert (report.status, report.filled_quantity) == (OrderStatus.PARTIALLY_FILLED, Decimal(4))
    quote(ask="100.50")
    depth.size = Decimal(5)
    assert venue.match_all(clock=clock, terms=thin) == {REFERENCE}
    assert status("a") == "partially_filled"
    assert venue.match_all(clock=clock, terms=thin) == {REFERENCE}
    assert status("a") == "filled"

    fills = venue.fills_after(reference=REFERENCE, after=0)
    assert [(fill.quantity, fill.price) for fill in fills] == [
        (Decimal(4), Decimal("100.10")),
        (Decimal(5), Decimal("100.50")),
        (Decimal(1), Decimal("100.50")),
    ]
    assert (cash_of(), units_of()) == (Decimal("8996.60"), Decimal(10))


def test_part_of_an_order_is_kept_when_the_rest_is_canceled(share: str, clock: FrozenClock) -> None:
    open_account()
    thin = terms(Shallow("4"))
    venue.place(reference=REFERENCE, request=request(client_order_id="a", limit_price="101"), clock=clock, terms=thin)

    report = venue.cancel(reference=REFERENCE, client_order_id="a", clock=clock)

    assert report is not None
    assert (report.status, report.filled_quantity) == (OrderStatus.CANCELED, Decimal(4))
    assert (cash_of(), units_of()) == (Decimal("9599.60"), Decimal(4))


def test_minimum_fee_is_paid_once_over_all_parts(share: str, clock: FrozenClock) -> None:
    open_account()
    thin = terms(Shallow("4"), minimum=Decimal(1), per_unit=Decimal("0.15"))
    venue.place(reference=REFERENCE, request=request(limit_price="101"), clock=clock, terms=thin)
    venue.match_all(clock=clock, terms=thin)
    venue.match_all(clock=clock, terms=thin)

    fees = [fill.fee for fill in venue.fills_after(reference=REFERENCE, after=0)]

    assert fees == [Decimal(1), Decimal("0.2"), Decimal("0.3")]
    assert cash_of() == Decimal(10000) - Decimal(1001) - Decimal("1.5")


def test_rest_of_a_market_order_that_became_too_dear_is_canceled_with_the_reason(
    share: str, clock: FrozenClock
) -> None:
    open_account(cash="1100")
    thin = terms(Shallow("4"))
    venue.place(reference=REFERENCE, request=request(client_order_id="a"), clock=clock, terms=thin)
    quote(bid="199.90", ask="200.00")

    assert venue.match_all(clock=clock, terms=thin) == {REFERENCE}

    report = venue.order_report(reference=REFERENCE, client_order_id="a")
    assert report is not None
    assert (report.status, report.filled_quantity) == (OrderStatus.CANCELED, Decimal(4))
    assert (report.reject_code, units_of()) == ("insufficient_cash", Decimal(4))


def test_rest_of_a_market_order_does_not_spend_what_a_resting_order_claims(share: str, clock: FrozenClock) -> None:
    open_account(cash="2000")
    depth = Shallow("4")
    thin = terms(depth)
    venue.place(reference=REFERENCE, request=request(client_order_id="a"), clock=clock, terms=thin)
    kept = rest(clock, limit_price="95")
    depth.size = Decimal(6)
    quote(bid="119.90", ask="120.00")

    venue.match_all(clock=clock, terms=thin)

    assert (status("a"), status(kept), cash_of()) == ("canceled", "accepted", Decimal("1599.60"))
    quote(bid="94.90", ask="95.00")
    venue.match_all(clock=clock, terms=IDEAL)
    assert (status(kept), cash_of()) == ("filled", Decimal("649.60"))
