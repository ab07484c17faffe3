"""What may happen to one account: fills both ways, dividends, splits, cash and options, and the venue's own sums."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from unittest.mock import patch

from hypothesis import strategies as st

from arbion.domain.enums import ActivityKind, LotMethod, PositionEffect, Side
from arbion.domain.numbers import EXACT, ONE, ZERO, gross, money, round_down
from arbion.domain.reports import ActivityReport, AssetChange, FillReport
from marketdata.models import Instrument
from tests.trading.conftest import World
from trading.execution import dispatch
from trading.models import Order

CALL, PUT = "AAPL261218C00200000", "AAPL261218P00200000"
STRIKE = Decimal(200)
WHOLE = Decimal("0.0001")
RATIOS = ("2", "3", "1.5", "0.5", "0.3333333333", "0.1")


@dataclass(frozen=True)
class Event:
    """One thing that happens; which fields count depends on the kind."""

    kind: str
    symbol: str = "AAPL"
    side: str = "buy"
    quantity: Decimal = ONE
    price: Decimal = ONE
    fee: Decimal = ZERO
    method: str = LotMethod.FIFO


_methods = st.sampled_from([LotMethod.FIFO, LotMethod.LIFO, LotMethod.HIFO])
_prices = st.decimals(min_value=100, max_value=250, places=2)
_fees = st.decimals(min_value=0, max_value=3, places=4)
_shares = st.builds(
    Event,
    kind=st.just("fill"),
    symbol=st.sampled_from(["AAPL", "MSFT"]),
    side=st.sampled_from(["buy", "sell"]),
    quantity=st.decimals(min_value="0.0001", max_value=9, places=4) | st.integers(1, 9).map(Decimal),
    price=_prices,
    fee=_fees,
    method=_methods,
)
_options = st.builds(
    Event,
    kind=st.just("fill"),
    symbol=st.sampled_from([CALL, PUT]),
    side=st.sampled_from(["buy", "sell"]),
    quantity=st.integers(1, 2).map(Decimal),
    price=st.decimals(min_value="0.01", max_value=20, places=2),
    fee=_fees,
    method=_methods,
)
_dividends = st.builds(
    Event,
    kind=st.just("dividend"),
    symbol=st.sampled_from(["AAPL", "MSFT"]),
    price=st.decimals(min_value="0.0001", max_value=3, places=4),
)
_splits = st.builds(
    Event,
    kind=st.just("split"),
    symbol=st.sampled_from(["AAPL", "MSFT"]),
    quantity=st.sampled_from(RATIOS).map(Decimal),
)
_cash = st.builds(
    Event,
    kind=st.sampled_from(["deposit", "withdrawal"]),
    quantity=st.decimals(min_value="0.01", max_value=500, places=2),
)
_ends = st.builds(
    Event,
    kind=st.sampled_from(["delivery", "cash", "worthless"]),
    symbol=st.sampled_from([CALL, PUT]),
    price=st.decimals(min_value=0, max_value=30, places=2),
)
stories = st.lists(
    st.one_of(_shares, _shares, _shares, _options, _dividends, _splits, _cash, _ends), min_size=3, max_size=12
)


@dataclass
class VenueOfTales:
    """A venue that keeps its own sums and says what happened, each event a second after the one before it."""

    world: World
    units: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    cash: Decimal = Decimal(100_000)
    cursor: int = 0

    def happen(self, event: Event) -> FillReport | ActivityReport | None:
        """Let one event happen; None where it cannot (no units to pay on, no option to end)."""
        self.cursor += 1
        if event.kind == "fill":
            return self._fill(event)
        changes = self._changes(event)
        if not any(changes.values()):
            return None
        for asset, amount in changes.items():
            if asset == "USD":
                self.cash += amount
            else:
                self.units[asset] += amount
        return ActivityReport(
            activity_id=f"happened-{self.cursor}",
            kind=self._kind(event, changes),
            changes=tuple(AssetChange(asset=asset, amount=amount) for asset, amount in changes.items() if amount),
            happened_at=self._now(),
            cursor=self.cursor,
            symbol="" if event.kind in {"deposit", "withdrawal"} else event.symbol,
            ratio=event.quantity if event.kind == "split" else ONE,
        )

    def _now(self) -> datetime:
        return self.world.clock.now() + timedelta(seconds=self.cursor)

    def _fill(self, event: Event) -> FillReport:
        instrument = Instrument.objects.get(symbol=event.symbol)
        with patch.object(dispatch, "_claim", return_value=None):
            # In an instrument of no story: the gate would see the orders that nobody has been told of yet as opposing.
            order = self.world.place("buy", "BTC-USD", quantity="0.0001", limit_price="40000").order
        Order.objects.filter(pk=order.pk).update(
            instrument=instrument,
            side=event.side,
            quantity=event.quantity,
            effect=PositionEffect.OPEN,
            lot_method=event.method,
        )
        sign = 1 if event.side == "buy" else -1
        self.units[event.symbol] += sign * event.quantity
        self.cash -= sign * gross(event.quantity, event.price, instrument.multiplier) + event.fee
        return FillReport(
            client_order_id=str(order.pk),
            venue_order_id=f"there-{order.pk}",
            venue_fill_id=f"fill-{self.cursor}",
            symbol=event.symbol,
            side=Side(event.side),
            quantity=event.quantity,
            price=event.price,
            fee=event.fee,
            filled_at=self._now(),
            cursor=self.cursor,
        )

    def _changes(self, event: Event) -> dict[str, Decimal]:
        held = self.units[event.symbol]
        if event.kind in {"deposit", "withdrawal"}:
            return {"USD": event.quantity if event.kind == "deposit" else -event.quantity}
        if event.kind == "dividend":
            return {"USD": money(EXACT.multiply(held, event.price))}
        if event.kind == "split":
            exact = money(EXACT.multiply(held, event.quantity))
            whole = round_down(abs(exact), WHOLE) * (1 if held > ZERO else -1)
            # What is owed is rounded in the owner's disfavour the same way: its fraction is paid for.
            return {event.symbol: whole - held, "USD": gross(exact - whole, Decimal(150))}
        if event.kind == "worthless":
            return {event.symbol: -held}
        if event.kind == "cash":
            return {event.symbol: -held, "USD": gross(held, event.price, Decimal(100))}
        takes = 1 if event.symbol == CALL else -1
        shares = held * 100 * takes
        return {event.symbol: -held, "AAPL": shares, "USD": -gross(shares, STRIKE)}

    def _kind(self, event: Event, changes: dict[str, Decimal]) -> ActivityKind:
        if event.kind in {"delivery", "cash"}:
            return ActivityKind.EXERCISE if changes[event.symbol] < ZERO else ActivityKind.ASSIGNMENT
        return ActivityKind.EXPIRY if event.kind == "worthless" else ActivityKind(event.kind)
