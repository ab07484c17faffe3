"""One cancels the other at the exchange: claimed once, and never filled twice."""

from __future__ import annotations

from decimal import Decimal

from arbion.domain.enums import OrderStatus, Side
from arbion.domain.reports import QuoteReport
from arbion.lib.clock import FrozenClock
from brokers.fees import IDEAL
from brokers.models import VenueOrder
from brokers.simulator import venue
from brokers.simulator.terms import Terms
from tests.brokers.factories import (
    REFERENCE,
    accepted,
    cash_of,
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


def pair(clock: FrozenClock, group: str = "g", quantity: str = "10") -> tuple[str, str]:
    """A stop loss and a take profit for the same shares."""
    loss = accepted(clock, request(Side.SELL, quantity, stop_price="95", oco_group=group))
    profit = accepted(clock, request(Side.SELL, quantity, limit_price="105", oco_group=group))
    return loss, profit


def tick(clock: FrozenClock, bid: str, ask: str, terms: Terms | None = None) -> set[str]:
    """The next quote, two seconds later, and what it made of the orders."""
    clock.advance(seconds=2)
    quote(bid=bid, ask=ask, at=clock.at)
    return venue.match_all(clock=clock, terms=terms)


def test_both_claim_the_same_units_once(share: str, clock: FrozenClock) -> None:
    open_account(AAPL="10")
    pair(clock)

    assert refused(clock, request(Side.SELL, "1", limit_price="120")) == "insufficient_holdings"


def test_both_claim_the_same_cash_once(share: str, clock: FrozenClock) -> None:
    open_account(cash="1100")
    accepted(clock, request(limit_price="90", oco_group="g"))
    accepted(clock, request(stop_price="105", oco_group="g"))

    assert refused(clock, request(quantity="1", limit_price="90")) == "insufficient_cash"


def test_other_groups_claim_for_themselves(share: str, clock: FrozenClock) -> None:
    open_account(AAPL="15")
    pair(clock)

    assert refused(clock, request(Side.SELL, "6", limit_price="120", oco_group="h")) == "insufficient_holdings"
    accepted(clock, request(Side.SELL, "5", limit_price="120", oco_group="h"))


def test_groups_of_two_accounts_have_nothing_to_do_with_each_other(share: str, clock: FrozenClock) -> None:
    open_account(AAPL="10")
    open_account("other", AAPL="10")
    pair(clock)
    theirs = accepted(clock, request(Side.SELL, limit_price="120", oco_group="g"), "other")

    tick(clock, "105.00", "105.20")

    assert known(theirs, "other").status is OrderStatus.ACCEPTED


def test_a_fill_cancels_the_other_in_the_same_breath(share: str, clock: FrozenClock) -> None:
    open_account(AAPL="10")
    loss, profit = pair(clock)

    assert tick(clock, "105.00", "105.20") == {REFERENCE}

    assert known(profit).status is OrderStatus.FILLED
    assert (known(loss).status, known(loss).reject_code) == (OrderStatus.CANCELED, "oco_filled")
    assert (known(loss).reported_at, paid()) == (clock.at, [("10", "105")])


def test_a_market_wide_enough_for_both_fills_one(share: str, clock: FrozenClock) -> None:
    open_account(AAPL="20")
    pair(clock)

    clock.advance(seconds=2)
    quote(bid="106.00", ask="106.20", last="94.00", at=clock.at)
    venue.match_all(clock=clock)

    assert (units_of(), paid()) == (Decimal(10), [("10", "106")])
    statuses = sorted(VenueOrder.objects.values_list("status", flat=True))
    assert statuses == [OrderStatus.CANCELED, OrderStatus.FILLED]


def test_a_part_takes_as_much_from_the_other(share: str, clock: FrozenClock) -> None:
    open_account(AAPL="10")
    loss, profit = pair(clock)

    tick(clock, "105.00", "105.20", THIN)

    assert (known(profit).status, known(profit).filled_quantity) == (OrderStatus.PARTIALLY_FILLED, Decimal(4))
    report = known(loss)
    assert report.terms is not None
    assert (report.status, report.terms.quantity) == (OrderStatus.ACCEPTED, Decimal(6))

    tick(clock, "94.00", "94.20")
    assert (known(loss).status, known(profit).status) == (OrderStatus.FILLED, OrderStatus.CANCELED)
    assert (units_of(), known(profit).filled_quantity) == (0, Decimal(4))


def test_an_order_that_comes_after_its_group_has_filled_is_refused(share: str, clock: FrozenClock) -> None:
    open_account(AAPL="20")
    place(clock, request(Side.SELL, oco_group="g"))

    assert refused(clock, request(Side.SELL, limit_price="105", oco_group="g")) == "oco_filled"
    assert units_of() == 10


def test_an_order_that_comes_after_a_part_has_filled_is_for_the_rest(share: str, clock: FrozenClock) -> None:
    open_account(AAPL="20")
    first = request(Side.SELL, limit_price="95", oco_group="g")
    venue.place(reference=REFERENCE, request=first, clock=clock, terms=THIN)
    quote(bid="90.00", ask="90.20")
    second = request(Side.SELL, limit_price="105", oco_group="g")

    report = place(clock, second)

    assert report.terms is not None
    assert report.terms.quantity == 6
    assert place(clock, second) == report


def test_a_cancel_of_one_leaves_the_other(share: str, clock: FrozenClock) -> None:
    open_account(AAPL="10")
    loss, profit = pair(clock)

    venue.cancel(reference=REFERENCE, client_order_id=profit, clock=clock)

    assert known(loss).status is OrderStatus.ACCEPTED
    tick(clock, "95.00", "95.20")
    assert (known(loss).status, cash_of()) == (OrderStatus.FILLED, Decimal(10950))
