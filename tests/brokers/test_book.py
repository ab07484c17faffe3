"""The columns that say where to look: right after every kind of change, also by another process, and never trusted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from arbion.domain.enums import OrderStatus, PositionEffect, Side, TimeInForce
from arbion.domain.orders import LegRequest
from arbion.lib.clock import FrozenClock
from brokers.models import VenueOrder
from brokers.simulator import venue
from brokers.simulator.book import RestingBook
from marketdata.models import Instrument
from tests.brokers.factories import (
    NOON,
    REFERENCE,
    accepted,
    list_instrument,
    list_option,
    open_account,
    quote,
    request,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def listed() -> Iterator[None]:
    """One quoted share, and an account with cash and shares."""
    list_instrument()
    quote()
    open_account(cash="1000000", AAPL="1000")
    return


def ripe(book: RestingBook, at: object = NOON) -> set[str]:
    """The client ids of the orders that the book points at."""
    keys = book.ripe(at)  # type: ignore[arg-type]
    assert len(keys) == len(set(keys))
    return set(VenueOrder.objects.filter(pk__in=keys).values_list("client_order_id", flat=True))


SALE, PURCHASE = {"side": Side.SELL}, {"side": Side.BUY}


@pytest.mark.parametrize(
    ("fields", "quoted", "is_ripe"),
    [
        ({"limit_price": "95"}, ("94.90", "95.00", "100"), True),
        ({"limit_price": "95"}, ("94.90", "95.01", "90"), False),
        ({"limit_price": "105", **SALE}, ("105.00", "105.20", "100"), True),
        ({"limit_price": "105", **SALE}, ("104.99", "105.20", "110"), False),
        ({"stop_price": "105"}, ("100.00", "100.20", "105"), True),
        ({"stop_price": "105"}, ("104.00", "108.00", "104.99"), False),
        ({"stop_price": "95", **SALE}, ("99.00", "99.20", "95"), True),
        ({"stop_price": "95", **SALE}, ("90.00", "90.20", "95.01"), False),
        ({"trail_amount": "5", **SALE}, ("99.00", "99.20", "94.9"), True),
        ({"trail_amount": "5", **SALE}, ("99.00", "99.20", "99.91"), True),
        ({"trail_amount": "5", **SALE}, ("99.00", "99.20", "99.90"), False),
        ({"trail_amount": "5", **PURCHASE}, ("99.00", "99.20", "99.89"), True),
        ({"trail_amount": "5", **PURCHASE}, ("99.00", "99.20", "104.9"), True),
        ({"trail_amount": "5", **PURCHASE}, ("99.00", "99.20", "100"), False),
        ({"time_in_force": TimeInForce.CLS}, ("1.00", "1.20", "1"), False),
    ],
)
def test_points_at_what_the_quote_concerns(
    listed: None, clock: FrozenClock, fields: dict[str, object], quoted: tuple[str, str, str], is_ripe: bool
) -> None:
    order = accepted(clock, request(**fields))  # type: ignore[arg-type]
    bid, ask, last = quoted
    quote(bid=bid, ask=ask, last=last)

    assert ripe(RestingBook()) == ({order} if is_ripe else set())


def test_points_at_what_is_over_whatever_the_market_does(listed: None, clock: FrozenClock) -> None:
    order = accepted(clock, request(limit_price="90"))
    Instrument.objects.update(is_halted=True)
    quote(bid="80", ask="80")

    assert ripe(RestingBook()) == set()
    assert ripe(RestingBook(), NOON + timedelta(days=1)) == {order}


@pytest.mark.parametrize("trouble", ["is_halted", "tradable", "stale", "ahead"])
def test_points_at_nothing_that_cannot_trade(listed: None, clock: FrozenClock, trouble: str) -> None:
    accepted(clock, request(limit_price="90"))
    at = {"stale": NOON - timedelta(minutes=10), "ahead": NOON + timedelta(minutes=10)}.get(trouble, NOON)
    quote(bid="80", ask="80", at=at)
    if trouble in {"is_halted", "tradable"}:
        Instrument.objects.update(**{trouble: trouble == "is_halted"})

    assert ripe(RestingBook()) == set()


def test_follows_what_changes_between_two_looks(listed: None, clock: FrozenClock) -> None:
    book = RestingBook()
    first, second = accepted(clock, request(limit_price="90")), accepted(clock, request(limit_price="91"))
    quote(bid="89", ask="90")
    assert ripe(book) == {first, second}

    clock.advance(seconds=2)
    quote(bid="89", ask="90", at=clock.at)
    venue.cancel(reference=REFERENCE, client_order_id=second, clock=clock)
    third = accepted(clock, request(limit_price="89.50"))
    assert ripe(book, clock.at) == {first}
    clock.advance(seconds=2)
    quote(bid="89", ask="89.50", at=clock.at)
    assert ripe(book, clock.at) == {first, third}
    venue.match_all(clock=clock)
    assert ripe(book, clock.at) == set()


def test_sees_what_another_process_wrote_with_a_clock_behind(listed: None, clock: FrozenClock) -> None:
    book = RestingBook()
    quote(bid="89", ask="90")
    assert ripe(book) == set()
    VenueOrder.objects.all().delete()
    late = FrozenClock(NOON - timedelta(minutes=30))
    quote(bid="98", ask="99", at=late.at)
    order = accepted(late, request(limit_price="90"))
    quote(bid="89", ask="90")

    assert ripe(book) == {order}


def test_a_minute_later_everything_is_read_again(listed: None, clock: FrozenClock) -> None:
    book = RestingBook()
    order = accepted(clock, request(limit_price="90", time_in_force=TimeInForce.GTC))
    assert ripe(book) == set()
    VenueOrder.objects.update(limit_price=Decimal(101), updated_at=NOON - timedelta(hours=1))

    later = NOON + timedelta(seconds=59)
    quote(at=later)
    assert ripe(book, later) == set()
    later += timedelta(seconds=1)
    quote(at=later)
    assert ripe(book, later) == {order}


def test_what_is_pointed_at_wrongly_is_looked_at_and_left(listed: None, clock: FrozenClock) -> None:
    order = accepted(clock, request(limit_price="90"))
    quote(bid="89", ask="90")
    assert venue.match_all(clock=clock) == {REFERENCE}
    VenueOrder.objects.update(status=OrderStatus.CANCELED)

    assert venue.match_all(clock=clock) == set()
    assert VenueOrder.objects.get(client_order_id=order).status == OrderStatus.CANCELED


def test_a_look_costs_the_same_for_many_orders(
    listed: None, clock: FrozenClock, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(50):
        accepted(clock, request(limit_price="90"))
    book = RestingBook()
    book.ripe(NOON)

    with django_assert_max_num_queries(4):  # what changed, how many, the quotes; and now and then the timetable
        assert book.ripe(NOON) == []


def test_packages_are_always_looked_at(listed: None, clock: FrozenClock) -> None:
    symbols = ("AAPL260417C00100000", "AAPL260417C00110000")
    for symbol in symbols:
        list_option(symbol)
        quote(symbol, "5.00", "5.10")
    legs = tuple(
        LegRequest(symbol=symbol, side=side, ratio=1, effect=PositionEffect.OPEN)
        for symbol, side in zip(symbols, (Side.BUY, Side.SELL), strict=True)
    )
    order = accepted(clock, request(quantity="1", legs=legs, limit_price="0.01"))

    assert ripe(RestingBook()) == {order}
    assert not connection.in_atomic_block
