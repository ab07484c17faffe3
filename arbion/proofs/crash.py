"""The crash proof: cut the road of an order at any boundary, let the house recover, and judge what is left.

One warmed process builds a small world; every trial forks a child that walks a scene on a copy of it and dies there,
and another that recovers. Boundaries are each SQL statement, each commit and each call to the venue, from both sides;
some trials are cut at a moment instead, wherever the child is by then, and some are cut again while they recover.
"""

from __future__ import annotations

import gc
import os
import random
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.management import call_command

from arbion.proofs import databases, recovery, scenes
from arbion.proofs.boundaries import Boundaries
from arbion.proofs.forks import End, Fork, Say, end_all
from arbion.proofs.scenes import BEGINNING, SCENES, Scene

WORKERS = max(1, min(4, os.cpu_count() or 1))
CHILD_SECONDS_MAX = 60.0
WALK_AT = BEGINNING + timedelta(minutes=10)
# One trial in so many is cut at a moment, one in so many is cut again during its recovery.
MOMENTS, SECOND_CUTS = 10, 4
RECOVERY_BOUNDARIES = 120


@dataclass(frozen=True)
class Trial:
    """One cut: of which scene, at which boundary (0: at a moment), and how the recovery goes."""

    number: int
    scene: int
    boundary: int
    moment: float
    second_cut: int
    delay_seconds: int
    factor: str


@dataclass
class Report:
    """What the trials came to."""

    database: str
    seed: int
    trials: int = 0
    killed: int = 0
    killed_again: int = 0
    boundaries_known: int = 0
    boundaries_hit: int = 0
    scenes: dict[str, int] = field(default_factory=dict)
    ended: dict[str, int] = field(default_factory=dict)
    lost: int = 0
    doubled: int = 0
    wrong: int = 0
    details: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost, doubled or wrong, and every child was really killed."""
        return self.trials > 0 and self.killed == self.trials and not (self.lost or self.doubled or self.wrong)

    def as_json(self) -> dict[str, Any]:
        """The report with its verdict."""
        return {**asdict(self), "verdict": "clean" if self.is_clean else "not clean"}

    def words(self) -> str:
        """The report for a person."""
        cuts = f"{self.killed} of {self.trials} processes killed, {self.killed_again} of them again in recovery"
        lines = [
            f"{self.database}: {cuts}, in {self.seconds} s (seed {self.seed})",
            f"boundaries hit {self.boundaries_hit} of {self.boundaries_known} known",
            *(f"  {number:>4}  {how}" for how, number in self.ended.items()),
            *self.details[:20],
            f"lost {self.lost}, doubled {self.doubled}, wrong {self.wrong}",
        ]
        return "\n".join(lines)


def prove(*, trials: int, seed: int) -> Report:
    """Run so many trials chosen by the seed, on the sandbox's database."""
    begun = time.monotonic()
    databases.without_pool()
    call_command("migrate", interactive=False, verbosity=0)
    scenes.build()
    databases.settle()
    known = {number: boundaries_of(scene, f"dry{number}") for number, scene in enumerate(SCENES)}
    chosen = choose(trials, seed, {number: len(names) for number, names in known.items()})
    parts = [chosen[worker::WORKERS] for worker in range(WORKERS)]
    gc.freeze()  # what is there before the forks need not be looked at in each of them
    workers = [Fork(lambda say, part=part: work(part, say)) for part in parts if part]  # type: ignore[misc]
    lines = [line for end in end_all(workers, seconds_max=CHILD_SECONDS_MAX * trials) for line in end.said]
    report = add_up(lines, Report(database="PostgreSQL" if databases.is_postgres() else "SQLite", seed=seed))
    report.boundaries_known = sum(len(names) for names in known.values())
    report.seconds = round(time.monotonic() - begun, 1)
    if report.trials != trials:
        report.wrong += trials - report.trials
        report.details += [str(line) for line in lines if "error" in line] + ["not every trial was judged"]
    return report


def boundaries_of(scene: Scene, name: str) -> list[str]:
    """The boundaries that a scene passes when nothing cuts it."""
    with databases.copy(name) as copied:
        end = Fork(lambda say: walk(scene, copied, Boundaries(), say)).end(seconds_max=CHILD_SECONDS_MAX)
    names = end.heard("passed")
    if names is None:
        raise RuntimeError(f"the scene {scene.name} does not play: {end.heard('error')}")
    return list(names)


def choose(trials: int, seed: int, lengths: dict[int, int]) -> list[Trial]:
    """Every boundary once before any comes twice, in an order that the seed decides."""
    chance = random.Random(seed)
    points: list[tuple[int, int]] = []
    chosen: list[Trial] = []
    for number in range(trials):
        if not points:
            points = [(scene, boundary) for scene, length in lengths.items() for boundary in range(1, length + 1)]
            chance.shuffle(points)
        is_moment = number % MOMENTS == MOMENTS - 1
        scene, boundary = (chance.choice(list(lengths)), 0) if is_moment else points.pop()
        chosen.append(
            Trial(
                number=number,
                scene=scene,
                boundary=boundary,
                moment=chance.random(),
                second_cut=chance.randint(1, RECOVERY_BOUNDARIES) if number % SECOND_CUTS == 0 else 0,
                delay_seconds=chance.choice([1, 5, 30, 120]),
                factor=chance.choice(["1", "1", "1.004", "0.99"]),
            )
        )
    return chosen


def work(part: Iterable[Trial], say: Say) -> None:
    """A worker's share of the trials, one after the other."""
    for trial in part:
        with databases.copy(f"trial{trial.number}") as name:
            say(run(trial, name))


def run(trial: Trial, name: str) -> dict[str, Any]:
    """Cut, cut again where the trial says so, recover and judge."""
    scene = SCENES[trial.scene]
    at = WALK_AT + timedelta(seconds=trial.delay_seconds)
    if scene.prepare in scenes.A_DAY_LATER:
        at += timedelta(seconds=scenes.DAY_SECONDS)
    end = _cut(scene, trial, name)
    answer = {
        "scene": scene.name,
        "at": end.heard("cut_at") or "a moment",
        "killed": end.was_cut,
        "killed_again": False,
    }
    if trial.second_cut:
        bounds = Boundaries(deadly=trial.second_cut)
        again = Fork(lambda say: _recover_watched(name, at, bounds, say)).end(seconds_max=CHILD_SECONDS_MAX)
        answer["killed_again"] = again.was_cut
        at += timedelta(seconds=trial.delay_seconds)
    judged = Fork(lambda say: _judge(trial, name, say, at=at, end=end)).end(seconds_max=CHILD_SECONDS_MAX)
    verdict = judged.heard("verdict")
    if verdict is None:
        verdict = {
            "lost": [],
            "doubled": [],
            "wrong": [f"no verdict: {judged.heard('error')}"],
            "ended": "?",
            "code": "",
        }
    return {**answer, **verdict, "trial": asdict(trial)}


def _cut(scene: Scene, trial: Trial, name: str) -> End:
    if trial.boundary:
        fork = Fork(lambda say: walk(scene, name, Boundaries(deadly=trial.boundary, say=say), say))
        return fork.end(seconds_max=CHILD_SECONDS_MAX)
    # Long enough to be anywhere in the walk; a walk that ended before is cut after it, which must do no harm either.
    fork = Fork(lambda say: walk(scene, name, Boundaries(), say, linger=True))
    return fork.end(seconds_max=CHILD_SECONDS_MAX, cut_after=0.01 + trial.moment * 0.15)


def walk(scene: Scene, name: str, boundaries: Boundaries, say: Say, *, linger: bool = False) -> None:
    """The child's part: play the scene on its database, counting."""
    databases.use(name)
    stage = scenes.enter(WALK_AT)
    scene.prepare(stage)
    with boundaries.watched():
        scene.play(stage, say)
    say({"passed": boundaries.passed})
    while linger:
        time.sleep(1)


def _recover_watched(name: str, at: datetime, boundaries: Boundaries, say: Say) -> None:
    databases.use(name)
    stage = scenes.enter(at)
    with boundaries.watched():
        recovery.recover(stage, Decimal(1))
    say({"passed": []})


def _judge(trial: Trial, name: str, say: Say, *, at: datetime, end: End) -> None:
    databases.use(name)
    verdict = recovery.judge(
        SCENES[trial.scene],
        at,
        factor=Decimal(trial.factor),
        acknowledged=end.heard("acknowledged"),
        canceled=end.heard("cancel_acknowledged"),
    )
    say({"verdict": verdict})


def add_up(lines: Iterable[dict[str, Any]], report: Report) -> Report:
    """The verdicts as one report."""
    hit: set[tuple[int, int]] = set()
    played: Counter[str] = Counter()
    ended: Counter[str] = Counter()
    for line in lines:
        if "trial" not in line:
            continue
        report.trials += 1
        report.killed += line["killed"]
        report.killed_again += line["killed_again"]
        played[line["scene"]] += 1
        ended[f"{line['scene']}: {line['ended']} {line['code']}".strip()] += 1
        if line["trial"]["boundary"] and line["killed"]:
            hit.add((line["trial"]["scene"], line["trial"]["boundary"]))
        for kind in ("lost", "doubled", "wrong"):
            found = line[kind]
            setattr(report, kind, getattr(report, kind) + bool(found))
            report.details += [f"trial {line['trial']} cut at {line['at']}: {fault}" for fault in found]
    report.boundaries_hit = len(hit)
    report.scenes, report.ended = dict(sorted(played.items())), dict(sorted(ended.items()))
    return report
