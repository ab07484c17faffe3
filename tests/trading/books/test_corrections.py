"""Corrections: a journal that moves cash or a dividend back, once, with a reason; fills are never reversed."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from arbion.domain.errors import InvalidInput
from tests.trading.books.conftest import Teller
from trading import selectors
from trading.books.corrections import AlreadyReversed, NotReversible, reverse
from trading.models import Journal


def newest(code: str) -> Journal:
    return Journal.objects.filter(code=code).latest("id")


def undo(teller: Teller, journal: Journal, reason: str = "booked for somebody else") -> Journal:
    return reverse(journal, reason=reason, actor=teller.world.alice, clock=teller.world.clock)


def test_a_deposit_is_moved_back_and_both_stay_in_the_ledger(teller: Teller) -> None:
    teller.happen("deposit", {"USD": 500})
    original = newest("deposit")
    made = undo(teller, original)
    assert (made.code, made.reverses, made.note, made.actor) == (
        "reversal",
        original,
        "booked for somebody else",
        teller.world.alice,
    )
    assert teller.balance("cash") == Decimal(100_000)
    assert Journal.objects.count() == 3
    assert teller.faults() == set()
    view = selectors.portfolio(teller.world.account, at=teller.world.clock.now())
    assert (view.opening, view.total_profit) == (100_000, 0)


def test_a_dividend_that_is_taken_back_takes_its_profit_with_it(teller: Teller) -> None:
    teller.fill("buy", "AAPL", 10, 200)
    teller.happen("dividend", {"USD": 5}, symbol="AAPL")
    undo(teller, newest("dividend"))
    assert teller.position("AAPL") == (10, 2000, 0)
    assert teller.balance("income") == 0
    assert teller.faults() == set()
    assert selectors.period(teller.world.account).dividends == 0


def test_nothing_is_reversed_twice(teller: Teller, everything: Callable[[], object]) -> None:
    teller.happen("withdrawal", {"USD": -500})
    made = undo(teller, newest("withdrawal"))
    before = everything()
    with pytest.raises(AlreadyReversed):
        undo(teller, made.reverses)
    with pytest.raises(NotReversible, match="reversal"):
        undo(teller, made)
    assert everything() == before
    assert teller.faults() == set()


def test_what_follows_from_the_venue_is_not_reversed_and_the_refusal_says_why(
    teller: Teller, everything: Callable[[], object]
) -> None:
    teller.fill("buy", "AAPL", 10, 200)
    before = everything()
    for code in ("fill", "opening"):
        with pytest.raises(NotReversible, match="follows from what the venue did"):
            undo(teller, newest(code))
    assert everything() == before


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201])
def test_a_correction_has_a_reason(teller: Teller, reason: str) -> None:
    teller.happen("deposit", {"USD": 500})
    with pytest.raises(InvalidInput) as refusal:
        undo(teller, newest("deposit"), reason)
    assert refusal.value.errors[0].field == "reason"
    assert Journal.objects.count() == 2


def test_cash_that_is_spent_or_claimed_cannot_be_taken_back(teller: Teller, everything: Callable[[], object]) -> None:
    teller.happen("deposit", {"USD": 500})
    teller.fill("buy", "AAPL", 10, 10_010)
    before = everything()
    with pytest.raises(NotReversible, match="not free any more: 100"):
        undo(teller, newest("deposit"))
    assert everything() == before
    assert teller.faults() == set()
