"""The line that fails on purpose fails exactly as it says; otherwise the proofs over it would prove nothing."""

from __future__ import annotations

import pytest

from arbion.lib.clock import FrozenClock
from brokers.errors import OutcomeUnknown, VenueUnavailable
from brokers.simulator.adapter import SimulatedBroker
from tests.brokers.factories import NOON, REFERENCE, open_account, request, status_of
from tests.brokers.faults import Fault, FaultyBroker


@pytest.fixture
def line(share: str, clock: FrozenClock) -> SimulatedBroker:
    """A line to the simulated exchange."""
    open_account()
    return SimulatedBroker(clock=clock)


def test_without_a_script_nothing_fails(line: SimulatedBroker) -> None:
    broker = FaultyBroker(line)
    order = request()

    report = broker.place(REFERENCE, order)

    assert broker.venue is line.venue
    assert broker.placed == [order]
    assert broker.order(REFERENCE, order.client_order_id) == report
    assert broker.orders(REFERENCE, since=NOON) == [report]
    assert broker.balances(REFERENCE) == line.balances(REFERENCE)
    assert broker.positions(REFERENCE) == line.positions(REFERENCE)


@pytest.mark.parametrize(
    ("fault", "error", "arrives"),
    [
        (Fault.LOST_ANSWER, OutcomeUnknown, True),
        (Fault.LOST_REQUEST, OutcomeUnknown, False),
        (Fault.LATE, OutcomeUnknown, False),
        (Fault.UNAVAILABLE, VenueUnavailable, False),
    ],
)
def test_place_fails_as_the_script_says_and_then_no_more(
    line: SimulatedBroker, fault: Fault, error: type[Exception], arrives: bool
) -> None:
    broker = FaultyBroker(line, place=[fault])
    order = request(limit_price="90")

    with pytest.raises(error):
        broker.place(REFERENCE, order)

    assert (line.order(REFERENCE, order.client_order_id) is not None) == arrives
    assert status_of(broker.place(REFERENCE, order)) == "accepted"


def test_answer_of_a_refusal_can_be_lost(line: SimulatedBroker) -> None:
    broker = FaultyBroker(line, place=[Fault.LOST_ANSWER])
    order = request(symbol="NOPE")

    with pytest.raises(OutcomeUnknown):
        broker.place(REFERENCE, order)

    assert status_of(line.order(REFERENCE, order.client_order_id)) == "rejected"


def test_late_calls_arrive_in_their_order_when_they_are_delivered(line: SimulatedBroker) -> None:
    broker = FaultyBroker(line, place=[Fault.LATE, Fault.LATE], cancel=[Fault.LATE])
    order, refused = request(limit_price="90"), request(symbol="NOPE")
    for call in (
        lambda: broker.place(REFERENCE, order),
        lambda: broker.place(REFERENCE, refused),
        lambda: broker.cancel(REFERENCE, order.client_order_id),
    ):
        with pytest.raises(OutcomeUnknown):
            call()

    assert line.order(REFERENCE, order.client_order_id) is None
    assert broker.deliver() == 2
    assert broker.deliver() == 0
    assert status_of(line.order(REFERENCE, order.client_order_id)) == "canceled"
    assert status_of(line.order(REFERENCE, refused.client_order_id)) == "rejected"


def test_cancel_whose_answer_is_lost_has_canceled(line: SimulatedBroker) -> None:
    broker = FaultyBroker(line, cancel=[Fault.LOST_ANSWER])
    order = request(limit_price="90")
    broker.place(REFERENCE, order)

    with pytest.raises(OutcomeUnknown):
        broker.cancel(REFERENCE, order.client_order_id)

    assert status_of(line.order(REFERENCE, order.client_order_id)) == "canceled"


def test_fills_are_told_twice_backwards_or_not(line: SimulatedBroker) -> None:
    broker = FaultyBroker(line, fills=[Fault.DUPLICATED, Fault.REORDERED, Fault.UNAVAILABLE])
    for _ in range(2):
        broker.place(REFERENCE, request(quantity="1"))
    first, second = line.fills(REFERENCE, after=0)

    assert broker.fills(REFERENCE, after=0) == [first, first, second, second]
    assert broker.fills(REFERENCE, after=0) == [second, first]
    with pytest.raises(VenueUnavailable):
        broker.fills(REFERENCE, after=0)
    assert broker.fills(REFERENCE, after=0) == [first, second]


def test_reads_fail_as_the_script_says(line: SimulatedBroker) -> None:
    broker = FaultyBroker(line, reads=[Fault.UNAVAILABLE, Fault.NONE, Fault.UNAVAILABLE])

    with pytest.raises(VenueUnavailable):
        broker.order(REFERENCE, "a")
    assert broker.order(REFERENCE, "a") is None
    with pytest.raises(VenueUnavailable):
        broker.balances(REFERENCE)
