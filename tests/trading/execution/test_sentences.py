"""Money in sentences: two decimals, thousands apart, and never more than there is."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

import pytest

from arbion.domain.errors import InvalidInput
from arbion.domain.numbers import spoken
from trading.execution.cash import withdraw


@pytest.mark.parametrize(
    ("amount", "there", "needed"),
    [
        ("84038.608", "84,038.60", "84,038.61"),
        ("0", "0.00", "0.00"),
        ("0.001", "0.00", "0.01"),
        ("-1234.5", "-1,234.50", "-1,234.50"),
        ("9000000000", "9,000,000,000.00", "9,000,000,000.00"),
    ],
)
def test_what_is_there_is_rounded_down_and_what_is_needed_up(amount, there, needed):
    assert spoken(Decimal(amount)) == there
    assert spoken(Decimal(amount), rounding=ROUND_CEILING) == needed


def test_a_withdrawal_of_more_than_is_free_says_how_much_is(world, counted):
    world.place("buy", "BTC-USD", quantity="0.1234")
    before = counted()
    with pytest.raises(InvalidInput, match=r"^Only \d{2},\d{3}\.\d{2} is free: open orders"):
        withdraw(world.account, user=world.alice, amount=Decimal(100_000), client_key="w", clock=world.clock)
    assert counted() == before
