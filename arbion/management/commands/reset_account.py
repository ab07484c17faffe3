"""Starts somebody's practice account anew: the old one is kept as history, a new one opens with its cash."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from arbion.domain.errors import ArbionError
from trading.books.opening import ensure_simulated_account
from trading.execution.reset import reset_account


class Command(BaseCommand):
    """Start a practice account anew."""

    help = "Archives a person's practice account and opens a new one that is treated alike. Nothing is deleted."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose, and that it is meant."""
        parser.add_argument("email")
        parser.add_argument("--yes", action="store_true", help="Do it without asking.")
        parser.add_argument("--json", action="store_true", help="Answer with one JSON object.")

    def handle(self, *, email: str, **options: Any) -> None:
        """Ask once more where nobody said yes, then start anew."""
        user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
        if user is None:
            raise CommandError("There is no such person, or the account is switched off.")
        if not options["yes"] and input(f"Archive the practice account of {user.email}? [y/N] ").strip().lower() != "y":
            raise CommandError("Nothing was changed.")
        try:
            old = ensure_simulated_account(user)
            fresh = reset_account(old, actor=user)
        except ArbionError as error:
            raise CommandError(error.detail) from error
        facts = {"archived": str(old.public_id), "account": str(fresh.public_id)}
        said = f"{user.email} trades in the account {fresh.public_id} now; {old.public_id} is history."
        self.stdout.write(json.dumps(facts) if options["json"] else said)
