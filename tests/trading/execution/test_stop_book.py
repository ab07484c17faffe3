"""The book wakes exactly the stops to which a price does something, and asks none of the others."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from riskdesk.stops import StopKind, StopState, StopTerms, advance, begin, is_breached
from trading.execution.protection.book import Book, Guarded

NOON = datetime(2026, 11, 20, 15, tzinfo=UTC)
ENTRY = Decimal(100)
prices = st.decimals(min_value="50", max_value="150", places=2)
asked = st.one_of(
    st.builds(StopTerms, kind=st.just(StopKind.FIXED), is_long=st.booleans(), price=prices),
    st.builds(StopTerms, kind=st.just(StopKind.TAKE_PROFIT), is_long=st.booleans(), price=prices),
    st.builds(StopTerms, kind=st.just(StopKind.TRAIL_AMOUNT), is_long=st.booleans(), amount=prices),
    st.builds(StopTerms, kind=st.just(StopKind.TRAIL_PERCENT), is_long=st.booleans(), percent=st.just(Decimal(7))),
    st.builds(StopTerms, kind=st.just(StopKind.BREAK_EVEN), is_long=st.booleans(), percent=st.just(Decimal(7))),
)


def guarded(number: int, terms: StopTerms, state: StopState) -> Guarded:
    return Guarded(
        id=UUID(int=number), mark=(NOON, 0), account_id=number % 3, instrument_id=1, terms=terms, state=state,
        entry=ENTRY, splits_until=NOON, in_alarm=False,
    )  # fmt: skip


def what_happens(stop: Guarded, price: Decimal) -> bool:
    after = advance(stop.terms, stop.state, price=price, at=NOON, entry=ENTRY)
    moved = (after.level, after.armed_at) != (stop.state.level, stop.state.armed_at)
    return moved or is_breached(stop.terms, stop.state, price=price, at=NOON)


@given(st.lists(asked, max_size=30), st.lists(prices, max_size=15))
def test_whoever_is_concerned_is_woken(terms: list[StopTerms], path: list[Decimal]) -> None:
    book = Book()
    for number, one in enumerate(terms):
        book.put(guarded(number, one, begin(one, price=ENTRY, at=NOON, entry=ENTRY)))
    for price in path if terms else ():
        concerned = {stop.id for stop in book.stops.values() if what_happens(stop, price)}
        woken = book.woken(1, price)
        assert len({stop.id for stop in woken}) == len(woken)
        assert concerned <= {stop.id for stop in woken}
        for stop in woken:
            after = advance(stop.terms, stop.state, price=price, at=NOON, entry=ENTRY)
            book.put(guarded(stop.id.int, stop.terms, after))
    for stop_id in list(book.stops):
        book.drop(stop_id)
    assert (book.stops, book.shelves, book.positions, book.times) == ({}, {}, {}, [])


def test_stops_far_from_the_price_are_left_alone() -> None:
    book = Book()
    for number in range(1000):
        terms = StopTerms(kind=StopKind.FIXED, price=Decimal(number + 1) / 100)
        book.put(guarded(number, terms, StopState(level=terms.price)))
    assert [stop.id.int for stop in book.woken(1, Decimal("9.98"))] == [997, 998, 999]
    assert book.woken(1, Decimal(11)) == []


def test_times_are_found_in_their_order() -> None:
    book = Book()
    for minute in (30, 10, 20):
        terms = StopTerms(kind=StopKind.TIME, closes_at=NOON.replace(minute=minute))
        book.put(guarded(minute, terms, StopState()))
    assert [stop.id.int for stop in book.due(NOON.replace(minute=20))] == [10, 20]
    assert book.woken(1, Decimal(1)) == []


def test_of_a_dark_price_only_those_are_marked_that_do_not_say_so() -> None:
    book = Book()
    terms = StopTerms(kind=StopKind.FIXED, is_long=True, price=Decimal(90))
    for number in range(3):
        book.put(guarded(number, terms, begin(terms, price=ENTRY, at=NOON, entry=ENTRY)))
    shelf = book.shelves[1]
    assert (len(shelf.to_mark(is_dark=True)), shelf.to_mark(is_dark=False)) == (3, [])
    book.put(replace(book.stops[UUID(int=0)], in_alarm=True))
    assert set(shelf.to_mark(is_dark=True)) == {UUID(int=1), UUID(int=2)}
    assert shelf.to_mark(is_dark=False) == [UUID(int=0)]
    book.put(replace(book.stops[UUID(int=0)], in_alarm=False))
    assert shelf.to_mark(is_dark=False) == []
    book.put(replace(book.stops[UUID(int=1)], in_alarm=True))
    book.drop(UUID(int=1))
    assert (shelf.to_mark(is_dark=False), shelf.alarmed) == ([], set())
