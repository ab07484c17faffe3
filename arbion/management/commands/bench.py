"""Measures the house beside the quickest thing that could do the same work; prints figures and ratios."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from arbion.benchmarks import suite, words
from arbion.benchmarks.suite import BENCHES, GROUPS

SECONDS, SECONDS_MAX = 2.0, 60.0


class Command(BaseCommand):
    """Measure something."""

    help = "Measures the exchange, its market, the risk desk and the fan-out on throw-away databases; judges nothing."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to measure, and for how long."""
        parser.add_argument("name", nargs="?", choices=[*BENCHES, *GROUPS], default="all", help="what to measure (all)")
        parser.add_argument(
            "--seconds", type=float, default=SECONDS, help=f"how long each measurement lasts ({SECONDS:g})"
        )
        parser.add_argument("--small", action="store_true", help="a tiny world: shows that it runs, not how fast")
        parser.add_argument("--json", action="store_true", help="answer in JSON")
        parser.add_argument("--list", action="store_true", help="say what can be measured")

    def handle(self, *, name: str, seconds: float, small: bool, **asked: Any) -> None:
        """Measure and print."""
        if asked["list"]:
            groups = {group: f"all of: {', '.join(names)}" for group, names in GROUPS.items()}
            self.stdout.write("\n".join(f"{bench:<9} {what}" for bench, what in {**BENCHES, **groups}.items()))
            return
        if not 0 < seconds <= SECONDS_MAX:
            raise CommandError(f"--seconds must be above 0 and at most {SECONDS_MAX:g}")
        names = GROUPS.get(name, (name,))
        run = suite.run(names, seconds=seconds, small=small, say=self.stderr.write)
        self.stdout.write(json.dumps(run.as_json(), indent=2) if asked["json"] else words.of(run))
        if run.could_not:
            raise CommandError(f"could not be measured: {'; '.join(run.could_not)}")
