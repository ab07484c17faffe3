"""Exact numbers: strict reading, rounding to increments, and the one multiplication of price and quantity."""

from __future__ import annotations

import re
from decimal import ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal

MONEY_SCALE = 8
QUANTITY_SCALE = 8
PRICE_SCALE = 10
MONEY_UNIT = Decimal(1).scaleb(-MONEY_SCALE)
QUANTITY_UNIT = Decimal(1).scaleb(-QUANTITY_SCALE)
PRICE_UNIT = Decimal(1).scaleb(-PRICE_SCALE)
ZERO = Decimal(0)
ONE = Decimal(1)
HUNDRED = Decimal(100)
CENT = Decimal("0.01")

# Largest figures the 64-bit columns hold, with room for sums.
MONEY_MAX = Decimal(9_000_000_000)
QUANTITY_MAX = Decimal(9_000_000_000)
PRICE_MAX = Decimal(90_000_000)

# Wide enough that no product of two house figures is rounded before we say how.
EXACT = Context(prec=60)

_PLAIN = re.compile(r"[+-]?[0-9]{1,20}(?:\.[0-9]{1,20})?")


def read_decimal(text: str) -> Decimal:
    """A plain decimal such as `-12.50`; no exponent, no NaN, no spaces, ASCII digits only. Raises ValueError."""
    if not _PLAIN.fullmatch(text):
        raise ValueError("not a plain decimal number")
    return Decimal(text)


def money(value: Decimal) -> Decimal:
    """The value at house money scale (1e-8), half to even."""
    return value.quantize(MONEY_UNIT, ROUND_HALF_EVEN, EXACT)


def gross(quantity: Decimal, price: Decimal, multiplier: Decimal = ONE) -> Decimal:
    """What a quantity costs at a price, at money scale; used by the venue's book and by ours, so that they agree.

    `multiplier` is the units that one unit of the instrument stands for: 100 for an option on shares.
    """
    return money(EXACT.multiply(EXACT.multiply(quantity, price), multiplier))


def round_down(value: Decimal, increment: Decimal) -> Decimal:
    """The largest multiple of the increment that is not above the value (value and increment positive)."""
    return EXACT.multiply((EXACT.divide(value, increment)).to_integral_value(ROUND_DOWN), increment)


def is_multiple(value: Decimal, increment: Decimal) -> bool:
    """Whether the value is a whole number of increments."""
    return EXACT.remainder(value, increment) == 0


def share(value: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """`value * part / whole` at money scale, half to even; the caller gives the last part the remainder."""
    return money(EXACT.divide(EXACT.multiply(value, part), whole))


def spoken(amount: Decimal, *, rounding: str = ROUND_FLOOR) -> str:
    """Money for a sentence: two decimals and thousands separators (`84,038.60`).

    What is there or allowed is rounded down, so that what is said can be had; give ROUND_CEILING for what is needed.
    """
    return f"{amount.quantize(CENT, rounding, EXACT) or ZERO:,.2f}"


def plain(value: Decimal) -> str:
    """The shortest plain text of a decimal: no exponent, no trailing zeros, no negative zero (`10`, `0.25`)."""
    text = format(value or ZERO, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
