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
and every line of output {"id": ..., "interpretation": {...}}, in the same sequence. A line that cannot be read is
answered with {"id": ..., "error": {"code": ..., "line": ..., "detail": ...}} and the next one is read; the codes are
invalid_json, invalid_text and invalid_moment.

exit codes: 0 all read, 1 a line or a moment could not be read, 2 wrong usage"""


class BadLine(ValueError):
    """A line that cannot be read: its id where it has one, a code, and why."""

    def __init__(self, code: str, detail: str, *, key: object = None) -> None:
        super().__init__(detail)
        self.code, self.detail, self.key = code, detail, key


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
            # Bytes, so that a line that is no UTF-8 spoils itself only.
            self._lines(getattr(sys.stdin, "buffer", sys.stdin), index=index, moment=moment)
            return
        found = interpret(options["text"], index=index, as_of=moment)
        self.stdout.write(json.dumps(found.to_dict(), ensure_ascii=False, indent=2))

    def _lines(self, lines: Iterable[str | bytes], *, index: NameIndex, moment: datetime) -> None:
        bad = 0
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                key, text, as_of = parse_line(line, moment=moment)
            except BadLine as error:
                bad += 1
                answer = {"id": error.key, "error": {"code": error.code, "line": number, "detail": error.detail}}
            else:
                answer = {"id": key, "interpretation": interpret(text, index=index, as_of=as_of).to_dict()}
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
        if bad:
            raise CommandError(f"Lines that could not be read: {bad}.", returncode=1)


def parse_line(line: str | bytes, *, moment: datetime) -> tuple[object, str, datetime]:
    """The id, the text and the moment of one line of input."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadLine("invalid_json", f"not JSON: {error}") from error
    if not isinstance(row, dict):
        raise BadLine("invalid_json", "an object is needed")
    key, text, as_of = row.get("id"), row.get("text"), row.get("as_of")
    if not isinstance(text, str):
        raise BadLine("invalid_text", 'a "text" is needed', key=key)
    try:
        return key, text, parse_moment(as_of) if as_of else moment
    except CommandError as error:
        raise BadLine("invalid_moment", str(error), key=key) from error


def parse_moment(text: object) -> datetime:
    """An ISO 8601 moment; without an offset it is UTC."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise CommandError(f"not a moment in ISO 8601: {text!r}") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
