"""Stops as reckoning: where each kind stands, how it follows the price, and what sets it off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arbion.domain.enums import OrderType
from arbion.domain.errors import InvalidInput
from riskdesk.stops import (
    RestTerms,
    StopKind,
    StopState,
    StopTerms,
    advance,
    begin,
    is_breached,
    moves_at,
    rescaled,
    rest_terms,
)

NOON = datetime(2026, 11, 20, 15, tzinfo=UTC)
ENTRY = Decimal(100)
prices = st.decimals(min_value="1", max_value="1000", places=2)


def terms(kind: str, *, is_long: bool = True, **figures: str) -> StopTerms:
    return StopTerms(kind=StopKind(kind), is_long=is_long, **{name: Decimal(value) for name, value in figures.items()})


def follow(asked: StopTerms, *seen: str) -> StopState:
    state = begin(asked, price=ENTRY, at=NOON, entry=ENTRY)
    for price in seen:
        state = advance(asked, state, price=Decimal(price), at=NOON, entry=ENTRY)
    return state


def fires(asked: StopTerms, state: StopState, price: str) -> bool:
    return is_breached(asked, state, price=Decimal(price), at=NOON)


@pytest.mark.parametrize(
    ("asked", "level", "at_it", "before_it"),
    [
        (terms("fixed", price="90"), "90", "90", "90.01"),
        (terms("fixed", price="110", is_long=False), "110", "110", "109.99"),
        (terms("percent", percent="8"), "92", "92", "92.01"),
        (terms("percent", percent="8", is_long=False), "108", "108", "107.99"),
        (terms("take_profit", price="120"), "120", "120", "119.99"),
        (terms("take_profit", percent="20"), "120", "121", "119.99"),
        (terms("take_profit", percent="20", is_long=False), "80", "80", "80.01"),
        (terms("trail_amount", amount="5"), "95", "95", "95.01"),
        (terms("trail_percent", percent="5", is_long=False), "105", "105", "104.99"),
    ],
)
def test_each_kind_stands_where_it_was_asked_to(asked, level, at_it, before_it) -> None:
    state = follow(asked)
    assert state.level == Decimal(level)
    assert fires(asked, state, at_it)
    assert not fires(asked, state, before_it)


def test_a_trailing_stop_follows_a_gain_and_stays_where_it_is_after_it() -> None:
    asked = terms("trail_amount", amount="5")
    assert follow(asked, "110", "106").level == Decimal(105)
    assert follow(terms("trail_percent", percent="10"), "120", "90").level == Decimal(108)
    assert follow(terms("trail_amount", amount="5", is_long=False), "80", "84").level == Decimal(85)


def test_a_break_even_stop_moves_to_the_entry_once_the_gain_was_there() -> None:
    asked = terms("break_even", percent="10", price="90")
    before = follow(asked, "109.99")
    assert (before.level, before.armed_at) == (Decimal(90), None)
    after = follow(asked, "110", "101")
    assert (after.level, after.armed_at) == (ENTRY, NOON)
    assert fires(asked, after, "100")
    without = terms("break_even", percent="10", is_long=False)
    assert follow(without).level is None
    assert not fires(without, follow(without), "500")
    assert follow(without, "90").level == ENTRY


def test_a_stop_with_a_time_goes_off_at_it_whatever_the_price() -> None:
    asked = StopTerms(kind=StopKind.TIME, closes_at=NOON)
    state = begin(asked, price=ENTRY, at=NOON - timedelta(hours=1), entry=ENTRY)
    assert not is_breached(asked, state, price=Decimal(1), at=NOON - timedelta(seconds=1))
    assert is_breached(asked, state, price=None, at=NOON)


def test_without_a_price_nothing_is_breached() -> None:
    asked = terms("fixed", price="90")
    assert not is_breached(asked, follow(asked), price=None, at=NOON)


@pytest.mark.parametrize(
    ("kind", "figures", "field", "code"),
    [
        ("fixed", {}, "price", "required"),
        ("fixed", {"price": "9", "percent": "5"}, "percent", "not_allowed"),
        ("fixed", {"price": "-1"}, "price", "not_positive"),
        ("fixed", {"price": "NaN"}, "price", "not_positive"),
        ("percent", {"percent": "100"}, "percent", "too_large"),
        ("percent", {"percent": "0.00001"}, "percent", "too_fine"),
        ("trail_amount", {"amount": "90000001"}, "amount", "too_large"),
        ("take_profit", {}, "price", "one_way"),
        ("take_profit", {"price": "9", "percent": "5"}, "price", "one_way"),
        ("time", {}, "closes_at", "required"),
    ],
)
def test_what_makes_no_stop_is_refused_with_field_and_code(kind, figures, field, code) -> None:
    with pytest.raises(InvalidInput) as refusal:
        terms(kind, **figures)
    assert (refusal.value.errors[0].field, refusal.value.errors[0].code) == (field, code)


def test_a_gain_may_be_more_than_a_hundred_percent_but_not_of_what_is_owed() -> None:
    assert terms("take_profit", percent="250").percent == 250
    assert terms("percent", percent="150", is_long=False).percent == 150
    with pytest.raises(InvalidInput):
        terms("take_profit", percent="100", is_long=False)


def test_a_split_divides_every_price() -> None:
    asked = terms("trail_amount", amount="5")
    after, state = rescaled(asked, follow(asked, "110"), ratio=Decimal(2))
    assert (after.amount, state.extreme, state.level) == (Decimal("2.5"), Decimal(55), Decimal("52.5"))


kinds = st.sampled_from(["trail_amount", "trail_percent", "break_even"])
FIGURES = {"trail_amount": {"amount": "7"}, "trail_percent": {"percent": "7"}, "break_even": {"percent": "7"}}


@given(kind=kinds, is_long=st.booleans(), path=st.lists(prices, max_size=40))
def test_a_level_never_loosens(kind: str, is_long: bool, path: list[Decimal]) -> None:
    asked = terms(kind, is_long=is_long, **FIGURES[kind])
    state = begin(asked, price=ENTRY, at=NOON, entry=ENTRY)
    for price in path:
        after = advance(asked, state, price=price, at=NOON, entry=ENTRY)
        if state.level is not None:
            assert after.level is not None
            assert after.level >= state.level if is_long else after.level <= state.level
        if after.armed_at is not None:
            assert after.level >= ENTRY if is_long else after.level <= ENTRY
        state = after


@given(is_long=st.booleans(), kind=kinds, path=st.lists(prices, max_size=30))
def test_prices_that_do_not_reach_where_it_moves_next_change_nothing_of_its_level(kind, is_long, path) -> None:
    asked = terms(kind, is_long=is_long, **FIGURES[kind])
    state = begin(asked, price=ENTRY, at=NOON, entry=ENTRY)
    for price in path:
        turn = moves_at(asked, state, ENTRY)
        after = advance(asked, state, price=price, at=NOON, entry=ENTRY)
        if turn is None or (price < turn if is_long else price > turn):
            assert (after.level, after.armed_at) == (state.level, state.armed_at)
        state = after


@given(is_long=st.booleans(), level=prices, one=prices, other=prices, profit=st.booleans())
def test_what_sets_a_stop_off_sets_it_off_at_every_worse_price_too(is_long, level, one, other, profit) -> None:
    asked = StopTerms(kind=StopKind.TAKE_PROFIT if profit else StopKind.FIXED, is_long=is_long, price=level)
    state = StopState(level=level)
    low, high = sorted([one, other])
    further, nearer = (low, high) if asked.fires_below else (high, low)
    if is_breached(asked, state, price=nearer, at=NOON):
        assert is_breached(asked, state, price=further, at=NOON)
    assert is_breached(asked, state, price=one, at=NOON) == (one <= level if asked.fires_below else one >= level)


ALL = frozenset({OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP, OrderType.LIMIT})
CENT = Decimal("0.01")


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (terms("fixed", price="90.005"), RestTerms(OrderType.STOP, stop_price=Decimal("90.00"))),
        (terms("fixed", price="110.005", is_long=False), RestTerms(OrderType.STOP, stop_price=Decimal("110.01"))),
        (terms("percent", percent="7.777"), RestTerms(OrderType.STOP, stop_price=Decimal("92.22"))),
        (terms("take_profit", price="110.005"), RestTerms(OrderType.LIMIT, limit_price=Decimal("110.01"))),
        (terms("take_profit", price="90.005", is_long=False), RestTerms(OrderType.LIMIT, limit_price=Decimal("90.00"))),
        (terms("break_even", percent="2", price="95"), RestTerms(OrderType.STOP, stop_price=Decimal("95.00"))),
        (terms("break_even", percent="2"), None),
        (terms("trail_amount", amount="3"), RestTerms(OrderType.TRAILING_STOP, trail_amount=Decimal(3))),
        (terms("trail_amount", amount="3.005"), None),
        (terms("trail_percent", percent="2"), RestTerms(OrderType.TRAILING_STOP, trail_percent=Decimal(2))),
        (StopTerms(kind=StopKind.TIME, closes_at=NOON + timedelta(hours=1)), None),
    ],
)
def test_each_kind_rests_as_the_order_that_is_reached_where_it_is(asked, expected) -> None:
    assert rest_terms(asked, follow(asked), offered=ALL, step=CENT) == expected


def test_a_venue_without_plain_stops_gets_one_with_a_limit_beyond_it_and_none_of_what_it_lacks() -> None:
    fixed, owed, trail = terms("fixed", price="90"), terms("fixed", price="110", is_long=False), "trail_amount"
    offered = frozenset({OrderType.STOP_LIMIT})

    def rests(asked: StopTerms) -> RestTerms | None:
        return rest_terms(asked, follow(asked), offered=offered, step=CENT)

    assert rests(fixed) == RestTerms(OrderType.STOP_LIMIT, stop_price=Decimal(90), limit_price=Decimal("88.20"))
    assert rests(owed) == RestTerms(OrderType.STOP_LIMIT, stop_price=Decimal(110), limit_price=Decimal("112.20"))
    assert rests(terms(trail, amount="3")) is None
    assert rests(terms("take_profit", price="110")) is None
    assert rest_terms(fixed, follow(fixed), offered=frozenset(), step=CENT) is None


@given(level=prices, price=prices, is_long=st.booleans(), step=st.sampled_from([CENT, Decimal("0.05"), Decimal(1)]))
def test_what_rests_is_reached_exactly_where_the_stop_is(level, price, is_long, step) -> None:
    price = max((price // step) * step, step)
    asked = StopTerms(kind=StopKind.FIXED, is_long=is_long, price=level)
    resting = rest_terms(asked, StopState(level=level), offered=ALL, step=step)
    reached = price <= resting.stop_price if is_long else price >= resting.stop_price
    is_below_the_first_step = is_long and level < step
    assert reached == fires(asked, StopState(level=level), str(price)) or is_below_the_first_step
