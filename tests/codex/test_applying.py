"""Applying: exactly what was read is written, once and whole, or nothing is."""

from __future__ import annotations

import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from accounts.models import AuditEntry
from arbion.codex import applying, asking, writing
from arbion.codex.errors import CodexOff, FileChanged, FileRefused, NotWritten, TaskNotOpen
from arbion.codex.models import CodexTask, TaskStatus
from arbion.codex.workspace import Workspace
from arbion.codex.writing import Change
from arbion.domain.enums import Role
from arbion.domain.errors import Forbidden
from tests.codex.conftest import BETTER, DIFF, MEAN, lying, proposed

pytestmark = pytest.mark.django_db
NEW = "--- /dev/null\n+++ b/tests/more.py\n@@ -0,0 +1 @@\n+x = 1\n"


def applied() -> list[str]:
    return [entry.subject for entry in AuditEntry.objects.filter(action="codex.applied")]


def test_what_was_read_is_written(answered, sue, folder: Path) -> None:
    (folder / "mean.py").chmod(0o751)
    task = answered(proposed(DIFF + NEW), may_create=True)
    applying.apply(task, person=sue)
    assert lying(folder) == {
        "mean.py": BETTER.encode(), "tests/more.py": b"x = 1\n", "tests/test_mean.py": b"from mean import mean\n"
    }  # fmt: skip
    assert stat.S_IMODE((folder / "mean.py").stat().st_mode) == 0o751
    assert (task.status, task.decided_by, applied()) == (TaskStatus.APPLIED, sue, [str(task.pk)])


def test_a_second_yes_writes_nothing(answered, sue, folder: Path) -> None:
    task = answered()
    stale = CodexTask.objects.get(pk=task.pk)
    applying.apply(task, person=sue)
    (folder / "mean.py").write_text(MEAN)
    for again in (task, stale):
        with pytest.raises(TaskNotOpen):
            applying.apply(again, person=sue)
    assert (folder / "mean.py").read_text() == MEAN
    assert len(applied()) == 1


def test_of_two_at_once_one_is_heard(answered, sue, folder: Path, monkeypatch) -> None:
    task = answered()
    real = applying._changes

    def meanwhile(*given, **more):
        CodexTask.objects.filter(pk=task.pk).update(status=TaskStatus.APPLYING)
        return real(*given, **more)

    monkeypatch.setattr(applying, "_changes", meanwhile)
    with pytest.raises(TaskNotOpen):
        applying.apply(task, person=sue)
    assert (folder / "mean.py").read_text() == MEAN


@pytest.mark.parametrize("how", ["text", "gone", "link", "pipe"])
def test_a_file_that_is_no_longer_as_it_was_is_left_alone(answered, sue, folder: Path, how: str) -> None:
    task, path = answered(), folder / "mean.py"
    path.unlink()
    if how == "text":
        path.write_text(f"{MEAN}# more\n")
    elif how == "link":
        (folder.parent / "copy.py").write_text(MEAN)
        path.symlink_to(folder.parent / "copy.py")
    elif how == "pipe":
        os.mkfifo(path)
    before = lying(folder.parent)
    with pytest.raises(FileChanged if how == "text" else FileRefused):
        applying.apply(task, person=sue)
    task.refresh_from_db()
    assert (task.status, task.decided_by, applied()) == (TaskStatus.ANSWERED, None, [])
    assert lying(folder.parent) == before


def test_a_new_file_that_came_meanwhile_is_not_written_over(answered, sue, folder: Path) -> None:
    task = answered(proposed(DIFF + NEW), may_create=True)
    (folder / "tests" / "more.py").write_text("mine\n")
    before = lying(folder)
    with pytest.raises(FileChanged):
        applying.apply(task, person=sue)
    assert lying(folder) == before


@pytest.mark.parametrize("verb", ["rename", "link"])
def test_when_one_cannot_be_written_none_is(answered, sue, folder: Path, monkeypatch, verb: str) -> None:
    """The edit is put into place first and the new file second, or the other way round; the second one fails."""
    task = answered(proposed(DIFF + NEW if verb == "link" else NEW + DIFF), may_create=True)
    before, real = lying(folder), getattr(os, verb)
    monkeypatch.setattr(writing.os, verb, lambda *_, **__: (_ for _ in ()).throw(OSError(28, "No space left")))
    if verb == "link":  # putting back needs the rename, which works
        monkeypatch.setattr(writing.os, "rename", os.rename)
    with pytest.raises(NotWritten, match="No space left"):
        applying.apply(task, person=sue)
    monkeypatch.setattr(writing.os, verb, real)
    assert lying(folder) == before
    task.refresh_from_db()
    assert task.status == TaskStatus.ANSWERED
    applying.apply(task, person=sue)
    assert (folder / "mean.py").read_text() == BETTER


def test_what_cannot_be_put_back_is_named(folder: Path, workspace: Workspace, monkeypatch) -> None:
    real, count = os.rename, []

    def once(*given, **more):
        count.append(1)
        if len(count) > 1:
            raise OSError(5, "Input/output error")
        real(*given, **more)

    monkeypatch.setattr(writing.os, "rename", once)
    changes = [Change(path=path, text="x\n", before=workspace.read(path)) for path in ("mean.py", "tests/test_mean.py")]
    with pytest.raises(NotWritten, match=r"Look at mean\.py"):
        writing.write(changes, workspace)
    assert (folder / "tests/test_mean.py").read_text() == "from mean import mean\n"
    assert [path.name for path in folder.rglob(".arbion-*")] == []


def test_a_file_that_changes_in_the_last_moment_is_not_written_over(folder: Path, workspace, monkeypatch) -> None:
    real = writing._check

    def and_then(one) -> None:
        real(one)
        (folder / "mean.py").write_text("somebody else's\n")

    monkeypatch.setattr(writing, "_check", and_then)
    with pytest.raises(FileChanged):
        writing.write([Change(path="mean.py", text="x\n", before=workspace.read("mean.py"))], workspace)
    assert (folder / "mean.py").read_text() == "somebody else's\n"
    assert [path.name for path in folder.rglob(".arbion-*")] == []


def test_a_crash_in_the_middle_is_seen_and_can_be_finished(answered, sue, folder: Path, monkeypatch) -> None:
    task = answered(proposed(DIFF + NEW), may_create=True)

    class Died(BaseException):
        """The process ends."""

    def half(changes, workspace) -> None:
        writing.write(changes[:1], workspace)
        raise Died

    monkeypatch.setattr(applying, "write", half)
    with pytest.raises(Died):
        applying.apply(task, person=sue)
    monkeypatch.undo()
    task.refresh_from_db()
    assert (task.status, applied()) == (TaskStatus.APPLYING, [])
    with pytest.raises(TaskNotOpen):  # it may still be going on
        applying.apply(task, person=sue)
    CodexTask.objects.update(decided_at=task.decided_at - applying.LEFT_AFTER - timedelta(seconds=1))
    applying.apply(task, person=sue)
    assert (folder / "mean.py").read_text() == BETTER
    assert (folder / "tests/more.py").read_text() == "x = 1\n"
    assert applied() == [str(task.pk)]


def test_a_task_without_a_diff_is_not_applied(answered, sue, folder: Path) -> None:
    for task in (answered(proposed(diff="")), answered(proposed(diff="nonsense"), proposed("no"), proposed("no"))):
        with pytest.raises(TaskNotOpen):
            applying.apply(task, person=sue)
    asking.dismiss(answered(), person=sue)
    with pytest.raises(TaskNotOpen):
        applying.apply(CodexTask.objects.get(status=TaskStatus.DISMISSED), person=sue)
    assert (folder / "mean.py").read_text() == MEAN


def test_dismissing_is_noted_and_final(answered, sue, folder: Path) -> None:
    task = asking.dismiss(answered(), person=sue)
    assert (task.status, task.decided_by) == (TaskStatus.DISMISSED, sue)
    assert AuditEntry.objects.filter(action="codex.dismissed", subject=str(task.pk)).count() == 1
    with pytest.raises(TaskNotOpen):
        asking.dismiss(task, person=sue)


def test_nobody_else_decides(answered, make_person, folder: Path, settings, sue) -> None:
    task, ada = answered(), make_person("ada", Role.ADMIN)
    for verb in (applying.apply, asking.dismiss):
        with pytest.raises(Forbidden):
            verb(task, person=ada)
    settings.CODEX_ENABLED = False
    for verb in (applying.apply, asking.dismiss):
        with pytest.raises(CodexOff):
            verb(task, person=sue)
    task.refresh_from_db()
    assert (task.status, (folder / "mean.py").read_text()) == (TaskStatus.ANSWERED, MEAN)
