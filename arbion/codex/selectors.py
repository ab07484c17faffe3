"""Reads the tasks of the code assistant: superadmins see all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from arbion.codex import diff, switch
from arbion.codex.models import CodexTask
from arbion.codex.names import visible
from arbion.domain.errors import NotFound

KINDS = {"-": "removed", "+": "added", " ": "same"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a diff as a page shows it: what it does, its number before and after, and what it says."""

    kind: str  # hunk, added, removed, same, note
    mark: str = ""
    before: int | None = None
    after: int | None = None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDiff:
    """What a diff does to one file, row by row."""

    path: str
    is_new: bool
    added: int
    removed: int
    rows: tuple[Row, ...]


def tasks(user: User) -> QuerySet[CodexTask]:
    """All of them, newest first. Raises Forbidden or CodexOff."""
    switch.check(user)
    return CodexTask.objects.select_related("person", "decided_by").order_by("-asked_at", "-id")


def task_of(user: User, task_id: UUID) -> CodexTask:
    """One of them. Raises Forbidden, CodexOff or NotFound."""
    found = tasks(user).filter(pk=task_id).first()
    if found is None:
        raise NotFound
    return found


def file_diffs(task: CodexTask) -> list[FileDiff]:
    """The task's diff by file, as it is read by a person."""
    return [_file(patch) for patch in diff.parse(task.diff)] if task.diff else []


def _file(patch: diff.Patch) -> FileDiff:
    rows = tuple(_rows(patch))
    kinds = [row.kind for row in rows]
    added, removed = kinds.count("added"), kinds.count("removed")
    return FileDiff(path=patch.path, is_new=patch.is_new, added=added, removed=removed, rows=rows)


def _rows(patch: diff.Patch) -> Iterator[Row]:
    shift = 0
    for hunk in patch.hunks:
        before = hunk.start if hunk.before else hunk.start + 1
        after = before + shift
        shift += len(hunk.after) - len(hunk.before)
        yield Row(kind="hunk", text=f"from line {max(after, 1)}")
        for mark, line in hunk.lines:
            yield Row(
                kind=KINDS[mark],
                mark=mark.strip(),
                before=None if mark == "+" else before,
                after=None if mark == "-" else after,
                text=visible(line.removesuffix("\n").removesuffix("\r")),
            )
            if not line.endswith("\n"):
                yield Row(kind="note", text="no newline at the end of the file")
            before, after = before + (mark != "+"), after + (mark != "-")
