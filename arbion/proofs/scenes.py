"""The small world that proofs play in, and the scenes that are cut short there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from accounts.models import User
from arbion.domain.enums import OrderType, Side, Source, TimeInForce
from arbion.domain.reports import QuoteReport
from arbion.lib.clock import FrozenClock, SystemClock
from arbion.proofs.forks import Say
from brokers.models import BrokerAccount
from marketdata import quotes
from marketdata.models import Instrument
from riskdesk.models import RiskLimit
from trading.books.opening import ensure_simulated_account
from trading.execution.cancel import request_cancel
from trading.execution.engine import engine_step
from trading.execution.place import Placed, place_order
from trading.instruction import Instruction
from trading.models import Order

BEGINNING = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
PRICES = {"AAPL": Decimal(200), "MSFT": Decimal(400)}
EMAIL = "proof@arbion.localhost"
RESTING, OF_TODAY = "rests", "rests today"
DAY_SECONDS = 86_400


@dataclass
class Stage:
    """Who plays, and what the time is for everybody."""

    clock: FrozenClock
    user: User
    account: BrokerAccount

    def quote(self, factor: Decimal = Decimal(1), **prices: Decimal) -> None:
        """Give every instrument a price of this moment: the first one so many times, or another."""
        reports = []
        for symbol, price in {**PRICES, **prices}.items():
            last = (price * factor).quantize(Decimal("0.01"))
            reports.append(
                QuoteReport(
                    symbol=symbol,
                    bid=last - Decimal("0.01"),
                    ask=last + Decimal("0.01"),
                    last=last,
                    previous_close=price,
                    volume=Decimal(1_000_000),
                    at=self.clock.now(),
                    source="proof",
                )
            )
        quotes.record(reports, clock=self.clock)

    def instruction(self, side: Side, symbol: str, key: str, **given: Decimal | TimeInForce) -> Instruction:
        """What the player wants."""
        return Instruction(
            user=self.user,
            account=self.account,
            source=Source.API,
            client_key=key,
            symbol=symbol,
            side=side,
            order_type=OrderType.LIMIT if "limit_price" in given else OrderType.MARKET,
            **{"time_in_force": TimeInForce.GTC, **given},  # type: ignore[arg-type]
        )

    def place(self, side: Side, symbol: str, key: str, **given: Decimal | TimeInForce) -> Placed:
        """Let the player place an order."""
        return place_order(self.instruction(side, symbol, key, **given), clock=self.clock)


def stand_still(at: datetime) -> FrozenClock:
    """Make the machine's clock of this process one that only moves when it is moved."""
    clock = FrozenClock(at)
    setattr(SystemClock, "now", lambda self: clock.now())  # noqa: B010  a method is replaced, on purpose and whole
    return clock


def build() -> None:
    """The beginning of every scene: ten shares held, one order that rests, and one that rests for today."""
    clock = stand_still(BEGINNING)
    for symbol, price in PRICES.items():
        Instrument.objects.create(
            symbol=symbol, name=symbol, asset_class="equity", exchange="PROOF", base_price=price,
            price_increment=Decimal("0.01"), size_increment=Decimal("0.0001"),
        )  # fmt: skip
    RiskLimit.objects.create(name="orders_per_minute", value=Decimal(1000))
    user = User.objects.create_user(EMAIL)
    stage = Stage(clock, user, ensure_simulated_account(user, clock=clock))
    stage.quote()
    stage.place(Side.BUY, "AAPL", "held", quantity=Decimal(10))
    stage.place(Side.BUY, "MSFT", RESTING, quantity=Decimal(2), limit_price=Decimal(390))
    today = TimeInForce.DAY
    stage.place(Side.SELL, "AAPL", OF_TODAY, quantity=Decimal(1), limit_price=Decimal(230), time_in_force=today)


def enter(at: datetime) -> Stage:
    """The stage as it stands in the database, at this moment."""
    user = User.objects.get(email=EMAIL)
    return Stage(stand_still(at), user, BrokerAccount.objects.get(user=user))


def order_with(key: str) -> Order | None:
    """The order that a key made."""
    rows = Order.objects.select_related("account", "instrument", "intent")
    return rows.filter(intent__client_key=key).first()


@dataclass(frozen=True)
class Scene:
    """Something that happens. `prepare` is done before anything is counted; `key` is of the order that it is about.

    `wish` is what a client says again after the crash, where it is an order that is placed.
    """

    name: str
    key: str
    play: Callable[[Stage, Say], None]
    prepare: Callable[[Stage], None] = lambda stage: stage.quote()
    wish: Callable[[Stage], Instruction] | None = None


def _placing(name: str, side: Side, symbol: str, **given: Decimal | TimeInForce) -> Scene:
    def wish(stage: Stage) -> Instruction:
        return stage.instruction(side, symbol, name, **given)

    def play(stage: Stage, say: Say) -> None:
        placed = place_order(wish(stage), clock=stage.clock)
        say({"acknowledged": str(placed.order.pk)})

    return Scene(name, name, play, wish=wish)


def _cancel(stage: Stage, say: Say) -> None:
    order = order_with(RESTING)
    if order is not None:
        request_cancel(order, actor=stage.user, clock=stage.clock)
        say({"cancel_acknowledged": str(order.pk)})


def _price_falls(stage: Stage) -> None:
    stage.quote(MSFT=Decimal(385))


def _a_day_passes(stage: Stage) -> None:
    stage.clock.advance(seconds=DAY_SECONDS)
    stage.quote()


def _tick(stage: Stage, say: Say) -> None:
    engine_step(clock=stage.clock)


def _open(stage: Stage, say: Say) -> None:
    newcomer, _ = User.objects.get_or_create(email="newcomer@arbion.localhost")
    ensure_simulated_account(newcomer, clock=stage.clock)


SCENES: tuple[Scene, ...] = (
    _placing("market buy", Side.BUY, "AAPL", quantity=Decimal(3)),
    _placing("market sell", Side.SELL, "AAPL", quantity=Decimal(4)),
    _placing("limit that rests", Side.BUY, "MSFT", quantity=Decimal(1), limit_price=Decimal(350)),
    _placing("denied", Side.BUY, "AAPL", quantity=Decimal(490)),
    Scene("cancel", RESTING, _cancel),
    Scene("fill by a tick", RESTING, _tick, prepare=_price_falls),
    Scene("end of the day", OF_TODAY, _tick, prepare=_a_day_passes),
    Scene("opening", RESTING, _open),
)
