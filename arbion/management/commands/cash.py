"""Puts cash into somebody's practice account, or takes it out, within the same limits as everywhere."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from arbion.domain.errors import ArbionError
from arbion.domain.numbers import plain, read_decimal
from arbion.lib.ids import new_id
from trading.books.opening import ensure_simulated_account
from trading.execution.cash import deposit, withdraw
from trading.models import WishStatus

VERBS = {"deposit": deposit, "withdraw": withdraw}


class Command(BaseCommand):
    """Move practice cash."""

    help = "Puts cash into a person's practice account or takes it out. The same --key again moves nothing more."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which way, whose, how much."""
        parser.add_argument("direction", choices=sorted(VERBS))
        parser.add_argument("email")
        parser.add_argument("amount", help="In the account's currency, such as 2500.00.")
        parser.add_argument("--key", default="", help="Makes a repeat the same movement; a fresh one where left out.")
        parser.add_argument("--json", action="store_true", help="Answer with one JSON object.")

    def handle(self, *, direction: str, email: str, amount: str, **options: Any) -> None:
        """Ask for the movement, say what became of it, and fail where it was refused."""
        user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
        if user is None:
            raise CommandError("There is no such person, or the account is switched off.")
        key = options["key"] or f"command:{new_id()}"
        try:
            wanted = read_decimal(amount)
        except ValueError as error:
            raise CommandError("Write the amount as a plain decimal number such as 2500.00.") from error
        try:
            account = ensure_simulated_account(user)
            made = VERBS[direction](account, user=user, amount=wanted, client_key=key)
        except ArbionError as error:
            raise CommandError(error.detail) from error
        facts = {
            "id": str(made.pk),
            "account": str(account.public_id),
            "kind": made.kind,
            "amount": plain(made.amount),
            "status": made.status,
            "reason": made.refusal_reason,
        }
        said = (
            f"{made.get_kind_display()} of {facts['amount']} {account.currency}: {made.get_status_display().lower()}."
        )
        self.stdout.write(json.dumps(facts) if options["json"] else said)
        if made.status == WishStatus.REFUSED:
            raise CommandError(made.refusal_reason)
