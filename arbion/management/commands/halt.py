"""Halts trading for an account, a person or the whole house, and prints the receipt."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from arbion.domain.errors import ArbionError
from brokers.models import BrokerAccount
from trading.execution.halt import halt
from trading.models import HaltItem, HaltReceipt, HaltScope, ItemState, ReceiptState


def account_called(public_id: str) -> BrokerAccount:
    """The account of this public id. Raises CommandError."""
    try:
        return BrokerAccount.objects.select_related("user").get(public_id=UUID(public_id), archived_at=None)
    except (ValueError, BrokerAccount.DoesNotExist) as error:
        raise CommandError("There is no such account in use.") from error


def person_called(email: str) -> User:
    """The person of this address. Raises CommandError."""
    user = User.objects.filter(email=email.strip().lower()).first()
    if user is None:
        raise CommandError("There is no such person.")
    return user


def facts_of(receipt: HaltReceipt) -> dict[str, Any]:
    """The receipt as JSON values."""
    items = HaltItem.objects.filter(line__receipt=receipt)
    left = items.exclude(state=ItemState.CONFIRMED).select_related("instrument")
    return {
        "id": str(receipt.pk),
        "state": receipt.state,
        "scope": receipt.scope,
        "flatten": receipt.flatten,
        "reason": receipt.halt.reason,
        "blocked_at": receipt.blocked_at.isoformat(),
        "venue_zero_at": None if receipt.venue_zero_at is None else receipt.venue_zero_at.isoformat(),
        "asked": items.exclude(state=ItemState.LEFT).count(),
        "confirmed": items.filter(state=ItemState.CONFIRMED).count(),
        "left": [{"kind": item.kind, "symbol": item.instrument.symbol, "reason": item.reason} for item in left],
        "troubles": [line.trouble for line in receipt.lines.exclude(trouble="")],
    }


class Command(BaseCommand):
    """Halt trading."""

    help = (
        "Refuses new risk at once, cancels the orders that could add some, closes what is held with --flatten, and "
        "asks the venues until they say that nothing is left. Fails where that is not so yet; the sweep then goes on."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Whom to stop, why, and whether to close what is held."""
        whom = parser.add_mutually_exclusive_group(required=True)
        whom.add_argument("--account", help="The id of one account.")
        whom.add_argument("--person", metavar="EMAIL", help="All accounts of one person.")
        whom.add_argument("--house", action="store_true", help="Everybody.")
        parser.add_argument("--reason", required=True)
        parser.add_argument("--flatten", action="store_true", help="Close what is held, at the market.")
        parser.add_argument("--json", action="store_true", help="Answer with one JSON object.")

    def handle(self, *, reason: str, **options: Any) -> None:
        """Halt, print the receipt, and fail where something is left."""
        account = account_called(options["account"]) if options["account"] else None
        user = person_called(options["person"]) if options["person"] else None
        scope = HaltScope.ACCOUNT if account else HaltScope.PERSON if user else HaltScope.HOUSE
        try:
            receipt = halt(
                scope=scope, reason=reason, actor=None, user=user, account=account, flatten=options["flatten"]
            )
        except ArbionError as error:
            raise CommandError(error.detail) from error
        facts = facts_of(receipt)
        if options["json"]:
            self.stdout.write(json.dumps(facts))
        else:
            self.stdout.write(f"Halted; the receipt is {receipt.pk}: {receipt.get_state_display().lower()}.")
            self.stdout.write(f"{facts['asked']} asked, {facts['confirmed']} confirmed, {len(facts['left'])} left.")
        if receipt.state != ReceiptState.DONE:
            why = [*facts["troubles"], *(f"{item['symbol']}: {item['reason']}" for item in facts["left"])]
            raise CommandError("New risk is refused, but not everything is done yet: " + " ".join(why))
