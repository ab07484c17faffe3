"""Measures the house beside the quickest thing that could do the same work; prints figures and ratios."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

BENCHES = {
    "orders": "orders a second through the whole road, beside the same writes without the house",
    "ticks": "one tick of 2,000 and 10,000 instruments, made and recorded, beside plain numpy",
    "fanout": "one tick to 200 sockets with 50 symbols each, beside a bare broadcast",
}


class Command(BaseCommand):
    """Measure something."""

    help = "Measures the house; judges nothing."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to measure."""
        parser.add_argument("--list", action="store_true", help="say what can be measured")

    def handle(self, **_: Any) -> None:
        """Say what can be measured."""
        for name, what in BENCHES.items():
            self.stdout.write(f"{name:<8} {what}")
