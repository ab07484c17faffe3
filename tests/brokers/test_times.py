"""How long orders work at the simulated exchange: each order type with each time in force, and the two auctions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from pytest_django import Settings

from arbion.domain.enums import AUCTION, IMMEDIATE, AssetClass, Interval, OrderType, Side, TimeInForce
from arbion.domain.errors import InvalidInput
from arbion.domain.orders import OrderRequest
from arbion.lib.clock import FrozenClock
from brokers.models import VenueOrder
from brokers.simulator import venue
from marketdata.models import Candle, Instrument
from tests.brokers.factories import (
    NOON,
    REFERENCE,
    accepted,
    cash_of,
    custody_of,
    known,
    list_instrument,
    open_account,
    paid,
    place,
    quote,
    refused,
    request,
)

OPEN = datetime(2026, 3, 18, 13, 30, tzinfo=UTC)
CLOSE = datetime(2026, 3, 18, 20, 0, tzinfo=UTC)
POST_CLOSE = datetime(2026, 3, 19, 0, 0, tzinfo=UTC)
NEXT_NOON = datetime(2026, 3, 19, 14, 30, tzinfo=UTC)
_T = TimeInForce
PRICES: dict[OrderType, dict[str, str]] = {
    OrderType.MARKET: {},
    OrderType.LIMIT: {"limit_price": "90"},
    OrderType.STOP: {"stop_price": "110"},
    OrderType.STOP_LIMIT: {"stop_price": "110", "limit_price": "112"},
    OrderType.TRAILING_STOP: {"trail_amount": "10"},
}
# What a purchase away from the market has become: on arrival, in the evening, and the next day at noon.
BECOMES: dict[TimeInForce, tuple[str, str, str]] = {
    _T.DAY: ("accepted", "expired", "expired"),
    _T.GTC: ("accepted", "accepted", "accepted"),
    _T.GTD: ("accepted", "accepted", "expired"),
    _T.IOC: ("canceled", "canceled", "canceled"),
    _T.FOK: ("canceled", "canceled", "canceled"),
    _T.OPG: ("accepted", "expired", "expired"),
    _T.CLS: ("accepted", "expired", "expired"),
}


@pytest.fixture
def sessions(settings: Settings) -> None:
    """A stock market that opens and closes."""
    settings.MARKET_ALWAYS_OPEN = False


def timed(kind: OrderType, tif: TimeInForce, at: datetime, **fields: object) -> OrderRequest:
    """An order of this type and time in force; a date is the next morning."""
    ends = at + timedelta(hours=20) if tif is _T.GTD else None
    return request(time_in_force=tif, expires_at=ends, **{**PRICES[kind], **fields})


def tick(clock: FrozenClock, at: datetime, bid: str = "99.90", ask: str = "100.10") -> set[str]:
    """A quote at a moment, and what it made of the orders."""
    clock.at = at
    quote(bid=bid, ask=ask, at=at)
    return venue.match_all(clock=clock)


@pytest.mark.parametrize("tif", TimeInForce)
@pytest.mark.parametrize("kind", OrderType)
def test_every_type_with_every_time_in_force(
    share: str, clock: FrozenClock, sessions: None, kind: OrderType, tif: TimeInForce
) -> None:
    clock.at = OPEN + timedelta(seconds=30)
    quote(at=clock.at)
    open_account(cash="20000")
    if tif in AUCTION | IMMEDIATE and kind not in {OrderType.MARKET, OrderType.LIMIT}:
        with pytest.raises(InvalidInput):
            timed(kind, tif, clock.at)
        return

    order = timed(kind, tif, clock.at)
    seen = [place(clock, order).status.value]
    for moment in (CLOSE + timedelta(hours=1), NEXT_NOON):
        clock.at = moment
        venue.match_all(clock=clock)
        seen.append(known(order.client_order_id).status.value)

    if kind is OrderType.MARKET:
        expected = ("accepted", "filled", "filled") if tif is _T.CLS else ("filled", "filled", "filled")
    else:
        expected = BECOMES[tif]
    assert tuple(seen) == expected


@pytest.mark.parametrize("tif", [tif for tif in TimeInForce if tif is not _T.CLS])
@pytest.mark.parametrize("kind", [OrderType.MARKET, OrderType.LIMIT])
def test_marketable_orders_fill_at_once_however_long_they_may_work(
    share: str, clock: FrozenClock, sessions: None, kind: OrderType, tif: TimeInForce
) -> None:
    clock.at = OPEN + timedelta(seconds=59)
    quote(at=clock.at)
    open_account()
    prices = {"limit_price": "101"} if kind is OrderType.LIMIT else {}

    assert place(clock, timed(kind, tif, clock.at, **prices)).status.value == "filled"
    assert paid() == [("10", "100.1")]


@pytest.mark.parametrize("tif", sorted(IMMEDIATE))
def test_what_never_rests_is_canceled_where_there_is_no_price_now(
    share: str, clock: FrozenClock, tif: TimeInForce
) -> None:
    open_account()
    clock.advance(seconds=600)
    before = custody_of()

    report = place(clock, request(time_in_force=tif, limit_price="101"))

    assert (report.status.value, report.filled_quantity) == ("canceled", 0)
    assert report.reject_code == ("not_filled_whole" if tif is _T.FOK else "not_filled_at_once")
    assert custody_of() == before


def test_a_date_that_has_passed_is_refused(share: str, clock: FrozenClock) -> None:
    open_account()

    assert refused(clock, request(time_in_force=_T.GTD, limit_price="90", expires_at=NOON)) == "invalid_expiry"


def test_good_till_date_ends_at_its_date_and_not_before(share: str, clock: FrozenClock) -> None:
    open_account()
    ends = NOON + timedelta(days=3)
    order = accepted(clock, request(time_in_force=_T.GTD, limit_price="90", expires_at=ends))

    clock.at = ends - timedelta(microseconds=1)
    assert venue.match_all(clock=clock) == set()
    clock.at = ends
    assert venue.match_all(clock=clock) == {REFERENCE}

    assert known(order).status.value == "expired"


def test_extended_hours_trade_before_and_after_and_end_with_the_evening(
    share: str, clock: FrozenClock, sessions: None
) -> None:
    open_account(cash="20000")
    clock.at = OPEN - timedelta(hours=2)
    quote(at=clock.at)
    common = request(limit_price="90")
    assert refused(clock, common) == "market_closed"
    early = place(clock, request(limit_price="101", extended_hours=True))
    order = accepted(clock, request(limit_price="90", extended_hours=True))
    assert early.status.value == "filled"

    assert tick(clock, CLOSE + timedelta(hours=1)) == set()
    assert VenueOrder.objects.get(client_order_id=order).expires_at == POST_CLOSE
    assert tick(clock, POST_CLOSE - timedelta(minutes=1), "89.80", "90.00") == {REFERENCE}
    assert known(order).status.value == "filled"
    clock.at = POST_CLOSE
    assert refused(clock, request(limit_price="90", extended_hours=True)) == "market_closed"


def test_orders_for_the_session_wait_while_others_trade_after_hours(
    share: str, clock: FrozenClock, sessions: None
) -> None:
    open_account(cash="20000")
    waits = accepted(clock, request(limit_price="90", time_in_force=_T.GTC))
    trades = accepted(clock, request(limit_price="90", time_in_force=_T.GTC, extended_hours=True))

    tick(clock, CLOSE + timedelta(hours=1), "89.80", "90.00")

    assert (known(waits).status.value, known(trades).status.value) == ("accepted", "filled")


def test_at_the_open_trades_in_the_first_minute_only(share: str, clock: FrozenClock, sessions: None) -> None:
    open_account(cash="20000")
    clock.at = OPEN + timedelta(seconds=2)
    quote(at=clock.at)
    first = accepted(clock, request(limit_price="95", time_in_force=_T.OPG))
    second = accepted(clock, request(limit_price="90", time_in_force=_T.OPG))

    tick(clock, OPEN + timedelta(seconds=58), "94.80", "95.00")
    tick(clock, OPEN + timedelta(seconds=60), "89.80", "90.00")

    assert (known(first).status.value, known(second).status.value) == ("filled", "expired")
    assert paid() == [("10", "95")]
    assert refused(clock, request(limit_price="90", time_in_force=_T.OPG)) == "auction_missed"


@pytest.mark.parametrize("tif", sorted(AUCTION))
def test_coins_have_no_auctions(db: None, clock: FrozenClock, tif: TimeInForce) -> None:
    list_instrument("BTC-USD", asset_class=AssetClass.CRYPTO)
    quote("BTC-USD")
    open_account()

    assert refused(clock, request(symbol="BTC-USD", time_in_force=tif)) == "auction_not_offered"


@pytest.mark.parametrize(
    ("side", "limit", "becomes"),
    [
        (Side.BUY, None, "filled"),
        (Side.BUY, "105", "filled"),
        (Side.BUY, "104.99", "expired"),
        (Side.SELL, "105", "filled"),
        (Side.SELL, "105.01", "expired"),
    ],
)
def test_at_the_close_fills_at_the_sessions_last_price(
    share: str, clock: FrozenClock, side: Side, limit: str | None, becomes: str
) -> None:
    open_account(AAPL="10", cash="20000")
    midnight = datetime(2026, 3, 19, 4, 0, tzinfo=UTC)
    order = accepted(clock, request(side, limit_price=limit, time_in_force=_T.CLS))
    assert tick(clock, midnight - timedelta(seconds=2), "105.00", "105.20") == set()

    clock.at = midnight
    assert venue.match_all(clock=clock) == {REFERENCE}

    assert (known(order).status.value, paid()) == (becomes, [("10", "105")] if becomes == "filled" else [])


def test_a_quote_from_after_the_close_is_not_the_closing_price(share: str, clock: FrozenClock, sessions: None) -> None:
    open_account()
    order = accepted(clock, request(time_in_force=_T.CLS))
    price = Decimal("101.5")
    Candle.objects.create(
        instrument=Instrument.objects.get(), interval=Interval.M1, opens_at=CLOSE - timedelta(minutes=1),
        open=price, high=price, low=price, close=price, volume=Decimal(1),
    )  # fmt: skip

    tick(clock, CLOSE + timedelta(seconds=1), "80.00", "80.20")

    assert (known(order).status.value, paid()) == ("filled", [("10", "101.5")])


@pytest.mark.parametrize("field", ["is_halted", "stale"])
def test_without_a_price_in_the_session_the_auction_fills_nothing(
    share: str, clock: FrozenClock, sessions: None, field: str
) -> None:
    open_account()
    order = accepted(clock, request(time_in_force=_T.CLS))
    if field == "is_halted":
        Instrument.objects.update(is_halted=True)
    else:
        quote(at=OPEN - timedelta(days=1))

    clock.at = CLOSE
    venue.match_all(clock=clock)

    assert (known(order).status.value, cash_of()) == ("expired", Decimal(10000))


def test_after_the_close_the_auction_decides_and_no_cancel(share: str, clock: FrozenClock, sessions: None) -> None:
    open_account()
    order = accepted(clock, request(time_in_force=_T.CLS))
    clock.at = CLOSE
    report = venue.cancel(reference=REFERENCE, client_order_id=order, clock=clock)
    assert report is not None
    assert report.status.value == "accepted"

    venue.match_all(clock=clock)

    assert known(order).status.value == "filled"


def test_before_the_close_it_can_be_canceled(share: str, clock: FrozenClock, sessions: None) -> None:
    open_account()
    order = accepted(clock, request(time_in_force=_T.CLS))

    report = venue.cancel(reference=REFERENCE, client_order_id=order, clock=clock)

    assert report is not None
    assert report.status.value == "canceled"


def test_at_the_close_that_costs_more_than_is_there_ends_with_the_reason(share: str, clock: FrozenClock) -> None:
    open_account(cash="1020")
    order = accepted(clock, request(time_in_force=_T.CLS))
    midnight = datetime(2026, 3, 19, 4, 0, tzinfo=UTC)
    tick(clock, midnight - timedelta(seconds=2), "105.00", "105.20")

    clock.at = midnight
    venue.match_all(clock=clock)

    assert (known(order).status.value, known(order).reject_code) == ("canceled", "insufficient_cash")
    assert cash_of() == 1020
