"""What an account must keep as security for what it owes: one pure function for exchange, house and backtests.

The rules, per account, whatever order its holdings come in:

- Long positions need nothing; they are paid for. Nothing is lent to buy them.
- Shares owed need cash: 150 % of their value (Regulation T, 12 CFR 220.12: the proceeds and half as much again).
- A contract owed is paired with what covers it, unit of the underlying by unit, in the cheapest way there is:
  * with a long option of the same underlying and right that expires no earlier: cash for the width between the
    strikes where the long one is the worse of the two, else nothing (a vertical, a calendar, a diagonal);
  * a call with a share that is held (a covered call): no cash, the share may not go;
  * a put with cash: its whole strike (a cash-secured put);
  * a call with nothing: uncovered, which is never allowed.

"The cheapest" is read in this order: least uncovered, then least cash, then fewest shares. So whatever is bought in
addition never makes an account need more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import groupby

from arbion.domain.enums import OptionRight
from arbion.domain.numbers import EXACT, ONE, PRICE_SCALE, QUANTITY_SCALE, ZERO, gross
from arbion.domain.options import OptionTerms

SHORT_INITIAL = Decimal("1.5")
SHORT_MAINTENANCE = Decimal("1.3")

# Units times multiplier has the decimals of both; as whole numbers they are compared and split exactly.
_UNIT_SCALE = 2 * QUANTITY_SCALE
# Costs of one unit as whole numbers: nothing is as dear as no cover, no cash as cheap as a share.
_SHARE_COST = 1
_CASH_COST = 2
_UNCOVERED_COST = 10**30
_NEVER = 10**60


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A position: signed quantity in shares, coins or contracts; `price` is its mark per unit of the underlying."""

    symbol: str
    quantity: Decimal
    price: Decimal
    multiplier: Decimal = ONE
    option: OptionTerms | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What must stay in the account: cash, units of each underlying, and the symbols that nothing covers."""

    cash: Decimal
    units: Mapping[str, Decimal]
    uncovered: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Cover:
    """Something that contracts owed can be paired with: so many units at so much each for every one of them."""

    units: int
    costs: tuple[int | None, ...]


def requirement(holdings: Iterable[Holding]) -> Requirement:
    """What the account must keep for all that it owes; positions of one symbol count as one."""
    held = _netted(holdings)
    cash = gross(short_value(held), SHORT_INITIAL)
    units: dict[str, Decimal] = {}
    uncovered: list[str] = []
    shares = {row.symbol: max(row.quantity, ZERO) for row in held if row.option is None}
    options = sorted((row for row in held if row.option is not None), key=_order)
    for (underlying, right), rows in groupby(options, key=_kind):
        claim = _claim(list(rows), right, shares.get(underlying, ZERO))
        cash += claim.cash
        uncovered += claim.uncovered
        if shares_kept := claim.units.get(underlying):
            units[underlying] = shares_kept
    return Requirement(cash=cash, units=units, uncovered=tuple(sorted(uncovered)))


def maintenance(holdings: Iterable[Holding]) -> Decimal:
    """The cash below which shares that are owed must be bought back: 130 % of their value."""
    return gross(short_value(_netted(holdings)), SHORT_MAINTENANCE)


def short_value(holdings: Iterable[Holding]) -> Decimal:
    """What buying back all shares that are owed would cost at their marks; options do not count."""
    owed = (row for row in holdings if row.option is None and row.quantity < ZERO)
    return sum((gross(-row.quantity, row.price, row.multiplier) for row in owed), ZERO)


def _netted(holdings: Iterable[Holding]) -> list[Holding]:
    net: dict[str, Holding] = {}
    for row in holdings:
        known = net.get(row.symbol)
        net[row.symbol] = row if known is None else replace(known, quantity=known.quantity + row.quantity)
    return list(net.values())


def _claim(rows: list[Holding], right: OptionRight, shares: Decimal) -> Requirement:
    """What the contracts of one underlying and right need; `units` is by the underlying's symbol."""
    shorts = [row for row in rows if row.quantity < ZERO]
    if not shorts:
        return Requirement(cash=ZERO, units={}, uncovered=())
    owed = [_scaled(row) for row in shorts]
    covers = [
        _Cover(_scaled(row), tuple(_width_cost(short, row) for short in shorts)) for row in rows if row.quantity > 0
    ]
    if right is OptionRight.CALL:
        covers.append(_Cover(int(shares.scaleb(_UNIT_SCALE, EXACT)), (_SHARE_COST,) * len(shorts)))
        covers.append(_Cover(sum(owed), (_UNCOVERED_COST,) * len(shorts)))
    else:
        covers.append(_Cover(sum(owed), tuple(_cash_cost(_terms(short).strike) for short in shorts)))
    cash = kept = ZERO
    uncovered = []
    for number, taken in enumerate(_cheapest_pairs(owed, covers)):
        for cover, amount in zip(covers, taken, strict=True):
            cost, units = cover.costs[number], Decimal(amount).scaleb(-_UNIT_SCALE, EXACT)
            if not amount or cost is None:
                continue
            if cost == _UNCOVERED_COST:
                uncovered.append(shorts[number].symbol)
            elif cost == _SHARE_COST:
                kept += units
            else:
                cash += gross(units, Decimal(cost // _CASH_COST).scaleb(-PRICE_SCALE, EXACT))
    return Requirement(cash=cash, units={_terms(rows[0]).underlying: kept} if kept else {}, uncovered=tuple(uncovered))


def _cheapest_pairs(owed: list[int], covers: list[_Cover]) -> list[list[int]]:
    """How much of what is owed (rows) each cover (columns) takes, at the least cost; the last cover takes anything.

    Successive shortest paths: one after the other finds its cheapest cover, also one that is taken already where
    whoever has it is better moved on than left there (Ahuja, Magnanti, Orlin, Network Flows, 1993, section 9.7).
    """
    taken = [[0] * len(covers) for _ in owed]
    free = [cover.units for cover in covers]
    for first, amount in enumerate(owed):
        left = amount
        while left:
            path = _cheapest_path(first, taken, free, covers)
            end = path[-1][1]
            moved = min([left, free[end], *(taken[short][cover] for _, cover, short in path[:-1])])
            for short, cover, displaced in path:
                taken[short][cover] += moved
                if displaced >= 0:
                    taken[displaced][cover] -= moved
            free[end] -= moved
            left -= moved
    return taken


def _cheapest_path(
    first: int, taken: list[list[int]], free: list[int], covers: list[_Cover]
) -> list[tuple[int, int, int]]:
    """The cheapest chain of moves that lets one more unit of `first` be covered.

    Each move is who takes which cover and whom that displaces (-1 at the end, where the cover has units left). Of
    chains that cost the same the shortest is taken: a longer one may go in a circle and move next to nothing.
    """
    cost = {first: (0, 0)}
    came: dict[int, tuple[int, int]] = {}
    settled = False
    while not settled:
        settled = True
        for short, so_far in list(cost.items()):
            for number, cover in enumerate(covers):
                price = cover.costs[short]
                if price is None:
                    continue
                for other, row in enumerate(taken):
                    back = cover.costs[other]
                    if not row[number] or back is None:
                        continue
                    moved = (so_far[0] + price - back, so_far[1] + 1)
                    if moved < cost.get(other, (_NEVER, 0)):
                        cost[other], came[other] = moved, (short, number)
                        settled = False
    ends = (
        (cost[short][0] + price, cost[short][1], number, short)
        for number, cover in enumerate(covers)
        for short in cost
        if free[number] and (price := cover.costs[short]) is not None
    )
    *_, number, short = min(ends)
    path = [(short, number, -1)]
    while short != first:
        short, displaced, number = came[short][0], short, came[short][1]
        path.insert(0, (short, number, displaced))
    return path


def _width_cost(short: Holding, long: Holding) -> int | None:
    """What a unit owed costs while a long option covers it; None where that one expires too early."""
    owed, held = _terms(short), _terms(long)
    if held.expires_on < owed.expires_on:
        return None
    return _cash_cost(held.strike - owed.strike if owed.right is OptionRight.CALL else owed.strike - held.strike)


def _cash_cost(width: Decimal) -> int:
    return _CASH_COST * int(max(width, ZERO).scaleb(PRICE_SCALE, EXACT))


def _scaled(row: Holding) -> int:
    """The units of the underlying behind a position, however it is signed."""
    return int(EXACT.multiply(abs(row.quantity), row.multiplier).scaleb(_UNIT_SCALE, EXACT))


def _terms(row: Holding) -> OptionTerms:
    if row.option is None:
        raise ValueError(f"{row.symbol} is no option")
    return row.option


def _kind(row: Holding) -> tuple[str, OptionRight]:
    return _terms(row).underlying, _terms(row).right


def _order(row: Holding) -> tuple[str, OptionRight, date, Decimal, str]:
    terms = _terms(row)
    return terms.underlying, terms.right, terms.expires_on, terms.strike, row.symbol
