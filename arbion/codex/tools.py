"""The functions that the code model may call: three that look into the folder, one that proposes. None acts."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from arbion.codex import fence, proposal
from arbion.codex.errors import DiffRefused, Unusable
from arbion.codex.looking import ENTRIES_MAX, HITS_MAX, Reader
from arbion.codex.names import PATH_MAX, visible
from arbion.codex.proposal import ANALYSIS_MAX, Chosen
from arbion.domain.errors import ArbionError
from arbion.lib.llm.port import Message, Speaker, Tool, ToolCall

Json = dict[str, Any]
ARGUMENTS_MAX = 600_000
DIFFS_MAX = 3
TEXT: Json = {"type": "string"}
MAYBE: Json = {"type": ["string", "null"]}


def _object(**fields: Json) -> Json:
    """A strict object: every key is required, and there are no others."""
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


PROPOSE = "propose_change"
TOOLS = (
    Tool(
        name="list_files",
        description=f"The files under a folder of the workspace (null: all of it), at most {ENTRIES_MAX}.",
        parameters=_object(folder=MAYBE),
    ),
    Tool(
        name="read_file",
        description="Lines of a text file of the workspace, from one on (null: the first).",
        parameters=_object(path=TEXT, from_line={"type": ["integer", "null"]}),
    ),
    Tool(
        name="search",
        description=f"Lines that hold a text letter by letter, under a folder (null: everywhere), at most {HITS_MAX}.",
        parameters=_object(text=TEXT, folder=MAYBE),
    ),
    Tool(
        name=PROPOSE,
        description="The end of the task: the analysis, and a unified diff of the chosen files, or an empty text.",
        parameters=_object(analysis=TEXT, diff=TEXT),
    ),
)
BY_NAME = {tool.name: tool for tool in TOOLS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What the model proposes, checked: words, and the diff as it will be shown."""

    analysis: str
    diff: str


class BadCall(ArbionError):
    """The call cannot be used."""

    code = "model_call_refused"
    http_status = 422
    title = "The call cannot be used"


@dataclass(slots=True)
class Calls:
    """The calls of one task: what was looked at in plain words, and what was proposed in the end."""

    reader: Reader
    chosen: Chosen
    steps: list[str] = field(default_factory=list)
    analysis: str = ""
    proposal: Proposal | None = None
    refused: int = 0

    def answer(self, call: ToolCall) -> Message:
        """The answer to one call; what is wrong with it is told to the model. Raises TooMuch and Unusable."""
        try:
            said = self._result(call)
        except DiffRefused as refusal:
            self.refused += 1
            if self.refused >= DIFFS_MAX:
                raise Unusable(f"The model's diff was refused {DIFFS_MAX} times, last: {refusal.detail}") from refusal
            said = fence.refused(f"{refusal.detail} Correct the diff and call {PROPOSE} again.")
        except BadCall as refusal:
            said = fence.refused(refusal.detail)
        except ArbionError as refusal:
            if not refusal.errors:
                raise
            said = fence.refused(refusal.detail)
        return Message(speaker=Speaker.TOOL, text=said, call_id=call.call_id)

    def _result(self, call: ToolCall) -> str:
        if call.name not in BY_NAME:
            raise BadCall(f"There is no tool {call.name[:40]}.")
        given = _arguments(call)
        if call.name == PROPOSE:
            return self._propose(given)
        return _LOOKS[call.name](self, given)

    def _propose(self, given: Json) -> str:
        self.analysis = tidy(_text(given, "analysis", most=ANALYSIS_MAX * 4))
        made = proposal.checked(_text(given, "diff", most=ARGUMENTS_MAX), self.chosen, self.reader.workspace)
        if not made and not self.analysis:
            raise BadCall("Say something in the analysis.")
        self.proposal = Proposal(analysis=self.analysis, diff=made)
        return fence.facts({"status": "taken"})

    def list_files(self, given: Json) -> str:
        """The files under a folder."""
        folder = _maybe(given, "folder")
        found = self.reader.listing(folder)
        self._note(f"Listed {folder or 'the workspace'}")
        return fence.facts({"files": found.paths, "cut": found.is_cut})

    def read_file(self, given: Json) -> str:
        """A piece of a file."""
        path, first = _text(given, "path", most=PATH_MAX), given.get("from_line")
        if first is not None and (isinstance(first, bool) or not isinstance(first, int) or not 1 <= first <= 10**6):
            raise BadCall("from_line must be a whole number from 1, or null.")
        file = self.reader.file(path)
        self._note(f"Read {path}" + (f" from line {first}" if first and first > 1 else ""))
        return fence.piece(file, first or 1)

    def search(self, given: Json) -> str:
        """The lines that hold a text."""
        text, folder = _text(given, "text", most=PATH_MAX), _maybe(given, "folder")
        hits = self.reader.search(text, folder)
        self._note(f"Searched {folder or 'the workspace'} for “{visible(text)}”")
        return fence.facts({"hits": [{"path": hit.path, "line": hit.line, "text": visible(hit.text)} for hit in hits]})

    def _note(self, step: str) -> None:
        self.steps.append(step[:300])


_LOOKS: dict[str, Callable[[Calls, Json], str]] = {
    "list_files": Calls.list_files,
    "read_file": Calls.read_file,
    "search": Calls.search,
}


def tidy(text: str) -> str:
    """Words of the model as plain text: its lines kept, what cannot be seen written out, and not too long."""
    whole = "\n".join(visible(line).rstrip() for line in text.replace("\r\n", "\n").split("\n")).strip()
    return whole if len(whole) <= ANALYSIS_MAX else f"{whole[: ANALYSIS_MAX - 1]}…"


def _arguments(call: ToolCall) -> Json:
    """The arguments as an object with known fields. Raises BadCall."""
    if len(call.arguments) > ARGUMENTS_MAX:
        raise BadCall("The arguments are too long.")
    try:
        found = json.loads(call.arguments or "{}")
    except (ValueError, RecursionError):
        raise BadCall("The arguments are not valid JSON.") from None
    if not isinstance(found, dict):
        raise BadCall("The arguments must be one JSON object.")
    if strange := sorted(str(key)[:40] for key in found.keys() - BY_NAME[call.name].parameters["properties"].keys()):
        raise BadCall(f"There is no field {', '.join(strange)}.")
    return found


def _text(given: Json, name: str, *, most: int) -> str:
    found = given.get(name)
    if not isinstance(found, str) or len(found) > most or "\0" in found or not _is_storable(found):
        raise BadCall(f"{name} must be a text of at most {most} characters.")
    return found


def _maybe(given: Json, name: str) -> str:
    return "" if given.get(name) in {None, ""} else _text(given, name, most=PATH_MAX)


def _is_storable(text: str) -> bool:
    return not any("\ud800" <= mark <= "\udfff" for mark in text)
