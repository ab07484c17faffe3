"""The proof of the books: random lives of orders on a line that misbehaves, judged by the oracle to the last unit."""

from __future__ import annotations

import gc
import os
import random
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.core.management import call_command

from arbion.proofs import databases, oracle, scenes
from arbion.proofs.forks import Fork, Say, end_all
from arbion.proofs.lives import COIN, FIRST_PRICES, Lives, list_options
from brokers.models import BrokerAccount
from marketdata import hours
from marketdata.models import Instrument
from riskdesk.models import RiskLimit

WORKERS = max(1, min(4, os.cpu_count() or 1))
LIVES_A_TRIAL = 25
TRIAL_SECONDS_MAX = 300.0


@dataclass
class Report:
    """What the lives came to."""

    database: str
    seed: int
    lives: int = 0
    accounts: int = 0
    violations: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    looked_at: dict[str, int] = field(default_factory=dict)
    details: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def is_clean(self) -> bool:
        """Whether lives were led and the oracle has nothing against any of them."""
        return self.lives > 0 and self.violations == 0

    def as_json(self) -> dict[str, Any]:
        """The report with its verdict."""
        return {**asdict(self), "verdict": "clean" if self.is_clean else "not clean"}

    def words(self) -> str:
        """The same for a person."""
        happened = ", ".join(f"{name} {count}" for name, count in sorted(self.counts.items()))
        looked = ", ".join(f"{count} {name}" for name, count in self.looked_at.items())
        lines = [
            f"{self.database}, seed {self.seed}: {self.lives} lives in {self.accounts} accounts, {self.seconds} s.",
            f"Happened: {happened}.",
            f"Looked at: {looked}. Violations of the oracle: {self.violations}.",
            *self.details[:20],
            "Verdict: clean." if self.is_clean else "Verdict: NOT CLEAN.",
        ]
        return "\n".join(lines)


def prove(*, trials: int, seed: int) -> Report:
    """Lead so many lives chosen by the seed, on the sandbox's database."""
    begun = time.monotonic()
    databases.without_pool()
    call_command("migrate", interactive=False, verbosity=0)
    build()
    databases.settle()
    shares = [min(LIVES_A_TRIAL, trials - first) for first in range(0, trials, LIVES_A_TRIAL)]
    numbered = list(enumerate(shares))
    gc.freeze()  # what is there before the forks need not be looked at in each of them
    workers = [
        Fork(lambda say, part=numbered[worker::WORKERS]: work(part, seed, say))  # type: ignore[misc]
        for worker in range(min(WORKERS, len(numbered)))
    ]
    lines = [line for end in end_all(workers, seconds_max=TRIAL_SECONDS_MAX * len(numbered)) for line in end.said]
    report = Report(database="PostgreSQL" if databases.is_postgres() else "SQLite", seed=seed)
    add_up(lines, report)
    if report.accounts != len(numbered):
        report.violations += len(numbered) - report.accounts
        report.details += [str(line["error"]) for line in lines if "error" in line] + ["not every account was judged"]
    report.seconds = round(time.monotonic() - begun, 1)
    return report


def build() -> None:
    """The beginning of every life: shares, a coin, options that end in two days, and room to trade in."""
    scenes.build()
    Instrument.objects.create(
        symbol=COIN, name=COIN, asset_class="crypto", exchange="PROOF", base_price=FIRST_PRICES[COIN],
        price_increment=Decimal("0.01"), size_increment=Decimal("0.0001"),
    )  # fmt: skip
    list_options(hours.local_date(scenes.BEGINNING + timedelta(days=2)))
    for name in ("order_value_usd", "position_value_usd", "daily_loss_usd"):
        RiskLimit.objects.create(name=name, value=1_000_000)
    RiskLimit.objects.filter(name="orders_per_minute").update(value=100_000)


def work(part: list[tuple[int, int]], seed: int, say: Say) -> None:
    """A worker's share of the accounts, one after the other, each in a process and a database of its own."""
    for number, lives in part:
        with databases.copy(f"lives{number}") as name:
            end = Fork(lambda tell, n=number, c=lives, d=name: lead(n, c, d, seed, tell)).end(  # type: ignore[misc]
                seconds_max=TRIAL_SECONDS_MAX
            )
        judged = end.heard("judged")
        say({"judged": judged} if judged else {"error": f"account {number}: {end.heard('error') or 'no answer'}"})


def lead(number: int, lives: int, name: str, seed: int, say: Say) -> None:
    """One account's lives, from the beginning to the judgement."""
    databases.use(name)
    stage = scenes.enter(scenes.BEGINNING + timedelta(minutes=10))
    led = Lives(stage, random.Random(f"{seed}:{number}"))
    led.run(lives)
    led.come_to_rest()
    faults = [
        f"account {number} of seed {seed}: {fault.rule}: {fault.detail}"
        for account in BrokerAccount.objects.filter(cursor__isnull=False)
        for fault in [*oracle.faults_of(account), *oracle.unsettled(account)]
    ]
    say({"judged": {"lives": led.placed, "counts": led.counts, "looked_at": asdict(oracle.count()), "faults": faults}})


def add_up(lines: list[dict[str, Any]], report: Report) -> None:
    """The judgements as one report."""
    counts: Counter[str] = Counter()
    looked: Counter[str] = Counter()
    for line in lines:
        judged = line.get("judged")
        if judged is None:
            continue
        report.accounts += 1
        report.lives += judged["lives"]
        counts.update(judged["counts"])
        looked.update(judged["looked_at"])
        report.violations += len(judged["faults"])
        report.details += judged["faults"][:5]
    report.counts, report.looked_at = dict(counts), dict(looked)
