"""The pure matching engine: what fills, at what price, and what is left open."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbion.domain.enums import OrderType, Side
from brokers.simulator.matching import MATCHERS, Execution, Top, WorkingOrder, match

TOP = Top(bid=Decimal("99.90"), ask=Decimal("100.10"))

prices = st.decimals(min_value="0.0001", max_value="100000", places=4)
quantities = st.decimals(min_value="0.00000001", max_value="1000000", places=8)


@st.composite
def tops(draw: st.DrawFn) -> Top:
    """A market that is not crossed, with or without limited sizes."""
    bid = draw(prices)
    sizes = st.none() | st.decimals(min_value=0, max_value=1000, places=8)
    return Top(bid=bid, ask=bid + draw(prices), bid_size=draw(sizes), ask_size=draw(sizes))


@st.composite
def orders(draw: st.DrawFn) -> WorkingOrder:
    """An order of any type."""
    order_type = draw(st.sampled_from(OrderType))
    return WorkingOrder(
        side=draw(st.sampled_from(Side)),
        order_type=order_type,
        leaves_quantity=draw(quantities),
        limit_price=draw(prices) if order_type is OrderType.LIMIT else None,
    )


def working(side: Side, limit: str | None = None, quantity: str = "10") -> WorkingOrder:
    """A market order, or a limit order where there is a limit."""
    return WorkingOrder(
        side=side,
        order_type=OrderType.MARKET if limit is None else OrderType.LIMIT,
        leaves_quantity=Decimal(quantity),
        limit_price=None if limit is None else Decimal(limit),
    )


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


def test_too_little_depth_fills_a_part() -> None:
    top = Top(bid=Decimal("99.90"), ask=Decimal("100.10"), ask_size=Decimal(4))

    outcome = match(working(Side.BUY), top)

    assert outcome.executions == (Execution(quantity=Decimal(4), price=Decimal("100.10")),)
    assert outcome.leaves_quantity == 6


def test_no_depth_fills_nothing() -> None:
    top = Top(bid=Decimal("99.90"), ask=Decimal("100.10"), bid_size=Decimal(0))

    outcome = match(working(Side.SELL, "90"), top)

    assert outcome.executions == ()
    assert outcome.leaves_quantity == 10


@given(order=orders(), top=tops())
def test_never_worse_than_the_limit_nor_than_the_quote(order: WorkingOrder, top: Top) -> None:
    for execution in match(order, top).executions:
        if order.side is Side.BUY:
            assert execution.price == top.ask
            assert order.limit_price is None or execution.price <= order.limit_price
        else:
            assert execution.price == top.bid
            assert order.limit_price is None or execution.price >= order.limit_price


@given(order=orders(), top=tops())
def test_fills_nothing_without_crossing(order: WorkingOrder, top: Top) -> None:
    limit = order.limit_price
    crosses = limit is None or (limit >= top.ask if order.side is Side.BUY else limit <= top.bid)
    size = top.ask_size if order.side is Side.BUY else top.bid_size

    assert bool(match(order, top).executions) == (crosses and size != 0)


@given(order=orders(), top=tops())
def test_what_is_filled_and_what_is_left_make_the_whole(order: WorkingOrder, top: Top) -> None:
    outcome = match(order, top)

    assert outcome.leaves_quantity >= 0
    assert all(execution.quantity > 0 for execution in outcome.executions)
    assert (
        sum(execution.quantity for execution in outcome.executions) + outcome.leaves_quantity == order.leaves_quantity
    )
