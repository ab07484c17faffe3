"""A small world for the tests of trading: two people, three instruments with prices, a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count

import pytest

from accounts.models import User
from arbion.domain.enums import OrderType, Side, Source, TimeInForce
from arbion.domain.reports import QuoteReport
from arbion.lib.clock import FrozenClock, SystemClock
from brokers.models import BrokerAccount
from marketdata import quotes
from marketdata.models import Instrument
from trading.books.opening import ensure_simulated_account
from trading.execution.place import Placed, place_order
from trading.instruction import Instruction

NOON = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


@dataclass
class World:
    """What a test of trading stands on; `say` makes an instruction, `place` places it."""

    clock: FrozenClock
    alice: User
    account: BrokerAccount
    keys: count[int] = field(default_factory=count)

    def quote(self, symbol: str, last: str, *, spread: str = "0.02", previous: str = "") -> None:
        """Give the instrument a price of this moment."""
        half, price = Decimal(spread) / 2, Decimal(last)
        report = QuoteReport(
            symbol=symbol,
            bid=price - half,
            ask=price + half,
            last=price,
            previous_close=Decimal(previous) if previous else price,
            volume=Decimal(1_000_000),
            at=self.clock.now(),
            source="test",
        )
        assert quotes.record([report], clock=self.clock) == []

    def until(self, moment: datetime) -> None:
        """Let time pass until this moment."""
        self.clock.advance(seconds=(moment - self.clock.now()).total_seconds())

    def say(self, side: str, symbol: str, **given: object) -> Instruction:
        """An instruction of Alice's; sizes and prices as text."""
        numbers = {
            name: Decimal(str(given[name]))
            for name in (
                "quantity", "notional", "percent_of_position", "percent_of_cash",
                "limit_price", "stop_price", "trail_amount", "trail_percent",
            )
            if name in given
        }  # fmt: skip
        more = {
            name: given[name]
            for name in (
                "expires_at",
                "extended_hours",
                "effect",
                "legs",
                "bracket",
                "lot_method",
                "chosen_lots",
                "when",
                "when_until",
            )
            if name in given
        }
        return Instruction(
            user=given.get("user", self.alice),
            account=given.get("account", self.account),
            source=Source.API,
            client_key=str(given.get("key", f"key-{next(self.keys)}")),
            symbol=symbol,
            side=Side(side),
            order_type=_type_of(given),
            time_in_force=TimeInForce(str(given.get("tif", "day"))),
            **numbers,
            **more,
        )

    def place(self, side: str, symbol: str, **given: object) -> Placed:
        """Place an order of Alice's and let it run to where it comes to rest."""
        return place_order(self.say(side, symbol, **given), clock=self.clock)


def _type_of(given: dict[str, object]) -> OrderType:
    """The order type that goes with the prices that are given."""
    if "trail_amount" in given or "trail_percent" in given:
        return OrderType.TRAILING_STOP
    if "stop_price" in given:
        return OrderType.STOP_LIMIT if "limit_price" in given else OrderType.STOP
    return OrderType.LIMIT if "limit_price" in given else OrderType.MARKET


def make_instrument(symbol: str, *, price: str, asset_class: str = "equity", size: str = "0.0001") -> Instrument:
    """A tradable instrument."""
    return Instrument.objects.create(
        symbol=symbol,
        name=symbol.title(),
        asset_class=asset_class,
        exchange="TEST",
        price_increment=Decimal("0.01"),
        size_increment=Decimal(size),
        base_price=Decimal(price),
    )


def make_world(clock: FrozenClock) -> World:
    """The small world, in whatever database the test runs on."""
    for symbol, price, kind in (("AAPL", "200", "equity"), ("MSFT", "400", "equity"), ("BTC-USD", "50000", "crypto")):
        make_instrument(symbol, price=price, asset_class=kind)
    alice = User.objects.create_user("alice@example.com")
    world = World(clock, alice, ensure_simulated_account(alice, clock=clock))
    for symbol, price in (("AAPL", "200"), ("MSFT", "400"), ("BTC-USD", "50000")):
        world.quote(symbol, price)
    return world


@pytest.fixture
def world(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> World:
    """The small world with real commits, as the road needs them; the machine's clock is the world's clock too."""
    clock = FrozenClock(NOON)
    monkeypatch.setattr(SystemClock, "now", lambda self: clock.now())
    return make_world(clock)


@pytest.fixture
def counted() -> Callable[..., dict[str, int]]:
    """How many rows each table of trading and of the exchange has: to show that nothing moved."""
    from django.apps import apps

    def count_rows() -> dict[str, int]:
        return {
            model._meta.label: model.objects.count()
            for label in ("trading", "brokers", "riskdesk")
            for model in apps.get_app_config(label).get_models()
        }

    return count_rows
