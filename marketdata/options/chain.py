"""The option chain of an underlying: every listed strike of one expiration with its call and its put."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import numpy as np

from arbion.domain.enums import OptionRight
from arbion.domain.errors import InvalidInput
from arbion.domain.options import SHARES_A_CONTRACT, OptionTerms
from marketdata import hours
from marketdata.batch import price
from marketdata.models import Instrument, OptionContract
from marketdata.options import marking
from marketdata.options.calendar import expirations, expires_at, strikes
from marketdata.options.contracts import term_for
from marketdata.options.marking import Marks, Term, Underlying

_HALF = Decimal("0.5")


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One contract of the chain: prices per unit of the underlying, Greeks as `marketdata.options.pricing` has them."""

    symbol: str
    bid: Decimal
    ask: Decimal
    last: Decimal
    mark: Decimal
    implied_volatility: Decimal
    delta: Decimal
    gamma: Decimal
    theta: Decimal
    vega: Decimal
    rho: Decimal
    volume: int
    open_interest: int
    in_the_money: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One strike. A side is None where an adjusted contract bears the symbol that it would have."""

    strike: Decimal
    call: Side | None
    put: Side | None
    at_the_money: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The chain of one expiration as of the underlying's quote; without a quote yet there are no rows."""

    underlying: Instrument
    expiration: date | None
    expirations: Sequence[date]
    days: int
    last: Decimal | None
    at: datetime | None
    rows: Sequence[Row]


def chain(instrument: Instrument, expiration: date | None, at: datetime) -> Chain:
    """The chain for one of the listed expirations, by default the nearest; nothing is written.

    Refuses (InvalidInput, field `expiration`, code `unknown_expiration`) a date on which nothing expires. An underlying
    on which nothing is listed has no expirations and no rows.
    """
    listed = _listed(instrument, at)
    if expiration is not None and expiration not in listed:
        detail = f"No {instrument.symbol} options expire on {expiration}."
        raise InvalidInput.of("expiration", "unknown_expiration", detail)
    chosen = expiration or (listed[0] if listed else None)
    known = marking.underlyings([instrument]).get(instrument.pk)
    rows = _rows(instrument, known, chosen, at) if known and chosen else []
    return Chain(
        underlying=instrument,
        expiration=chosen,
        expirations=listed,
        days=(chosen - hours.local_date(at)).days if chosen else 0,
        last=known.last if known else None,
        at=known.at if known else None,
        rows=rows,
    )


def _listed(instrument: Instrument, at: datetime) -> list[date]:
    """The listed dates, and those of contracts that somebody has although no new ones are listed for them."""
    made = OptionContract.objects.filter(
        underlying=instrument, settled_at=None, expires_on__gte=hours.local_date(at)
    ).values_list("expires_on", flat=True)
    kept = {day for day in made.distinct() if expires_at(day) > at}
    return sorted(kept | set(expirations(instrument, at)))


def _rows(instrument: Instrument, known: Underlying, expires_on: date, at: datetime) -> list[Row]:
    listed = set()
    if expires_on in expirations(instrument, at):
        listed = set(
            strikes(
                instrument,
                previous_close=known.previous_close,
                last=known.last,
                expires_on=expires_on,
                today=hours.local_date(known.at),
            )
        )
    made = list(
        OptionContract.objects.filter(underlying=instrument, expires_on=expires_on).select_related(
            "instrument", "underlying"
        )
    )
    adjusted = {row.instrument.symbol for row in made if not _is_standard(row)}
    held = {row.strike for row in made if _is_standard(row)}
    sides = [
        OptionTerms(underlying=instrument.symbol, right=right, strike=strike, expires_on=expires_on)
        for strike in sorted(listed | held)
        for right in (OptionRight.CALL, OptionRight.PUT)
    ]
    sides = [terms for terms in sides if terms.symbol not in adjusted]
    if not sides:
        return []
    pairs: list[tuple[Underlying, Term]] = [(known, term_for(terms)) for terms in sides]
    shown = _sides(sides, marking.mark(pairs, with_greeks=True), last=known.last)
    by_strike: dict[Decimal, dict[OptionRight, Side]] = {}
    for terms, side in zip(sides, shown, strict=True):
        by_strike.setdefault(terms.strike, {})[terms.right] = side
    nearest = min(by_strike, key=lambda strike: (abs(strike - known.last), strike))
    return [
        Row(strike, found.get(OptionRight.CALL), found.get(OptionRight.PUT), strike == nearest)
        for strike, found in by_strike.items()
    ]


def _is_standard(contract: OptionContract) -> bool:
    """Whether the contract still is what its symbol says: a split changes strikes and multipliers, not symbols."""
    return contract.terms.symbol == contract.instrument.symbol and contract.instrument.multiplier == SHARES_A_CONTRACT


def _sides(sides: Sequence[OptionTerms], marks: Marks, *, last: Decimal) -> list[Side]:
    greeks = marks.greeks
    if greeks is None:
        raise ValueError("a chain shows Greeks")
    figures = np.column_stack([marks.volatility, greeks.delta, greeks.gamma, greeks.theta, greeks.vega, greeks.rho])
    columns = (marks.bid, marks.ask, marks.last, marks.volume, marks.open_interest)
    found: list[Side] = []
    for terms, (bid, ask, traded, volume, interest), numbers in zip(
        sides, zip(*(column.tolist() for column in columns), strict=True), figures.tolist(), strict=True
    ):
        low, high = price(bid), price(ask)
        volatility, delta, gamma, theta, vega, rho = (_four(number) for number in numbers)
        found.append(
            Side(
                symbol=terms.symbol,
                bid=low,
                ask=high,
                last=price(traded),
                mark=(low + high) * _HALF,
                implied_volatility=volatility,
                delta=delta,
                gamma=gamma,
                theta=theta,
                vega=vega,
                rho=rho,
                volume=volume,
                open_interest=interest,
                in_the_money=terms.intrinsic(last) > 0,
            )
        )
    return found


def _four(number: float) -> Decimal:
    """A figure to four decimals, without a negative zero."""
    return Decimal(f"{number:.4f}") + 0
