"""The small world of trading with what its books are told: fills and activities, straight from the venue's mouth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from itertools import count
from unittest.mock import patch

import pytest

from arbion.domain.enums import ActivityKind, OrderStatus, PositionEffect, Side
from arbion.domain.numbers import ZERO
from arbion.domain.options import read_symbol
from arbion.domain.reports import ActivityReport, AssetChange, FillReport
from marketdata.models import Instrument, OptionContract
from tests.trading.conftest import World, counted, make_instrument, world
from trading.books.check import verify_books
from trading.execution import dispatch
from trading.execution.activities import absorb_activities
from trading.execution.apply import absorb
from trading.models import LedgerAccount, Lot, LotClosure, Order, Position

__all__ = ["counted", "world"]

CALL, PUT = "AAPL261218C00200000", "AAPL261218P00200000"


@dataclass
class Teller:
    """Says what a venue would say of the world's account, and reads what the books made of it."""

    world: World
    numbers: count[int] = field(default_factory=lambda: count(1))

    def fill(
        self,
        side: str,
        symbol: str,
        quantity: object,
        price: object,
        *,
        fee: object = 0,
        later: int = 0,
        **given: object,
    ) -> Order:
        """An order that was recorded and one execution of it, of any side and size: no rule of the desk stands here."""
        with patch.object(dispatch, "_claim", return_value=None):
            order = Order.objects.get(pk=self.world.place("buy", "AAPL", quantity="0.01", limit_price="1").order.pk)
        instrument = Instrument.objects.get(symbol=symbol)
        Order.objects.filter(pk=order.pk).update(
            instrument=instrument,
            side=side,
            quantity=Decimal(str(quantity)),
            order_type="market",
            limit_price=None,
            **{"effect": PositionEffect.OPEN, **given},
        )
        self.tell_fill(order, side, symbol, quantity, price, fee=fee, later=later)
        return Order.objects.get(pk=order.pk)

    def tell_fill(
        self,
        order: Order,
        side: str,
        symbol: str,
        quantity: object,
        price: object,
        *,
        fee: object = 0,
        later: int = 0,
        leg: int = 0,
    ) -> None:
        """One execution of an order, told to the house."""
        number = next(self.numbers)
        report = FillReport(
            client_order_id=str(order.pk),
            venue_order_id=f"v-{order.pk}",
            venue_fill_id=f"f-{number}",
            symbol=symbol,
            side=Side(side),
            quantity=Decimal(str(quantity)),
            price=Decimal(str(price)),
            fee=Decimal(str(fee)),
            filled_at=self.world.clock.now() + timedelta(seconds=later),
            cursor=number,
            leg=leg,
        )
        absorb(self.world.account.pk, fills=[report], clock=self.world.clock)

    def activity(self, kind: str, changes: dict[str, object], *, later: int = 0, **given: object) -> ActivityReport:
        """Something that happened, as the venue reports it."""
        number = next(self.numbers)
        return ActivityReport(
            activity_id=f"a-{number}",
            kind=ActivityKind(kind),
            cursor=number,
            changes=tuple(AssetChange(asset=asset, amount=Decimal(str(amount))) for asset, amount in changes.items()),
            happened_at=self.world.clock.now() + timedelta(seconds=later),
            **given,
        )

    def happen(self, kind: str, changes: dict[str, object], **given: object) -> ActivityReport:
        """The same, told to the house."""
        report = self.activity(kind, changes, **given)
        absorb_activities(self.world.account.pk, [report], clock=self.world.clock)
        return report

    def position(self, symbol: str) -> tuple[Decimal, Decimal, Decimal]:
        """Units, cost and realised profit."""
        row = Position.objects.get(account=self.world.account, instrument__symbol=symbol)
        return row.quantity, row.cost, row.realized

    def lots(self, symbol: str) -> list[tuple[Decimal, Decimal]]:
        """Units and cost of the open lots, oldest first."""
        rows = Lot.objects.filter(account=self.world.account, instrument__symbol=symbol).exclude(remaining_quantity=0)
        return [(row.remaining_quantity, row.remaining_cost) for row in rows]

    def closures(self, symbol: str) -> list[tuple[Decimal, Decimal, Decimal]]:
        """Units, cost and proceeds of what was closed, in order."""
        rows = LotClosure.objects.filter(lot__account=self.world.account, lot__instrument__symbol=symbol).order_by("id")
        return [(row.quantity, row.cost, row.proceeds) for row in rows]

    def balance(self, kind: str, asset: str = "USD") -> Decimal:
        """What a column of the ledger says."""
        row = LedgerAccount.objects.filter(account=self.world.account, kind=kind, asset=asset).first()
        return row.balance if row else ZERO

    def faults(self) -> set[str]:
        """The rules that the books break."""
        return {fault.rule for fault in verify_books(self.world.account)}


@pytest.fixture
def teller(world: World) -> Teller:
    for symbol in (CALL, PUT):
        option = make_instrument(symbol, price="5", asset_class="option", size="1")
        Instrument.objects.filter(pk=option.pk).update(multiplier=100)
        terms = read_symbol(symbol)
        OptionContract.objects.create(
            instrument=option,
            underlying=Instrument.objects.get(symbol="AAPL"),
            right=terms.right,
            strike=terms.strike,
            expires_on=terms.expires_on,
        )
        world.quote(symbol, "5")
    return Teller(world)


@pytest.fixture
def everything(world: World) -> Callable[[], dict[str, object]]:
    """All that the books of the account say: to show that nothing moved."""

    def read() -> dict[str, object]:
        columns = LedgerAccount.objects.order_by("pk").values_list("kind", "asset", "balance", "held")
        lots = Lot.objects.order_by("pk").values_list("remaining_quantity", "remaining_cost")
        positions = Position.objects.order_by("pk").values_list("quantity", "cost", "realized")
        closed = Order.objects.filter(status=OrderStatus.FILLED).count()
        return {"columns": list(columns), "lots": list(lots), "positions": list(positions), "filled": closed}

    return read
