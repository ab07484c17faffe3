"""What would happen to the book if prices or volatilities moved now: shares and coins exactly, options priced again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from arbion.domain.errors import InvalidInput
from arbion.domain.numbers import EXACT, HUNDRED, ONE, ZERO, gross, plain
from riskdesk.analytics.book import Book, Line
from riskdesk.analytics.figures import FIGURE_UNIT, amount, column
from riskdesk.analytics.repricing import Priced, priced

SPOTS = tuple(Decimal(percent).scaleb(-2) for percent in (-30, -20, -10, -5, 5, 10, 20, 30))
VOLATILITIES = tuple(Decimal(percent).scaleb(-2) for percent in (-50, -25, 25, 50))
GAP = Decimal("0.2")
LEAST, MOST = Decimal("-0.99"), Decimal(10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shock:
    """Moves at one moment, as fractions of what is now: `spot` of every price, `volatility` of every volatility.

    0.25 is a quarter higher. `gaps` are prices that move on their own, by symbol, in place of `spot`. Raises
    InvalidInput for a move below -99 % or above 1,000 %.
    """

    name: str
    spot: Decimal = ZERO
    volatility: Decimal = ZERO
    gaps: Mapping[str, Decimal] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, move in (("spot", self.spot), ("volatility", self.volatility), *self.gaps.items()):
            if not move.is_finite() or not LEAST <= move <= MOST:
                raise InvalidInput.of(name, "out_of_range", "A move is between -99 % and 1,000 %.")

    def of(self, underlying: str) -> Decimal:
        """How far the price of this symbol moves."""
        return self.gaps.get(underlying, self.spot)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineOutcome:
    """One position before and after, in money; `change` below zero is a loss."""

    symbol: str
    underlying: str
    before: Decimal
    change: Decimal

    @property
    def after(self) -> Decimal:
        """What it is worth then."""
        return self.before + self.change


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a shock does to the book: the sum, its part of the equity before it, each line, the worst first.

    `share` is None where there is no equity to compare with.
    """

    shock: Shock
    change: Decimal
    share: Decimal | None
    lines: tuple[LineOutcome, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The book's change for each pair of moves: a row for each of `spots`, a column for each of `volatilities`."""

    spots: tuple[Decimal, ...]
    volatilities: tuple[Decimal, ...]
    changes: tuple[tuple[Decimal, ...], ...]


def standard_shocks() -> tuple[Shock, ...]:
    """All prices by -30 % to +30 %, all volatilities by -50 % to +50 % of themselves, and a fall with fear."""
    return (
        *(Shock(name=f"Every price {_moves(spot)}", spot=spot) for spot in SPOTS),
        *(Shock(name=f"Every volatility {_moves(level)}", volatility=level) for level in VOLATILITIES),
        Shock(
            name="Every price falls 20 % and every volatility rises 50 %",
            spot=Decimal("-0.2"),
            volatility=Decimal("0.5"),
        ),
    )


def gap_shocks(book: Book, *, size: Decimal = GAP) -> tuple[Shock, ...]:
    """Each underlying alone, opening lower and opening higher by this fraction while nothing else moves."""
    return tuple(
        Shock(name=f"{symbol} opens {plain(size * HUNDRED)} % {word}", gaps={symbol: way * size})
        for symbol in book.underlyings
        for way, word in ((-ONE, "lower"), (ONE, "higher"))
    )


def run(book: Book, shocks: Sequence[Shock]) -> tuple[Outcome, ...]:
    """What each shock would do to the book, the worst first."""
    found = priced(book)
    changes = _option_changes(found, shocks)
    equity = book.equity
    outcomes = [_outcome(book, equity, shock, iter(row)) for shock, row in zip(shocks, changes, strict=True)]
    return tuple(sorted(outcomes, key=lambda outcome: outcome.change))


def worst_gaps(book: Book, *, size: Decimal = GAP) -> tuple[Outcome, ...]:
    """For each underlying the direction of its gap that hurts more, the worst first."""
    seen: dict[str, Outcome] = {}
    for outcome in run(book, gap_shocks(book, size=size)):
        seen.setdefault(next(iter(outcome.shock.gaps)), outcome)
    return tuple(seen.values())


def grid(
    book: Book, *, spots: Sequence[Decimal] = (*SPOTS[:4], ZERO, *SPOTS[4:]), volatilities: Sequence[Decimal] = ()
) -> Grid:
    """Every pair of these moves; without volatilities the standard ones, and none."""
    levels = tuple(volatilities) or (*VOLATILITIES[:2], ZERO, *VOLATILITIES[2:])
    shocks = [Shock(name="", spot=spot, volatility=level) for spot in spots for level in levels]
    found = priced(book)
    equity = book.equity
    rows = zip(shocks, _option_changes(found, shocks), strict=True)
    changes = [_outcome(book, equity, shock, iter(row)).change for shock, row in rows]
    size = len(levels)
    table = tuple(tuple(changes[start : start + size]) for start in range(0, len(changes), size))
    return Grid(spots=tuple(spots), volatilities=levels, changes=table)


def _option_changes(found: Priced, shocks: Sequence[Shock]) -> list[list[Decimal]]:
    """Money that each option gains in each shock."""
    if not found.lines or not shocks:
        return [[] for _ in shocks]
    spots = np.array([column(ONE + shock.of(line.underlying) for line in found.lines) for shock in shocks])
    levels = np.repeat(column(ONE + shock.volatility for shock in shocks)[:, None], len(found.lines), axis=1)
    return [[amount(change) for change in row] for row in found.changes(spots, levels).tolist()]


def _outcome(book: Book, equity: Decimal, shock: Shock, options: Iterator[Decimal]) -> Outcome:
    lines = [
        LineOutcome(
            symbol=line.symbol,
            underlying=line.underlying,
            before=line.value,
            change=_linear(line, shock) if line.option is None else next(options),
        )
        for line in book.lines
    ]
    change = sum((line.change for line in lines), ZERO)
    share = EXACT.divide(change, equity).quantize(FIGURE_UNIT, context=EXACT) if equity > 0 else None
    return Outcome(shock=shock, change=change, share=share, lines=tuple(sorted(lines, key=lambda line: line.change)))


def _linear(line: Line, shock: Shock) -> Decimal:
    return gross(line.quantity, EXACT.multiply(line.price, shock.of(line.underlying)), line.multiplier)


def _moves(fraction: Decimal) -> str:
    return f"{'falls' if fraction < 0 else 'rises'} {plain(abs(fraction) * HUNDRED)} %"
