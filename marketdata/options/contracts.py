"""From a symbol to the contract: whether it is listed, and its instrument once somebody wants to trade it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction

from arbion.domain.enums import AssetClass, OptionRight
from arbion.domain.options import SHARES_A_CONTRACT, OptionTerms, read_symbol
from arbion.domain.reports import QuoteReport
from arbion.lib.clock import SYSTEM, Clock
from marketdata import hours, quotes
from marketdata.errors import UnknownSymbol, UnlistedContract
from marketdata.instruments import SYMBOL_LENGTH_MAX, get_instrument
from marketdata.models import Instrument, OptionContract
from marketdata.options import marking
from marketdata.options.calendar import expirations, expires_at, has_options, strikes
from marketdata.options.marking import Term, Underlying
from marketdata.options.quotes import batch

PRICE_INCREMENT = Decimal("0.01")
# Behind everything that has a name of its own.
RANK = 1_000_000


@dataclass(frozen=True, slots=True)
class Listed:
    """A contract that may be traded: the fields of its instrument, its terms and what its price comes from."""

    values: dict[str, Any]
    terms: OptionTerms
    underlying: Underlying

    @property
    def instrument(self) -> Instrument:
        """Its instrument as it would be saved."""
        return Instrument(symbol=self.terms.symbol, **self.values)

    @property
    def term(self) -> Term:
        """What makes its price."""
        return term_for(self.terms)

    @property
    def quote(self) -> QuoteReport:
        """Its quote at the moment of its underlying's."""
        return batch([(self.instrument, self.underlying, self.term)])[0]


def ensure(symbol: str, *, clock: Clock = SYSTEM) -> Instrument:
    """The contract's instrument, made with its terms and first quote where the chain lists it and it is not there yet.

    Two at once make one. Raises UnlistedContract, which is an UnknownSymbol, with a code: `unknown_symbol` (no option
    symbol, or nothing known by its root), `no_options`, `no_quote`, `contract_expired`, `unknown_expiration`,
    `unknown_strike`.
    """
    wanted = symbol.strip().upper() if len(symbol) <= SYMBOL_LENGTH_MAX else ""
    made = OptionContract.objects.select_related("instrument").filter(instrument__symbol=wanted).first()
    if made is not None:
        if made.settled_at is not None or expires_at(made.expires_on) <= clock.now():
            raise _expired(wanted)
        return made.instrument
    listed = find(wanted, clock=clock)
    with transaction.atomic():
        instrument, is_new = Instrument.objects.get_or_create(symbol=wanted, defaults=listed.values)
        if is_new:
            OptionContract.objects.create(
                instrument=instrument,
                underlying=Instrument.objects.get(symbol=listed.terms.underlying),
                right=listed.terms.right,
                strike=listed.terms.strike,
                expires_on=listed.terms.expires_on,
            )
            quotes.record(batch([(instrument, listed.underlying, listed.term)]), clock=clock)
    return instrument


def bring(symbol: str, *, clock: Clock = SYSTEM) -> Instrument:
    """The instrument of any symbol, for a page to show: one that is there (expired too), else a listed contract's.

    Raises UnknownSymbol.
    """
    try:
        return get_instrument(symbol)
    except UnknownSymbol:
        if read_symbol(symbol.strip().upper()) is None:
            raise
        return ensure(symbol, clock=clock)


def find(symbol: str, *, clock: Clock = SYSTEM) -> Listed:
    """A contract that the chain lists, without writing anything; refuses as `ensure` does."""
    terms = read_symbol(symbol) if symbol.isascii() else None
    underlying = Instrument.objects.filter(symbol=terms.underlying).first() if terms else None
    if terms is None or underlying is None:
        raise UnlistedContract(symbol)
    if not has_options(underlying):
        raise UnlistedContract(symbol, "no_options", f"No options are listed on {underlying.symbol}.")
    if expires_at(terms.expires_on) <= clock.now():
        raise _expired(symbol)
    known = marking.underlyings([underlying]).get(underlying.pk)
    if known is None:
        raise UnlistedContract(symbol, "no_quote", f"{underlying.symbol} has no price yet, so its options have none.")
    if terms.expires_on not in expirations(underlying, clock.now()):
        detail = f"No {underlying.symbol} options expire on {terms.expires_on}."
        raise UnlistedContract(symbol, "unknown_expiration", detail)
    if terms.strike not in listed_strikes(underlying, known, terms):
        detail = f"There is no {underlying.symbol} option at a strike of {terms.strike.normalize():f} for that date."
        raise UnlistedContract(symbol, "unknown_strike", detail)
    return Listed(_values(underlying, terms), terms, known)


def look_up(symbol: str, *, clock: Clock = SYSTEM) -> Instrument:
    """The instrument of any symbol; of a listed contract that nobody has traded as it would be, unsaved.

    Raises UnknownSymbol.
    """
    try:
        return get_instrument(symbol)
    except UnknownSymbol:
        wanted = symbol.strip().upper()
        if read_symbol(wanted) is None:
            raise
        return find(wanted, clock=clock).instrument


def terms_of(instrument: Instrument) -> OptionTerms | None:
    """The terms of a contract, as its row has them where there is one; None for all other instruments."""
    if instrument.asset_class != AssetClass.OPTION:
        return None
    made: OptionContract | None = getattr(instrument, "contract", None)
    return made.terms if made else read_symbol(instrument.symbol)


def listed_strikes(instrument: Instrument, underlying: Underlying, terms: OptionTerms) -> list[Decimal]:
    """The strikes that are listed for the date of these terms."""
    return strikes(
        instrument,
        previous_close=underlying.previous_close,
        last=underlying.last,
        expires_on=terms.expires_on,
        today=hours.local_date(underlying.at),
    )


def term_for(terms: OptionTerms) -> Term:
    """The part of standard terms that makes the price."""
    return Term(is_call=terms.right is OptionRight.CALL, strike=terms.strike, expires_on=terms.expires_on)


def name_of(terms: OptionTerms) -> str:
    """The contract in words: `AAPL 18 Dec 2026 200 call`."""
    day = terms.expires_on
    return f"{terms.underlying} {day.day} {day:%b %Y} {terms.strike.normalize():f} {terms.right.value}"


def _values(underlying: Instrument, terms: OptionTerms) -> dict[str, Any]:
    return {
        "name": name_of(terms),
        "asset_class": AssetClass.OPTION,
        "exchange": "Simulated options",
        "currency": underlying.currency,
        "sector": underlying.sector,
        "price_increment": PRICE_INCREMENT,
        "size_increment": Decimal(1),
        "multiplier": SHARES_A_CONTRACT,
        "rank": RANK,
        "volatility": 0.0,
        "beta": 0.0,
        "base_price": PRICE_INCREMENT,
    }


def _expired(symbol: str) -> UnlistedContract:
    return UnlistedContract(symbol, "contract_expired", f"{symbol} has expired.")
