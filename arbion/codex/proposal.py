"""What a model proposes, checked against the files as they were read and turned into the diff that a person is shown.

The person reads a diff that is made here from the text before and the text after: what they read is what is written,
however the model wrote its own.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from arbion.codex import diff
from arbion.codex.diff import Patch, lines_of
from arbion.codex.errors import DiffRefused, FileRefused
from arbion.codex.names import UNSEEN, parts_of
from arbion.codex.workspace import FILE_MAX, LINE_MAX, Text, Workspace

ANALYSIS_MAX = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What a person put before the model: the files as they were read then, and whether new ones may be made."""

    files: Mapping[str, Text]
    may_create: bool


def checked(text: str, chosen: Chosen, workspace: Workspace) -> str:
    """The diff to show for what a model wrote; nothing for nothing. Raises DiffRefused."""
    if not text.strip():
        return ""
    made = []
    for patch in _read(text):
        before = "" if patch.is_new else _edited(patch, chosen).text
        if patch.is_new:
            _check_new(patch, chosen, workspace)
        after = diff.apply(_with_its_line_ends(patch, before), before)
        check_text(patch.path, before, after)
        made.append(diff.make(before, after, patch.path, is_new=patch.is_new))
    if not any(made):
        raise DiffRefused("The diff changes nothing.")
    whole = "".join(made)
    diff.parse(whole)  # what is kept can be read again
    return whole


def _read(text: str) -> tuple[Patch, ...]:
    return diff.parse(diff.recounted(_bare(text)))


def _bare(text: str) -> str:
    """The diff without the fence of three backticks that models like to put around it."""
    lines = text.strip("\n").split("\n")
    if len(lines) > 2 and lines[0].startswith("```") and lines[-1].strip() == "```":
        lines = lines[1:-1]
    return "\n".join(lines) + "\n"


def _edited(patch: Patch, chosen: Chosen) -> Text:
    file = chosen.files.get(patch.path)
    if file is None:
        raise DiffRefused(f"{patch.path[:200]} was not chosen: only {_names(chosen)} may be changed.")
    if file.is_masked:
        raise DiffRefused(f"{patch.path} may not be changed: it holds what looks like a secret, which was masked.")
    return file


def _check_new(patch: Patch, chosen: Chosen, workspace: Workspace) -> None:
    if not chosen.may_create:
        raise DiffRefused(f"{patch.path[:200]}: new files were not asked for.")
    try:
        parts_of(patch.path)
        is_there = workspace.exists(patch.path)
    except FileRefused as refusal:
        raise DiffRefused(refusal.detail) from refusal
    if is_there:
        raise DiffRefused(f"{patch.path} exists already.")


def _with_its_line_ends(patch: Patch, before: str) -> Patch:
    """The patch in the line ends of its file, where the file keeps to CRLF and the model wrote none of them."""
    lines = lines_of(before)
    said = [text for hunk in patch.hunks for _, text in hunk.lines]
    if not lines or any(not line.endswith("\r\n") for line in lines) or any("\r" in text for text in said):
        return patch
    hunks = tuple(
        diff.Hunk(start=hunk.start, lines=tuple((mark, text.replace("\n", "\r\n")) for mark, text in hunk.lines))
        for hunk in patch.hunks
    )
    return Patch(path=patch.path, is_new=patch.is_new, hunks=hunks)


def check_text(path: str, before: str, after: str) -> None:
    """Raise DiffRefused for a text that no file may have, or that holds new lines which do not show what they are."""
    if len(after.encode("utf-8", "replace")) > FILE_MAX:
        raise DiffRefused(f"{path} would be larger than {FILE_MAX // 1000} kB.")
    known = set(lines_of(before))
    for line in lines_of(after):
        if len(line) > LINE_MAX:
            raise DiffRefused(f"{path} would have a line of more than {LINE_MAX} characters.")
        if line not in known and (hidden := unseen(line)):
            raise DiffRefused(f"{path}: a new line holds the character U+{ord(hidden):04X}, which nobody can see.")


def unseen(line: str) -> str:
    """The first character of a line that is not seen or turns what is seen around; nothing where there is none."""
    body = line.removesuffix("\n").removesuffix("\r")
    return next((mark for mark in body if mark != "\t" and unicodedata.category(mark) in UNSEEN), "")


def _names(chosen: Chosen) -> str:
    return ", ".join(sorted(chosen.files)[:10]) or "no file"
