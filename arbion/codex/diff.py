"""Unified diffs, read strictly and applied in memory: edits of text files and new ones, and nothing else.

Lines end with a line feed and with nothing else; a carriage return belongs to the line it stands in.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from arbion.codex.errors import DiffRefused

DIFF_MAX, PATCHES_MAX, HUNKS_MAX = 400_000, 20, 400
NOWHERE = "/dev/null"
NO_NEWLINE = "\\ No newline at end of file"
_HUNK = re.compile(r"@@ -([0-9]{1,7})(?:,([0-9]{1,7}))? \+([0-9]{1,7})(?:,([0-9]{1,7}))? @@(?: .*)?")
# What git writes before a patch that says nothing more than the patch itself.
_PLAIN = re.compile(r"diff --git .*|index [0-9a-f]{4,64}\.\.[0-9a-f]{4,64}( 100644)?|new file mode 100644")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunk:
    """One change: which lines it takes the place of (counted from 1), and its lines, each with its ` `, `-` or `+`."""

    start: int
    lines: tuple[tuple[str, str], ...]

    @property
    def before(self) -> list[str]:
        """The lines that must be there."""
        return [text for mark, text in self.lines if mark != "+"]

    @property
    def after(self) -> list[str]:
        """The lines that will be."""
        return [text for mark, text in self.lines if mark != "-"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """What a diff does to one file."""

    path: str
    is_new: bool
    hunks: tuple[Hunk, ...]


def lines_of(text: str) -> list[str]:
    """The lines of a text, each with its line feed; the last may have none."""
    parts = text.split("\n")
    return [f"{part}\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def make(before: str, after: str, path: str, *, is_new: bool = False) -> str:
    """The diff of two texts, as it is shown and as `parse` reads it."""
    old, new = NOWHERE if is_new else f"a/{path}", f"b/{path}"
    made = difflib.unified_diff(lines_of(before), lines_of(after), old, new)
    return "".join(line if line.endswith("\n") else f"{line}\n{NO_NEWLINE}\n" for line in made)


def recounted(text: str) -> str:
    """The diff with the counts of each hunk's head set to what its body holds; models count badly.

    Where a hunk begins and what its lines are is left as it is said, and is checked like everything else.
    """
    lines = [*text.split("\n")]
    made: list[str] = []
    shift, at = 0, 0
    while at < len(lines):
        head = _HUNK.fullmatch(lines[at])
        if head is None:
            shift = 0 if lines[at].startswith("--- ") else shift
            made.append(lines[at])
            at += 1
            continue
        end = at + 1
        while end < len(lines) and not _ends_hunk(lines, end):
            end += 1
        body = [line or " " for line in lines[at + 1 : end]]
        taken = sum(line[0] in " -" for line in body)
        given = sum(line[0] in " +" for line in body)
        start = int(head[1])
        begin = (start if taken else start + 1) + shift
        made += [f"@@ -{start},{taken} +{begin if given else begin - 1},{given} @@", *body]
        shift += given - taken
        at = end
    return "\n".join(made)


def _ends_hunk(lines: Sequence[str], at: int) -> bool:
    """Whether a hunk's body is over before this line."""
    line = lines[at]
    if line.startswith(("@@ ", "diff --git ")) or not any(lines[at:]):
        return True
    following = lines[at + 1] if at + 1 < len(lines) else ""
    return line.startswith("--- ") and following.startswith("+++ ")


def parse(text: str) -> tuple[Patch, ...]:
    """The patches of a diff. Raises DiffRefused for all that is not exactly one."""
    if len(text) > DIFF_MAX:
        raise DiffRefused(f"The diff is longer than {DIFF_MAX // 1000} kB.")
    found = list(_patches(_Lines(text.split("\n"))))
    if not found:
        raise DiffRefused("There is no change in the diff.")
    if len(found) > PATCHES_MAX:
        raise DiffRefused(f"The diff changes more than {PATCHES_MAX} files.")
    paths = [patch.path for patch in found]
    if twice := {path for path in paths if paths.count(path) > 1}:
        raise DiffRefused(f"The diff speaks twice of {min(twice)}.")
    return tuple(found)


class _Lines:
    """The lines of a diff, one after the other."""

    def __init__(self, lines: list[str]) -> None:
        while lines and not lines[-1]:
            lines.pop()
        self._lines, self.at = lines, 0

    @property
    def now(self) -> str | None:
        """The next line; None at the end."""
        return self._lines[self.at] if self.at < len(self._lines) else None

    def take(self) -> str:
        """The next line, which is used up."""
        line = self.now
        if line is None:
            raise DiffRefused("The diff ends in the middle.")
        self.at += 1
        return line

    def refuse(self, why: str) -> DiffRefused:
        """A refusal that names the line."""
        return DiffRefused(f"Line {self.at} of the diff: {why}")


def _patches(lines: _Lines) -> Iterator[Patch]:
    while (line := lines.now) is not None:
        if _PLAIN.fullmatch(line):
            lines.take()
            continue
        if not line.startswith("--- "):
            lines.take()
            raise lines.refuse("only edits and new files are read, each beginning with --- and +++.")
        old, new = _name(lines, "--- "), _name(lines, "+++ ")
        path, is_new = _path(lines, old, new)
        hunks = tuple(_hunks(lines))
        if not hunks or len(hunks) > HUNKS_MAX:
            raise lines.refuse(f"a file has 1 to {HUNKS_MAX} hunks.")
        if is_new and (len(hunks) > 1 or hunks[0].before or hunks[0].start != 0):
            raise lines.refuse("a new file is one hunk that begins with @@ -0,0.")
        yield Patch(path=path, is_new=is_new, hunks=hunks)


def _name(lines: _Lines, mark: str) -> str:
    line = lines.take()
    if not line.startswith(mark):
        raise lines.refuse(f"{mark.strip()} and a path are expected.")
    return line[len(mark) :].partition("\t")[0].removesuffix("\r")


def _path(lines: _Lines, old: str, new: str) -> tuple[str, bool]:
    """Which file both names mean, and whether it is to be made."""
    if new == NOWHERE:
        raise lines.refuse("files are not deleted.")
    path = new.removeprefix("b/")
    if old == NOWHERE:
        return path, True
    if old.removeprefix("a/") != path:
        raise lines.refuse("files are not renamed.")
    return path, False


def _hunks(lines: _Lines) -> Iterator[Hunk]:
    free, shift = 0, 0
    while (line := lines.now) is not None and line.startswith("@@"):
        head = _HUNK.fullmatch(lines.take().removesuffix("\r"))
        if head is None:
            raise lines.refuse("this is no head of a hunk.")
        old, new = (int(head[1]), int(head[2] or "1")), (int(head[3]), int(head[4] or "1"))
        body = tuple(_body(lines, old[1], new[1]))
        # With no lines of its own a side names the line after which it stands.
        begin, landed = old[0] - (old[1] > 0), new[0] - (new[1] > 0)
        if begin < free or landed != begin + shift:
            raise lines.refuse("the hunks overlap, or are out of order.")
        free, shift = begin + old[1], shift + new[1] - old[1]
        yield Hunk(start=old[0], lines=body)


def _body(lines: _Lines, old: int, new: int) -> Iterator[tuple[str, str]]:
    """The lines of one hunk; as many of each side as its head says."""
    if not old and not new:
        raise lines.refuse("a hunk without lines.")
    while old or new:
        line = lines.take()
        mark, text = line[:1], line[1:]
        if mark not in {" ", "-", "+"}:
            raise lines.refuse("a line of a hunk begins with a space, - or +, and there are as many as its head says.")
        old, new = old - (mark != "+"), new - (mark != "-")
        if old < 0 or new < 0:
            raise lines.refuse("the hunk has other lines than its head says.")
        ends = (lines.now or "").startswith("\\")
        if ends and lines.take().rstrip("\r") != NO_NEWLINE:
            raise lines.refuse(f"only “{NO_NEWLINE}” begins with a backslash.")
        yield mark, text if ends else f"{text}\n"


def apply(patch: Patch, text: str) -> str:
    """The text after the patch. Raises DiffRefused where it does not fit letter by letter."""
    before, after, at = lines_of(text), [], 0
    for number, hunk in enumerate(patch.hunks, start=1):
        taken = hunk.before
        begin = hunk.start - 1 if taken else hunk.start
        if not at <= begin <= len(before):
            raise DiffRefused(f"{patch.path}, hunk {number}: the file has no line {hunk.start}.")
        found = before[begin : begin + len(taken)]
        if found != taken:
            raise DiffRefused(f"{patch.path}, hunk {number}: {_differs(found, taken, begin)}")
        after += before[at:begin] + hunk.after
        at = begin + len(taken)
    after += before[at:]
    if any(not line.endswith("\n") for line in after[:-1]):
        raise DiffRefused(f"{patch.path}: a line without its end stands before another one.")
    return "".join(after)


def _differs(found: list[str], wanted: list[str], begin: int) -> str:
    """The first line that is not what the diff says."""
    for number, line in enumerate(wanted):
        there = found[number] if number < len(found) else None
        if there is None:
            return f"the file ends before line {begin + number + 1}."
        if there != line:
            return f"line {begin + number + 1} of the file is {there[:200]!r}, and the diff says {line[:200]!r}."
    return "it does not fit."


def reverse(patch: Patch) -> Patch:
    """The patch that takes this one back."""
    marks, shift, hunks = {"-": "+", "+": "-", " ": " "}, 0, []
    for hunk in patch.hunks:
        taken, given = len(hunk.before), len(hunk.after)
        begin = hunk.start - (taken > 0) + shift
        lines = tuple((marks[mark], text) for mark, text in hunk.lines)
        hunks.append(Hunk(start=begin + (given > 0), lines=lines))
        shift += given - taken
    return Patch(path=patch.path, is_new=False, hunks=tuple(hunks))
