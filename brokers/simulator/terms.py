"""The terms an order is carried out on, as data: what it costs, what stands behind a quote, how long it travels."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from arbion.domain.enums import AssetClass, FillModel
from arbion.domain.reports import QuoteReport
from brokers import fees
from brokers.fees import FeeSchedule, schedule_for
from brokers.simulator.depth import Depth, Shape, ShareOfVolume, unlimited
from brokers.simulator.matching import Ladder

AT_ONCE = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """A fee schedule and a fill model; every part is pure, for it is asked before the account's lock and under it.

    `depth` is the units for sale to a buyer, or wanted from a seller, at each of the `levels` prices of a quote. Where
    it `is_shared`, what one account takes of a quote is missing to all others. An order reaches the book after
    `latency` and up to `jitter` more. `cushion` is the part of its price by which an order without a limit is reckoned
    dearer while it waits.
    """

    name: str
    fees: FeeSchedule
    depth: Depth = unlimited
    is_shared: bool = False
    spread: Decimal = Decimal(1)
    levels: int = 1
    step: Decimal = Decimal("0.5")
    latency: timedelta = AT_ONCE
    jitter: timedelta = AT_ONCE
    cushion: Decimal = Decimal("0.01")

    def ladder(self, quote: QuoteReport, *, price_increment: Decimal, size_increment: Decimal) -> Ladder:
        """The market as these terms show the quote."""
        shape = Shape(depth=self.depth, spread=self.spread, levels=self.levels, step=self.step)
        return shape.ladder(quote, price_increment=price_increment, size_increment=size_increment)

    def delay(self, client_order_id: str) -> timedelta:
        """How long this order travels; the same for the same id."""
        if not self.jitter:
            return self.latency
        chance = int.from_bytes(hashlib.sha256(client_order_id.encode()).digest()[:4]) / 2**32
        return self.latency + self.jitter * chance


IDEAL = Terms(name="ideal", fees=fees.IDEAL)
MODELS: dict[FillModel, Terms] = {
    FillModel.IDEAL: IDEAL,
    FillModel.REALISTIC: Terms(
        name="realistic",
        fees=fees.IDEAL,
        depth=ShareOfVolume(part=Decimal("0.02"), value_least=Decimal(10_000)),
        is_shared=True,
        levels=5,
        latency=timedelta(milliseconds=50),
        jitter=timedelta(milliseconds=150),
        cushion=Decimal("0.02"),
    ),
    FillModel.HARSH: Terms(
        name="harsh",
        fees=fees.IDEAL,
        depth=ShareOfVolume(part=Decimal("0.005"), value_least=Decimal(2_500)),
        is_shared=True,
        spread=Decimal(2),
        levels=3,
        step=Decimal(1),
        latency=timedelta(milliseconds=250),
        jitter=timedelta(milliseconds=1750),
        cushion=Decimal("0.05"),
    ),
}


def terms_for(model: FillModel, asset_class: AssetClass) -> Terms:
    """The terms of an account of this model for this kind of instrument."""
    return replace(MODELS[model], fees=schedule_for(model, asset_class))
