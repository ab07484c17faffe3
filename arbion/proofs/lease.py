"""The lease proof: of three monitors one acts, however often the one in charge is killed or frozen.

Three processes watch the same stops while the price moves five times a second. Again and again the one in charge is
killed, or frozen and woken later, at the very moment when a stop is breached. Counted are exit orders beyond the first,
writes of one whose number is no longer the newest, and how long nobody acted.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from statistics import quantiles
from typing import Any

from django.core.management import call_command
from django.db import connections

from accounts.models import User
from arbion.domain.enums import OrderType, Side, Source, TimeInForce
from arbion.domain.reports import QuoteReport
from arbion.lib.clock import SYSTEM
from arbion.models import Lease
from arbion.monitor import LEASE
from arbion.proofs import databases, sandbox, scenes
from brokers.models import BrokerAccount
from marketdata import quotes
from marketdata.models import Instrument
from riskdesk.models import RiskLimit
from riskdesk.stops import StopKind
from trading.books.check import verify_books
from trading.books.opening import ensure_simulated_account
from trading.execution.place import place_order
from trading.execution.protection.attach import attach
from trading.instruction import Instruction
from trading.models import Order, Stop, StopStatus

CANDIDATES = 3
QUOTE_SECONDS = 0.2
FROZEN_SECONDS = 3.0
SETTLE_SECONDS = 0.6
GAP_P99_MAX = 2.0
GAP_MAX = 5.0
# Of fewer kills than this the 99th of a hundred says nothing.
KILLS_MIN = 50
PATIENCE_SECONDS = 20.0
# An exit that was killed on its way is known not to have arrived only after the longest call.
HOMECOMING_SECONDS = 90.0
RISING, FALLING = "RISE", "FALL"
CALM, BREACHED, LEVEL = Decimal(400), Decimal(393), Decimal(395)
FREEZES = 0.3


@dataclass
class Report:
    """What the kills and freezes came to; gaps in seconds."""

    database: str
    seed: int
    candidates: int = CANDIDATES
    kills: int = 0
    freezes: int = 0
    waited_out: int = 0
    exits: int = 0
    unarrived: int = 0
    doubled: int = 0
    stale_writes: int = 0
    kill_gap_p99: float = 0.0
    gap_max: float = 0.0
    wrong: int = 0
    details: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def is_clean(self) -> bool:
        """Whether nothing was done twice and the gaps are as short as is claimed."""
        is_quick = self.gap_max <= GAP_MAX and (self.kills < KILLS_MIN or self.kill_gap_p99 <= GAP_P99_MAX)
        return self.exits > 0 and is_quick and self.wrong == self.doubled == self.stale_writes == 0

    def as_json(self) -> dict[str, Any]:
        """The report with its verdict."""
        return {**asdict(self), "verdict": "clean" if self.is_clean else "not clean"}

    def words(self) -> str:
        """The same for a person."""
        lines = [
            f"{self.database}, seed {self.seed}: {self.candidates} candidates, {self.kills} kills, {self.seconds} s.",
            f"{self.freezes} freezes of {FROZEN_SECONDS:g} s, {self.waited_out} of them with the database in hand.",
            f"{self.exits} exit orders, {self.doubled} doubled, {self.stale_writes} writes by a stale one.",
            f"{self.unarrived} of them were killed on their way and made again.",
            f"Nobody acted for {self.kill_gap_p99:.2f} s after a kill (99th of 100), {self.gap_max:.2f} s at most.",
            *self.details[:20],
            "Verdict: clean." if self.is_clean else "Verdict: NOT CLEAN.",
        ]
        return "\n".join(lines)


class Market(threading.Thread):
    """Prices that move: one share only rises, so that a trailing stop follows; the other falls when it is told to."""

    def __init__(self) -> None:
        super().__init__(name="market", daemon=True)
        self.ending = threading.Event()
        self.rising, self.falling = Decimal(100), CALM

    def run(self) -> None:
        """Tell both prices until the end."""
        while not self.ending.wait(QUOTE_SECONDS):
            self.rising += Decimal("0.01")
            self.tell()
        connections.close_all()

    def tell(self) -> None:
        """Both prices of this moment."""
        now, half = SYSTEM.now(), Decimal("0.01")
        told = ((RISING, self.rising), (FALLING, self.falling))
        reports = [
            QuoteReport(
                symbol=symbol, bid=last - half, ask=last + half, last=last, previous_close=last,
                volume=Decimal(1_000_000), at=now, source="proof",
            )
            for symbol, last in told
        ]  # fmt: skip
        quotes.record(reports)


@dataclass
class Trial:
    """The people of the proof: who owns the positions, and who may watch them."""

    account: BrokerAccount
    follower: Stop
    market: Market
    candidates: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)

    def fill_up(self) -> None:
        """Start candidates until there are three: the command that runs in production, each a process of its own."""
        while len(self.candidates) < CANDIDATES:
            command = [sys.executable, str(sandbox.MANAGE), "monitor"]
            started = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603  our own command
            self.candidates[started.pid] = started

    def in_charge(self) -> Lease | None:
        """The lease, where one of the three that live holds it."""
        held = Lease.objects.filter(name=LEASE, deadline__gt=SYSTEM.now()).first()
        return held if held is not None and pid_of(held) in self.candidates else None

    def stop_at_risk(self, key: str) -> Stop:
        """A new position and its stop, near the price."""
        self.buy(FALLING, key)
        instrument = Instrument.objects.get(symbol=FALLING)
        kind = StopKind.FIXED
        made, _ = attach(
            self.account, user=self.account.user, instrument=instrument, kind=kind, client_key=key, price=LEVEL
        )
        return made

    def buy(self, symbol: str, key: str) -> None:
        """One unit, at the market."""
        order = Instruction(
            user=self.account.user, account=self.account, source=Source.API, client_key=f"buy {key}", symbol=symbol,
            side=Side.BUY, order_type=OrderType.MARKET, time_in_force=TimeInForce.DAY, quantity=Decimal(1),
        )  # fmt: skip
        scenes.somebody_watches(SYSTEM.now())  # at first nobody does, and then the one who did was just struck
        place_order(order)


def prove(*, trials: int, seed: int) -> Report:
    """Kill or freeze the one in charge so many times, on the sandbox's database."""
    begun, chance = time.monotonic(), random.Random(seed)
    call_command("migrate", interactive=False, verbosity=0)
    report = Report(database="PostgreSQL" if databases.is_postgres() else "SQLite", seed=seed)
    trial = build()
    trial.fill_up()
    trial.market.start()
    gaps: list[float] = []
    try:
        for number in range(trials):
            strike(trial, number, chance, report, gaps)
    finally:
        trial.market.ending.set()
        trial.market.join()
        for candidate in trial.candidates.values():
            candidate.kill()
            candidate.wait()
    report.kill_gap_p99 = round(quantiles(gaps, n=100)[98] if len(gaps) > 1 else max(gaps, default=0.0), 3)
    report.details += [str(fault) for fault in verify_books(trial.account)]
    report.wrong, report.seconds = len(report.details), round(time.monotonic() - begun, 1)
    return report


def build() -> Trial:
    """One person with a share that rises, and a stop that trails it."""
    for symbol, price in ((RISING, 100), (FALLING, 400)):
        Instrument.objects.create(
            symbol=symbol, name=symbol, asset_class="equity", exchange="PROOF", base_price=Decimal(price),
            price_increment=Decimal("0.01"), size_increment=Decimal(1),
        )  # fmt: skip
    for name in ("orders_per_minute", "daily_loss_usd"):
        RiskLimit.objects.create(name=name, value=Decimal(1_000_000))
    user = User.objects.create_user("lease@arbion.localhost")
    account = ensure_simulated_account(user)
    market = Market()
    market.tell()
    trial = Trial(account, Stop(), market)
    trial.buy(RISING, "rising")
    rising = Instrument.objects.get(symbol=RISING)
    kind, away = StopKind.TRAIL_PERCENT, Decimal(50)
    trial.follower, _ = attach(account, user=user, instrument=rising, kind=kind, client_key="trail", percent=away)
    return trial


def strike(trial: Trial, number: int, chance: random.Random, report: Report, gaps: list[float]) -> None:
    """One kill or freeze of the one in charge, while a stop is breached; then see who acted, and how often."""
    trial.fill_up()
    stop = trial.stop_at_risk(f"stop {number}")
    if not eventually(lambda: trial.in_charge() is not None):
        report.details.append(f"strike {number}: nobody was in charge")
        return
    time.sleep(SETTLE_SECONDS + chance.random() * 0.5)
    lease = trial.in_charge()
    if lease is None:
        report.details.append(f"strike {number}: nobody was in charge for long")
        return
    candidate, is_freeze = trial.candidates[pid_of(lease)], chance.random() < FREEZES
    trial.market.falling = BREACHED
    time.sleep(chance.random() * QUOTE_SECONDS * 2)
    struck = time.monotonic()
    if is_freeze:
        is_taken = freeze(trial, candidate, lease, report)
    else:
        candidate.kill()
        is_taken = eventually(lambda: fence_of(trial) > lease.fence)
    gap = time.monotonic() - struck
    newest = fence_of(trial)
    if is_freeze:
        time.sleep(max(0.0, FROZEN_SECONDS - gap) + SETTLE_SECONDS)
    else:
        report.kills += 1
        gaps.append(gap)
        del trial.candidates[candidate.pid]
        candidate.wait()
    if not is_taken:
        report.details.append(f"strike {number}: nobody took over")
    report.gap_max = round(max(report.gap_max, gap), 3)
    if not eventually(lambda: exits_of(stop) > 0):
        report.details.append(f"strike {number}: the breached stop was left alone")
    trial.market.falling = CALM
    time.sleep(2 * QUOTE_SECONDS)
    report.stale_writes += fence_of(trial) < newest
    if not eventually(lambda: is_done(stop), seconds=HOMECOMING_SECONDS):
        report.details.append(f"strike {number}: the position was never closed")
    report.exits += exits_of(stop)
    # An exit that never reached its venue may be made again; only what reached it twice is doubled.
    report.unarrived += exits_of(stop, has_arrived=False)
    report.doubled += max(exits_of(stop, has_arrived=True) - 1, 0)


def freeze(trial: Trial, candidate: subprocess.Popen[bytes], lease: Lease, report: Report) -> bool:
    """Freeze the one in charge for a while; whether somebody acts, another one or, once it has woken, itself.

    On SQLite one that is frozen in the middle of a write has the whole database in hand, and nobody can take over
    before it wakes. PostgreSQL cuts it off.
    """
    report.freezes += 1
    waking = threading.Timer(FROZEN_SECONDS, candidate.send_signal, [signal.SIGCONT])
    waking.start()
    candidate.send_signal(signal.SIGSTOP)
    if eventually(lambda: fence_of(trial) > lease.fence or not waking.is_alive()) and waking.is_alive():
        return True
    waking.join()
    report.waited_out += 1
    before = version_of(trial)
    return eventually(lambda: version_of(trial) > before)


def pid_of(lease: Lease) -> int:
    """The process that holds it: its holder is called by machine, process and chance."""
    return int(lease.holder.split(":")[1])


def version_of(trial: Trial) -> int:
    """How often that stop was written to."""
    return Stop.objects.values_list("version", flat=True).get(pk=trial.follower.pk)


def fence_of(trial: Trial) -> int:
    """The number of the monitor that wrote last to the stop that follows every price."""
    return Stop.objects.values_list("fence", flat=True).get(pk=trial.follower.pk)


def is_done(stop: Stop) -> bool:
    """Whether the stop has closed its position."""
    return Stop.objects.filter(pk=stop.pk, status=StopStatus.DONE).exists()


def exits_of(stop: Stop, *, has_arrived: bool | None = None) -> int:
    """How many exit orders a stop has made; of those alone that reached the venue, or that never did."""
    made = Order.objects.filter(intent__client_key__startswith=stop.order_keys)
    if has_arrived is not None:
        lost = {"reject_code": "never_reached_venue"}
        made = made.exclude(**lost) if has_arrived else made.filter(**lost)
    return made.count()


def eventually(is_so: Callable[[], bool], *, seconds: float = PATIENCE_SECONDS) -> bool:
    """Whether it becomes so within patience."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if is_so():
            return True
        time.sleep(0.02)
    return False
