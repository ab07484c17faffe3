"""Lifts a halt: of an account, a person or the whole house."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from arbion.domain.errors import ArbionError
from arbion.management.commands.halt import account_called, person_called
from riskdesk.models import Halt
from trading.execution.halt import resume
from trading.execution.halt.impose import adopt
from trading.models import HaltReceipt


class Command(BaseCommand):
    """Let trading go on."""

    help = "Lifts the halts in force of an account, of a person or of the house, or the one of a receipt."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose, and why."""
        whom = parser.add_mutually_exclusive_group(required=True)
        whom.add_argument("--account", help="The id of one account.")
        whom.add_argument("--person", metavar="EMAIL", help="The halts of one person, not those of single accounts.")
        whom.add_argument("--house", action="store_true", help="The halts of everybody.")
        whom.add_argument("--receipt", help="The halt of one receipt.")
        parser.add_argument("--reason", required=True)
        parser.add_argument("--json", action="store_true", help="Answer with one JSON object.")

    def handle(self, *, reason: str, **options: Any) -> None:
        """Lift what is in force, and fail where nothing is."""
        found = list(self._halts(options).filter(lifted_at=None).order_by("imposed_at"))
        if not found:
            raise CommandError("Nothing of this scope is halted.")
        try:
            for imposed in found:
                receipt = HaltReceipt.objects.select_related("halt").filter(halt=imposed).first()
                resume(receipt or adopt(imposed), reason=reason, actor=None)
        except ArbionError as error:
            raise CommandError(error.detail) from error
        said = f"{len(found)} halt{'s' if len(found) > 1 else ''} lifted."
        self.stdout.write(json.dumps({"lifted": len(found)}) if options["json"] else said)

    def _halts(self, options: dict[str, Any]) -> Any:
        if options["account"]:
            return Halt.objects.filter(account=account_called(options["account"]))
        if options["person"]:
            return Halt.objects.filter(user=person_called(options["person"]))
        if options["receipt"]:
            try:
                return Halt.objects.filter(receipts=UUID(options["receipt"]))
            except ValueError as error:
                raise CommandError("There is no such receipt.") from error
        return Halt.objects.filter(user=None, account=None)
