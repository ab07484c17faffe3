"""The gate proof: whatever is missing, broken or slow, what opens a position is denied and what closes one is not.

For every rule, and for every figure that it reads (found by watching it read), orders are placed over the whole road
while that rule fails, that figure is missing or no number, the price is old, or the database does not answer in time.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from typing import Any

from django.core.management import call_command

from arbion.domain.enums import OrderStatus
from arbion.proofs import databases
from arbion.proofs.gate_faults import Fault, faults_of
from arbion.proofs.gate_structure import STRUCTURE
from arbion.proofs.gate_world import build, buy, let_pass, purchase, read, sell
from arbion.proofs.scenes import Stage
from brokers.models import VenueOrder
from riskdesk import gate
from trading.execution.place import place_order
from trading.execution.preview import preview_order
from trading.models import Hold

KINDS = ("exception", "database timeout", "missing", "not a number", "stale quote")


@dataclass
class Report:
    """What came of it."""

    database: str
    seed: int
    rules: int = 0
    rounds: int = 0
    denied: dict[str, int] = field(default_factory=dict)
    exits: int = 0
    checks: int = 0
    wrong: int = 0
    details: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def is_clean(self) -> bool:
        """Whether every rule met every kind of fault, and nothing passed that should not, or the other way round."""
        least = self.rules * self.rounds
        return self.wrong == 0 < self.exits and all(self.denied.get(kind, 0) >= least > 0 for kind in KINDS)

    def as_json(self) -> dict[str, Any]:
        """The report with its verdict."""
        return {**asdict(self), "verdict": "clean" if self.is_clean else "not clean"}

    def words(self) -> str:
        """The same for a person."""
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(self.denied.items()))
        lines = [
            f"{self.database}, seed {self.seed}: {self.rules} rules, {self.rounds} rounds, {self.seconds} s.",
            f"Denied, each as it must be: {kinds}.",
            f"Exits that stayed open meanwhile: {self.exits}. Checks of structure: {self.checks}.",
            *self.details[:20],
            "Verdict: clean." if self.is_clean else "Verdict: NOT CLEAN.",
        ]
        return "\n".join(lines)


def prove(*, trials: int, seed: int) -> Report:
    """So many rounds over every rule and fault, in an order that the seed decides, on the sandbox's database."""
    begun = time.monotonic()
    databases.without_pool()
    call_command("migrate", interactive=False, verbosity=0)
    stage = build()
    report = Report(database="PostgreSQL" if databases.is_postgres() else "SQLite", seed=seed, rules=len(gate.RULES))
    chance, denied = random.Random(seed), Counter[str]()
    for number in range(trials):
        every = _every_fault(stage, chance)
        chance.shuffle(every)
        report.details += sound(stage, f"{number} sound")
        for place, fault in enumerate(every):
            said = meet(stage, fault, f"{number}:{place}", chance)
            denied[fault.kind] += not said
            report.exits += not said and not fault.traps_exits
            report.details += said
        report.rounds += 1
    for check in STRUCTURE:
        report.checks += 1
        report.details += check(stage)
    report.denied, report.wrong = dict(denied), len(report.details)
    report.seconds = round(time.monotonic() - begun, 1)
    return report


def sound(stage: Stage, key: str) -> list[str]:
    """Without a fault both ways are open; what is bought is the measure of everything that is denied."""
    found = []
    for is_at_market in (True, False):
        order = buy(stage, f"{key} {is_at_market}", is_at_market=is_at_market)
        if not order.decision.approved:
            found.append(f"without a fault: {order.reject_code} {order.reject_reason}")
    if not sell(stage, f"{key} exit").decision.approved:
        found.append("without a fault an exit is denied")
    return found


def _every_fault(stage: Stage, chance: random.Random) -> list[Fault]:
    """Those of an order at the market, and those that only an order with a limit can meet."""
    found: list[Fault] = []
    for is_at_market in (True, False):
        asked = purchase(stage, "look", is_at_market=is_at_market)
        picture = preview_order(asked, clock=stage.clock).decision.snapshot
        known = {(one.rule, one.kind, one.figure) for one in found}
        more = faults_of(picture, chance, is_at_market=is_at_market)
        found += [one for one in more if (one.rule, one.kind, one.figure) not in known]
    return found


def meet(stage: Stage, fault: Fault, key: str, chance: random.Random) -> list[str]:
    """Try to open and to close while something is wrong; what was not as it must be."""
    name = f"{fault.rule}, {fault.kind} {fault.figure}".strip()
    is_at_market = fault.is_at_market if fault.is_at_market is not None else chance.random() < 0.5
    let_pass(stage)
    before = VenueOrder.objects.count(), Hold.objects.count()
    with ExitStack() as planted:
        fault.plant(planted)
        instruction = purchase(stage, f"{key} in", is_at_market=is_at_market)
        entry = read(place_order(instruction, clock=stage.clock).order)
        after = VenueOrder.objects.count(), Hold.objects.count()
        exit_ = None if fault.traps_exits else sell(stage, f"{key} out")
    found = []
    if entry.status != OrderStatus.DENIED or entry.decision.approved or not entry.reject_code:
        found.append(f"{name}: an entry is {entry.status}")
    if before != after:
        found.append(f"{name}: something moved")
    if fault.rule not in {check["name"] for check in entry.decision.checks if not check["passed"]} and fault.is_its_own:
        found.append(f"{name}: the rule itself said nothing")
    if exit_ is not None and not exit_.decision.approved:
        found.append(f"{name}: an exit is denied: {exit_.reject_code}")
    return found
