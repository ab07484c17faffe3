"""Prints what a sentence means, as JSON; reads no table and calls nobody."""

import argparse
import json
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from arbion.lib.clock import SYSTEM
from marketdata.catalogue import rows
from marketdata.names import NameIndex
from trading.interpreter import interpret

EPILOG = """examples:
  manage.py interpret "buy 10 apple"
  manage.py interpret "buy 1 AAPL 200 call expiring next Friday" --as-of 2026-11-20T15:00:00Z
  manage.py interpret --jsonl < sentences.jsonl

With --jsonl every line of standard input is {"id": ..., "text": ..., "as_of": "2026-11-20T15:00:00Z"}, as_of optional,
and every line of output {"id": ..., "interpretation": {...}}, in the same sequence.

exit codes: 0 read, 1 a line or a moment could not be read (nothing is printed for it but the error), 2 wrong usage"""


class Command(BaseCommand):
    """One sentence, or one a line, in; its interpretation out."""

    help = "Read plain instructions and print what they mean as JSON. Nothing is traded and nothing is stored."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """The sentence or --jsonl, and the moment relative dates are read against."""
        parser.epilog = EPILOG
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        parser.add_argument("text", nargs="?", help="the sentence to read")
        parser.add_argument("--jsonl", action="store_true", help="read JSON lines from standard input")
        parser.add_argument(
            "--as-of", metavar="MOMENT", help="ISO 8601 moment relative dates are read against (default: now)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Read what was given; complain about what cannot be read."""
        if bool(options["text"] is not None) == bool(options["jsonl"]):
            raise CommandError("Give one sentence, or --jsonl with lines on standard input.", returncode=2)
        moment = parse_moment(options["as_of"]) if options["as_of"] else SYSTEM.now()
        index = NameIndex.build(rows())
        if options["jsonl"]:
            self._lines(sys.stdin, index=index, moment=moment)
            return
        found = interpret(options["text"], index=index, as_of=moment)
        self.stdout.write(json.dumps(found.to_dict(), ensure_ascii=False, indent=2))

    def _lines(self, lines: Iterable[str], *, index: NameIndex, moment: datetime) -> None:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            row = parse_line(line, number)
            as_of = parse_moment(row["as_of"]) if row.get("as_of") else moment
            found = interpret(row["text"], index=index, as_of=as_of)
            answer = {"id": row.get("id"), "interpretation": found.to_dict()}
            self.stdout.write(json.dumps(answer, ensure_ascii=False))


def parse_line(line: str, number: int) -> dict[str, Any]:
    """One line of input as an object with a text."""
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise CommandError(f"line {number}: not JSON: {error.msg}") from error
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise CommandError(f'line {number}: an object with a "text" is needed')
    return row


def parse_moment(text: object) -> datetime:
    """An ISO 8601 moment; without an offset it is UTC."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise CommandError(f"not a moment in ISO 8601: {text!r}") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
