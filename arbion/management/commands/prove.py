"""Repeats a claim of the README: each proof runs in a sandbox of its own and fails if the claim does not hold."""

from __future__ import annotations

import json
import secrets
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from arbion.proofs import sandbox
from arbion.proofs.claims import CLAIMS, Claim, Verdict, module_of


class Command(BaseCommand):
    """Prove something."""

    help = "Proves what the README claims, for example `prove crash`. On SQLite, and on PostgreSQL if named."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to prove, and how often."""
        says = "; ".join(f"{name}: {claim.says}" for name, claim in CLAIMS.items())
        parser.add_argument("claim", nargs="?", default="crash", choices=[*CLAIMS], help=says)
        parser.add_argument("--trials", type=int, default=0, help="how many trials (each claim has its own number)")
        parser.add_argument("--seed", type=int, help="repeats exactly the trials of an earlier run")
        parser.add_argument("--quick", action="store_true", help="fewer trials, as a rule on SQLite alone")
        parser.add_argument("--json", action="store_true", help="answer in JSON")

    def handle(self, *, claim: str, trials: int, seed: int | None, quick: bool, json: bool, **_: Any) -> None:
        """Inside a sandbox do the work; outside make one for each database."""
        known = CLAIMS[claim]
        asked = trials or (known.quick_trials if quick else known.trials)
        if asked < 1:
            raise CommandError("--trials must be at least 1")
        seed = secrets.randbelow(10**6) if seed is None else seed
        module = module_of(claim)
        if sandbox.is_inside():
            self._say(module.prove(trials=asked, seed=seed), json)
            return
        if hasattr(module, "conduct"):
            self._say(module.conduct(trials=asked, seed=seed, quick=quick, ask=_asking(claim, known)), json)
            return
        failed = []
        for url in _databases(known, quick=quick):
            count = known.postgres_trials if url and known.postgres_trials and not (trials or quick) else asked
            arguments = _arguments(claim, count, seed, json)
            failed += [url] if sandbox.run(arguments, url=url, seconds_max=known.seconds_max) != 0 else []
        if failed:
            raise CommandError("the proof failed")

    def _say(self, verdict: Verdict, as_json: bool) -> None:
        self.stdout.write(json.dumps(verdict.as_json(), indent=2) if as_json else verdict.words())
        if not verdict.is_clean:
            raise CommandError("something was lost, doubled or wrong")


def _databases(claim: Claim, *, quick: bool) -> list[str]:
    if claim.is_of_postgres:
        if not (url := sandbox.postgres_url()):
            raise CommandError("PostgreSQL does not answer, and this can only be proven there")
        return [url]
    on_postgres = claim.is_quick_on_postgres or not quick
    return ["", *filter(None, [sandbox.postgres_url()] if on_postgres else [])]


def _arguments(claim: str, trials: int, seed: int, as_json: bool) -> list[str]:
    return ["prove", claim, f"--trials={trials}", f"--seed={seed}", *(["--json"] if as_json else [])]


def _asking(name: str, claim: Claim) -> Any:
    def ask(url: str, trials: int, seed: int) -> dict[str, Any]:
        return sandbox.ask(_arguments(name, trials, seed, True), url=url, seconds_max=claim.seconds_max)

    return ask
