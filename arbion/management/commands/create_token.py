"""Makes an API token for a person and prints its key, this once."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Scope, User
from accounts.tokens import issue
from arbion.domain.errors import ArbionError


class Command(BaseCommand):
    """Make an API token."""

    help = "Makes an API token for a person and prints its key. The key is not shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose it is, what it opens, for how long."""
        parser.add_argument("email")
        parser.add_argument("--scope", choices=Scope.values, default=Scope.READ)
        parser.add_argument("--days", type=int, default=settings.API_TOKEN_DAYS)
        parser.add_argument("--name", default="command line")
        parser.add_argument("--json", action="store_true", help="Answer with one JSON object.")

    def handle(self, *, email: str, **options: Any) -> None:
        """Find the person, make the token, print its key."""
        user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
        if user is None:
            raise CommandError("There is no such person, or the account is switched off.")
        facts = {name: options[name] for name in ("name", "scope", "days")}
        try:
            token, key = issue(user=user, actor=None, **facts)
        except ArbionError as error:
            raise CommandError(error.detail) from error
        answer = {"token": key, "scope": token.scope, "expires_at": token.expires_at.isoformat()}
        self.stdout.write(json.dumps(answer) if options["json"] else key)
