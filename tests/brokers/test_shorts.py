"""Selling what is not held: what the exchange allows, what it keeps as security, how what is owed is bought back."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from arbion.domain.enums import AssetClass, OrderStatus, PositionEffect, Side, TimeInForce
from arbion.domain.orders import OrderRequest
from arbion.lib.clock import FrozenClock
from brokers.models import VenueCash, VenueFill, VenueHolding
from brokers.simulator import venue
from tests.brokers.factories import (
    REFERENCE,
    accepted,
    cash_of,
    custody_of,
    known,
    list_instrument,
    list_option,
    open_account,
    paid,
    place,
    quote,
    refused,
    request,
    units_of,
)

OPEN, CLOSE = PositionEffect.OPEN, PositionEffect.CLOSE
CALL, HIGH_CALL, PUT = "AAPL260417C00105000", "AAPL260417C00110000", "AAPL260417P00095000"


def short(quantity: str = "10", **fields: object) -> OrderRequest:
    """A sale of what is not held."""
    return request(Side.SELL, quantity, effect=OPEN, **fields)


def back(quantity: str = "10", **fields: object) -> OrderRequest:
    """A purchase that pays back what is owed."""
    return request(Side.BUY, quantity, effect=CLOSE, **fields)


def tick(clock: FrozenClock, bid: str, ask: str) -> set[str]:
    """The share's next quote, two seconds later, and what it made of the orders."""
    clock.advance(seconds=2)
    quote(bid=bid, ask=ask, at=clock.at)
    return venue.match_all(clock=clock)


@pytest.fixture
def options(share: str) -> None:
    """Two calls and a put on the share, at about 2, 1 and 1.50."""
    for symbol, bid, ask in ((CALL, "2.00", "2.10"), (HIGH_CALL, "1.00", "1.10"), (PUT, "1.50", "1.60")):
        list_option(symbol)
        quote(symbol, bid, ask)


def test_shares_are_owed_and_their_proceeds_are_cash(share: str, clock: FrozenClock) -> None:
    open_account(allows_short=True)

    assert place(clock, short()).status is OrderStatus.FILLED

    assert (cash_of(), units_of()) == (Decimal(10999), Decimal(-10))
    assert [(row.symbol, row.quantity) for row in venue.positions(reference=REFERENCE)] == [("AAPL", Decimal(-10))]
    assert VenueHolding.objects.get().may_be_owed


def test_an_account_without_margin_owes_no_shares(share: str, clock: FrozenClock) -> None:
    open_account()

    assert refused(clock, short()) == "short_not_allowed"
    assert refused(clock, short(limit_price="120")) == "short_not_allowed"


def test_nobody_owes_coins(db: None, clock: FrozenClock) -> None:
    list_instrument("BTC-USD", asset_class=AssetClass.CRYPTO)
    quote("BTC-USD")
    open_account(allows_short=True)

    assert refused(clock, short(symbol="BTC-USD")) == "short_not_allowed"


def test_half_the_value_must_be_free_beside_the_proceeds(share: str, clock: FrozenClock) -> None:
    open_account(cash="1000", allows_short=True)

    assert refused(clock, short("21")) == "insufficient_cash"
    assert place(clock, short("20")).status is OrderStatus.FILLED
    assert refused(clock, short("1")) == "insufficient_cash"


def test_security_cannot_be_spent(share: str, clock: FrozenClock) -> None:
    open_account(cash="1000", allows_short=True)
    place(clock, short("10"))
    list_instrument("MSFT")
    quote("MSFT", "10.00", "10.00")

    # 1,999 in cash, of which 150 % of 999 stay.
    assert refused(clock, request(quantity="51", symbol="MSFT")) == "insufficient_cash"
    assert place(clock, request(quantity="50", symbol="MSFT")).status is OrderStatus.FILLED


def test_a_resting_short_sale_claims_its_security(share: str, clock: FrozenClock) -> None:
    open_account(cash="1000", allows_short=True)
    order = accepted(clock, short("15", limit_price="110"))
    assert refused(clock, request(quantity="2")) == "insufficient_cash"
    assert refused(clock, short("5", limit_price="110")) == "insufficient_cash"

    tick(clock, "110.00", "110.20")

    assert (known(order).status, units_of(), cash_of()) == (OrderStatus.FILLED, Decimal(-15), Decimal(2650))


@pytest.mark.parametrize("effect", [None, CLOSE])
def test_what_is_owed_is_bought_back(share: str, clock: FrozenClock, effect: PositionEffect | None) -> None:
    open_account(allows_short=True)
    place(clock, short())
    quote(bid="89.90", ask="90.00")

    assert place(clock, request(effect=effect)).status is OrderStatus.FILLED

    assert (cash_of(), units_of()) == (Decimal(10099), Decimal(0))


def test_buying_back_needs_no_free_cash(share: str, clock: FrozenClock) -> None:
    open_account(cash="500", allows_short=True)
    place(clock, short())
    quote(bid="139.90", ask="140.00", last="140.00")

    assert refused(clock, request(quantity="1", symbol="AAPL", effect=OPEN)) == "crosses_zero"
    assert place(clock, back()).status is OrderStatus.FILLED
    assert (cash_of(), units_of()) == (Decimal(99), Decimal(0))


def test_even_a_debt_does_not_hinder_buying_back(share: str, clock: FrozenClock) -> None:
    open_account(cash="500", allows_short=True)
    place(clock, short())
    quote(bid="199.90", ask="200.00", last="200.00")

    assert place(clock, back()).status is OrderStatus.FILLED
    assert (cash_of(), units_of()) == (Decimal(-501), Decimal(0))


@pytest.mark.parametrize("kind", [{}, {"limit_price": "120"}, {"stop_price": "110"}, {"trail_amount": "5"}])
def test_resting_purchases_of_what_is_owed_need_no_free_cash(
    share: str, clock: FrozenClock, kind: dict[str, str]
) -> None:
    open_account(cash="500", allows_short=True)
    place(clock, short())
    if not kind:
        kind = {"limit_price": "90"}

    assert place(clock, back(**kind)).status in {OrderStatus.ACCEPTED, OrderStatus.FILLED}


def test_no_order_crosses_zero(share: str, clock: FrozenClock) -> None:
    open_account(allows_short=True, AAPL="10")

    assert refused(clock, short("5")) == "crosses_zero"
    assert refused(clock, request(Side.SELL, "11", effect=CLOSE)) == "insufficient_holdings"
    assert refused(clock, back("5")) == "insufficient_holdings"
    place(clock, request(Side.SELL, "10", effect=CLOSE))
    place(clock, short("5"))
    assert refused(clock, back("6")) == "insufficient_holdings"
    assert refused(clock, request(quantity="1", effect=OPEN)) == "crosses_zero"
    accepted(clock, back("5", limit_price="90"))
    assert refused(clock, back("1", limit_price="80")) == "insufficient_holdings"


def test_an_order_that_would_come_to_cross_zero_ends_instead(share: str, clock: FrozenClock) -> None:
    open_account(allows_short=True)
    order = accepted(clock, request(limit_price="90", effect=OPEN))
    place(clock, short("5"))
    before = custody_of()

    tick(clock, "89.80", "90.00")

    assert (known(order).status, known(order).reject_code) == (OrderStatus.CANCELED, "crosses_zero")
    assert custody_of() == before


def test_a_contract_is_worth_a_hundred_shares(options: None, clock: FrozenClock) -> None:
    open_account()

    assert place(clock, request(quantity="2", symbol=CALL)).status is OrderStatus.FILLED

    assert (cash_of(), units_of(CALL)) == (Decimal(9580), Decimal(2))
    assert refused(clock, request(quantity="46", symbol=CALL)) == "insufficient_cash"


def test_a_call_is_covered_by_shares_and_these_may_not_go(options: None, clock: FrozenClock) -> None:
    open_account(AAPL="150")
    assert refused(clock, short("2", symbol=CALL)) == "uncovered"
    assert place(clock, short("1", symbol=CALL)).status is OrderStatus.FILLED

    assert (cash_of(), units_of(CALL)) == (Decimal(10200), Decimal(-1))
    assert refused(clock, short("1", symbol=HIGH_CALL)) == "uncovered"
    assert refused(clock, request(Side.SELL, "51", effect=CLOSE)) == "uncovered"
    assert place(clock, request(Side.SELL, "50", effect=CLOSE)).status is OrderStatus.FILLED


def test_two_resting_sales_cannot_both_give_away_the_cover(options: None, clock: FrozenClock) -> None:
    open_account(AAPL="100")
    place(clock, request(quantity="1", symbol=HIGH_CALL))
    place(clock, short("1", symbol=CALL))
    accepted(clock, request(Side.SELL, "100", limit_price="120", effect=CLOSE))

    assert refused(clock, request(Side.SELL, "1", symbol=HIGH_CALL, limit_price="9", effect=CLOSE)) == "uncovered"


def test_a_put_is_secured_by_its_strike_in_cash(options: None, clock: FrozenClock) -> None:
    open_account(cash="9300")
    assert refused(clock, short("1", symbol=PUT)) == "insufficient_cash"
    VenueCash.objects.update(amount=Decimal(9350))

    assert place(clock, short("1", symbol=PUT)).status is OrderStatus.FILLED

    # 9,500 stay for the shares that may have to be taken.
    assert cash_of() == 9500
    assert refused(clock, request(quantity="1")) == "insufficient_cash"
    assert place(clock, back("1", symbol=PUT)).status is OrderStatus.FILLED
    assert (cash_of(), units_of(PUT)) == (Decimal(9340), Decimal(0))


def test_without_margin_what_is_owed_in_options_is_bought_back_with_cash_that_is_there(
    options: None, clock: FrozenClock
) -> None:
    open_account(cash="0", AAPL="100")
    place(clock, short("1", symbol=CALL))
    quote(CALL, "2.40", "2.50")

    assert refused(clock, back("1", symbol=CALL)) == "insufficient_cash"
    quote(CALL, "1.90", "2.00")
    assert place(clock, back("1", symbol=CALL)).status is OrderStatus.FILLED
    assert (cash_of(), VenueFill.objects.count()) == (Decimal(0), 2)


def test_a_contract_trades_until_its_last_day_is_over(options: None, clock: FrozenClock) -> None:
    open_account()
    order = accepted(clock, request(quantity="1", symbol=CALL, limit_price="1.00", time_in_force=TimeInForce.GTC))
    clock.at = datetime(2026, 4, 18, 4, 0, tzinfo=UTC)
    quote(CALL, "0.90", "1.00", at=clock.at)

    assert refused(clock, request(quantity="1", symbol=CALL)) == "option_expired"
    assert venue.match_all(clock=clock) == {REFERENCE}
    assert (known(order).status, paid()) == (OrderStatus.EXPIRED, [])


def test_options_have_no_extended_hours(options: None, clock: FrozenClock) -> None:
    open_account()

    order = request(quantity="1", symbol=CALL, limit_price="1.00", extended_hours=True)
    assert refused(clock, order) == "extended_hours_not_offered"
