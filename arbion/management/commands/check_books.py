"""Proof on demand that the books are right: inside themselves and against every venue."""

from __future__ import annotations

import dataclasses
import json
import time
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from arbion.proofs import oracle
from brokers.models import BrokerAccount
from trading.books.check import Fault

# In a house at work an execution may be seconds away from being booked: only what stays is a fault.
LOOKS = 3
PAUSE_SECONDS = 1.0


class Command(BaseCommand):
    """Check every account, or one."""

    help = "Checks that the books add up and agree with the venues. Changes nothing; fails if anything is wrong."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose books, and in which form to answer."""
        parser.add_argument("--account", metavar="ID", help="the public id of one account; otherwise all")
        parser.add_argument("--json", action="store_true", help="answer in JSON")

    def handle(self, *, account: str | None, json: bool, **_: Any) -> None:
        """Check, show, and fail if there is a fault."""
        faults = [fault for row in _accounts(account) for fault in _lasting_faults(row)]
        self._show_json(faults) if json else self._show(faults)
        if faults:
            raise CommandError(f"{len(faults)} faults in the books")

    def _show(self, faults: list[Fault]) -> None:
        for name, number in dataclasses.asdict(oracle.count()).items():
            self.stdout.write(f"{name:<10} {number:>9,}")
        for fault in faults:
            self.stdout.write(self.style.ERROR(f"account {fault.account}: {fault.rule}: {fault.detail}"))
        if not faults:
            self.stdout.write(self.style.SUCCESS("The books are right."))

    def _show_json(self, faults: list[Fault]) -> None:
        answer = {
            "ok": not faults,
            "counts": dataclasses.asdict(oracle.count()),
            "faults": [dataclasses.asdict(fault) for fault in faults],
        }
        self.stdout.write(json.dumps(answer, indent=2))


def _accounts(public_id: str | None) -> list[BrokerAccount]:
    rows = BrokerAccount.objects.filter(cursor__isnull=False).order_by("pk")
    if public_id is None:
        return list(rows)
    try:
        return [rows.get(public_id=UUID(public_id))]
    except (ValueError, BrokerAccount.DoesNotExist) as error:
        raise CommandError(f"There is no account {public_id}.") from error


def _lasting_faults(account: BrokerAccount) -> list[Fault]:
    faults = oracle.faults_of(account)
    for _ in range(LOOKS - 1):
        if not faults:
            break
        time.sleep(PAUSE_SECONDS)
        again = oracle.faults_of(account)
        faults = [fault for fault in again if fault in faults]
    return faults
