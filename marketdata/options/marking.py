"""The one function from an underlying's price and a contract's terms to the contract's quote and Greeks.

The chain on a page and the recorded quote of a contract that is traded both come from here, so they cannot differ. The
moment that counts is the underlying's quote: while its market is closed, its options stand still too.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import numpy as np

from arbion.domain.enums import AssetClass
from marketdata import hours
from marketdata.batch import PRICE_ONE, Floats, Ints
from marketdata.models import CorporateAction, CorporateKind, CorporateStatus, Instrument, Quote
from marketdata.options import interest, surface
from marketdata.options.calendar import expires_at, is_monthly
from marketdata.options.pricing import DAYS_A_YEAR, Greeks, Mask, Options, greeks, value

RATE = 0.04  # what money earns per year, continuously compounded
SOURCE = "simulated"
CENT = PRICE_ONE // 100
# A contract is never quite without time: below a quarter of an hour the surface would be a spike.
SECONDS_LEAST = 900.0
_YEAR_SECONDS = DAYS_A_YEAR * 86_400
# From this price on, quotes move in nickels; below it in cents.
_NICKELS_FROM = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Underlying:
    """What of an instrument makes the prices of its options."""

    symbol: str
    asset_class: AssetClass
    rank: int
    volatility: float
    last: Decimal
    previous_close: Decimal
    volume: Decimal
    at: datetime
    dividends: tuple[tuple[date, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """The part of a contract's terms that makes its price."""

    is_call: bool
    strike: Decimal
    expires_on: date


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Marks:
    """Quotes as columns in the order of the terms: prices as scaled integers, volumes and interest in contracts."""

    bid: Ints
    ask: Ints
    last: Ints
    volume: Ints
    open_interest: Ints
    volatility: Floats
    greeks: Greeks | None = None


def underlyings(instruments: Iterable[Instrument]) -> dict[int, Underlying]:
    """The underlyings by primary key; those without a price yet are left out."""
    known = {instrument.pk: instrument for instrument in instruments}
    found = Quote.objects.filter(pk__in=known)
    coming: dict[int, list[tuple[date, float]]] = {}
    planned = CorporateAction.objects.filter(
        instrument__in=known, kind=CorporateKind.DIVIDEND, status=CorporateStatus.SCHEDULED, amount__isnull=False
    )
    for key, day, amount in planned.order_by("ex_date").values_list("instrument_id", "ex_date", "amount"):
        coming.setdefault(key, []).append((day, float(amount or 0)))
    return {
        quote.pk: Underlying(
            symbol=known[quote.pk].symbol,
            asset_class=AssetClass(known[quote.pk].asset_class),
            rank=known[quote.pk].rank,
            volatility=known[quote.pk].volatility,
            last=quote.last,
            previous_close=quote.previous_close,
            volume=quote.volume,
            at=quote.at,
            dividends=tuple(coming.get(quote.pk, ())),
        )
        for quote in found
    }


def mark(pairs: Sequence[tuple[Underlying, Term]], *, with_greeks: bool = False) -> Marks:
    """The quote of each contract at the moment of its underlying's quote; `with_greeks` also its sensitivities."""
    columns = _Columns(pairs)
    options = columns.options(columns.last, columns.years)
    found = greeks(options) if with_greeks else None
    worth = value(options) if found is None else found.value
    bid, ask = _two_sides(worth, options, columns.rank)
    last = np.clip(np.maximum(np.rint(worth * 100).astype(np.int64), 1) * CENT, bid, ask)
    volume, open_interest = interest.interest(
        columns.numbers,
        distance=np.log(columns.strike / columns.previous),
        deviation=np.maximum(columns.volatility, surface.VOLATILITY_LEAST) * np.sqrt(columns.day_years),
        years=columns.day_years,
        monthly=columns.monthly,
        is_call=columns.is_call,
        shares=columns.volume,
        daily=interest.daily_shares(columns.rank, columns.previous),
    )
    return Marks(
        bid=bid,
        ask=ask,
        last=last,
        volume=volume,
        open_interest=open_interest,
        volatility=options.volatility,
        greeks=found,
    )


def worths(pairs: Sequence[tuple[Underlying, Term]]) -> Floats:
    """What each contract is worth between bid and ask, per unit of its underlying."""
    columns = _Columns(pairs)
    return value(columns.options(columns.last, columns.years))


def previous_closes(pairs: Sequence[tuple[Underlying, Term]]) -> Ints:
    """What each contract was worth when the market's day began, at its underlying's previous close; scaled."""
    columns = _Columns(pairs)
    worth = value(columns.options(columns.previous, columns.day_years))
    scaled: Ints = np.maximum(np.rint(worth * 100).astype(np.int64), 1) * CENT
    return scaled


class _Columns:
    """Pairs of underlying and terms as columns."""

    def __init__(self, pairs: Sequence[tuple[Underlying, Term]]) -> None:
        # What many contracts share is worked out once.
        ends: dict[date, tuple[float, bool]] = {}
        begins: dict[datetime, float] = {}
        paid: dict[tuple[str, date], float] = {}
        for underlying, term in pairs:
            if term.expires_on not in ends:
                ends[term.expires_on] = expires_at(term.expires_on).timestamp(), is_monthly(term.expires_on)
            if underlying.at not in begins:
                begins[underlying.at] = hours.local_midnight(underlying.at).timestamp()
            key = underlying.symbol, term.expires_on
            if key not in paid:
                paid[key] = _dividends_worth(underlying, term.expires_on)
        self.is_call: Mask = np.array([term.is_call for _, term in pairs], bool)
        self.strike = np.array([float(term.strike) for _, term in pairs], np.float64)
        ends_at = np.array([ends[term.expires_on][0] for _, term in pairs], np.float64)
        self.monthly: Mask = np.array([ends[term.expires_on][1] for _, term in pairs], bool)
        now = np.array([underlying.at.timestamp() for underlying, _ in pairs], np.float64)
        midnight = np.array([begins[underlying.at] for underlying, _ in pairs], np.float64)
        self.years = np.maximum(ends_at - now, SECONDS_LEAST) / _YEAR_SECONDS
        self.day_years = np.maximum(ends_at - midnight, SECONDS_LEAST) / _YEAR_SECONDS
        self.last = np.array([float(underlying.last) for underlying, _ in pairs], np.float64)
        self.previous = np.array([float(underlying.previous_close) for underlying, _ in pairs], np.float64)
        self.volume = np.array([float(underlying.volume) for underlying, _ in pairs], np.float64)
        self.volatility = np.array([underlying.volatility for underlying, _ in pairs], np.float64)
        self.rank = np.array([underlying.rank for underlying, _ in pairs], np.float64)
        smiles = [surface.smile_of(underlying.asset_class) for underlying, _ in pairs]
        self.rho = np.array([smile.rho for smile in smiles], np.float64)
        self.eta = np.array([smile.eta for smile in smiles], np.float64)
        self.dividends = np.array([paid[one.symbol, term.expires_on] for one, term in pairs], np.float64)
        self.numbers = np.array([_number(underlying.symbol, term) for underlying, term in pairs], np.uint64)

    def options(self, spot: Floats, years: Floats) -> Options:
        """The contracts at these prices and times, with the volatility that the surface gives them.

        Dividends become the continuous yield that takes as much from the forward.
        """
        dividend_yield = -np.log1p(-np.minimum(self.dividends / spot, 0.9)) / years
        forward = spot * np.exp((RATE - dividend_yield) * years)
        implied = surface.implied_volatility(np.log(self.strike / forward), years, self.volatility, self.rho, self.eta)
        return Options(
            is_call=self.is_call,
            spot=spot,
            strike=self.strike,
            years=years,
            rate=np.full(len(spot), RATE),
            dividend_yield=dividend_yield,
            volatility=implied,
        )


def _dividends_worth(underlying: Underlying, expires_on: date) -> float:
    """What the dividends planned until expiry are worth today, per unit."""
    today = hours.local_date(underlying.at)
    return sum(
        amount * math.exp(-RATE * (day - today).days / DAYS_A_YEAR)
        for day, amount in underlying.dividends
        if today < day <= expires_on
    )


def _two_sides(worth: Floats, options: Options, rank: Floats) -> tuple[Ints, Ints]:
    """Bid and ask in cents (nickels from 3.00 on) around the value, never crossed, the bid at least a cent.

    Half the distance is 0.3 % of the value and a tenth of a volatility point, more for what few people know.
    """
    d = np.log(options.spot / options.strike) / (options.volatility * np.sqrt(options.years))
    vega = options.spot * np.sqrt(options.years) * np.exp(-0.5 * d * d) * 0.004
    away = (0.003 * worth + 0.1 * vega + 0.002) * (1.0 + np.minimum(rank / 500.0, 4.0))
    low, high = worth - away, worth + away
    bid_step, ask_step = np.where(low < _NICKELS_FROM, 1, 5), np.where(high < _NICKELS_FROM, 1, 5)
    # The small shift keeps a price that lies on the grid up to a last digit from falling a step beside it.
    bid = np.maximum(np.floor(low * 100 / bid_step + 1e-7).astype(np.int64) * bid_step, 1)
    ask = np.ceil(high * 100 / ask_step - 1e-7).astype(np.int64) * ask_step
    ask = np.where(ask > bid, ask, bid + ask_step)
    return bid * CENT, ask * CENT


def _number(symbol: str, term: Term) -> int:
    """The contract's own number, from which its chance comes."""
    text = f"{symbol}|{term.expires_on}|{term.is_call}|{term.strike.normalize():f}"
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
