"""What has to stand before anything runs: tables, instruments, an owner, the schedule. Each may be called again."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from accounts import services
from arbion import schedules
from marketdata import instruments, seeding


@dataclass(frozen=True, slots=True)
class NewOwner:
    """The account made at the first start; the password only if we chose it."""

    email: str
    password: str | None


def migrate() -> int:
    """Bring the tables up to date; answers how many migrations that took."""
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        call_command("migrate", interactive=False, verbosity=0)
    return len(missing)


def load_catalogue() -> int:
    """Load the shipped instruments, and the exchange's hours where they do not reach two years ahead."""
    seeding.refresh_hours(only_if_due=True)
    return instruments.load_catalogue()


def first_owner() -> NewOwner | None:
    """Make the first superadmin; None when there is one already."""
    if services.superadmins().exists():
        return None
    made_up = services.ensure_owner(email=settings.OWNER_EMAIL, password=settings.OWNER_PASSWORD or None)
    return NewOwner(settings.OWNER_EMAIL, made_up)


def setup_schedules() -> int:
    """Put the periodic tasks into the database."""
    return schedules.setup_schedules()
