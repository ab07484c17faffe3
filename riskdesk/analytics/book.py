"""The book that is looked at: lines of shares, coins and options with what their price depends on; no table is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from arbion.domain.enums import AssetClass
from arbion.domain.errors import InvalidInput
from arbion.domain.numbers import EXACT, ONE, ZERO, gross
from arbion.domain.options import OptionTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One position. Prices in the account's currency.

    `quantity` in units, or contracts of an option; below zero is owed. `price` is what one unit is worth now, of an
    option per unit of its underlying. `multiplier`: the units that one contract stands for. An option also has its
    terms, its underlying's price, the moment it ends, and where it is known its implied `volatility` per square root
    of a year (0.25 is 25 %); without one the volatility is taken from its price. `rate` and `dividend_yield` are
    continuously compounded per year. Raises InvalidInput where a figure cannot be.
    """

    symbol: str
    asset_class: AssetClass
    quantity: Decimal
    price: Decimal
    multiplier: Decimal = ONE
    option: OptionTerms | None = None
    underlying_price: Decimal | None = None
    expires_at: datetime | None = None
    volatility: Decimal | None = None
    rate: Decimal = ZERO
    dividend_yield: Decimal = ZERO

    def __post_init__(self) -> None:
        figures = {
            "quantity": self.quantity,
            "price": self.price,
            "multiplier": self.multiplier,
            "rate": self.rate,
            "dividend_yield": self.dividend_yield,
        }
        for name, value in figures.items():
            if not value.is_finite():
                raise InvalidInput.of(name, "not_a_number", f"The {name} of {self.symbol} is not a number.")
        if self.price < 0:
            raise InvalidInput.of("price", "out_of_range", f"The price of {self.symbol} cannot be below zero.")
        if self.multiplier <= 0:
            raise InvalidInput.of("multiplier", "out_of_range", f"The multiplier of {self.symbol} is above zero.")
        if (self.option is not None) != (self.asset_class is AssetClass.OPTION):
            raise InvalidInput.of("option", "mismatch", f"{self.symbol} needs an option's terms if it is one.")
        if self.option is not None:
            self._check_option()

    def _check_option(self) -> None:
        if self.underlying_price is None or not self.underlying_price.is_finite() or self.underlying_price <= 0:
            detail = f"{self.symbol} needs the price of its underlying."
            raise InvalidInput.of("underlying_price", "required", detail)
        if self.expires_at is None:
            raise InvalidInput.of("expires_at", "required", f"{self.symbol} needs the moment at which it ends.")
        if self.volatility is not None and not (self.volatility.is_finite() and self.volatility >= 0):
            raise InvalidInput.of("volatility", "out_of_range", f"The volatility of {self.symbol} is not below zero.")

    @property
    def underlying(self) -> str:
        """The symbol whose price moves this line: its own, or the option's underlying."""
        return self.option.underlying if self.option else self.symbol

    @property
    def spot(self) -> Decimal:
        """What one unit of the underlying is worth now."""
        return self.underlying_price if self.underlying_price is not None and self.option else self.price

    @property
    def units(self) -> Decimal:
        """Units of the underlying that the line stands for."""
        return EXACT.multiply(self.quantity, self.multiplier)

    @property
    def value(self) -> Decimal:
        """What the line is worth now; below zero where it is owed."""
        return gross(self.quantity, self.price, self.multiplier)


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """The positions at one moment, with the cash beside them.

    `unpriced` are symbols that are held but have no price: they are in no figure, and every picture says so.
    """

    at: datetime
    lines: tuple[Line, ...]
    cash: Decimal = ZERO
    unpriced: tuple[str, ...] = ()

    @property
    def value(self) -> Decimal:
        """What all lines are worth together, what is owed taken off."""
        return sum((line.value for line in self.lines), ZERO)

    @property
    def gross_value(self) -> Decimal:
        """The sizes of all lines added up, whichever way they go."""
        return sum((abs(line.value) for line in self.lines), ZERO)

    @property
    def equity(self) -> Decimal:
        """The lines and the cash."""
        return self.value + self.cash

    @property
    def underlyings(self) -> tuple[str, ...]:
        """The symbols whose prices move the book, each once, in order of appearance."""
        return tuple(dict.fromkeys(line.underlying for line in self.lines))
