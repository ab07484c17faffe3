"""Everything a production installation needs before its processes start."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from arbion import preparation


class Command(BaseCommand):
    """Prepare tables, instruments, schedule and static files."""

    help = "Brings tables, instruments, schedule and static files up to date. Safe to run at every deployment."

    def handle(self, **_: Any) -> None:
        """Each step, and what it did."""
        self.stdout.write(f"migrations applied: {preparation.migrate()}")
        self.stdout.write(f"instruments loaded: {preparation.load_catalogue()}")
        self.stdout.write(f"schedules created: {preparation.setup_schedules()}")
        if not settings.EMBEDDED:
            call_command("collectstatic", interactive=False, verbosity=0)
            self.stdout.write(f"static files in {settings.STATIC_ROOT}")
