"""The health probes for scripts and container checks: no website is needed to ask them."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from arbion.health import probes


class Command(BaseCommand):
    """Ask the probes and exit non-zero when one is not well."""

    help = "Asks what Arbion leans on whether it answers; exits 1 when something does not."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which probes, and in what form to answer."""
        parser.add_argument("probe", nargs="*", help=f"only these: {', '.join(probes.PROBES)} (default: all)")
        parser.add_argument("--json", action="store_true", help="answer in JSON")

    def handle(self, *, probe: list[str], json: bool, **_: Any) -> None:
        """Ask and tell."""
        unknown = sorted(set(probe) - set(probes.PROBES))
        if unknown:
            raise CommandError(f"There is no probe {unknown[0]!r}. There are: {', '.join(probes.PROBES)}.")
        chosen = {name: probes.PROBES[name] for name in probe} or probes.PROBES
        findings = probes.run(probes=chosen)
        if json:
            self.stdout.write(_as_json(findings))
        else:
            for one in findings:
                self.stdout.write(f"{one.name:<16} {one.latency_ms:8.2f} ms  {one.state}")
        if not all(one.is_ok for one in findings):
            sys.exit(1)


def _as_json(findings: list[probes.Finding]) -> str:
    return json.dumps({one.name: {"state": one.state, "latency_ms": one.latency_ms} for one in findings})
