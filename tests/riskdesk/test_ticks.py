"""Which quotes are believed: a wild tick is not, a real gap is, and nonsense is no quote."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskdesk.ticks import SILENCE, Tape, Tick, is_usable, paused, take

NOON = datetime(2026, 11, 20, 15, tzinfo=UTC)
FRESH = timedelta(seconds=15)


def tick(last: str | Decimal, *, second: int = 0, bid: str = "", ask: str = "") -> Tick:
    price = Decimal(last)
    half = Decimal("0.01")
    return Tick(
        bid=Decimal(bid) if bid else price - half,
        ask=Decimal(ask) if ask else price + half,
        last=price,
        at=NOON + timedelta(seconds=second),
    )


def known(*path: str | Decimal, tape: Tape | None = None) -> list[Decimal | None]:
    """What is known after each price, one a second."""
    tape, heard = tape or Tape(prices=(Decimal(100),), at=NOON), []
    for second, price in enumerate(path, start=1):
        tape, price_known = take(tape, tick(price, second=second))
        heard.append(None if price_known is None else price_known)
    return heard


def as_decimals(*texts: str | None) -> list[Decimal | None]:
    return [None if text is None else Decimal(text) for text in texts]


def test_an_ordinary_move_is_believed_at_once() -> None:
    assert known("101", "99", "97.5") == as_decimals("101", "99", "97.5")


@pytest.mark.parametrize("wild", ["1000", "1", "90", "110"])
def test_one_wild_tick_is_not_believed_and_leaves_nothing_behind(wild: str) -> None:
    assert known(wild, "100", "101") == as_decimals(None, "100", "101")


def test_a_gap_is_believed_with_its_second_witness_as_the_milder_of_the_two() -> None:
    assert known("80", "79") == as_decimals(None, "80")
    assert known("79", "80") == as_decimals(None, "80")
    assert known("120", "125") == as_decimals(None, "120")


def test_two_wild_ticks_on_different_sides_are_two_strays() -> None:
    assert known("1000", "1", "100") == as_decimals(None, None, "100")


def test_a_slide_is_known_with_one_quote_of_delay() -> None:
    assert known("90", "80", "70", "60") == as_decimals(None, "90", "80", "70")


def test_the_same_quote_again_is_no_second_witness() -> None:
    tape, _ = take(Tape(prices=(Decimal(100),), at=NOON), tick("80", second=1))
    assert take(tape, tick("80", second=1)) == (tape, None)
    assert take(tape, tick("80", second=0)) == (tape, None)


def test_after_a_pause_the_first_quote_is_believed() -> None:
    before = Tape(prices=(Decimal(100),), at=NOON)
    assert known("60", tape=paused(before)) == as_decimals("60")
    later = tick("60", second=int(SILENCE.total_seconds()) + 1)
    assert take(before, later)[1] == Decimal(60)


def test_without_any_memory_the_first_quote_wants_a_witness() -> None:
    assert known("100", "100.5", tape=Tape()) == as_decimals(None, "100.5")
    assert known("1000", "100", "100", tape=Tape()) == as_decimals(None, None, "100")


def test_of_a_price_of_pennies_a_step_is_no_jump() -> None:
    tape = Tape(prices=(Decimal("0.05"),), at=NOON)
    assert take(tape, tick("0.06", second=1), step=Decimal("0.01"))[1] == Decimal("0.06")
    assert take(tape, tick("0.08", second=1), step=Decimal("0.01"))[1] is None


@pytest.mark.parametrize(
    "given",
    [
        tick("0", bid="1", ask="2"),
        tick("-5"),
        tick("NaN", bid="1", ask="2"),
        tick("Infinity", bid="1", ask="2"),
        tick("100", bid="101", ask="99"),
        tick("1000", bid="99.99", ask="100.01"),
        tick("100", bid="9.9", ask="10"),
        tick("100", second=-16),
        tick("100", second=6),
    ],
)
def test_nonsense_is_no_quote(given: Tick) -> None:
    assert not is_usable(given, now=NOON, age_max=FRESH)


def test_an_ordinary_quote_is_one() -> None:
    assert is_usable(tick("100"), now=NOON, age_max=FRESH)
    assert is_usable(tick("0.10", bid="0.05", ask="0.15"), now=NOON, age_max=FRESH)


@given(
    calm=st.lists(st.decimals(min_value="99", max_value="101", places=2), min_size=3, max_size=20),
    where=st.integers(min_value=0, max_value=19),
    factor=st.sampled_from(["0.01", "0.1", "0.8", "1.2", "10", "100"]),
)
def test_a_single_outlier_is_never_known(calm: list[Decimal], where: int, factor: str) -> None:
    path = list(calm)
    where %= len(path)
    path[where] = path[where] * Decimal(factor)
    heard = known(*path)
    assert all(price is None or Decimal(99) <= price <= Decimal(101) for price in heard)
    assert [price is None for price in heard].count(True) == 1
