"""Exact figures: strict reading, rounding that loses nothing, parts that sum to the whole."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from arbion.domain.numbers import (
    ZERO,
    gross,
    is_multiple,
    plain,
    read_decimal,
    round_down,
    share,
)
from brokers.fees import FeeSchedule, total_fee

amounts = st.decimals(min_value="0.00000001", max_value=9_000_000_000, places=8)
prices = st.decimals(min_value="0.0000000001", max_value=90_000_000, places=10)


@given(st.text(max_size=30))
@example("\uff11\uff12")
@example("1e5")
@example("1_000")
@example(" 1")
@example("1\n")
@example("NaN")
@example("-Infinity")
@example("\u0663.\u0665")
@example("")
def test_only_plain_ascii_decimals_are_read(text: str) -> None:
    if re.fullmatch(r"[+-]?[0-9]{1,20}(\.[0-9]{1,20})?", text, re.ASCII):
        assert read_decimal(text) == Decimal(text)
    else:
        with pytest.raises(ValueError, match="not a plain decimal"):
            read_decimal(text)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**19), max_value=10**19, places=10))
def test_plain_text_reads_back_as_the_same_number(value: Decimal) -> None:
    text = plain(value)
    assert read_decimal(text) == value
    assert "e" not in text.lower()


@given(amounts, prices)
def test_gross_is_the_product_to_half_a_unit(quantity: Decimal, price: Decimal) -> None:
    exact = int(quantity.scaleb(8)) * int(price.scaleb(10))
    assert abs(int(gross(quantity, price).scaleb(8)) * 10**10 - exact) * 2 <= 10**10


@given(amounts, st.sampled_from([Decimal("0.00000001"), Decimal("0.0001"), Decimal("0.01"), Decimal(1), Decimal(3)]))
def test_rounding_down_never_gives_more_and_misses_less_than_one_step(value: Decimal, step: Decimal) -> None:
    rounded = round_down(value, step)
    assert is_multiple(rounded, step)
    assert ZERO <= value - rounded < step


@given(amounts, st.lists(amounts, min_size=1, max_size=8))
def test_shares_with_the_remainder_sum_to_the_whole(value: Decimal, parts: list[Decimal]) -> None:
    left, whole = value, sum(parts, ZERO)
    for part in parts[:-1]:
        taken = share(left, part, whole)
        assert ZERO <= taken <= left
        left, whole = left - taken, whole - part
    assert share(left, parts[-1], whole) == left


@given(
    amounts.filter(lambda quantity: quantity < 1_000_000),
    st.decimals(min_value="0.01", max_value=10_000, places=2),
    st.lists(st.integers(min_value=1, max_value=9), min_size=1, max_size=6),
)
def test_fees_of_the_parts_sum_to_the_fee_of_the_whole(quantity: Decimal, price: Decimal, cuts: list[int]) -> None:
    schedule = FeeSchedule(
        name="odd", per_unit=Decimal("0.0035"), fraction_of_value=Decimal("0.0000278"), minimum=Decimal("0.35")
    )
    filled, value, charged = ZERO, ZERO, ZERO
    weights = [share(quantity, Decimal(cut), Decimal(sum(cuts))) for cut in cuts[:-1]]
    for part in [*weights, quantity - sum(weights, ZERO)]:
        if part <= ZERO:
            continue
        filled, value = filled + part, value + gross(part, price)
        fee = total_fee(schedule, quantity=filled, value=value) - charged
        assert fee >= ZERO
        charged += fee
    assert charged == total_fee(schedule, quantity=filled, value=value)
