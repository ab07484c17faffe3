"""Orders of several legs: all together or not at all, within one net price, at each leg's own quote."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbion.domain.enums import FillModel, OrderStatus, OrderType, PositionEffect, SessionPhase, Side, TimeInForce
from arbion.domain.orders import LegRequest, OrderChange, OrderRequest
from arbion.lib.clock import FrozenClock
from brokers.models import VenueFill, VenueHolding
from brokers.simulator import venue
from brokers.simulator.judging import Moment
from brokers.simulator.matching import Ladder, Level, WorkingOrder
from brokers.simulator.packages import LegMarket, judge_package, match_package, net_price
from marketdata.models import Instrument
from tests.brokers.factories import (
    NOON,
    REFERENCE,
    accepted,
    cash_of,
    custody_of,
    known,
    list_instrument,
    list_option,
    open_account,
    place,
    quote,
    refused,
    request,
    units_of,
)

OPEN, CLOSE = PositionEffect.OPEN, PositionEffect.CLOSE
LOW, HIGH = "AAPL260417C00100000", "AAPL260417C00110000"
HUNDRED = Decimal(100)


def leg(symbol: str, side: Side, ratio: int = 1, effect: PositionEffect = OPEN) -> LegRequest:
    """One leg."""
    return LegRequest(symbol=symbol, side=side, ratio=ratio, effect=effect)


SPREAD = (leg(LOW, Side.BUY), leg(HIGH, Side.SELL))
CREDIT = (leg(LOW, Side.SELL), leg(HIGH, Side.BUY))
COVERED = (leg("AAPL", Side.BUY, 100), leg(LOW, Side.SELL))


def package(legs: tuple[LegRequest, ...], quantity: str = "1", **fields: object) -> OrderRequest:
    """An order of these legs."""
    return request(legs[0].side, quantity, legs=legs, **fields)


def tick(clock: FrozenClock, low: tuple[str, str], high: tuple[str, str]) -> set[str]:
    """The next quotes of the share and of both options, and what they made of the orders."""
    clock.advance(seconds=2)
    quote(at=clock.at)
    quote(LOW, *low, at=clock.at)
    quote(HIGH, *high, at=clock.at)
    return venue.match_all(clock=clock)


@pytest.fixture
def options(share: str) -> None:
    """A call at 5.00 to 5.10 and a higher one at 2.00 to 2.10."""
    for symbol, bid, ask in ((LOW, "5.00", "5.10"), (HIGH, "2.00", "2.10")):
        list_option(symbol)
        quote(symbol, bid, ask)


def test_all_legs_fill_together_at_their_own_quotes(options: None, clock: FrozenClock) -> None:
    open_account()

    report = place(clock, package(SPREAD, "2"))

    assert (report.status, report.filled_quantity) == (OrderStatus.FILLED, Decimal(2))
    fills = venue.fills_after(reference=REFERENCE, after=0)
    assert [(fill.symbol, fill.side, fill.leg, fill.quantity, fill.price) for fill in fills] == [
        (LOW, Side.BUY, 0, Decimal(2), Decimal("5.1")),
        (HIGH, Side.SELL, 1, Decimal(2), Decimal(2)),
    ]
    # 3.10 a share, 310 a package.
    assert (cash_of(), units_of(LOW), units_of(HIGH)) == (Decimal(9380), Decimal(2), Decimal(-2))


@pytest.mark.parametrize(("limit", "status"), [("3.09", "accepted"), ("3.10", "filled"), ("4", "filled")])
def test_the_net_price_paid_is_within_the_limit(options: None, clock: FrozenClock, limit: str, status: str) -> None:
    open_account()

    assert place(clock, package(SPREAD, limit_price=limit)).status.value == status
    assert cash_of() == (10000 if status == "accepted" else 9690)


@pytest.mark.parametrize(("limit", "status"), [("-2.91", "accepted"), ("-2.90", "filled"), ("-1", "filled")])
def test_a_net_price_received_is_at_least_the_limit(options: None, clock: FrozenClock, limit: str, status: str) -> None:
    open_account(cash="1000")

    assert place(clock, package(CREDIT, limit_price=limit)).status.value == status
    assert cash_of() == (1000 if status == "accepted" else 1290)


def test_a_resting_package_fills_when_the_net_price_comes(options: None, clock: FrozenClock) -> None:
    open_account()
    order = accepted(clock, package(SPREAD, limit_price="2.50"))

    assert tick(clock, ("4.60", "4.70"), ("2.10", "2.20")) == set()
    assert tick(clock, ("4.50", "4.60"), ("2.10", "2.20")) == {REFERENCE}

    assert (known(order).status, cash_of()) == (OrderStatus.FILLED, Decimal(9750))


def test_the_width_of_a_credit_spread_must_be_there(options: None, clock: FrozenClock) -> None:
    open_account(cash="709")
    assert refused(clock, package(CREDIT)) == "insufficient_cash"
    open_account("richer", cash="710")

    assert place(clock, package(CREDIT), "richer").status is OrderStatus.FILLED
    assert cash_of("richer") == 1000
    list_instrument("MSFT")
    assert refused(clock, request(symbol="MSFT", quantity="1", limit_price="1"), "richer") == "insufficient_cash"


def test_a_covered_call_buys_its_own_cover(options: None, clock: FrozenClock) -> None:
    open_account(cash="9510")

    report = place(clock, package(COVERED, limit_price="95.10"))

    assert report.status is OrderStatus.FILLED
    assert (cash_of(), units_of("AAPL"), units_of(LOW)) == (Decimal(0), Decimal(100), Decimal(-1))


def test_a_short_leg_that_nothing_covers_is_refused(options: None, clock: FrozenClock) -> None:
    open_account(cash="100000")

    assert refused(clock, package((leg(LOW, Side.BUY), leg(HIGH, Side.SELL, 2)))) == "uncovered"
    assert refused(clock, package((leg(LOW, Side.SELL), leg(HIGH, Side.SELL)))) == "uncovered"


def test_a_spread_is_closed_as_one(options: None, clock: FrozenClock) -> None:
    open_account()
    place(clock, package(SPREAD))

    assert refused(clock, request(Side.SELL, "1", symbol=LOW, effect=CLOSE)) == "uncovered"
    report = place(clock, package((leg(LOW, Side.SELL, effect=CLOSE), leg(HIGH, Side.BUY, effect=CLOSE))))

    assert report.status is OrderStatus.FILLED
    assert (units_of(LOW), units_of(HIGH), cash_of()) == (0, 0, Decimal(10000) - 310 + 290)


def test_a_call_that_is_owed_is_rolled_to_another(options: None, clock: FrozenClock) -> None:
    open_account(AAPL="100")
    place(clock, request(Side.SELL, "1", symbol=LOW, effect=OPEN))

    report = place(clock, package((leg(LOW, Side.BUY, effect=CLOSE), leg(HIGH, Side.SELL))))

    assert report.status is OrderStatus.FILLED
    assert (units_of(LOW), units_of(HIGH)) == (0, -1)


def test_a_leg_that_cannot_trade_holds_the_others_back(options: None, clock: FrozenClock) -> None:
    open_account()
    order = accepted(clock, package(SPREAD, limit_price="2.90"))
    Instrument.objects.filter(symbol=HIGH).update(is_halted=True)

    assert tick(clock, ("4.00", "4.10"), ("2.00", "2.10")) == set()
    Instrument.objects.filter(symbol=HIGH).update(is_halted=False)
    clock.advance(seconds=2)
    quote(LOW, "4.00", "4.10", at=clock.at)

    assert venue.match_all(clock=clock) == {REFERENCE}
    assert known(order).status is OrderStatus.FILLED


def test_a_failure_at_the_second_leg_leaves_nothing_behind(
    options: None, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_account()
    before = custody_of()
    save = VenueHolding.save

    def fail_at_second(row: VenueHolding, *args: object, **kwargs: object) -> None:
        if row.symbol == HIGH:
            raise RuntimeError("the power went")
        save(row, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(VenueHolding, "save", fail_at_second)
    with pytest.raises(RuntimeError):
        place(clock, package(SPREAD))

    assert (custody_of(), VenueFill.objects.count()) == (before, 0)


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (package((leg(LOW, Side.BUY), leg(LOW, Side.SELL))), "invalid_legs"),
        (package(SPREAD, "1.5"), "invalid_size"),
        (package(SPREAD, time_in_force=TimeInForce.CLS), "not_offered"),
        (package(SPREAD, limit_price="3.105"), "invalid_price"),
        (package((leg(LOW, Side.BUY), leg("AAPL260417C00120000", Side.SELL))), "unknown_symbol"),
        (package((leg(LOW, Side.SELL, effect=CLOSE), leg(HIGH, Side.BUY))), "insufficient_holdings"),
    ],
    ids=["twice the same", "half a package", "auction", "between steps", "not listed", "nothing to close"],
)
def test_refusals(options: None, clock: FrozenClock, order: OrderRequest, code: str) -> None:
    open_account()

    assert refused(clock, order) == code


def test_the_underlyings_halt_holds_for_its_packages(options: None, clock: FrozenClock) -> None:
    open_account()
    Instrument.objects.filter(symbol="AAPL").update(is_halted=True)

    assert refused(clock, package(SPREAD)) == "instrument_halted"


@pytest.mark.parametrize("tif", [TimeInForce.IOC, TimeInForce.FOK])
def test_a_package_that_never_rests_is_canceled(options: None, clock: FrozenClock, tif: TimeInForce) -> None:
    open_account()

    report = place(clock, package(SPREAD, limit_price="3", time_in_force=tif))

    assert (report.status, cash_of()) == (OrderStatus.CANCELED, Decimal(10000))


def test_a_packages_limit_can_be_changed(options: None, clock: FrozenClock) -> None:
    open_account(cash="1000")
    order = accepted(clock, package(CREDIT, limit_price="-3.50"))
    change = OrderChange(revision=1, limit_price=Decimal("-2.90"))

    report = venue.replace(reference=REFERENCE, client_order_id=order, change=change, clock=clock)

    assert report is not None
    assert (report.status, report.revision_refused) == (OrderStatus.FILLED, "")


def test_each_leg_pays_the_fees_of_its_kind(options: None, clock: FrozenClock) -> None:
    open_account(cash="20000", fill_model=FillModel.REALISTIC)
    accepted(clock, package(COVERED))

    tick(clock, ("5.00", "5.10"), ("2.00", "2.10"))

    fees = {fill.symbol: fill.fee for fill in venue.fills_after(reference=REFERENCE, after=0)}
    assert fees == {"AAPL": Decimal(1), LOW: Decimal("0.65")}


def moment(ladder: Ladder) -> Moment:
    """A moment in the session with this market."""
    return Moment(now=NOON, phase=SessionPhase.REGULAR, ladder=ladder, quoted_at=NOON)


def levels(*rungs: tuple[str, int]) -> tuple[Level, ...]:
    """Prices and sizes, best first."""
    return tuple(Level(Decimal(price), Decimal(size)) for price, size in rungs)


def two_legs(asks: tuple[Level, ...], bids: tuple[Level, ...]) -> list[LegMarket]:
    """Buy one where it is offered, sell one where it is wanted; contracts of a hundred."""
    bought, sold = Ladder(bids=(), asks=asks), Ladder(bids=bids, asks=())
    return [
        LegMarket(side=Side.BUY, ratio=Decimal(1), moment=moment(bought), multiplier=HUNDRED),
        LegMarket(side=Side.SELL, ratio=Decimal(1), moment=moment(sold), multiplier=HUNDRED),
    ]


def wanted(quantity: int, limit: str | None = None, tif: TimeInForce = TimeInForce.GTC) -> WorkingOrder:
    """So many packages."""
    return WorkingOrder(
        side=Side.BUY,
        order_type=OrderType.MARKET if limit is None else OrderType.LIMIT,
        leaves_quantity=Decimal(quantity),
        limit_price=None if limit is None else Decimal(limit),
        time_in_force=tif,
    )


def test_packages_walk_the_prices_of_each_leg_as_far_as_the_net_limit() -> None:
    legs = two_legs(levels(("5.00", 3), ("5.10", 9)), levels(("2.00", 5), ("1.80", 9)))
    ladders = [leg_market.moment.ladder for leg_market in legs]

    executions, filled = match_package(wanted(9, "3.20"), legs, ladders)  # type: ignore[arg-type]

    assert filled == 5
    assert [[(int(done.quantity), str(done.price)) for done in side] for side in executions] == [
        [(3, "5.00"), (2, "5.10")],
        [(5, "2.00")],
    ]


@pytest.mark.parametrize(("tif", "filled"), [(TimeInForce.GTC, 5), (TimeInForce.IOC, 5), (TimeInForce.FOK, 0)])
def test_too_little_behind_one_leg(tif: TimeInForce, filled: int) -> None:
    verdict = judge_package(wanted(9, tif=tif), two_legs(levels(("5.00", 30)), levels(("2.00", 5))))

    assert sum(done.quantity for done in (verdict.legs[0] if verdict.legs else ())) == filled
    assert (verdict.ends is None) == (tif is TimeInForce.GTC)


sizes = st.lists(st.tuples(st.integers(100, 900), st.integers(0, 9)), min_size=1, max_size=4)


@given(asks=sizes, bids=sizes, quantity=st.integers(1, 20), limit=st.none() | st.integers(-900, 900))
def test_whole_packages_within_the_limit_and_the_depth(
    asks: list[tuple[int, int]], bids: list[tuple[int, int]], quantity: int, limit: int | None
) -> None:
    offered = tuple(Level(Decimal(price) / 100, Decimal(size)) for price, size in sorted(asks))
    sought = tuple(Level(Decimal(price) / 100, Decimal(size)) for price, size in sorted(bids, reverse=True))
    legs = two_legs(offered, sought)
    order = wanted(quantity, None if limit is None else str(Decimal(limit) / 100))

    executions, filled = match_package(order, legs, [Ladder(bids=(), asks=offered), Ladder(bids=sought, asks=())])

    totals = [sum(done.quantity for done in side) for side in executions]
    assert totals == [filled, filled]
    assert filled <= min(quantity, sum(size for _, size in asks), sum(size for _, size in bids))
    if filled and order.limit_price is not None:
        worst = net_price([executions[0][-1].price, executions[1][-1].price], legs)
        assert worst <= order.limit_price
