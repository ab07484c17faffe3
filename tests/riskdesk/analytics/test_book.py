"""The book's lines: what they are worth, what moves them, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from arbion.domain.errors import InvalidInput
from tests.riskdesk.analytics.samples import book, option, share


def test_what_lines_are_worth_and_what_moves_them():
    held = book(share("AAPL", "10", "100"), option(quantity="-2", price="5.25"), share("KO", "-3", "60"), cash="-40")
    assert [line.value for line in held.lines] == [Decimal(1000), Decimal(-1050), Decimal(-180)]
    assert [line.underlying for line in held.lines] == ["AAPL", "AAPL", "KO"]
    assert [line.units for line in held.lines] == [Decimal(10), Decimal(-200), Decimal(-3)]
    assert (held.value, held.gross_value, held.equity) == (Decimal(-230), Decimal(2230), Decimal(-270))
    assert held.underlyings == ("AAPL", "KO")


@pytest.mark.parametrize(
    ("line", "changed", "field", "code"),
    [
        (share(), {"quantity": Decimal("NaN")}, "quantity", "not_a_number"),
        (share(), {"price": Decimal("Infinity")}, "price", "not_a_number"),
        (share(), {"price": Decimal(-1)}, "price", "out_of_range"),
        (share(), {"multiplier": Decimal(0)}, "multiplier", "out_of_range"),
        (share(), {"option": option().option}, "option", "mismatch"),
        (option(), {"option": None}, "option", "mismatch"),
        (option(), {"underlying_price": None}, "underlying_price", "required"),
        (option(), {"underlying_price": Decimal(0)}, "underlying_price", "required"),
        (option(), {"expires_at": None}, "expires_at", "required"),
        (option(), {"volatility": Decimal("-0.1")}, "volatility", "out_of_range"),
        (option(), {"volatility": Decimal("NaN")}, "volatility", "out_of_range"),
        (option(), {"rate": Decimal("NaN")}, "rate", "not_a_number"),
    ],
)
def test_a_line_that_cannot_be_is_refused(line, changed, field, code):
    with pytest.raises(InvalidInput) as refused:
        replace(line, **changed)
    assert [(error.field, error.code) for error in refused.value.errors] == [(field, code)]
