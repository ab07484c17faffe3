"""The record of every call: what was asked and answered without secrets, what it took, and how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from accounts.llm.roles import Served
from accounts.models import KeyOwner, ModelCall, User
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.llm.port import Message, Reply, Tool, ToolCall, Usage
from arbion.lib.redact import redact_person

OK = "ok"
INTERRUPTED = "interrupted"
KEPT = timedelta(days=90)
TEXT_MAX = 60_000
# Fewer letters to a token than there are in any language that is spoken here, so that an estimate is rather too high.
LETTERS_A_TOKEN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Whose call it is, and what for."""

    user: User
    served: Served
    purpose: str
    thread: str
    provider: str
    owner: KeyOwner


@dataclass(slots=True)
class Outcome:
    """How a call ended; as it stands here when nobody came to say."""

    verdict: str = INTERRUPTED
    reply: Reply | None = None
    request_id: str = ""
    attempts: int = 1
    usage: Usage = field(default_factory=Usage)
    is_estimated: bool = False
    latency_ms: int = 0


def keep(
    about: About, messages: Sequence[Message], tools: Sequence[Tool], outcome: Outcome, *, clock: Clock = SYSTEM
) -> ModelCall:
    """Write one call down."""
    usage = outcome.usage
    return ModelCall.objects.create(
        user=about.user,
        at=clock.now(),
        purpose=about.purpose[:40],
        thread=about.thread[:120],
        role=about.served.role.value,
        model=about.served.name[:100],
        provider=about.provider[:255],
        key_owner=about.owner,
        messages=[message_json(message) for message in messages],
        tools=[{"name": tool.name, "description": tool.description, "parameters": tool.parameters} for tool in tools],
        reply=None if outcome.reply is None else reply_json(outcome.reply),
        request_id=outcome.request_id[:80],
        attempts=outcome.attempts,
        tokens_in=usage.input,
        tokens_out=usage.output,
        tokens_cached=usage.cached,
        tokens_reasoning=usage.reasoning,
        is_estimated=outcome.is_estimated,
        price=about.served.price(usage),
        latency_ms=outcome.latency_ms,
        verdict=outcome.verdict,
    )


def message_json(message: Message) -> dict[str, Any]:
    """A message as it is kept."""
    return {
        "speaker": message.speaker.value,
        "text": _kept(message.text),
        "calls": [_call_json(call) for call in message.calls],
        "call_id": _kept(message.call_id),
    }


def reply_json(reply: Reply) -> dict[str, Any]:
    """A reply as it is kept."""
    return {
        "text": _kept(reply.text),
        "calls": [_call_json(call) for call in reply.calls],
        "finish": reply.finish.value,
        "model": _kept(reply.model),
    }


def tokens_of(messages: Sequence[Message], tools: Sequence[Tool]) -> int:
    """About how many tokens a question has, rather too many than too few."""
    letters = sum(len(message.text) + sum(len(call.arguments) for call in message.calls) for message in messages)
    letters += sum(len(tool.description) + len(str(tool.parameters)) for tool in tools)
    return tokens_in(letters) + 8 * (len(messages) + len(tools))


def tokens_in(letters: int) -> int:
    """About how many tokens so many letters are."""
    return -(-letters // LETTERS_A_TOKEN)


def prune(*, clock: Clock = SYSTEM) -> int:
    """Delete calls that are past keeping; answers how many."""
    return ModelCall.objects.filter(at__lt=clock.now() - KEPT).delete()[0]


def _call_json(call: ToolCall) -> dict[str, str]:
    return {"call_id": _kept(call.call_id), "name": _kept(call.name), "arguments": _kept(call.arguments)}


def _kept(text: str) -> str:
    """Text as a table can keep it: without secrets, cut to size, without what no database takes."""
    clean = text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")
    return redact_person(clean)[:TEXT_MAX]
