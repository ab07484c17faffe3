"""Lists and searches the workspace, within bounds of entries, depth, bytes and time."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from arbion.codex.errors import FileRefused, TooMuch
from arbion.codex.names import is_open, parts_of
from arbion.codex.workspace import FILE_MAX, Text, Workspace, read_in
from arbion.lib.clock import Clock

ENTRIES_MAX, DEPTH_MAX, VISITED_MAX = 500, 8, 5_000
HITS_MAX, HIT_MAX, NEEDLE_MAX = 50, 240, 200
# What a model may be given of files in one task, and what may be looked through for it.
GIVEN_MAX, SCANNED_MAX = 1_000_000, 16_000_000
LOOK_MAX = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Files of a folder, and whether there are more than were listed."""

    paths: tuple[str, ...]
    is_cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A line that holds what was searched for."""

    path: str
    line: int
    text: str


@dataclass(slots=True)
class Reader:
    """Looks into the workspace for one task, and keeps count of what it handed over."""

    workspace: Workspace
    clock: Clock
    given: int = 0
    scanned: int = 0
    read: dict[str, Text] = field(default_factory=dict)

    def file(self, path: str) -> Text:
        """A file, the same each time within the task. Raises FileRefused or TooMuch."""
        if path not in self.read:
            self.read[path] = self.workspace.read(path)
        self.hand_over(len(self.read[path].text.encode()))
        return self.read[path]

    def hand_over(self, size: int) -> None:
        """Count what the model is given. Raises TooMuch."""
        if self.given + size > GIVEN_MAX:
            raise TooMuch(f"A task reads at most {GIVEN_MAX // 1_000_000} MB of files.")
        self.given += size

    def listing(self, folder: str = "") -> Listing:
        """The files under a folder, by name. Raises FileRefused."""
        found: list[str] = []
        is_cut = False
        for path, _, _ in self._walk(folder):
            if len(found) == ENTRIES_MAX:
                is_cut = True
                break
            found.append(path)
        self.hand_over(sum(map(len, found)))
        return Listing(paths=tuple(found), is_cut=is_cut)

    def search(self, needle: str, folder: str = "") -> tuple[Hit, ...]:
        """The lines that hold a text, letter by letter; masked text is not found. Raises FileRefused or TooMuch."""
        if not needle.strip() or len(needle) > NEEDLE_MAX or "\n" in needle:
            raise FileRefused.because("bad_search", f"Search for one line of 1 to {NEEDLE_MAX} characters.")
        hits: list[Hit] = []
        for path, inside, name in self._walk(folder):
            hits += self._hits(needle, path, inside, name)
            if len(hits) >= HITS_MAX:
                break
        self.hand_over(sum(len(hit.path) + len(hit.text) for hit in hits[:HITS_MAX]))
        return tuple(hits[:HITS_MAX])

    def _hits(self, needle: str, path: str, inside: int, name: str) -> list[Hit]:
        try:
            found = read_in(inside, name, path)
        except FileRefused:  # no text, too large, or gone: it holds nothing that is found
            return []
        self.scanned += len(found.text)
        if self.scanned > SCANNED_MAX:
            raise TooMuch(f"A task looks through at most {SCANNED_MAX // 1_000_000} MB of files.")
        if needle not in found.text:
            return []
        lines = found.shown.split("\n")
        return [
            Hit(path=path, line=number, text=line.strip()[:HIT_MAX])
            for number, line in enumerate(lines, start=1)
            if needle in line
        ]

    def _walk(self, folder: str) -> Iterator[tuple[str, int, str]]:
        """Each ordinary file under a folder: its path, a descriptor of the folder that holds it, its name."""
        parts = parts_of(folder) if folder else ()
        until, visited = self.clock.now() + LOOK_MAX, [0]
        with self.workspace.opened(*parts) as top:
            yield from self._under(top, "/".join(parts), len(parts) + DEPTH_MAX, until, visited)

    def _under(
        self, folder: int, before: str, deepest: int, until: datetime, visited: list[int]
    ) -> Iterator[tuple[str, int, str]]:
        for name, kind in _entries(folder):
            visited[0] += 1
            if visited[0] > VISITED_MAX or self.clock.now() > until:
                return
            path = f"{before}/{name}" if before else name
            if stat.S_ISREG(kind.st_mode) and kind.st_size <= FILE_MAX:
                yield path, folder, name
            elif stat.S_ISDIR(kind.st_mode) and path.count("/") < deepest:
                try:
                    inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
                except OSError:  # gone, swapped or closed to us: there is nothing to list
                    continue
                try:
                    yield from self._under(inner, path, deepest, until, visited)
                finally:
                    os.close(inner)


def _entries(folder: int) -> list[tuple[str, os.stat_result]]:
    """What lies in an open folder and may be named, sorted; a link is what it is and not what it leads to."""
    found = []
    for name in sorted(os.listdir(folder)):
        if is_open(name):
            try:
                found.append((name, os.lstat(name, dir_fd=folder)))
            except OSError:  # it went away
                continue
    return found
