"""Repeats a claim of the README: each proof runs in a sandbox of its own and fails if the claim does not hold."""

from __future__ import annotations

import json
import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from arbion.proofs import kills, sandbox
from arbion.proofs.kills import Report

TRIALS, QUICK_TRIALS = 300, 60
SECONDS_MAX = 1800


class Command(BaseCommand):
    """Prove something."""

    help = "Proves that an order survives a crash at any line: `prove kills`. On SQLite, and on PostgreSQL if named."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to prove, and how often."""
        parser.add_argument(
            "claim",
            nargs="?",
            default="kills",
            choices=["kills"],
            help="kills: SIGKILL between any two steps loses nothing",
        )
        parser.add_argument(
            "--trials", type=int, default=0, help=f"how many cuts ({TRIALS}, with --quick {QUICK_TRIALS})"
        )
        parser.add_argument("--seed", type=int, help="repeats exactly the cuts of an earlier run")
        parser.add_argument("--quick", action="store_true", help="fewer cuts, SQLite alone")
        parser.add_argument("--json", action="store_true", help="answer in JSON")

    def handle(self, *, trials: int, seed: int | None, quick: bool, json: bool, **_: Any) -> None:
        """Inside a sandbox do the work; outside make one for each database."""
        trials = trials or (QUICK_TRIALS if quick else TRIALS)
        if trials < 1:
            raise CommandError("--trials must be at least 1")
        seed = secrets.randbelow(10**6) if seed is None else seed
        if sandbox.is_inside():
            self._prove(trials, seed, json)
            return
        arguments = ["prove", "kills", f"--trials={trials}", f"--seed={seed}", *(["--json"] if json else [])]
        urls = [""] if quick else ["", *filter(None, [sandbox.postgres_url()])]
        failed = [url for url in urls if sandbox.run(arguments, url=url, seconds_max=SECONDS_MAX) != 0]
        if failed:
            raise CommandError("the proof failed")

    def _prove(self, trials: int, seed: int, as_json: bool) -> None:
        report = kills.prove(trials=trials, seed=seed)
        self.stdout.write(json.dumps(report.as_json(), indent=2) if as_json else self._words(report))
        if not report.is_clean:
            raise CommandError("something was lost, doubled or wrong")

    def _words(self, report: Report) -> str:
        cuts = f"{report.killed} of {report.trials} processes killed, {report.killed_again} of them again in recovery"
        lines = [
            f"{report.database}: {cuts}, in {report.seconds} s (seed {report.seed})",
            f"boundaries hit {report.boundaries_hit} of {report.boundaries_known} known",
            *(f"  {number:>4}  {how}" for how, number in report.ended.items()),
            *(self.style.ERROR(detail) for detail in report.details[:20]),
            f"lost {report.lost}, doubled {report.doubled}, wrong {report.wrong}",
        ]
        return "\n".join(lines)
