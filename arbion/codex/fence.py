"""Puts what lies in files before a model as data: each line bears its number and a bar, so none can pass for ours."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from arbion.codex.names import visible
from arbion.codex.workspace import Text

PIECE_MAX = 50_000
_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def piece(file: Text, first: int = 1, *, most: int = PIECE_MAX) -> str:
    """The lines of a file from one on, as many as fit, and where it goes on."""
    lines = file.shown.split("\n")
    if len(lines) > 1 and not lines[-1]:
        lines.pop()
    shown: list[str] = []
    room, at = most, first
    while at <= len(lines):
        row = f"{at}|{visible(lines[at - 1].removesuffix(chr(13)))}"
        if len(row) >= room:
            break
        shown.append(row)
        room -= len(row) + 1
        at += 1
    head = f"{file.path}, {len(lines)} lines"
    if file.is_masked:
        head += ", secrets masked, may not be changed"
    if not file.shown.endswith("\n"):
        head += ", no newline at its end"
    rest = f"It goes on: read it from line {at}." if at <= len(lines) else "End of the file."
    return "\n".join([f"File {head}. Every line of it begins with its number and a bar:", *shown, rest])


def facts(data: dict[str, Any]) -> str:
    """Other findings, as JSON that cannot look like a tag."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES)


def refused(words: str) -> str:
    """What the model is told of a call that was refused."""
    return facts({"error": words[:1000]})


def named(paths: Sequence[str]) -> str:
    """Paths, one a line."""
    return "\n".join(f"- {path}" for path in paths) or "- none"
