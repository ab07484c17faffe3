"""One suite for every adapter: what the port promises, asked of each venue that Arbion can talk to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from unittest.mock import patch

import pytest
from django.db import OperationalError, transaction

from arbion.domain.enums import OrderStatus, Side, Venue
from arbion.domain.orders import OrderChange
from arbion.lib.clock import FrozenClock
from brokers.errors import OutcomeUnknown, VenueRejected, VenueUnavailable
from brokers.models import VenueHolding
from brokers.port import Broker, InsideTransaction
from brokers.registry import ADAPTERS
from brokers.rules import RULES, rules_of
from brokers.simulator.adapter import SimulatedBroker
from tests.brokers.factories import NOON, list_instrument, open_account, quote, request

REFERENCE = "contract"
LONG_AGO = NOON - timedelta(days=1)
CHANGE = OrderChange(revision=1, quantity=Decimal(5))


def simulated(clock: FrozenClock) -> Broker:
    """The simulated exchange with one quoted share and an account that holds cash and units."""
    list_instrument()
    quote()
    open_account(REFERENCE, cash="10000", AAPL="50")
    return SimulatedBroker(clock=clock)


LINES: dict[Venue, Callable[[FrozenClock], Broker]] = {Venue.SIMULATED: simulated}


@pytest.fixture(params=list(LINES))
def broker(request: pytest.FixtureRequest, db: None) -> Iterator[Broker]:
    """A line to a venue where 10,000 dollars and 50 shares of AAPL at about 100 are held."""
    return LINES[request.param](FrozenClock(NOON))


def held(broker: Broker) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
    """Cash by currency and units by symbol."""
    return (
        {row.currency: row.amount for row in broker.balances(REFERENCE)},
        {row.symbol: row.quantity for row in broker.positions(REFERENCE)},
    )


def test_every_venue_is_tried_and_has_rules() -> None:
    assert set(LINES) == set(ADAPTERS) == set(RULES)


def test_names_its_venue(broker: Broker) -> None:
    assert RULES[broker.venue].order_types


def test_tells_what_it_holds(broker: Broker) -> None:
    assert held(broker) == ({"USD": Decimal(10000)}, {"AAPL": Decimal(50)})


def test_placed_order_can_be_looked_up(broker: Broker) -> None:
    order = request(limit_price="90")

    report = broker.place(REFERENCE, order)

    assert report.client_order_id == order.client_order_id
    assert (report.status, report.filled_quantity) == (OrderStatus.ACCEPTED, Decimal(0))
    assert report.venue_order_id
    assert broker.order(REFERENCE, order.client_order_id) == report
    assert broker.orders(REFERENCE, since=LONG_AGO) == [report]


def test_filled_order_tells_its_fills_and_moves_what_is_held(broker: Broker) -> None:
    order = request()

    report = broker.place(REFERENCE, order)

    fills = broker.fills(REFERENCE, after=0)
    assert report.status is OrderStatus.FILLED
    assert sum(fill.quantity for fill in fills) == report.filled_quantity == order.quantity
    assert {fill.client_order_id for fill in fills} == {order.client_order_id}
    assert {fill.venue_order_id for fill in fills} == {report.venue_order_id}
    cost = sum(fill.quantity * fill.price + fill.fee for fill in fills)
    assert held(broker) == ({"USD": Decimal(10000) - cost}, {"AAPL": Decimal(60)})


def test_fills_go_on_from_a_cursor(broker: Broker) -> None:
    broker.place(REFERENCE, request(quantity="1"))
    seen = broker.fills(REFERENCE, after=0)
    broker.place(REFERENCE, request(quantity="2"))

    fresh = broker.fills(REFERENCE, after=seen[-1].cursor)

    assert [fill.quantity for fill in fresh] == [Decimal(2)]
    assert broker.fills(REFERENCE, after=0) == seen + fresh
    assert len({fill.venue_fill_id for fill in seen + fresh}) == 2


def test_repeat_places_nothing(broker: Broker) -> None:
    order = request()
    first = broker.place(REFERENCE, order)
    before = held(broker)

    assert broker.place(REFERENCE, order) == first

    assert held(broker) == before
    assert len(broker.fills(REFERENCE, after=0)) == len(broker.orders(REFERENCE, since=LONG_AGO)) == 1


def test_same_id_for_another_order_is_refused(broker: Broker) -> None:
    order = request(client_order_id="a", limit_price="90")
    first = broker.place(REFERENCE, order)

    with pytest.raises(VenueRejected) as refusal:
        broker.place(REFERENCE, request(client_order_id="a", limit_price="91"))

    assert refusal.value.reject_code == "duplicate_client_order_id"
    assert broker.order(REFERENCE, "a") == first


def test_refusal_says_why_moves_nothing_and_is_kept(broker: Broker) -> None:
    order = request(Side.SELL, quantity="51")
    before = held(broker)

    for _attempt in range(2):
        with pytest.raises(VenueRejected) as refusal:
            broker.place(REFERENCE, order)
        assert refusal.value.reject_code == "insufficient_holdings"
        assert refusal.value.detail.endswith(".")

    report = broker.order(REFERENCE, order.client_order_id)
    assert report is not None
    assert (report.status, report.reject_code) == (OrderStatus.REJECTED, "insufficient_holdings")
    assert (report.venue_order_id, report.reject_reason) == (refusal.value.venue_order_id, refusal.value.detail)
    assert held(broker) == before
    assert broker.fills(REFERENCE, after=0) == []


def test_unknown_symbol_is_refused(broker: Broker) -> None:
    with pytest.raises(VenueRejected) as refusal:
        broker.place(REFERENCE, request(symbol="NOPE"))

    assert refusal.value.reject_code == "unknown_symbol"


def test_cancel_ends_a_working_order_and_may_be_repeated(broker: Broker) -> None:
    order = request(limit_price="90")
    broker.place(REFERENCE, order)

    report = broker.cancel(REFERENCE, order.client_order_id)

    assert report is not None
    assert report.status is OrderStatus.CANCELED
    assert broker.cancel(REFERENCE, order.client_order_id) == report
    assert broker.order(REFERENCE, order.client_order_id) == report


def test_cancel_of_a_filled_order_says_filled(broker: Broker) -> None:
    order = request()
    report = broker.place(REFERENCE, order)

    assert broker.cancel(REFERENCE, order.client_order_id) == report


def test_a_change_is_made_once_and_told(broker: Broker) -> None:
    if not rules_of(broker.venue).offers_replace:
        pytest.skip("this venue changes no orders")
    order = request(limit_price="90")
    broker.place(REFERENCE, order)
    change = OrderChange(revision=1, quantity=Decimal(5), limit_price=Decimal(91))

    report = broker.replace(REFERENCE, order.client_order_id, change)

    assert report is not None
    assert (report.revision, report.revision_refused, report.status) == (1, "", OrderStatus.ACCEPTED)
    assert report.terms is not None
    assert (report.terms.quantity, report.terms.limit_price) == (Decimal(5), Decimal(91))
    assert broker.replace(REFERENCE, order.client_order_id, change) == report
    assert broker.order(REFERENCE, order.client_order_id) == report
    assert broker.place(REFERENCE, order) == report


def test_a_change_that_comes_too_late_is_refused_and_leaves_the_order(broker: Broker) -> None:
    if not rules_of(broker.venue).offers_replace:
        pytest.skip("this venue changes no orders")
    order = request()
    filled = broker.place(REFERENCE, order)
    before = held(broker)

    report = broker.replace(REFERENCE, order.client_order_id, CHANGE)

    assert report is not None
    assert (report.revision, report.status, report.terms) == (1, OrderStatus.FILLED, filled.terms)
    assert report.revision_refused.endswith(".")
    assert held(broker) == before


def test_a_group_claims_once_and_fills_once(broker: Broker) -> None:
    if not rules_of(broker.venue).offers_groups:
        pytest.skip("this venue knows no groups")
    waits = request(Side.SELL, "50", limit_price="120", oco_group="pair")
    broker.place(REFERENCE, waits)

    report = broker.place(REFERENCE, request(Side.SELL, "50", limit_price="99", oco_group="pair"))

    other = broker.order(REFERENCE, waits.client_order_id)
    assert other is not None
    assert (report.status, other.status) == (OrderStatus.FILLED, OrderStatus.CANCELED)
    assert other.reject_code
    assert held(broker)[1] == {}


def test_activities_go_on_from_a_cursor(broker: Broker) -> None:
    seen = broker.activities(REFERENCE, after=0)

    assert [activity.cursor for activity in seen] == sorted(activity.cursor for activity in seen)
    assert broker.activities(REFERENCE, after=seen[-1].cursor if seen else 0) == []


def test_what_was_never_placed_is_not_there(broker: Broker) -> None:
    assert broker.order(REFERENCE, "never") is None
    assert broker.replace(REFERENCE, "never", CHANGE) is None
    assert broker.cancel(REFERENCE, "never") is None
    assert broker.orders(REFERENCE, since=LONG_AGO) == []
    assert broker.fills(REFERENCE, after=0) == []


def test_account_that_is_not_there_is_not_an_empty_one(broker: Broker) -> None:
    with pytest.raises(VenueRejected):
        broker.balances("nobody")
    with pytest.raises(VenueRejected):
        broker.place("nobody", request())
    assert broker.positions("nobody") == []


@pytest.mark.parametrize(
    "call",
    [
        lambda line: line.place(REFERENCE, request()),
        lambda line: line.cancel(REFERENCE, "a"),
        lambda line: line.replace(REFERENCE, "a", CHANGE),
        lambda line: line.activities(REFERENCE, after=0),
        lambda line: line.order(REFERENCE, "a"),
        lambda line: line.orders(REFERENCE, since=LONG_AGO),
        lambda line: line.fills(REFERENCE, after=0),
        lambda line: line.positions(REFERENCE),
        lambda line: line.balances(REFERENCE),
    ],
)
def test_no_call_inside_a_transaction(broker: Broker, call: Callable[[Broker], object]) -> None:
    before = held(broker)

    with transaction.atomic(), pytest.raises(InsideTransaction):
        call(broker)

    assert held(broker) == before
    assert broker.orders(REFERENCE, since=LONG_AGO) == []


def test_lost_database_leaves_the_outcome_of_a_change_unknown(broker: Broker) -> None:
    with patch("brokers.simulator.venue.place", side_effect=OperationalError), pytest.raises(OutcomeUnknown):
        broker.place(REFERENCE, request())
    with patch("brokers.simulator.venue.cancel", side_effect=OperationalError), pytest.raises(OutcomeUnknown):
        broker.cancel(REFERENCE, "a")
    with patch("brokers.simulator.venue.replace", side_effect=OperationalError), pytest.raises(OutcomeUnknown):
        broker.replace(REFERENCE, "a", CHANGE)


def test_lost_database_makes_a_look_fail_instead_of_finding_nothing(broker: Broker) -> None:
    with patch("brokers.simulator.venue.order_report", side_effect=OperationalError), pytest.raises(VenueUnavailable):
        broker.order(REFERENCE, "a")


def test_units_of_nothing_are_no_position(broker: Broker) -> None:
    VenueHolding.objects.filter(reference=REFERENCE).update(quantity=Decimal(0))

    assert broker.positions(REFERENCE) == []
