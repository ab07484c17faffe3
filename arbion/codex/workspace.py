"""The one door to the workspace's files: by descriptors from its folder down, never through a symbolic link.

Every part of a path is opened relative to the folder before it and refused where it is a link, so that nothing can be
swapped between a look and a use: what was opened is what is read, and what is written lands beside it.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from arbion.codex.errors import FileRefused
from arbion.codex.names import parts_of
from arbion.lib.redact import redact

FILE_MAX = 200_000
LINE_MAX = 4_000
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Without waiting: a pipe that nobody writes to must not hold whoever opens it.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One file as it was read: its text, what stands for it, and how it lies there."""

    path: str
    text: str
    sha256: str
    mode: int
    inode: tuple[int, int, int, int]

    @property
    def shown(self) -> str:
        """The text as a model may see it, with what looks like a secret masked."""
        return redact(self.text)

    @property
    def is_masked(self) -> bool:
        """Whether something of it is masked; then nobody can say what a diff of it is about."""
        return self.shown != self.text


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folder that may be read and, when a person says so, written to."""

    root: Path

    @contextmanager
    def opened(self, *parts: str) -> Iterator[int]:
        """A descriptor of a folder of the workspace. Raises FileRefused."""
        path = "/".join(parts)
        held = [_open(str(self.root), _FOLDER, None, "the workspace")]
        try:
            for part in parts:
                held.append(_open(part, _FOLDER, held[-1], path))
            yield held[-1]
        finally:
            for descriptor in held:
                os.close(descriptor)

    def read(self, path: str) -> Text:
        """A text file. Raises FileRefused for whatever is none, or none that may be opened."""
        *folders, name = parts_of(path)
        with self.opened(*folders) as folder:
            return read_in(folder, name, path)

    def exists(self, path: str) -> bool:
        """Whether there is anything under this name, of whatever kind. Raises FileRefused for a bad path."""
        *folders, name = parts_of(path)
        with self.opened(*folders) as folder:
            return exists_in(folder, name)


def read_in(folder: int, name: str, path: str) -> Text:
    """The text file of this name in an open folder. Raises FileRefused."""
    descriptor = _open(name, _FILE, folder, path)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise FileRefused.because("not_a_file", f"{path} is not an ordinary file.")
        if found.st_nlink > 1:
            raise FileRefused.because("linked", f"{path} has a second name elsewhere, so it is not opened.")
        content = _read_all(descriptor, path)
    finally:
        os.close(descriptor)
    return Text(
        path=path,
        text=decode(content, path),
        sha256=hashlib.sha256(content).hexdigest(),
        mode=stat.S_IMODE(found.st_mode) & 0o777,
        inode=mark_of(found),
    )


def exists_in(folder: int, name: str) -> bool:
    """Whether an open folder holds anything of this name."""
    try:
        os.lstat(name, dir_fd=folder)
    except FileNotFoundError:
        return False
    return True


def mark_of(found: os.stat_result) -> tuple[int, int, int, int]:
    """What changes when a file is replaced or written to."""
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def decode(content: bytes, path: str) -> str:
    """The text of a file's bytes. Raises FileRefused for what is no text that a person reads line by line."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise FileRefused.because("not_text", f"{path} is no text in UTF-8.") from None
    if "\0" in text:
        raise FileRefused.because("not_text", f"{path} is no text.")
    if any(len(line) > LINE_MAX for line in text.split("\n")):
        raise FileRefused.because("not_text", f"{path} has lines of more than {LINE_MAX} characters.")
    return text


def _read_all(descriptor: int, path: str) -> bytes:
    """Everything behind a descriptor, and never more than a file may have, however it grows meanwhile."""
    pieces, left = [], FILE_MAX + 1
    while left and (piece := os.read(descriptor, min(left, 65_536))):
        pieces.append(piece)
        left -= len(piece)
    if not left:
        raise FileRefused.because("too_large", f"{path} is larger than {FILE_MAX // 1000} kB.")
    return b"".join(pieces)


def _open(name: str, flags: int, folder: int | None, path: str) -> int:
    try:
        return os.open(name, flags, dir_fd=folder)
    except OSError as error:
        raise _refusal(error, path) from None


def _refusal(error: OSError, path: str) -> FileRefused:
    """Why something cannot be opened, in our words: the system's could tell of what lies outside."""
    if error.errno == errno.ENOENT:
        return FileRefused.because("not_found", f"There is no file {path} in the workspace.")
    if error.errno == errno.ELOOP:
        return FileRefused.because("link", f"{path} leads through a symbolic link, which is not followed.")
    if error.errno == errno.ENOTDIR:  # also a link in the place of a folder
        return FileRefused.because("link", f"{path} leads through something that is no folder of the workspace.")
    if error.errno in {errno.EACCES, errno.EPERM}:
        return FileRefused.because("not_readable", f"{path} may not be read by this program.")
    return FileRefused.because("not_a_file", f"{path} cannot be opened as a file.")
