"""Opens a further practice account for somebody, with its opening cash."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from arbion.domain.errors import ArbionError
from trading.books.opening import open_another


class Command(BaseCommand):
    """Open a further practice account."""

    help = (
        "Opens a further practice account for a person; at the desk it is named: “buy 10 apple in my Growth account”."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose, and how it is called."""
        parser.add_argument("email")
        parser.add_argument("name", help="How it is called, such as Growth.")
        parser.add_argument("--json", action="store_true", help="Answer with one JSON object.")

    def handle(self, *, email: str, name: str, **options: Any) -> None:
        """Open it."""
        user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
        if user is None:
            raise CommandError("There is no such person, or the account is switched off.")
        try:
            account = open_another(user, name)
        except ArbionError as error:
            raise CommandError(error.errors[0].detail if error.errors else error.detail) from error
        facts = {"account": str(account.public_id), "name": account.name}
        said = f"{user.email} has the account {account.name} ({account.public_id}) now."
        self.stdout.write(json.dumps(facts) if options["json"] else said)
