"""Several legs chosen on the chain: what they cost now, what they bring, and the picture of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from arbion.domain.enums import Side
from arbion.domain.numbers import ZERO
from arbion.domain.options import SHARES_A_CONTRACT, OptionTerms
from arbion.domain.orders import LEGS_MAX
from arbion.lib.clock import SYSTEM, Clock
from marketdata import quotes
from marketdata.errors import UnknownSymbol
from marketdata.models import Instrument, OptionContract
from marketdata.options import marking
from marketdata.options.calendar import expires_at
from marketdata.options.contracts import find, term_for
from marketdata.options.marking import Underlying
from marketdata.options.payoff import Leg, Payoff, Worth, payoff

RATIO_MAX = 20
GREEKS = ("delta", "gamma", "theta", "vega", "rho")


@dataclass(frozen=True, slots=True)
class Choice:
    """One leg as an address names it: `buy:1:AAPL261218C00200000`; a ratio of shares counts hundreds of them."""

    side: Side
    ratio: int
    symbol: str

    def __str__(self) -> str:
        return f"{self.side.value}:{self.ratio}:{self.symbol}"

    @property
    def signed(self) -> int:
        """Contracts bought (positive) or sold."""
        return self.ratio if self.side is Side.BUY else -self.ratio


@dataclass(frozen=True, slots=True)
class Chosen:
    """A leg with what it costs now, per unit of the underlying; without terms it is the underlying itself."""

    choice: Choice
    terms: OptionTerms | None
    multiplier: Decimal
    bid: Decimal
    ask: Decimal

    @property
    def mark(self) -> Decimal:
        """The middle of bid and ask."""
        return (self.bid + self.ask) / 2

    @property
    def at_once(self) -> Decimal:
        """What trading it at once would cost or bring."""
        return self.ask if self.choice.side is Side.BUY else self.bid


@dataclass(frozen=True, slots=True)
class Strategy:
    """One package of the legs: its payoff at the middle price, the net price at once, and the sum of its Greeks.

    The Greeks are those of the whole package: of all the shares that its contracts stand for.
    """

    legs: Sequence[Chosen]
    payoff: Payoff
    net_at_once: Decimal
    greeks: dict[str, Decimal]


def read_choices(texts: Iterable[str]) -> list[Choice]:
    """The legs that an address names, four at most, each contract once; what cannot be read is left out."""
    found: dict[str, Choice] = {}
    for text in texts:
        side, _, rest = text.partition(":")
        ratio, _, symbol = rest.partition(":")
        is_number = ratio.isascii() and ratio.isdigit() and len(ratio) <= 3
        if side in Side.values and is_number and 1 <= int(ratio) <= RATIO_MAX and len(found) < LEGS_MAX:
            found.setdefault(symbol.upper(), Choice(Side(side), int(ratio), symbol.upper()))
    return list(found.values())


def choose(underlying: Instrument, choices: Sequence[Choice], *, clock: Clock = SYSTEM) -> list[Chosen]:
    """The legs with their prices; one that is not listed on this underlying any more is left out."""
    found: list[Chosen] = []
    for choice in choices:
        leg = _shares(underlying, choice) if choice.symbol == underlying.symbol else _contract(choice, clock=clock)
        if leg is not None and (leg.terms is None or leg.terms.underlying == underlying.symbol):
            found.append(leg)
    return found


def strategy(underlying: Instrument, legs: Sequence[Chosen]) -> Strategy | None:
    """The package of these legs; None without legs or while the underlying has no price."""
    known = marking.underlyings([underlying]).get(underlying.pk)
    if known is None or not legs:
        return None
    counted = [
        Leg(quantity=leg.choice.signed, price=leg.mark, option=leg.terms, multiplier=leg.multiplier) for leg in legs
    ]
    found = payoff(counted, known.last, later=_worth_then(known, [leg.terms for leg in legs if leg.terms]))
    at_once = sum((leg.choice.signed * leg.at_once * leg.multiplier for leg in legs), ZERO) / SHARES_A_CONTRACT
    return Strategy(legs, found, at_once, _greeks(known, legs))


def _shares(underlying: Instrument, choice: Choice) -> Chosen | None:
    quote = quotes.latest_of(underlying)
    return None if quote is None else Chosen(choice, None, SHARES_A_CONTRACT, quote.bid, quote.ask)


def _contract(choice: Choice, *, clock: Clock) -> Chosen | None:
    made = OptionContract.objects.select_related("instrument", "underlying").filter(instrument__symbol=choice.symbol)
    row = made.first()
    if row is None:
        try:
            listed = find(choice.symbol, clock=clock)
        except UnknownSymbol:
            return None
        quote = listed.quote
        return Chosen(choice, listed.terms, SHARES_A_CONTRACT, quote.bid, quote.ask)
    newest = quotes.latest_of(row.instrument)
    if newest is None or row.settled_at is not None or expires_at(row.expires_on) <= clock.now():
        return None
    return Chosen(choice, row.terms, row.instrument.multiplier, newest.bid, newest.ask)


def _worth_then(known: Underlying, terms: Sequence[OptionTerms]) -> Worth:
    """What the legs that live longer are worth when the first of them expires, by the same surface as now."""
    first = min((one.expires_on for one in terms), default=None)

    def worth(option: OptionTerms, prices: Sequence[Decimal]) -> list[Decimal]:
        at = expires_at(first) if first else known.at
        least = Decimal("0.01")
        pairs = [(replace(known, last=max(price, least), at=at), term_for(option)) for price in prices]
        return [Decimal(f"{value:.4f}") for value in marking.worths(pairs).tolist()]

    return worth


def _greeks(known: Underlying, legs: Sequence[Chosen]) -> dict[str, Decimal]:
    """The sums over all legs, each for the shares that its contracts stand for; shares have a delta of one."""
    options = [leg for leg in legs if leg.terms]
    marks = marking.mark([(known, term_for(leg.terms)) for leg in options if leg.terms], with_greeks=True)
    totals = dict.fromkeys(GREEKS, ZERO)
    totals["delta"] = sum((leg.choice.signed * leg.multiplier for leg in legs if leg.terms is None), ZERO)
    for name in GREEKS:
        column = getattr(marks.greeks, name).tolist()
        for leg, figure in zip(options, column, strict=True):
            totals[name] += leg.choice.signed * leg.multiplier * Decimal(f"{figure:.6f}")
    return totals
