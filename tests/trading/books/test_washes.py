"""Wash sales by hand: a loss counts only as far as the same thing was not bought again within thirty days."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbion.domain.numbers import ZERO
from trading.books.washes import Acquired, Closed, Washed, find

DAY = date(2026, 6, 1)


def lot(key: int, quantity: object, day: int, of: str = "AAPL") -> Acquired:
    return Acquired(key=key, instrument=of, quantity=Decimal(str(quantity)), on=DAY + timedelta(days=day))


def sale(key: int, lot: int, quantity: object, profit: object, day: int, *, of: str = "AAPL") -> Closed:
    return Closed(
        key=key,
        lot=lot,
        instrument=of,
        quantity=Decimal(str(quantity)),
        profit=Decimal(str(profit)),
        on=DAY + timedelta(days=day),
    )


@pytest.mark.parametrize(
    ("day", "is_washed"), [(-70, False), (-31, False), (-30, True), (-1, True), (0, True), (30, True), (31, False)]
)
def test_thirty_days_on_either_side_of_the_sale_count(day: int, is_washed: bool) -> None:
    found = find([lot(1, 10, -200), lot(2, 10, day)], [sale(1, 1, 10, -100, 0)])
    assert found.of(1).disallowed == (100 if is_washed else 0)
    assert found.lots == ({2: Decimal(100)} if is_washed else {})


def test_a_loss_is_disallowed_only_for_the_units_that_were_replaced() -> None:
    found = find([lot(1, 10, -200), lot(2, 3, 5), lot(3, 1, 6)], [sale(1, 1, 10, -100, 0)])
    assert found.of(1).disallowed == 40
    assert found.lots == {2: Decimal(30), 3: Decimal(10)}


def test_units_replace_others_once() -> None:
    found = find([lot(1, 10, -200), lot(2, 10, -199), lot(3, 10, 5)], [sale(1, 1, 10, -100, 0), sale(2, 2, 10, -50, 1)])
    assert (found.of(1).disallowed, found.of(2).disallowed) == (100, 0)


def test_the_added_cost_comes_back_when_the_replacement_is_sold() -> None:
    sales = [sale(1, 1, 10, -100, 0), sale(2, 2, 4, 60, 50), sale(3, 2, 6, -5, 60)]
    found = find([lot(1, 10, -200), lot(2, 10, 5)], sales)
    assert found.of(2) == Washed(added_cost=Decimal(40))
    assert found.of(3) == Washed(added_cost=Decimal(60))
    assert found.lots == {}


def test_a_loss_that_grew_by_an_earlier_one_is_carried_on() -> None:
    sales = [sale(1, 1, 10, -100, 0), sale(2, 2, 10, -20, 20)]
    found = find([lot(1, 10, -200), lot(2, 10, 5), lot(3, 10, 25)], sales)
    assert found.of(2) == Washed(added_cost=Decimal(100), disallowed=Decimal(120))
    assert found.lots == {3: Decimal(120)}


def test_what_was_sold_by_then_replaces_nothing() -> None:
    whole = find([lot(1, 10, -5)], [sale(1, 1, 10, -100, 0)])
    gone = find([lot(1, 10, -200), lot(2, 10, -10)], [sale(1, 2, 10, 30, -1), sale(2, 1, 10, -100, 0)])
    assert whole.of(1).disallowed == gone.of(2).disallowed == 0


def test_gains_are_never_washed_and_other_things_replace_nothing() -> None:
    lots = [lot(1, 10, -200), lot(2, 10, 5), lot(3, 10, 5, of="MSFT"), lot(4, 10, -200, of="MSFT short")]
    found = find(lots, [sale(1, 1, 10, 100, 0), sale(2, 4, 10, -100, 0, of="MSFT short")])
    assert (found.of(1).disallowed, found.of(2).disallowed, found.of(99)) == (0, 0, Washed())


rows = st.lists(st.tuples(st.integers(1, 9), st.integers(0, 90)), min_size=1, max_size=6)


@given(rows, st.data())
def test_no_loss_is_lost_it_is_counted_or_waits_in_the_cost_of_a_lot(
    bought: list[tuple[int, int]], data: st.DataObject
) -> None:
    lots = [lot(key, quantity, day) for key, (quantity, day) in enumerate(bought)]
    sales, left = [], {one.key: one.quantity for one in lots}
    for key in range(data.draw(st.integers(0, 8))):
        open_lots = [one for one in lots if left[one.key] > ZERO]
        if not open_lots:
            break
        chosen = data.draw(st.sampled_from(open_lots))
        taken = Decimal(data.draw(st.integers(1, int(left[chosen.key]))))
        left[chosen.key] -= taken
        profit = data.draw(st.decimals(min_value=-500, max_value=500, places=2))
        after = (chosen.on - DAY).days + data.draw(st.integers(0, 60))
        sales.append(sale(key, chosen.key, taken, profit, after))
    sales.sort(key=lambda one: one.on)
    found = find(lots, sales)
    counted = sum((one.profit - found.of(one.key).added_cost + found.of(one.key).disallowed for one in sales), ZERO)
    assert counted - sum(found.lots.values(), ZERO) == sum((one.profit for one in sales), ZERO)
    for one in sales:
        washed = found.of(one.key)
        assert ZERO <= washed.disallowed <= max(washed.added_cost - one.profit, ZERO)
