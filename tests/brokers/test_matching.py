"""The pure matching engine: what fills, at what price, and what is left open."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbion.domain.enums import OrderType, Side, TimeInForce
from brokers.simulator.matching import MATCHERS, Execution, Ladder, Level, WorkingOrder, match

TOP = Ladder(bids=(Level(Decimal("99.90")),), asks=(Level(Decimal("100.10")),))

prices = st.decimals(min_value="0.0001", max_value="100000", places=4)
quantities = st.decimals(min_value="0.00000001", max_value="1000000", places=8)
sizes = st.none() | st.decimals(min_value=0, max_value=1000, places=8)
WITH_LIMIT = {OrderType.LIMIT, OrderType.STOP_LIMIT}
STOPS = {OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP}


@st.composite
def ladders(draw: st.DrawFn) -> Ladder:
    """A market that is not crossed, of one to four levels a side, with or without limited sizes."""
    steps = st.lists(st.tuples(prices, sizes), max_size=3)
    bid = draw(st.decimals(min_value="90000", max_value="100000", places=4))
    ask = bid + draw(prices)
    asks = list(accumulate([ask, *(Decimal(1) for _ in draw(steps))]))
    bids = list(accumulate([bid, *(Decimal(-1) for _ in draw(steps))]))
    return Ladder(
        bids=tuple(Level(price, draw(sizes)) for price in bids), asks=tuple(Level(price, draw(sizes)) for price in asks)
    )


@st.composite
def orders(draw: st.DrawFn) -> WorkingOrder:
    """An order of any type."""
    order_type = draw(st.sampled_from(OrderType))
    return WorkingOrder(
        side=draw(st.sampled_from(Side)),
        order_type=order_type,
        leaves_quantity=draw(quantities),
        limit_price=draw(prices | st.decimals(90000, 110000, places=2)) if order_type in WITH_LIMIT else None,
        is_triggered=draw(st.booleans()),
        time_in_force=draw(st.sampled_from([TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK])),
    )


def working(side: Side, limit: str | None = None, quantity: str = "10") -> WorkingOrder:
    """A market order, or a limit order where there is a limit."""
    return WorkingOrder(
        side=side,
        order_type=OrderType.MARKET if limit is None else OrderType.LIMIT,
        leaves_quantity=Decimal(quantity),
        limit_price=None if limit is None else Decimal(limit),
    )


def asks(*levels: tuple[str, str | None]) -> Ladder:
    """A market with these prices and sizes for sale."""
    rows = (Level(Decimal(price), None if size is None else Decimal(size)) for price, size in levels)
    return Ladder(bids=TOP.bids, asks=tuple(rows))


def test_every_order_type_has_its_function() -> None:
    assert set(MATCHERS) == set(OrderType)


@pytest.mark.parametrize(
    ("side", "limit", "price", "_case"),
    [
        (Side.BUY, None, "100.10", "market buy at the ask"),
        (Side.SELL, None, "99.90", "market sell at the bid"),
        (Side.BUY, "101", "100.10", "marketable buy gets the better price"),
        (Side.SELL, "99", "99.90", "marketable sell gets the better price"),
        (Side.BUY, "100.10", "100.10", "buy at the ask"),
        (Side.SELL, "99.90", "99.90", "sell at the bid"),
    ],
)
def test_fills_whole_at_the_other_side(side: Side, limit: str | None, price: str, _case: str) -> None:
    outcome = match(working(side, limit), TOP)

    assert outcome.executions == (Execution(quantity=Decimal(10), price=Decimal(price)),)
    assert outcome.leaves_quantity == 0


@pytest.mark.parametrize(("side", "limit"), [(Side.BUY, "100.09"), (Side.SELL, "99.91")])
def test_limit_inside_the_spread_rests(side: Side, limit: str) -> None:
    outcome = match(working(side, limit), TOP)

    assert outcome.executions == ()
    assert outcome.leaves_quantity == 10


@pytest.mark.parametrize("kind", sorted(STOPS))
def test_a_stop_that_was_not_reached_fills_nothing_at_any_price(kind: OrderType) -> None:
    limit = Decimal(200) if kind in WITH_LIMIT else None
    order = replace(working(Side.BUY), order_type=kind, stop_price=Decimal(90), limit_price=limit)

    assert match(order, TOP).executions == ()
    assert match(replace(order, is_triggered=True), TOP).executions[0].price == Decimal("100.10")


def test_too_little_depth_fills_a_part() -> None:
    outcome = match(working(Side.BUY), asks(("100.10", "4")))

    assert outcome.executions == (Execution(quantity=Decimal(4), price=Decimal("100.10")),)
    assert outcome.leaves_quantity == 6


def test_no_depth_fills_nothing() -> None:
    outcome = match(working(Side.BUY, "110"), asks(("100.10", "0")))

    assert outcome.executions == ()
    assert outcome.leaves_quantity == 10


def test_a_large_order_walks_the_prices_as_far_as_its_limit() -> None:
    market = asks(("100.10", "4"), ("100.20", "3"), ("100.30", "5"))

    at_any_price = match(working(Side.BUY), market)
    within = match(working(Side.BUY, "100.25"), market)

    assert [(done.quantity, done.price) for done in at_any_price.executions] == [
        (Decimal(4), Decimal("100.10")),
        (Decimal(3), Decimal("100.20")),
        (Decimal(3), Decimal("100.30")),
    ]
    assert (len(within.executions), within.leaves_quantity) == (2, Decimal(3))


@pytest.mark.parametrize(("size", "filled"), [("10", 10), ("9", 0)])
def test_fill_or_kill_is_filled_whole_or_not_at_all(size: str, filled: int) -> None:
    order = replace(working(Side.BUY), time_in_force=TimeInForce.FOK)

    assert match(order, asks(("100.10", size))).leaves_quantity == 10 - filled


@given(order=orders(), ladder=ladders())
def test_never_worse_than_the_limit_and_only_what_stands_there(order: WorkingOrder, ladder: Ladder) -> None:
    there = {level.price: level.size for level in ladder.facing(order.side)}
    for execution in match(order, ladder).executions:
        size = there.pop(execution.price)
        assert size is None or execution.quantity <= size
        if order.limit_price is not None:
            sign = 1 if order.side is Side.BUY else -1
            assert sign * execution.price <= sign * order.limit_price


@given(order=orders(), ladder=ladders())
def test_best_prices_go_first(order: WorkingOrder, ladder: Ladder) -> None:
    done = match(order, ladder).executions
    prices_paid = [execution.price for execution in done]

    assert prices_paid == sorted(prices_paid, reverse=order.side is Side.SELL)
    there = {level.price: level.size for level in ladder.facing(order.side)}
    assert all(there[execution.price] == execution.quantity for execution in done[:-1])


@given(order=orders(), ladder=ladders())
def test_what_is_filled_and_what_is_left_make_the_whole(order: WorkingOrder, ladder: Ladder) -> None:
    outcome = match(order, ladder)

    assert outcome.leaves_quantity >= 0
    assert all(execution.quantity > 0 for execution in outcome.executions)
    assert (
        sum(execution.quantity for execution in outcome.executions) + outcome.leaves_quantity == order.leaves_quantity
    )
    if order.order_type in STOPS and not order.is_triggered:
        assert outcome.executions == ()
    if order.time_in_force is TimeInForce.FOK:
        assert outcome.leaves_quantity in {0, order.leaves_quantity}
