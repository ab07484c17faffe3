"""Everybody whose orders rest at the exchange while it is measured: written straight into its own tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from arbion.benchmarks import world
from arbion.domain.enums import OrderStatus, OrderType, PositionEffect, Side, TimeInForce
from arbion.lib.clock import SYSTEM
from arbion.lib.ids import new_id
from brokers.models import VenueCash, VenueHolding, VenueOrder
from brokers.simulator.custody import RESTING
from marketdata.models import Instrument

PRICE = world.PRICE
TURNS = 3
CASH, UNITS = Decimal(100_000_000), Decimal(1_000_000)
# How far a price falls in each turn; the orders of a turn wait a little above where it falls to.
FALL, LITTLE = Decimal(1), Decimal("0.5")
_BATCH = 500
# Of ten orders: six limits that buy, two that sell, a stop and a trailing stop.
_MIX = "bbbbbbssxt"
_FAR = Decimal(10)


@dataclass
class Crowd:
    """The accounts, their instruments, and how many orders were made so far."""

    instruments: Sequence[Instrument]
    references: Sequence[str]
    made: int = 0
    near: list[Instrument] = field(default_factory=list)
    risen: int = 0

    def fill_up(self, count: int, *, ripe: int) -> None:
        """Let so many orders rest, of which `ripe` wait just below the price for each turn, one an instrument.

        The prices stand where no order is ripe.
        """
        world.quote_all(self.instruments)
        self.near = list(self.instruments[:ripe])
        missing = count - VenueOrder.objects.filter(status__in=RESTING).count()
        at = SYSTEM.now() - timedelta(hours=1)
        orders = [
            self._near(number % ripe, turn=number // ripe, at=at)
            if number < ripe * TURNS
            else self._far(self.made + number, at=at)
            for number in range(missing)
        ]
        self.made += missing
        VenueHolding.objects.bulk_create(
            [VenueHolding(reference=name, symbol=symbol, quantity=UNITS) for name, symbol in _sold(orders)],
            batch_size=_BATCH,
            ignore_conflicts=True,
        )
        VenueOrder.objects.bulk_create(orders, batch_size=_BATCH)

    def fall(self, turn: int) -> None:
        """The tick of this turn: its orders become ripe, and no others."""
        world.quote_all(self.near, price=PRICE - FALL * (turn + 1))

    def rise(self) -> None:
        """A tick after which every trailing stop of these instruments follows and nothing else happens."""
        self.risen += 1
        world.quote_all(self.near, price=PRICE + FALL * self.risen)

    def _near(self, place: int, *, turn: int, at: datetime) -> VenueOrder:
        price = PRICE - FALL * (turn + 1) + LITTLE
        kind = "bxt"[place % 3]
        return self._order(kind, place, self.near[place], price=price, at=at)

    def _far(self, number: int, *, at: datetime) -> VenueOrder:
        kind = _MIX[number % len(_MIX)]
        away = _FAR + Decimal(number % 500) / 100
        instrument = self.instruments[number // len(_MIX) % len(self.instruments)]
        return self._order(kind, number, instrument, price=PRICE + away if kind == "s" else PRICE - away, at=at)

    def _order(self, kind: str, number: int, instrument: Instrument, *, price: Decimal, at: datetime) -> VenueOrder:
        side = Side.BUY if kind == "b" else Side.SELL
        prices: dict[str, Any] = {"order_type": OrderType.LIMIT, "limit_price": price}
        if kind == "x":
            prices = {"order_type": OrderType.STOP, "stop_price": price}
        elif kind == "t":
            trail = {"trail_amount": PRICE - price, "extreme_price": PRICE}
            prices = {"order_type": OrderType.TRAILING_STOP, "stop_price": price, **trail}
        name = str(new_id())
        return VenueOrder(
            reference=self.references[(number + number // len(_MIX)) % len(self.references)],
            client_order_id=name,
            venue_order_id=name,
            symbol=instrument.symbol,
            side=side,
            time_in_force=TimeInForce.GTC,
            quantity=Decimal(1),
            effect=PositionEffect.OPEN if side is Side.BUY else PositionEffect.CLOSE,
            status=OrderStatus.ACCEPTED,
            priority_at=at,
            created_at=at,
            updated_at=at,
            **prices,
        )


def gather(instruments: Sequence[Instrument], *, accounts: int) -> Crowd:
    """This many accounts at the exchange, rich enough for everything, without any order yet."""
    references = [f"crowd-{number:05d}" for number in range(accounts)]
    VenueCash.objects.bulk_create(
        [VenueCash(reference=name, currency="USD", amount=CASH) for name in references], batch_size=_BATCH
    )
    return Crowd(instruments=instruments, references=references)


def _sold(orders: Sequence[VenueOrder]) -> set[tuple[str, str]]:
    return {(order.reference, order.symbol) for order in orders if order.side == Side.SELL}
