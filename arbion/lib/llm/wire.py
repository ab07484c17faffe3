"""What both ways of asking share: reading foreign JSON with care, and putting a whole reply together."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from arbion.lib.llm.faults import Malformed
from arbion.lib.llm.port import Finish, Reply, ToolCall, Usage

TEXT_MAX = 400_000
CALLS_MAX = 64
FILTERED = "The provider's filter stopped the answer."
_NOT_OF_NAMES = re.compile(r"[^A-Za-z0-9_-]")


class OutOfRoom(Exception):
    """The answer needed more tokens than it was given."""


def record(value: Any) -> dict[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; of anything else none."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def words(value: Any) -> str:
    """The value if it is text, else nothing."""
    return value if isinstance(value, str) else ""


def count(value: Any) -> int:
    """A number of tokens."""
    return value if isinstance(value, int) and 0 <= value < 10**9 else 0


def name_again(name: str) -> str:
    """A tool's name as it may be said again: a model may have made one up that no provider takes back."""
    return _NOT_OF_NAMES.sub("_", name)[:64] or "_"


def arguments_again(arguments: str) -> str:
    """A call's arguments as they may be said again: what is no JSON object makes some servers fail."""
    try:
        return arguments if isinstance(json.loads(arguments), dict) else "{}"
    except (ValueError, RecursionError):
        return "{}"


@dataclass
class Draft:
    """One call while its pieces come in."""

    call_id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)


@dataclass
class Gathered:
    """What an answer has brought so far."""

    text: list[str] = field(default_factory=list)
    refusal: list[str] = field(default_factory=list)
    calls: list[Draft] = field(default_factory=list)
    model: str = ""
    usage: Usage = field(default_factory=Usage)
    is_filtered: bool = False
    size: int = 0

    def add(self, text: str) -> None:
        """Count what came; Malformed where it is more than any answer has."""
        self.size += len(text)
        if self.size > TEXT_MAX or len(self.calls) > CALLS_MAX:
            raise Malformed("The answer is longer than any that is read.")

    def reply(self, *, request_id: str) -> Reply:
        """The whole reply. Raises Malformed where there is nothing in it."""
        facts: dict[str, Any] = {"model": self.model, "usage": self.usage, "request_id": request_id}
        refusal = "".join(self.refusal)
        if refusal or self.is_filtered:
            return Reply(text=refusal or FILTERED, finish=Finish.REFUSED, **facts)
        text, calls = "".join(self.text), tool_calls(self.calls)
        if not text.strip() and not calls:
            raise Malformed("The answer is empty.")
        return Reply(text=text, calls=calls, finish=Finish.CALLS if calls else Finish.SAID, **facts)


def tool_calls(drafts: Sequence[Draft]) -> tuple[ToolCall, ...]:
    """The calls; one whose name never came is Malformed, one without an id is given one."""
    if any(not draft.name for draft in drafts):
        raise Malformed("The answer calls a tool without a name.")
    return tuple(
        ToolCall(call_id=draft.call_id or f"call_{number}", name=draft.name[:200], arguments="".join(draft.arguments))
        for number, draft in enumerate(drafts, start=1)
    )
