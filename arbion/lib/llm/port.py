"""The port: what a language model is to Arbion, whoever serves it. Words and tool calls in, one whole reply out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

OUTPUT_TOKENS_MAX = 4096


class Role(StrEnum):
    """What a model is wanted for; which model serves a role is a setting."""

    ANALYSIS = "analysis"
    FAST = "fast"
    REASONING = "reasoning"
    CODE = "code"
    TRANSCRIPTION = "transcription"


class Speaker(StrEnum):
    """Whose words a message holds."""

    RULES = "rules"  # ours, to the model
    PERSON = "person"
    MODEL = "model"
    TOOL = "tool"


class Finish(StrEnum):
    """Why a reply ended. What was cut off is no reply: it is raised as a fault."""

    SAID = "said"
    CALLS = "calls"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One function that the model may call; `parameters` is a strict JSON schema (all keys required, none besides)."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """One call as the model wrote it: `arguments` is its text, which may be no JSON at all."""

    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of the exchange. The model's may hold calls; a tool's answers the call with its `call_id`."""

    speaker: Speaker
    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    call_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of one exchange; `cached` and `reasoning` are parts of the other two."""

    input: int = 0
    output: int = 0
    cached: int = 0
    reasoning: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One whole answer of a model: words, calls to make, or a refusal in its words (`text`)."""

    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    finish: Finish = Finish.SAID
    model: str = ""
    usage: Usage = field(default_factory=Usage)
    request_id: str = ""
    attempts: int = 1


def never() -> bool:
    """Nobody asks to stop."""
    return False


class ChatModel(Protocol):
    """A model that can be asked."""

    def ask(
        self,
        messages: Sequence[Message],
        *,
        tools: Sequence[Tool] = (),
        output_tokens_max: int = OUTPUT_TOKENS_MAX,
        on_text: Callable[[str], None] | None = None,
        is_stopped: Callable[[], bool] = never,
    ) -> Reply:
        """Ask once; with `on_text` the answer is streamed and each piece of its text is handed over as it comes.

        Raises a ModelFault for everything but a whole reply; nothing of an answer that was cut off comes back, neither
        words nor calls. Must not be called inside a database transaction.
        """
        ...
