"""Applying a task: the files are looked at once more, it is written down that it begins, then done, then that it is."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.db import transaction

from accounts import audit
from accounts.models import User
from arbion.codex import diff, switch
from arbion.codex.errors import DiffRefused, FileChanged, TaskNotOpen
from arbion.codex.models import CodexTask, TaskStatus
from arbion.codex.proposal import check_text
from arbion.codex.workspace import Workspace
from arbion.codex.writing import Change, write
from arbion.domain.errors import ArbionError
from arbion.lib.clock import SYSTEM, Clock

# Writing takes a moment: a task that stands at it for so long was left by a process that ended.
LEFT_AFTER = timedelta(minutes=2)


def apply(task: CodexTask, *, person: User, clock: Clock = SYSTEM) -> CodexTask:
    """Write what the diff says, once. Raises TaskNotOpen, FileChanged, FileRefused or NotWritten: nothing is written.

    A task that was left in the middle by a process that ended is finished the same way: a file that has its new text
    already is left as it is.
    """
    workspace = Workspace(switch.check(person))
    task.refresh_from_db()
    was_left = is_left(task, clock=clock)
    if not task.diff or (task.status != TaskStatus.ANSWERED and not was_left):
        raise TaskNotOpen
    changes = _changes(task, workspace, was_left=was_left)
    _claim(task, person, clock)
    try:
        write(changes, workspace)
    except ArbionError:
        if not was_left:
            CodexTask.objects.filter(pk=task.pk, status=TaskStatus.APPLYING).update(
                status=TaskStatus.ANSWERED, decided_at=None, decided_by=None
            )
        raise
    with transaction.atomic():
        CodexTask.objects.filter(pk=task.pk, status=TaskStatus.APPLYING).update(
            status=TaskStatus.APPLIED, decided_at=clock.now()
        )
        about = {"files": [change.path for change in changes]}
        audit.record(actor=person, action="codex.applied", subject=str(task.pk), data=about, clock=clock)
    task.refresh_from_db()
    return task


def is_left(task: CodexTask, *, clock: Clock = SYSTEM) -> bool:
    """Whether the task was being applied when the process ended."""
    begun = task.decided_at
    return task.status == TaskStatus.APPLYING and begun is not None and clock.now() - begun > LEFT_AFTER


def paths(task: CodexTask) -> list[tuple[str, bool]]:
    """The files that the diff is about, and whether each is new."""
    return [(patch.path, patch.is_new) for patch in diff.parse(task.diff)] if task.diff else []


def _claim(task: CodexTask, person: User, clock: Clock) -> None:
    """Write down that it begins; of two who say yes at once, one does."""
    found = CodexTask.objects.filter(pk=task.pk, status=task.status, decided_at=task.decided_at)
    if not found.update(status=TaskStatus.APPLYING, decided_at=clock.now(), decided_by=person):
        raise TaskNotOpen


def _changes(task: CodexTask, workspace: Workspace, *, was_left: bool) -> list[Change]:
    """Every file's next text, where the files are still what the diff was made for."""
    chosen = {one["path"]: one["sha256"] for one in task.files}
    changes = []
    for patch in diff.parse(task.diff):
        if patch.is_new:
            text = diff.apply(patch, "")
            if workspace.exists(patch.path):
                if was_left and workspace.read(patch.path).sha256 == _sha256(text):
                    continue
                raise FileChanged(f"{patch.path} exists by now. Nothing was written.")
            changes.append(Change(path=patch.path, text=text))
            continue
        before = workspace.read(patch.path)
        if before.sha256 != chosen.get(patch.path):
            if was_left and _is_done(patch, before.text, chosen.get(patch.path, "")):
                continue
            raise FileChanged(f"{patch.path} has changed since. Nothing was written: ask again.")
        text = diff.apply(patch, before.text)
        check_text(patch.path, before.text, text)
        changes.append(Change(path=patch.path, text=text, before=before))
    return changes


def _is_done(patch: diff.Patch, text: str, sha256: str) -> bool:
    """Whether a text is what the patch makes of the file that was chosen: taking it back leads to that file."""
    try:
        return _sha256(diff.apply(diff.reverse(patch), text)) == sha256
    except DiffRefused:
        return False


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
