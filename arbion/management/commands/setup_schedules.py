"""Puts the periodic tasks into the database, where the admin can change them."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from arbion.schedules import setup_schedules


class Command(BaseCommand):
    """Create the schedules that are missing."""

    help = "Creates the periodic tasks that are missing; what an operator changed stays as it is."

    def handle(self, **_: Any) -> None:
        """Create, and say how many."""
        self.stdout.write(f"schedules created: {setup_schedules()}")
