"""Changing working orders: what changes, what is refused, and that each change happens once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from arbion.domain.enums import OrderStatus, Side, TimeInForce
from arbion.domain.orders import OrderChange
from arbion.domain.reports import OrderReport, QuoteReport, WorkingTerms
from arbion.lib.clock import FrozenClock
from brokers.fees import IDEAL
from brokers.models import VenueFill, VenueOrder
from brokers.simulator import venue
from brokers.simulator.terms import Terms
from marketdata.models import Instrument
from tests.brokers.factories import (
    REFERENCE,
    accepted,
    cash_of,
    custody_of,
    known,
    open_account,
    paid,
    place,
    quote,
    refused,
    request,
    units_of,
)


def four_a_quote(_quote: QuoteReport, _side: Side) -> Decimal:
    """Four units stand behind every quote."""
    return Decimal(4)


THIN = Terms(name="thin", fees=IDEAL, depth=four_a_quote)


def change(clock: FrozenClock, order: str, revision: int = 1, **wanted: str) -> OrderReport:
    """Ask for a change."""
    figures = {name: Decimal(text) for name, text in wanted.items()}
    report = venue.replace(
        reference=REFERENCE, client_order_id=order, change=OrderChange(revision=revision, **figures), clock=clock
    )
    assert report is not None
    return report


def not_changed(clock: FrozenClock, order: str, **wanted: str) -> str:
    """Ask for a change that must be refused, and see that the order and the account stay as they were."""
    before, held = known(order), custody_of()
    report = change(clock, order, before.revision + 1, **wanted)
    assert (report.terms, report.status, report.filled_quantity) == (
        before.terms,
        before.status,
        before.filled_quantity,
    )
    assert (report.revision, custody_of()) == (before.revision + 1, held)
    assert report.revision_refused.endswith(".")
    return report.revision_refused


def test_size_and_price_change_and_the_report_says_so(share: str, clock: FrozenClock) -> None:
    open_account()
    order = accepted(clock, request(limit_price="90"))
    clock.advance(seconds=1)

    report = change(clock, order, quantity="20", limit_price="91.50")

    assert (report.revision, report.revision_refused, report.status) == (1, "", OrderStatus.ACCEPTED)
    assert report.terms == WorkingTerms(quantity=Decimal(20), limit_price=Decimal("91.5"), stop_price=None)
    assert report.reported_at == clock.at
    assert known(order) == report


def test_a_changed_price_that_meets_the_market_fills_at_once(share: str, clock: FrozenClock) -> None:
    open_account()
    order = accepted(clock, request(limit_price="90"))

    assert change(clock, order, limit_price="101").status is OrderStatus.FILLED
    assert paid() == [("10", "100.1")]


def test_a_moved_stop_is_reached_where_it_stands_now(share: str, clock: FrozenClock) -> None:
    open_account(AAPL="10")
    order = accepted(clock, request(Side.SELL, stop_price="90"))

    assert change(clock, order, stop_price="95").status is OrderStatus.ACCEPTED
    assert change(clock, order, 2, stop_price="99.95").status is OrderStatus.FILLED
    assert paid() == [("10", "99.9")]


@pytest.mark.parametrize("revision", [1, 2])
def test_a_revision_that_was_answered_and_an_older_one_change_nothing(
    share: str, clock: FrozenClock, revision: int
) -> None:
    open_account()
    order = accepted(clock, request(limit_price="90"))
    first = change(clock, order, 2, limit_price="91")
    clock.advance(seconds=5)

    assert change(clock, order, revision, limit_price="95") == first
    assert VenueOrder.objects.get().limit_price == 91


def test_a_refused_revision_is_answered_once_too(share: str, clock: FrozenClock) -> None:
    open_account()
    order = accepted(clock, request(limit_price="90"))
    not_changed(clock, order, limit_price="90.001")

    assert change(clock, order, 1, limit_price="95").revision_refused
    assert change(clock, order, 2, limit_price="95").revision_refused == ""


def test_an_order_that_filled_meanwhile_is_refused_and_told_as_it_is(share: str, clock: FrozenClock) -> None:
    open_account()
    order = accepted(clock, request(limit_price="90"))
    quote(bid="89.80", ask="90.00")
    venue.match_all(clock=clock)

    assert "filled" in not_changed(clock, order, limit_price="95")
    assert known(order).status is OrderStatus.FILLED


def test_a_canceled_order_is_refused(share: str, clock: FrozenClock) -> None:
    open_account()
    order = accepted(clock, request(limit_price="90"))
    venue.cancel(reference=REFERENCE, client_order_id=order, clock=clock)

    assert "canceled" in not_changed(clock, order, quantity="5")


def test_an_order_whose_day_is_over_ends_instead(share: str, clock: FrozenClock) -> None:
    open_account()
    order = accepted(clock, request(limit_price="90"))
    clock.advance(seconds=86400)

    report = change(clock, order, limit_price="95")

    assert (report.status, bool(report.revision_refused)) == (OrderStatus.EXPIRED, True)
    assert VenueFill.objects.count() == 0


def test_an_unknown_order_is_none(share: str, clock: FrozenClock) -> None:
    open_account()
    wanted = OrderChange(revision=1, quantity=Decimal(1))

    assert venue.replace(reference=REFERENCE, client_order_id="never", change=wanted, clock=clock) is None


@pytest.mark.parametrize(("size", "is_refused"), [("3", True), ("4", True), ("5", False)])
def test_a_size_that_is_filled_already_is_refused(share: str, clock: FrozenClock, size: str, is_refused: bool) -> None:
    open_account()
    order = request(limit_price="101")
    venue.place(reference=REFERENCE, request=order, clock=clock, terms=THIN)
    quote(bid="109", ask="110")

    report = change(clock, order.client_order_id, quantity=size)

    assert bool(report.revision_refused) is is_refused
    assert (report.filled_quantity, report.status) == (Decimal(4), OrderStatus.PARTIALLY_FILLED)


def test_more_than_the_account_can_pay_is_refused(share: str, clock: FrozenClock) -> None:
    open_account(cash="1000")
    order = accepted(clock, request(limit_price="90"))

    assert "free" in not_changed(clock, order, quantity="12")
    assert "free" in not_changed(clock, order, limit_price="100.01")
    assert change(clock, order, 9, limit_price="100").revision_refused == ""


def test_cash_that_another_order_claims_is_not_there_for_a_change(share: str, clock: FrozenClock) -> None:
    open_account(cash="1000")
    order = accepted(clock, request(quantity="5", limit_price="90"))
    accepted(clock, request(quantity="6", limit_price="90"))

    not_changed(clock, order, quantity="6")


def test_a_bigger_claim_holds_against_later_orders_and_a_smaller_frees(share: str, clock: FrozenClock) -> None:
    open_account(cash="1000")
    order = accepted(clock, request(quantity="5", limit_price="90"))
    change(clock, order, quantity="11")
    assert refused(clock, request(quantity="1", limit_price="90")) == "insufficient_cash"

    change(clock, order, 2, quantity="1")

    accepted(clock, request(quantity="10", limit_price="90"))


def test_more_units_than_are_free_are_refused(share: str, clock: FrozenClock) -> None:
    open_account(AAPL="10")
    order = accepted(clock, request(Side.SELL, "6", limit_price="110"))
    accepted(clock, request(Side.SELL, "3", limit_price="110"))

    not_changed(clock, order, quantity="8")
    assert change(clock, order, 9, quantity="7").revision_refused == ""


@pytest.mark.parametrize(
    "wanted",
    [
        {"stop_price": "80"},
        {"limit_price": "90.001"},
        {"limit_price": "0"},
        {"limit_price": "-5"},
        {"limit_price": "NaN"},
        {"limit_price": "Infinity"},
        {"limit_price": "90000001"},
        {"quantity": "10.5"},
        {"quantity": "9000000001"},
    ],
)
def test_what_cannot_be_is_refused(share: str, clock: FrozenClock, wanted: dict[str, str]) -> None:
    open_account()
    order = accepted(clock, request(limit_price="90"))

    not_changed(clock, order, **wanted)


def test_a_trail_and_a_reached_stop_cannot_be_moved(share: str, clock: FrozenClock) -> None:
    open_account(AAPL="20")
    trail = accepted(clock, request(Side.SELL, trail_amount="5"))
    reached = accepted(clock, request(Side.SELL, stop_price="100", limit_price="105"))

    not_changed(clock, trail, stop_price="98")
    assert "reached" in not_changed(clock, reached, stop_price="98")


def test_a_halt_lets_cancel_and_not_change(share: str, clock: FrozenClock) -> None:
    open_account()
    order = accepted(clock, request(limit_price="90"))
    Instrument.objects.update(is_halted=True)

    assert "halted" in not_changed(clock, order, limit_price="91")
    report = venue.cancel(reference=REFERENCE, client_order_id=order, clock=clock)
    assert report is not None
    assert report.status is OrderStatus.CANCELED


def test_after_the_close_an_auction_order_cannot_be_changed(share: str, clock: FrozenClock) -> None:
    open_account()
    order = accepted(clock, request(time_in_force=TimeInForce.CLS))
    clock.advance(seconds=86400)

    not_changed(clock, order, quantity="5")


def test_a_repeat_of_the_placing_knows_a_changed_order(share: str, clock: FrozenClock) -> None:
    open_account()
    order = request(limit_price="90")
    place(clock, order)
    changed = change(clock, order.client_order_id, quantity="7", limit_price="91")

    assert place(clock, order) == changed


def test_the_first_in_the_queue_stays_first_only_where_it_shrinks(share: str, clock: FrozenClock) -> None:
    open_account()
    order = accepted(clock, request(limit_price="90"))
    began = VenueOrder.objects.get().priority_at
    clock.advance(seconds=1)

    change(clock, order, quantity="8")
    assert VenueOrder.objects.get().priority_at == began
    change(clock, order, 2, limit_price="89")
    assert began is not None
    assert VenueOrder.objects.get().priority_at == began + timedelta(seconds=1)
    assert (cash_of(), units_of()) == (10000, 0)
