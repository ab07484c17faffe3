"""The stops proof: every valid breach has its exit order within two seconds of the market, and no wild tick has one.

Scenes run side by side, a second a tick: each is one position with one stop and a price path made of calm, gaps, wild
ticks, halts and silences. What must happen is reckoned here from the true path alone, with code of its own.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.management import call_command

from accounts.models import User
from arbion.domain.enums import OrderStatus, OrderType, Side, Source, TimeInForce
from arbion.domain.reports import QuoteReport
from arbion.lib.clock import FrozenClock
from arbion.proofs import databases, scenes
from brokers.models import BrokerAccount, VenueCash
from marketdata import quotes
from marketdata.instruments import set_halted
from marketdata.models import Instrument
from riskdesk.models import RiskLimit
from riskdesk.stops import StopKind
from trading.books.check import verify_books
from trading.books.opening import ensure_simulated_account
from trading.execution.engine import Memory, engine_step
from trading.execution.place import place_order
from trading.execution.protection.attach import attach
from trading.execution.protection.watch import Watch
from trading.instruction import Instruction
from trading.models import Order, Stop, StopStatus

SIDE_BY_SIDE = 40
TICKS = 60
CALM_TICKS = 5
UNITS = Decimal(10)
WITHIN = timedelta(seconds=2)
RETRIED_WITHIN = timedelta(seconds=6)  # an exit that a venue refused is asked for again every five
HALF = Decimal("0.01")
CENT = Decimal("0.01")
SILENT_TICKS = 18
KINDS = tuple(StopKind)


@dataclass
class Report:
    """What the scenes came to."""

    database: str
    seed: int
    scenes: int = 0
    breaches: int = 0
    exits: int = 0
    retried: int = 0
    slowest_seconds: float = 0.0
    happenings: dict[str, int] = field(default_factory=dict)
    wrong: int = 0
    details: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def is_clean(self) -> bool:
        """Whether something was breached, and everything was as it must be."""
        return self.breaches > 0 and self.wrong == 0

    def as_json(self) -> dict[str, Any]:
        """The report with its verdict."""
        return {**asdict(self), "verdict": "clean" if self.is_clean else "not clean"}

    def words(self) -> str:
        """The same for a person."""
        met = ", ".join(f"{name} {count}" for name, count in sorted(self.happenings.items()))
        lines = [
            f"{self.database}, seed {self.seed}: {self.scenes} scenes with {met}; {self.seconds} s.",
            f"{self.breaches} valid breaches, {self.exits} exit orders, the slowest after {self.slowest_seconds:g} s.",
            f"{self.retried} of the orders are second tries: a venue without a price had refused the first.",
            *self.details[:20],
            "Verdict: clean." if self.is_clean else "Verdict: NOT CLEAN.",
        ]
        return "\n".join(lines)


@dataclass
class Scene:
    """One position, its stop, and what its price does; `true` is the price without the wild ticks."""

    name: str
    chance: random.Random
    is_long: bool
    kind: StopKind
    instrument: Instrument
    account: BrokerAccount
    stop: Stop | None = None
    true: Decimal = Decimal(100)
    best: Decimal = Decimal(100)
    entry: Decimal = Decimal(100)
    level: Decimal | None = None
    halted_until: int = -1
    silent_until: int = -1
    quiet_until: int = 3
    breached_at: datetime | None = None
    priced_at: datetime | None = None  # the first price at or after the breach
    was_alarmed: bool = False
    met: Counter[str] = field(default_factory=Counter)

    def figures(self, now: datetime) -> dict[str, Any]:
        """What the stop is asked with."""
        away = Decimal(self.chance.randint(1, 8))
        up = self.is_long is (self.kind is StopKind.TAKE_PROFIT)
        beside = self.true + away if up else self.true - away
        asked: dict[StopKind, dict[str, Any]] = {
            StopKind.FIXED: {"price": beside},
            StopKind.TAKE_PROFIT: {"price": beside},
            StopKind.PERCENT: {"percent": away},
            StopKind.TRAIL_PERCENT: {"percent": away},
            StopKind.BREAK_EVEN: {"percent": away},
            StopKind.TRAIL_AMOUNT: {"amount": away},
            StopKind.TIME: {"closes_at": now + timedelta(seconds=self.chance.randint(5, TICKS - 5))},
        }
        return asked[self.kind]

    def next_price(self, number: int) -> Decimal | None:
        """The price of this tick, true or wild; None where none comes. In the end all is calm."""
        if number >= TICKS:
            return self.true
        if number < self.silent_until or number < self.halted_until:
            self.true = self._step(Decimal("0.02") if number < self.halted_until else Decimal("0.002"))
            return None
        if number >= self.quiet_until and self.silent_until < number - 2 and self.halted_until < number - 2:
            return self._happening(number)
        self.true = self._step(Decimal("0.000") if number < self.quiet_until else Decimal("0.006"))
        return self.true

    def _happening(self, number: int) -> Decimal | None:
        what = self.chance.random()
        if what < 0.06:
            self.met["gaps"] += 1
            self.quiet_until = number + 3
            self.true = self._step(Decimal("0.15"), least=Decimal("0.04"))
        elif what < 0.16:
            self.met["wild ticks"] += 1
            self.quiet_until = number + 2
            factor = self.chance.choice(["0.01", "0.1", "0.5", "0.9", "1.1", "2", "10", "100"])
            return (self.true * Decimal(factor)).quantize(CENT)
        elif what < 0.18:
            self.met["halts"] += 1
            self.halted_until = number + self.chance.randint(2, 6)
            return None
        elif what < 0.19:
            self.met["silences"] += 1
            self.silent_until = number + SILENT_TICKS
            return None
        else:
            self.true = self._step(Decimal("0.012"))
        return self.true

    def _step(self, most: Decimal, least: Decimal = Decimal(0)) -> Decimal:
        part = Decimal(self.chance.randint(int(least * 10_000), int(most * 10_000))) / 10_000
        sign = 1 if self.chance.random() < 0.5 else -1
        return max((self.true * (1 + sign * part)).quantize(CENT), Decimal(5))

    def judge(self, price: Decimal | None, now: datetime) -> None:
        """Reckon whether the stop is breached by this true price, and where it stands after it."""
        stop = self.stop
        if stop is None or self.breached_at is not None:
            return
        if stop.closes_at is not None:
            self.breached_at = now if now >= stop.closes_at else None
            return
        if price is None:
            return
        sign = 1 if self.is_long else -1
        against = -sign if self.kind is not StopKind.TAKE_PROFIT else sign
        if self.level is not None and (price - self.level) * against >= 0:
            self.breached_at = now
            return
        self.best = max(self.best, price) if self.is_long else min(self.best, price)
        if stop.amount is not None:
            self.level = self.best - sign * stop.amount
        elif self.kind is StopKind.TRAIL_PERCENT and stop.percent is not None:
            self.level = self.best * (1 - sign * stop.percent / 100)
        elif self.kind is StopKind.BREAK_EVEN and stop.percent is not None and self.level is None:
            gained = (self.best - stop.entry * (1 + sign * stop.percent / 100)) * sign >= 0
            self.level = stop.entry if gained else None


def prove(*, trials: int, seed: int) -> Report:
    """Play so many scenes, on the sandbox's database."""
    begun = time.monotonic()
    call_command("migrate", interactive=False, verbosity=0)
    clock = scenes.stand_still(scenes.BEGINNING)
    RiskLimit.objects.create(name="orders_per_minute", value=Decimal(1_000_000))
    report = Report(database="PostgreSQL" if databases.is_postgres() else "SQLite", seed=seed)
    met: Counter[str] = Counter()
    for first in range(0, trials, SIDE_BY_SIDE):
        played = [build(number, seed, clock) for number in range(first, min(first + SIDE_BY_SIDE, trials))]
        play(played, clock)
        for scene in played:
            met.update(scene.met)
            check(scene, report)
    report.scenes, report.happenings, report.wrong = trials, dict(met), len(report.details)
    report.seconds = round(time.monotonic() - begun, 1)
    return report


def build(number: int, seed: int, clock: FrozenClock) -> Scene:
    """A person with ten units, held or owed, and a stop."""
    chance = random.Random(f"{seed}:{number}")
    name = f"S{number}"
    instrument = Instrument.objects.create(
        symbol=name, name=name, asset_class="equity", exchange="PROOF", base_price=Decimal(100),
        price_increment=CENT, size_increment=Decimal(1),
    )  # fmt: skip
    user = User.objects.create_user(f"stops{number}@arbion.localhost")
    account = ensure_simulated_account(user, clock=clock)
    is_long = chance.random() < 0.7
    if not is_long:
        BrokerAccount.objects.filter(pk=account.pk).update(margin=True)
        VenueCash.objects.update(allows_short=True)
        account.refresh_from_db()
    scene = Scene(name, chance, is_long, chance.choice(KINDS), instrument, account)
    tell([(scene, scene.true)], clock)
    scenes.somebody_watches(clock.now())
    order = Instruction(
        user=user, account=account, source=Source.API, client_key=f"open {name}", symbol=name,
        side=Side.BUY if is_long else Side.SELL, order_type=OrderType.MARKET, time_in_force=TimeInForce.DAY,
        quantity=UNITS,
    )  # fmt: skip
    place_order(order, clock=clock)
    scene.stop, _ = attach(
        account, user=user, instrument=instrument, kind=scene.kind, client_key=f"stop {name}", clock=clock,
        **scene.figures(clock.now()),
    )  # fmt: skip
    scene.entry, scene.level = scene.stop.entry, scene.stop.level
    return scene


def play(played: list[Scene], clock: FrozenClock) -> None:
    """Let the minute pass for all of them, and a while for what is left to do."""
    watch, memory = Watch(clock=clock), Memory()
    for number in range(TICKS + CALM_TICKS):
        clock.advance(seconds=1)
        told = []
        for scene in played:
            before = Counter(scene.met)
            price = scene.next_price(number)
            is_halted = number < min(scene.halted_until, TICKS)
            if scene.instrument.is_halted != is_halted:
                set_halted(scene.instrument, halted=is_halted, actor=None, clock=clock)
                scene.instrument.is_halted = is_halted
            if price is not None:
                told.append((scene, price))
            is_wild = scene.met["wild ticks"] > before["wild ticks"]
            if not is_halted:
                scene.judge(None if is_wild else price, clock.now())
            if scene.breached_at is not None and scene.priced_at is None and price is not None:
                scene.priced_at = clock.now()
        tell(told, clock)
        looked = watch.look()
        for scene in played:
            scene.was_alarmed |= scene.name in looked.unseen
        engine_step(memory=memory, clock=clock)


def is_of_silence(order: Order, scene: Scene) -> bool:
    """Whether this exit came to nothing because its share had no price: the hour of a time stop can fall into that."""
    was_silent = scene.priced_at is None or order.created_at < scene.priced_at
    return was_silent and order.status == OrderStatus.REJECTED and order.reject_code == "stale_quote"


def tell(told: list[tuple[Scene, Decimal]], clock: FrozenClock) -> None:
    """Give each scene's instrument its price of this moment."""
    reports = [
        QuoteReport(
            symbol=scene.name, bid=price - HALF, ask=price + HALF, last=price, previous_close=Decimal(100),
            volume=Decimal(1_000_000), at=clock.now(), source="proof",
        )
        for scene, price in told
    ]  # fmt: skip
    quotes.record(reports, clock=clock)


def check(scene: Scene, report: Report) -> None:
    """Hold what happened against what had to happen."""
    stop = Stop.objects.get(pk=scene.stop.pk) if scene.stop else None
    orders = Order.objects.filter(account=scene.account, intent__source=Source.RISK).order_by("created_at")
    made = list(orders.filter(intent__client_key__startswith="stop:"))
    report.breaches += scene.breached_at is not None
    report.exits += len(made)
    says = report.details.append
    what = f"{scene.name} ({scene.kind}, {'long' if scene.is_long else 'short'})"
    if orders.filter(intent__client_key__startswith="margin-call:").exists():
        says(f"{what}: a wild tick made a margin call")
    if stop is None:
        says(f"{what}: its stop is gone")
    elif scene.breached_at is None:
        if made or stop.status not in {StopStatus.GUARDING, StopStatus.ALARM}:
            says(f"{what}: nothing was breached and it is {stop.status} at {stop.triggered_price}")
    elif not made or not all(is_of_silence(order, scene) for order in made[:-1]):
        says(f"{what}: breached at {scene.breached_at:%H:%M:%S} and {len(made)} orders were made ({stop.status})")
    else:
        report.retried += len(made) - 1
        passed = (made[0].created_at - scene.breached_at).total_seconds()
        report.slowest_seconds = max(report.slowest_seconds, passed)
        if not 0 <= passed <= WITHIN.total_seconds():
            says(f"{what}: its exit came {passed:g} s after the breach")
        if len(made) > 1 and scene.priced_at is not None and made[-1].created_at - scene.priced_at > RETRIED_WITHIN:
            says(f"{what}: its exit was tried again only at {made[-1].created_at:%H:%M:%S}")
        if made[-1].status != OrderStatus.FILLED or stop.status != StopStatus.DONE:
            says(f"{what}: the exit is {made[-1].status}, the stop {stop.status}")
    if scene.met["silences"] and scene.silent_until <= TICKS and scene.breached_at is None and not scene.was_alarmed:
        says(f"{what}: its price was silent and nobody said so")
    report.details += [f"{what}: {fault}" for fault in verify_books(scene.account)]
