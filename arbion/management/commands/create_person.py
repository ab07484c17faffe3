"""Makes a person, with the password from standard input or from a hidden prompt."""

from __future__ import annotations

import getpass
import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.services import create_person
from arbion.domain.enums import Role
from arbion.domain.errors import ArbionError


class Command(BaseCommand):
    """Make a person."""

    help = "Makes a person. The password is read from standard input, or asked for when that is a terminal."

    def add_arguments(self, parser: CommandParser) -> None:
        """Address, role, and how to answer."""
        parser.add_argument("email")
        parser.add_argument("--role", choices=Role.values, default=Role.STANDARD)
        parser.add_argument("--json", action="store_true", help="Answer with one JSON object.")

    def handle(self, *, email: str, role: str, **options: Any) -> None:
        """Read the password, make the person, say who it is."""
        password = _read_password()
        if not password:
            raise CommandError("No password was given.")
        try:
            user = create_person(email=email, password=password, role=role)
        except ArbionError as error:
            raise CommandError(error.detail) from error
        facts = {"id": str(user.public_id), "email": user.email, "role": str(user.role)}
        plain = f"{user.email} is here, with the role {user.role}."
        self.stdout.write(json.dumps(facts) if options["json"] else plain)


def _read_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if password != getpass.getpass("Again: "):
        raise CommandError("The two are not the same.")
    return password
