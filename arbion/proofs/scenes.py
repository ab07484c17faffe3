"""The small world that proofs play in, and the scenes that are cut short there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from accounts.models import User
from arbion.domain.enums import OrderType, Side, Source, TimeInForce
from arbion.domain.reports import QuoteReport
from arbion.lib.clock import FrozenClock, SystemClock
from arbion.proofs.forks import Say
from brokers.models import BrokerAccount
from marketdata import hours, quotes
from marketdata.corporate import schedule_split
from marketdata.models import Instrument
from riskdesk.models import RiskLimit
from trading.books.opening import ensure_simulated_account
from trading.execution.cancel import request_cancel
from trading.execution.cash import deposit, withdraw
from trading.execution.engine import engine_step
from trading.execution.place import Placed, place_order
from trading.execution.replace import request_replace
from trading.instruction import Bracket, Instruction
from trading.models import Order, WatchMark

BEGINNING = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
PRICES = {"AAPL": Decimal(200), "MSFT": Decimal(400)}
EMAIL = "proof@arbion.localhost"
RESTING, OF_TODAY, STOPS = "rests", "rests today", "stops"
BRACKETED, EXITS = "entry of a bracket", "bracket that works"
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
        somebody_watches(self.clock.now())

    def instruction(self, side: Side, symbol: str, key: str, **given: Any) -> Instruction:
        """What the player wants."""
        return Instruction(
            user=self.user,
            account=self.account,
            source=Source.API,
            client_key=key,
            symbol=symbol,
            side=side,
            **{"order_type": _type_of(given), "time_in_force": TimeInForce.GTC, **given},
        )

    def place(self, side: Side, symbol: str, key: str, **given: Any) -> Placed:
        """Let the player place an order."""
        return place_order(self.instruction(side, symbol, key, **given), clock=self.clock)


def _type_of(given: dict[str, Any]) -> OrderType:
    if "stop_price" in given:
        return OrderType.STOP
    return OrderType.LIMIT if "limit_price" in given else OrderType.MARKET


def somebody_watches(at: datetime) -> None:
    """Leave the mark of a look at the stops, as the monitor does: without one nothing is opened."""
    WatchMark.objects.update_or_create(pk=1, defaults={"at": at})


def stand_still(at: datetime) -> FrozenClock:
    """Make the machine's clock of this process one that only moves when it is moved."""
    clock = FrozenClock(at)
    setattr(SystemClock, "now", lambda self: clock.now())  # noqa: B010  a method is replaced, on purpose and whole
    return clock


def build_empty() -> Stage:
    """Two shares with a price, and an account with nothing but its opening cash."""
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
    return stage


def build() -> None:
    """The beginning of every scene: ten shares held, orders that rest, one for today, a stop, and two brackets."""
    stage = build_empty()
    stage.place(Side.BUY, "AAPL", "held", quantity=Decimal(10))
    stage.place(Side.BUY, "MSFT", RESTING, quantity=Decimal(2), limit_price=Decimal(390))
    today = TimeInForce.DAY
    stage.place(Side.SELL, "AAPL", OF_TODAY, quantity=Decimal(1), limit_price=Decimal(230), time_in_force=today)
    stage.place(Side.SELL, "AAPL", STOPS, quantity=Decimal(2), stop_price=Decimal(180))
    exits = Bracket(stop_loss_price=Decimal(370), take_profit_price=Decimal(450))
    stage.place(Side.BUY, "MSFT", BRACKETED, quantity=Decimal(1), limit_price=Decimal(389), bracket=exits)
    stage.place(Side.BUY, "MSFT", EXITS, quantity=Decimal(1), bracket=exits)


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


def _placing(name: str, side: Side, symbol: str, **given: Any) -> Scene:
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


def _replace(stage: Stage, say: Say) -> None:
    order = order_with(RESTING)
    if order is not None:
        request_replace(order, actor=stage.user, quantity=Decimal(3), limit_price=Decimal(391), clock=stage.clock)


def _pay_in(stage: Stage, say: Say) -> None:
    deposit(stage.account, user=stage.user, amount=Decimal(250), client_key="pay in", clock=stage.clock)


def _pay_out(stage: Stage, say: Say) -> None:
    withdraw(stage.account, user=stage.user, amount=Decimal(250), client_key="pay out", clock=stage.clock)


def _price_falls(stage: Stage) -> None:
    stage.quote(MSFT=Decimal(385))


def _price_falls_through_the_stop(stage: Stage) -> None:
    stage.quote(AAPL=Decimal(175))


def _price_falls_through_the_exit(stage: Stage) -> None:
    stage.quote(MSFT=Decimal(365))


def _a_split_is_due(stage: Stage) -> None:
    tomorrow = hours.local_date(stage.clock.now()) + timedelta(days=1)
    schedule_split(Instrument.objects.get(symbol="AAPL"), new_units=3, old_units=2, ex_date=tomorrow, clock=stage.clock)
    _a_day_passes(stage)


def _a_day_passes(stage: Stage) -> None:
    stage.clock.advance(seconds=DAY_SECONDS)
    stage.quote()


def _tick(stage: Stage, say: Say) -> None:
    engine_step(clock=stage.clock)


def _open(stage: Stage, say: Say) -> None:
    newcomer, _ = User.objects.get_or_create(email="newcomer@arbion.localhost")
    ensure_simulated_account(newcomer, clock=stage.clock)


NEAR = Bracket(stop_loss_percent=Decimal(5), take_profit_percent=Decimal(5))
SCENES: tuple[Scene, ...] = (
    _placing("market buy", Side.BUY, "AAPL", quantity=Decimal(3)),
    _placing("market sell", Side.SELL, "AAPL", quantity=Decimal(4)),
    _placing("limit that rests", Side.BUY, "MSFT", quantity=Decimal(1), limit_price=Decimal(350)),
    _placing("denied", Side.BUY, "AAPL", quantity=Decimal(490)),
    _placing("bracket", Side.BUY, "AAPL", quantity=Decimal(2), bracket=NEAR),
    Scene("cancel", RESTING, _cancel),
    Scene("change", RESTING, _replace),
    Scene("stop by a tick", STOPS, _tick, prepare=_price_falls_through_the_stop),
    Scene("entry of a bracket by a tick", BRACKETED, _tick, prepare=_price_falls),
    Scene("exit of a bracket by a tick", EXITS, _tick, prepare=_price_falls_through_the_exit),
    Scene("split", OF_TODAY, _tick, prepare=_a_split_is_due),
    Scene("deposit", RESTING, _pay_in),
    Scene("withdrawal", RESTING, _pay_out),
    Scene("fill by a tick", RESTING, _tick, prepare=_price_falls),
    Scene("end of the day", OF_TODAY, _tick, prepare=_a_day_passes),
    Scene("opening", RESTING, _open),
)
# These begin a day after the others.
A_DAY_LATER = frozenset({_a_day_passes, _a_split_is_due})
