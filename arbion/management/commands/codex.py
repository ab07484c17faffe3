"""Asks the code assistant from the command line, shows its diff, and applies one after a yes."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from accounts.roles import Ability, can
from arbion.codex import applying, asking, selectors
from arbion.codex.asking import Wish
from arbion.codex.models import CodexTask, TaskStatus
from arbion.codex.wire import TaskSerializer
from arbion.domain.enums import Role
from arbion.domain.errors import ArbionError

EPILOG = """examples:
  manage.py codex "Why does the average drift?" strategies/mean.py
  manage.py codex "Add a test" strategies/mean.py --create --person owner@example.com
  manage.py codex --apply 4f6c0c62-6a39-4bd2-9d4e-0f9a6a4d7d11

Nothing is run, and nothing is written without --apply and a yes. Files are named from CODEX_WORKSPACE on.

exit codes: 0 answered or applied, 1 refused or failed, 2 wrong usage"""


class Command(BaseCommand):
    """`manage.py codex "instruction" FILE…` and `manage.py codex --apply ID`."""

    help = "Ask the code model about files of the workspace and print its analysis and diff, or apply a diff."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to ask about which files, or what to apply."""
        parser.epilog = EPILOG
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        parser.add_argument("instruction", nargs="?", help="what to do")
        parser.add_argument("files", nargs="*", metavar="FILE", help="the files that may be changed")
        parser.add_argument("--person", metavar="EMAIL", help="the superadmin who asks (default: the only one)")
        parser.add_argument("--create", action="store_true", help="new files may be made")
        parser.add_argument("--apply", metavar="ID", help="write the diff of this task")
        parser.add_argument("--yes", action="store_true", help="with --apply: do not ask once more")
        parser.add_argument("--json", action="store_true", help="answer with the task as JSON")

    def handle(self, **options: Any) -> None:
        """Ask or apply."""
        if bool(options["instruction"]) == bool(options["apply"]):
            raise CommandError("Give an instruction with its files, or --apply with a task's id.", returncode=2)
        try:
            person = _person(options["person"])
            task = self._apply(person, options) if options["apply"] else _asked(person, options)
        except ArbionError as refusal:
            raise CommandError(f"{refusal.code}: {refusal.detail}") from refusal
        if options["json"]:
            self.stdout.write(json.dumps(TaskSerializer(task).data, indent=2, ensure_ascii=False))
        elif not options["apply"]:
            self._show(task)
        if task.status == TaskStatus.FAILED:
            raise CommandError(f"{task.code}: {task.words}")

    def _apply(self, person: User, options: dict[str, Any]) -> CodexTask:
        """Show the diff, hear a yes, and write it."""
        task = selectors.task_of(person, _id(options["apply"]))
        if not options["yes"]:
            if not sys.stdin.isatty():
                raise CommandError("Nobody can be asked here: read the diff, then say --yes.", returncode=2)
            self._show(task)
            if input("Write this? [y/N] ").strip().lower() not in {"y", "yes"}:
                raise CommandError("Nothing was written.")
        done = applying.apply(task, person=person)
        if not options["json"]:
            for path, is_new in applying.paths(done):
                self.stdout.write(f"{'made' if is_new else 'changed'} {path}")
        return done

    def _show(self, task: CodexTask) -> None:
        self.stdout.write(f"task {task.pk}, {task.get_status_display().lower()}, {task.model}, {task.tokens:,} tokens")
        for step in task.steps:
            self.stdout.write(f"  {step}")
        if task.analysis:
            self.stdout.write(f"\n{task.analysis}\n")
        for file in selectors.file_diffs(task):
            self.stdout.write(f"{'new file' if file.is_new else 'changes'} {file.path} (+{file.added} -{file.removed})")
            for row in file.rows:
                self.stdout.write(f"@@ {row.text}" if row.kind == "hunk" else f"{row.mark or ' '}{row.text}")


def _asked(person: User, options: dict[str, Any]) -> CodexTask:
    wish = Wish(instruction=options["instruction"], files=options["files"], may_create=options["create"])
    task = asking.ask(person, wish)
    asking.work_on(task.pk)
    task.refresh_from_db()
    return task


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise CommandError(f"{text} is not the id of a task.", returncode=2) from error


def _person(email: str | None) -> User:
    """The superadmin of this address, or the only one there is."""
    rows = User.objects.filter(role=Role.SUPERADMIN, is_active=True)
    if email:
        rows = rows.filter(email=email.strip().lower())
    found = [person for person in rows[:2] if can(person, Ability.OVERSEE)]
    if len(found) != 1:
        raise CommandError("Name a superadmin with --person." if not email else "There is no such superadmin.")
    return found[0]
