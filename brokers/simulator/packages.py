"""How an order of several legs meets the market: all legs together or none, within one net price. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from arbion.domain.enums import IMMEDIATE, OrderStatus, Side, TimeInForce
from arbion.domain.numbers import EXACT, ONE, ZERO
from arbion.domain.options import SHARES_A_CONTRACT
from brokers.simulator.judging import NOT_AT_ONCE, NOT_WHOLE, NOTHING, Moment, Verdict
from brokers.simulator.matching import Execution, Ladder, WorkingOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class LegMarket:
    """One leg of a package and the market it meets; `ratio` units go into each package."""

    side: Side
    ratio: Decimal
    moment: Moment
    multiplier: Decimal = ONE


def net_price(prices: Sequence[Decimal], legs: Sequence[LegMarket]) -> Decimal:
    """What one package costs at these prices, per share of a contract: positive is paid, negative is received."""
    net = ZERO
    for price, leg in zip(prices, legs, strict=True):
        value = EXACT.multiply(EXACT.multiply(price, leg.multiplier), leg.ratio)
        net += value if leg.side is Side.BUY else -value
    return EXACT.divide(net, SHARES_A_CONTRACT)


def judge_package(order: WorkingOrder, legs: Sequence[LegMarket]) -> Verdict:
    """What becomes of a package now. `leaves_quantity` counts packages; `Verdict.legs` has executions a leg."""
    now = legs[0].moment.now
    if order.expires_at is not None and order.expires_at <= now:
        return Verdict(ends=OrderStatus.EXPIRED)
    ladders = [leg.moment.meets(order) for leg in legs]
    if any(ladder is None for ladder in ladders):
        never_waits = order.time_in_force in IMMEDIATE and order.eligible_at is None
        return _unfilled(order) if never_waits else NOTHING
    executions, filled = match_package(order, legs, [ladder for ladder in ladders if ladder is not None])
    if order.time_in_force is TimeInForce.FOK and filled < order.leaves_quantity:
        return _unfilled(order)
    if order.time_in_force is TimeInForce.IOC and filled < order.leaves_quantity:
        return Verdict(legs=executions if filled else (), ends=OrderStatus.CANCELED, refusal=NOT_AT_ONCE)
    return Verdict(legs=executions) if filled else NOTHING


def match_package(
    order: WorkingOrder, legs: Sequence[LegMarket], ladders: Sequence[Ladder]
) -> tuple[tuple[tuple[Execution, ...], ...], Decimal]:
    """The executions of each leg, best first, and the whole packages they make; buys at the ask, sales at the bid.

    Packages are filled at the best prices of all legs until one of them has too little left for another package; then
    that leg goes on to its next price, as long as the net price is within the limit.
    """
    walks = [_Walk(leg, ladder) for leg, ladder in zip(legs, ladders, strict=True)]
    wanted = order.leaves_quantity
    while wanted > ZERO and all(walk.settle() for walk in walks):
        net = net_price([walk.price for walk in walks], legs)
        if order.limit_price is not None and net > order.limit_price:
            break
        packages = min([wanted, *(count for walk in walks if (count := walk.packages) is not None)])
        for walk in walks:
            walk.take(packages)
        wanted -= packages
    return tuple(tuple(walk.executions) for walk in walks), order.leaves_quantity - wanted


class _Walk:
    """One leg on its way from price to price."""

    def __init__(self, leg: LegMarket, ladder: Ladder) -> None:
        self._ratio = leg.ratio
        self._levels = list(ladder.facing(leg.side))
        self._left = self._levels[0].size if self._levels else ZERO
        self.executions: list[Execution] = []

    @property
    def price(self) -> Decimal:
        return self._levels[0].price

    @property
    def packages(self) -> Decimal | None:
        """Whole packages that the present price has units for; None is as many as anybody asks for."""
        return None if self._left is None else self._left // self._ratio

    def settle(self) -> bool:
        """Go on to the first price with enough for one package; False where there is none."""
        while self._levels and self.packages == ZERO:
            self._levels.pop(0)
            self._left = self._levels[0].size if self._levels else ZERO
        return bool(self._levels)

    def take(self, packages: Decimal) -> None:
        units = packages * self._ratio
        self.executions.append(Execution(quantity=units, price=self.price))
        if self._left is not None:
            self._left -= units
        if len(self.executions) > 1 and self.executions[-2].price == self.price:
            second, first = self.executions.pop(), self.executions.pop()
            self.executions.append(Execution(quantity=first.quantity + second.quantity, price=first.price))


def _unfilled(order: WorkingOrder) -> Verdict:
    refusal = NOT_WHOLE if order.time_in_force is TimeInForce.FOK else NOT_AT_ONCE
    return Verdict(ends=OrderStatus.CANCELED, refusal=refusal)
