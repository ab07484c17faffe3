"""Lots, long and short: closures sum to what was closed and what it brought, by every method, to the last unit."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbion.domain.enums import LotMethod
from arbion.domain.numbers import EXACT, MONEY_UNIT, ZERO, money
from trading.books.arithmetic import NotEnoughUnits, OpenLot, Parts, close, in_order, trade

amounts = st.decimals(min_value="0.00000001", max_value=9_000_000_000, places=8)
signed = st.decimals(min_value=-9_000_000_000, max_value=9_000_000_000, places=8)
signs = st.sampled_from([1, -1])


@st.composite
def lots(draw: st.DrawFn) -> list[OpenLot]:
    """Open lots of one sign, oldest first."""
    sign = draw(signs)
    rows = draw(st.lists(st.tuples(amounts, amounts), min_size=1, max_size=6))
    return [OpenLot(key, sign * quantity, sign * cost) for key, (quantity, cost) in enumerate(rows)]


def total(held: list[OpenLot]) -> Decimal:
    return abs(sum((lot.quantity for lot in held), ZERO))


@given(lots(), st.data(), signed)
def test_closures_sum_to_what_was_closed_and_what_it_brought(
    held: list[OpenLot], data: st.DataObject, brought: Decimal
) -> None:
    quantity = data.draw(st.decimals(min_value="0.00000001", max_value=total(held), places=8))
    closures = close(held, quantity=quantity, money=brought)
    is_short = held[0].quantity < ZERO
    assert sum((part.quantity for part in closures), ZERO) == quantity
    assert sum(((-part.cost if is_short else part.proceeds) for part in closures), ZERO) == brought
    assert [part.key for part in closures] == [lot.key for lot in held[: len(closures)]]
    for part, lot in zip(closures, held, strict=False):
        assert ZERO < part.quantity <= abs(lot.quantity)
        assert ZERO <= abs(part.lot_cost) <= abs(lot.cost)
        assert money(part.cost) == part.cost
        if part.lot_quantity == lot.quantity:
            assert part.lot_cost == lot.cost
    for part, lot in zip(closures[:-1], held, strict=False):
        assert part.lot_quantity == lot.quantity


@given(lots(), signed)
def test_more_than_the_lots_hold_is_refused(held: list[OpenLot], brought: Decimal) -> None:
    with pytest.raises(NotEnoughUnits):
        close(held, quantity=total(held) + MONEY_UNIT, money=brought)


def book(held: list[OpenLot], parts: Parts) -> tuple[Decimal, Decimal]:
    """Units and cost of the position after the parts."""
    units = sum((lot.quantity for lot in held), parts.opened_quantity)
    cost = sum((lot.cost for lot in held), parts.opened_cost)
    for part in parts.closures:
        units, cost = units - part.lot_quantity, cost - part.lot_cost
    return units, cost


@given(lots() | st.just([]), signed.filter(lambda units: units != ZERO), signed)
def test_a_trade_moves_units_exactly_and_no_money_is_made_or_lost(
    held: list[OpenLot], units: Decimal, brought: Decimal
) -> None:
    parts = trade(held, units=units, money=brought)
    before = sum((lot.quantity for lot in held), ZERO)
    cost_before = sum((lot.cost for lot in held), ZERO)
    after, cost_after = book(held, parts)
    assert after == before + units
    # Cash and cost less profit stay what they were.
    assert brought + (cost_after - cost_before) - parts.profit == ZERO
    if before * units >= ZERO:
        assert parts.closures == ()
    elif abs(units) > abs(before):
        assert parts.opened_quantity == after
    else:
        assert parts.opened_quantity == ZERO == parts.opened_cost


@given(lots(), st.sampled_from(LotMethod), st.lists(st.integers(0, 7), unique=True, max_size=4))
def test_a_method_only_puts_the_lots_in_order(held: list[OpenLot], method: LotMethod, chosen: list[int]) -> None:
    found = in_order(held, method=method, chosen=chosen)
    assert sorted(lot.key for lot in found) == [lot.key for lot in held]
    keys = [lot.key for lot in found]
    if method is LotMethod.FIFO:
        assert keys == sorted(keys)
    elif method is LotMethod.LIFO:
        assert keys == sorted(keys, reverse=True)
    elif method is LotMethod.CHOSEN:
        there = [key for key in chosen if key < len(held)]
        assert keys == there + [lot.key for lot in held if lot.key not in there]
    else:
        prices = [EXACT.divide(lot.cost, lot.quantity) for lot in found]
        assert prices == sorted(prices, reverse=held[0].quantity > ZERO)


def test_highest_cost_first_makes_the_least_profit() -> None:
    """Three lots of one share at 10, 30 and 20 sold at 25; the same three sold short and covered at 25."""
    long = [
        OpenLot(0, Decimal(1), Decimal(10)),
        OpenLot(1, Decimal(1), Decimal(30)),
        OpenLot(2, Decimal(1), Decimal(20)),
    ]
    short = [OpenLot(lot.key, -lot.quantity, -lot.cost) for lot in long]
    sold = trade(in_order(long, method=LotMethod.HIFO), units=Decimal(-1), money=Decimal(25))
    covered = trade(in_order(short, method=LotMethod.HIFO), units=Decimal(1), money=Decimal(-25))
    assert [(part.key, part.profit) for part in (*sold.closures, *covered.closures)] == [(1, -5), (0, -15)]


def test_a_sale_beyond_the_position_closes_it_and_opens_the_other_side() -> None:
    held = [OpenLot(7, Decimal(2), Decimal(20))]
    parts = trade(held, units=Decimal(-3), money=Decimal("36.00000001"))
    assert [(part.quantity, part.cost, part.proceeds) for part in parts.closures] == [(2, 20, Decimal("24.00000001"))]
    assert (parts.opened_quantity, parts.opened_cost) == (Decimal(-1), Decimal(-12))
