"""What an order claims while it is open: the cash it may take, the units it delivers, brings back or needs as cover."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from arbion.domain.enums import PositionEffect, Side
from arbion.domain.numbers import ZERO, gross
from arbion.domain.options import SHARES_A_CONTRACT
from arbion.domain.orders import OrderRequest
from brokers.margin import Holding, Requirement, requirement
from marketdata.models import Instrument
from trading.books.holds import Claim
from trading.execution.facts import NOTHING, Facts
from trading.execution.pricing import cushion_of, estimated_fees, package_price, price_at_worst
from trading.holdings import added, changed_by, needs_collateral
from trading.models import Hold, LedgerKind, Order


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitClaim:
    """So many units of one instrument that must be free; `free` is what is."""

    symbol: str
    needed: Decimal
    free: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """Everything that one order claims. `cash` is None where there is no price to reckon with.

    `uncovered` names what would be owed with nothing behind it; `adds_risk` says that the order leaves more security
    to be kept than before.
    """

    cash: Decimal | None
    units: tuple[UnitClaim, ...]
    uncovered: tuple[str, ...]
    adds_risk: bool

    def as_holds(self, currency: str, *, cash_most: Decimal | None = None) -> list[Claim]:
        """The same as claims of the ledger's columns; cash at most as much as is named."""
        cash = self.cash or ZERO
        if cash_most is not None:
            cash = min(cash, max(cash_most, ZERO))
        claims = [Claim(LedgerKind.UNITS, claim.symbol, claim.needed) for claim in self.units]
        return [*claims, Claim(LedgerKind.CASH, currency, cash)]


def claims_of(request: OrderRequest, *, facts: Facts) -> Claims:
    """The claims of a planned order on these facts."""
    pays, prices = _payment(request, facts)
    parts = [(part, prices.get(part.instrument.symbol, ZERO)) for part in parts_of(request, facts)]
    # What the order is about is reckoned at the same price before and after, so that only the order counts.
    priced = [changed_by(part.instrument, part.side, ZERO, price=price) for part, price in parts]
    changes = [changed_by(part.instrument, part.side, part.units, price=price) for part, price in parts]
    before = _requirement(added(facts.base, priced))
    after = _requirement(added(facts.base, changes))
    units = [*_closing(request, facts), *_covering(before, after, request, facts)]
    return Claims(
        cash=None if pays is None else max(pays + after.cash - before.cash, ZERO),
        units=tuple(units),
        uncovered=tuple(symbol for symbol in after.uncovered if symbol not in before.uncovered),
        adds_risk=_binds_more(before, after),
    )


def _binds_more(before: Requirement, after: Requirement) -> bool:
    covers_more = any(needed > before.units.get(symbol, ZERO) for symbol, needed in after.units.items())
    return after.cash > before.cash or covers_more or len(after.uncovered) > len(before.uncovered)


@dataclass(frozen=True, slots=True)
class Part:
    """One instrument of an order, with its side, its units and its effect."""

    instrument: Instrument
    side: Side
    units: Decimal
    effect: PositionEffect | None


def parts_of(request: OrderRequest, facts: Facts) -> list[Part]:
    """The order's parts: its legs, or itself alone."""
    if not request.legs:
        return [Part(facts.instrument, request.side, request.quantity, request.effect)]
    return [
        Part(instrument, leg.side, request.quantity * leg.ratio, leg.effect)
        for leg, instrument in zip(request.legs, facts.instruments, strict=True)
    ]


def _payment(request: OrderRequest, facts: Facts) -> tuple[Decimal | None, dict[str, Decimal]]:
    """What the order may take from the cash (below zero: brings), with fees, and the prices it was reckoned at."""
    cushion = cushion_of(facts)
    if request.legs:
        net = package_price(request, facts, cushion=cushion)
        prices = {symbol: quote.last for symbol, quote in facts.quotes.items()}
        if net is None:
            return None, prices
        return gross(request.quantity, net, SHARES_A_CONTRACT) + estimated_fees(request, price=net, facts=facts), prices
    price = price_at_worst(request.terms, request.side, facts.quote, cushion=cushion)
    if price is None:
        return None, {}
    value = gross(request.quantity, price, facts.instrument.multiplier)
    fee = estimated_fees(request, price=price, facts=facts)
    last = facts.quote.last if facts.quote else price
    return (value if request.side is Side.BUY else -value) + fee, {facts.instrument.symbol: max(price, last)}


def _closing(request: OrderRequest, facts: Facts) -> list[UnitClaim]:
    """The units that the closing parts of the order deliver or bring back."""
    return [
        UnitClaim(
            symbol=part.instrument.symbol, needed=part.units, free=_free_on(part.instrument.symbol, part.side, facts)
        )
        for part in parts_of(request, facts)
        if part.effect is PositionEffect.CLOSE
    ]


def _free_on(symbol: str, side: Side, facts: Facts) -> Decimal:
    """Units free to sell of what is held, or free to buy back of what is owed."""
    units = facts.units(symbol)
    is_there = units > ZERO if side is Side.SELL else units < ZERO
    return facts.units_free(symbol) if is_there else ZERO


def _covering(before: Requirement, after: Requirement, request: OrderRequest, facts: Facts) -> list[UnitClaim]:
    """The units that the order binds as cover for options it sells; what it buys itself is there in time."""
    bought = {part.instrument.symbol: part.units for part in parts_of(request, facts) if part.side is Side.BUY}
    claims = []
    for symbol, needed in sorted(after.units.items()):
        more = needed - before.units.get(symbol, ZERO) - bought.get(symbol, ZERO)
        if more > ZERO:
            claims.append(UnitClaim(symbol=symbol, needed=more, free=_free_on(symbol, Side.SELL, facts)))
    return claims


def _requirement(holdings: Sequence[Holding]) -> Requirement:
    return requirement(holdings) if needs_collateral(holdings) else NOTHING


def beyond(claims: list[Claim], sharing: Order | None) -> list[Claim]:
    """The claims less what the other order of the pair has claimed already."""
    if sharing is None:
        return claims
    shared = {
        (LedgerKind(hold.ledger_account.kind), hold.ledger_account.asset): hold.remaining
        for hold in Hold.objects.filter(order=sharing, remaining__gt=0).select_related("ledger_account")
    }
    return [
        Claim(one.kind, one.asset, max(one.amount - shared.get((one.kind, one.asset), ZERO), ZERO)) for one in claims
    ]
