"""The race proof: sixteen processes at one account at a time never oversell, overspend or pass a limit, to the unit."""

from __future__ import annotations

import gc
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.core.management import call_command
from django.db import OperationalError

from accounts.models import User
from arbion.domain.enums import OrderStatus, Side
from arbion.domain.numbers import ZERO
from arbion.proofs import databases, oracle, scenes
from arbion.proofs.forks import Fork, Say, end_all
from arbion.proofs.scenes import Stage
from brokers.models import BrokerAccount
from riskdesk.models import RiskLimit
from trading.books.opening import ensure_simulated_account
from trading.execution.cancel import request_cancel
from trading.holdings import cash_of
from trading.models import Order, Position

PROCESSES = 16
SECONDS_MAX = 5000.0
LIMIT_USD = Decimal(40_000)
# Prices stand still for as long as a race lasts, so that what must come out of it is one number.
PRICE = Decimal("200.01")
PRICE_OTHER = Decimal("400.01")


@dataclass(frozen=True)
class Arena:
    """One thing that all fight for: what each attempt tries, and what must be true in the end."""

    name: str
    attempt: Callable[[Stage, random.Random, str], Order]
    faults: Callable[[Stage], list[str]]


@dataclass
class Report:
    """What the races came to."""

    database: str
    seed: int
    processes: int = PROCESSES
    attempts: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    wrong: int = 0
    details: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def is_clean(self) -> bool:
        """Whether attempts were made and every number is exact."""
        return self.attempts > 0 and self.wrong == 0

    def as_json(self) -> dict[str, Any]:
        """The report with its verdict."""
        return {**asdict(self), "verdict": "clean" if self.is_clean else "not clean"}

    def words(self) -> str:
        """The same for a person."""
        ended = ", ".join(f"{name} {count}" for name, count in sorted(self.outcomes.items()))
        who = f"{self.attempts} attempts by {self.processes} processes"
        lines = [
            f"{self.database}, seed {self.seed}: {who}, {self.seconds} s.",
            f"Outcomes: {ended}.",
            *self.details[:20],
            "Verdict: clean." if self.is_clean else "Verdict: NOT CLEAN.",
        ]
        return "\n".join(lines)


def prove(*, trials: int, seed: int) -> Report:
    """Let so many attempts be made in all, on the sandbox's database."""
    begun = time.monotonic()
    databases.without_pool()
    call_command("migrate", interactive=False, verbosity=0)
    build()
    databases.settle()
    gc.freeze()  # what is there before the forks need not be looked at in each of them
    each = max(1, trials // PROCESSES)
    workers = [
        Fork(lambda say, number=number: compete(number, each, seed, say))  # type: ignore[misc]
        for number in range(PROCESSES)
    ]
    lines = [line for end in end_all(workers, seconds_max=SECONDS_MAX) for line in end.said]
    report = Report(database="PostgreSQL" if databases.is_postgres() else "SQLite", seed=seed)
    outcomes: Counter[str] = Counter()
    for line in lines:
        outcomes.update(line.get("outcomes", {}))
        report.details += [str(line["error"])] if "error" in line else []
    report.outcomes, report.attempts = dict(outcomes), sum(outcomes.values())
    if report.attempts != each * PROCESSES:
        report.details.append(f"{each * PROCESSES - report.attempts} attempts were not made")
    judged = Fork(judge).end(seconds_max=SECONDS_MAX)
    report.details += judged.heard("faults") or ([str(judged.heard("error"))] if judged.heard("error") else [])
    if judged.heard("faults") is None:
        report.details.append("nothing was judged")
    report.wrong = len(report.details)
    report.seconds = round(time.monotonic() - begun, 1)
    return report


def build() -> None:
    """An account for each arena, with what is fought for."""
    scenes.build()
    for name in ("order_value_usd", "position_value_usd", "daily_loss_usd"):
        RiskLimit.objects.create(name=name, value=10_000_000)
    RiskLimit.objects.filter(name="orders_per_minute").update(value=10_000_000)
    for arena in ARENAS:
        stage = enter(arena.name, create=True)
        if arena.name == "oversell":
            RiskLimit.objects.create(name="order_value_usd", account=stage.account, value=10_000_000)
            for part in range(2):
                stage.place(Side.BUY, "AAPL", f"{arena.name} {part}", quantity=Decimal(240))
        if arena.name == "limit":
            RiskLimit.objects.create(name="position_value_usd", account=stage.account, value=LIMIT_USD)


def enter(name: str, *, create: bool = False) -> Stage:
    """The arena's account, at the moment of the race."""
    clock = scenes.stand_still(scenes.BEGINNING + timedelta(minutes=1))
    email = f"{name}@arbion.localhost"
    user = User.objects.create_user(email) if create else User.objects.get(email=email)
    account = ensure_simulated_account(user, clock=clock) if create else BrokerAccount.objects.get(user=user)
    stage = Stage(clock, user, account)
    if create:
        stage.quote()
    return stage


def compete(number: int, attempts: int, seed: int, say: Say) -> None:
    """One process's attempts, each in an arena that chance names."""
    chance = random.Random(f"{seed}:{number}")
    stages = {arena.name: enter(arena.name) for arena in ARENAS}
    outcomes: Counter[str] = Counter()
    for attempt in range(attempts):
        arena = chance.choice(ARENAS)
        while True:
            try:
                # The same chance each time: a repeat under the same key must say the same.
                again = random.Random(f"{seed}:{number}:{attempt}")
                order = arena.attempt(stages[arena.name], again, f"{number}:{attempt}")
                break
            except OperationalError:
                continue  # SQLite's one writer: the wait was longer than its patience, and nothing was written
        order.refresh_from_db()
        outcomes[f"{arena.name}: {order.reject_code or order.status}"] += 1
    say({"outcomes": outcomes})


def judge(say: Say) -> None:
    """What must be true of every arena, and of all books."""
    faults = []
    for arena in ARENAS:
        stage = enter(arena.name)
        faults += [f"{arena.name}: {fault}" for fault in arena.faults(stage)]
        faults += [f"{arena.name}: {fault}" for fault in oracle.faults_of(stage.account)]
    say({"faults": faults})


def _sell_one(stage: Stage, chance: random.Random, key: str) -> Order:
    return stage.place(Side.SELL, "AAPL", key, quantity=Decimal(chance.choice([1, 2, 3]))).order


def _oversold(stage: Stage) -> list[str]:
    held = Position.objects.get(account=stage.account, instrument__symbol="AAPL").quantity
    sold = _filled(stage, Side.SELL)
    bought = _filled(stage, Side.BUY)
    return [f"{sold} sold of {bought}, {held} left"] if sold + held != bought or held < ZERO else []


def _buy_some(stage: Stage, chance: random.Random, key: str) -> Order:
    units = Decimal(chance.choice([1, 3, 10]))
    if chance.random() < 0.5:
        return stage.place(Side.BUY, "AAPL", key, quantity=units).order
    order = stage.place(Side.BUY, "AAPL", key, quantity=units, limit_price=Decimal(150)).order
    order.refresh_from_db()
    if order.is_open and chance.random() < 0.7:
        order = request_cancel(order, actor=stage.user, clock=stage.clock)
    return order


def _overspent(stage: Stage) -> list[str]:
    spent = _filled(stage, Side.BUY) * PRICE
    resting = sum((order.leaves_quantity * Decimal(150) for order in Order.objects.filter(account=stage.account)), ZERO)
    cash = cash_of(stage.account)
    faults = [] if cash == Decimal(100_000) - spent else [f"cash {cash}, spent {spent}"]
    if resting > cash:
        faults.append(f"{resting} is claimed of {cash}")
    return faults


def _approach_limit(stage: Stage, chance: random.Random, key: str) -> Order:
    return stage.place(Side.BUY, "MSFT", key, quantity=Decimal(chance.choice([1, 2, 5]))).order


def _past_limit(stage: Stage) -> list[str]:
    held = Position.objects.get(account=stage.account, instrument__symbol="MSFT").quantity
    tried = Order.objects.filter(account=stage.account, status=OrderStatus.DENIED).exists()
    # With attempts of one unit among them, a limit that was reached is filled to the last whole unit.
    most = LIMIT_USD // PRICE_OTHER
    if held > most:
        return [f"{held} held, {most} are allowed"]
    return [f"{held} held where {most} fit"] if tried and held < most - 5 else []


def _filled(stage: Stage, side: Side) -> Decimal:
    rows = Order.objects.filter(account=stage.account, side=side).values_list("filled_quantity", flat=True)
    return sum(rows, ZERO)


ARENAS = (
    Arena("oversell", _sell_one, _oversold),
    Arena("overspend", _buy_some, _overspent),
    Arena("limit", _approach_limit, _past_limit),
)
