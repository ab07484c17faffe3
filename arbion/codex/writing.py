"""Writes texts into the workspace: all of them or none, each beside its place first and then put there by a rename."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from arbion.codex.errors import FileChanged, FileRefused, NotWritten
from arbion.codex.names import parts_of
from arbion.codex.workspace import Text, Workspace, exists_in, mark_of, read_in
from arbion.lib.ids import IdSource, new_id
from arbion.lib.transport import outside_transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One file's next text: in the place of what was read, or of nothing for a new one."""

    path: str
    text: str
    before: Text | None = None


@dataclass(slots=True)
class _Staged:
    """A change whose text lies ready beside its place, in a folder that is held open."""

    change: Change
    folder: int
    name: str
    draft: str
    is_put: bool = field(default=False)


def write(changes: Sequence[Change], workspace: Workspace, *, ids: IdSource = new_id) -> None:
    """Write all of them. Raises FileChanged or NotWritten; then none of them is written."""
    outside_transaction()
    with ExitStack() as held:
        staged: list[_Staged] = []
        try:
            staged += [_place(change, workspace, held, ids) for change in changes]
            for one in staged:
                before = one.change.before
                _draft(one, one.change.text.encode(), before.mode if before else None)
            for one in staged:
                _check(one)
            for one in staged:
                _put(one)
            for folder in {one.folder for one in staged}:
                os.fsync(folder)
        except OSError as error:
            raise _failed(error.strerror or "the system refused", _put_back(staged, ids)) from error
        except (FileChanged, FileRefused) as refusal:
            if left := _put_back(staged, ids):
                raise _failed(refusal.detail, left) from refusal
            raise
        finally:
            for one in staged:
                with contextlib.suppress(OSError):
                    os.unlink(one.draft, dir_fd=one.folder)


def _place(change: Change, workspace: Workspace, held: ExitStack, ids: IdSource) -> _Staged:
    """Where the change goes: its folder is held open from now until it is done."""
    *folders, name = parts_of(change.path)
    folder = held.enter_context(workspace.opened(*folders))
    return _Staged(change, folder, name, f".arbion-{ids().hex}.draft")


def _draft(one: _Staged, content: bytes, mode: int | None) -> None:
    """A new file beside the place, written to the disk; with the mode of the one it replaces."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(one.draft, flags, 0o600 if mode is not None else 0o666, dir_fd=one.folder)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        if mode is not None:
            os.fchmod(descriptor, mode)
        file.flush()
        os.fsync(descriptor)


def _check(one: _Staged) -> None:
    """Raise FileChanged where the place is no longer as it was."""
    before = one.change.before
    if before is None:
        if exists_in(one.folder, one.name):
            raise FileChanged(f"{one.change.path} exists by now. Nothing was written.")
        return
    if read_in(one.folder, one.name, one.change.path).sha256 != before.sha256:
        raise FileChanged(f"{one.change.path} has changed since. Nothing was written: ask again.")


def _put(one: _Staged) -> None:
    """Put the text into its place; what came there in the last moment is not written over."""
    before = one.change.before
    if before is None:
        os.link(one.draft, one.name, src_dir_fd=one.folder, dst_dir_fd=one.folder, follow_symlinks=False)
        one.is_put = True
        os.unlink(one.draft, dir_fd=one.folder)  # at once: a file with two names is not opened again
    else:
        if mark_of(os.lstat(one.name, dir_fd=one.folder)) != before.inode:
            raise FileChanged(f"{one.change.path} has changed since. Nothing was written: ask again.")
        os.rename(one.draft, one.name, src_dir_fd=one.folder, dst_dir_fd=one.folder)
    one.is_put = True


def _put_back(staged: Sequence[_Staged], ids: IdSource) -> list[str]:
    """Undo what was put into place before something failed, newest first; answers what could not be undone."""
    left = []
    for one in reversed([one for one in staged if one.is_put]):
        try:
            _undo(one, ids)
        except OSError:
            left.append(one.change.path)
    return left


def _undo(one: _Staged, ids: IdSource) -> None:
    before = one.change.before
    if before is None:
        os.unlink(one.name, dir_fd=one.folder)
        return
    one.draft = f".arbion-{ids().hex}.draft"
    _draft(one, before.text.encode(), before.mode)
    os.rename(one.draft, one.name, src_dir_fd=one.folder, dst_dir_fd=one.folder)


def _failed(why: str, left: Sequence[str]) -> NotWritten:
    """What a person is told; where something could not be put back, above all that."""
    if left:
        return NotWritten(f"Look at {', '.join(left)}: it was written and could not be put back ({why}).")
    return NotWritten(f"A file could not be written ({why}); everything is as it was.")
