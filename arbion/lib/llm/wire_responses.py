"""The Responses API: how a request is written, and how an answer is read, whole or as events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from arbion.lib.llm.faults import CutOff, ProviderBroken
from arbion.lib.llm.port import Message, Reply, Speaker, Tool, Usage
from arbion.lib.llm.translate import of_code
from arbion.lib.llm.wire import (
    Draft,
    Gathered,
    OutOfRoom,
    arguments_again,
    count,
    items,
    name_again,
    record,
    words,
)

# Fields that a model may refuse and that nothing depends on. `store` is not among them: without it answers are kept.
OPTIONAL = frozenset({"reasoning", "include", "strict", "max_output_tokens"})
THOUGHT = ("type", "id", "summary", "encrypted_content")
THOUGHTS = "reasoning.encrypted_content"
_ROLES = {Speaker.RULES: "developer", Speaker.PERSON: "user", Speaker.MODEL: "assistant"}
Thoughts = Mapping[str, list[dict[str, Any]]]


def body(
    messages: Sequence[Message],
    tools: Sequence[Tool],
    *,
    model: str,
    effort: str,
    room: int,
    stream: bool,
    thoughts: Thoughts,
    without: frozenset[str],
) -> dict[str, Any]:
    """The request, without the fields that this model is known to refuse. Nothing is kept at the provider's."""
    made: dict[str, Any] = {
        "model": model,
        "input": [item for message in messages for item in _items(message, thoughts)],
        "store": False,
        "max_output_tokens": room,
        "include": [THOUGHTS],
    }
    if tools:
        made["tools"] = [_tool(tool, is_strict="strict" not in without) for tool in tools]
    if effort:
        made["reasoning"] = {"effort": effort}
    if stream:
        made["stream"] = True
    return {key: value for key, value in made.items() if key not in without}


def _items(message: Message, thoughts: Thoughts) -> list[dict[str, Any]]:
    if message.speaker is Speaker.TOOL:
        return [{"type": "function_call_output", "call_id": message.call_id, "output": message.text}]
    made: list[dict[str, Any]] = []
    if message.text or not message.calls:
        made.append({"role": _ROLES[message.speaker], "content": message.text})
    for call in message.calls:
        made += thoughts.get(call.call_id, [])
        made.append(
            {
                "type": "function_call",
                "call_id": call.call_id,
                "name": name_again(call.name),
                "arguments": arguments_again(call.arguments),
            }
        )
    return made


def _tool(tool: Tool, *, is_strict: bool) -> dict[str, Any]:
    return {
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": dict(tool.parameters),
        "strict": is_strict,
    }


class Reader:
    """Reads one answer: a whole one at once, or a stream event by event."""

    def __init__(self) -> None:
        self._items: list[dict[str, Any]] = []
        self._response: dict[str, Any] | None = None
        self._size = Gathered()
        self.thoughts: list[dict[str, Any]] = []

    def feed(self, event: dict[str, Any]) -> str:
        """Take one event; answers the text that it brought. Raises the fault that an event tells of."""
        kind = words(event.get("type"))
        if kind == "error":
            raise of_code(words(event.get("code")), broken=ProviderBroken)
        if kind == "response.output_text.delta":
            text = words(event.get("delta"))
            self._size.add(text)
            return text
        if kind == "response.output_item.done":
            self._items.append(record(event.get("item")))
        elif kind in {"response.completed", "response.incomplete", "response.failed", "response.cancelled"}:
            self.whole(record(event.get("response")))
        return ""

    def whole(self, response: dict[str, Any]) -> None:
        """Take an answer that came at once, or the last event of a stream."""
        self._response = response

    def reply(self, *, request_id: str) -> Reply:
        """The reply; CutOff where no end came, OutOfRoom where the tokens did not suffice."""
        said = self._response
        if said is None:
            raise CutOff
        status = words(said.get("status"))
        if status == "failed" or record(said.get("error")):
            raise of_code(words(record(said.get("error")).get("code")), broken=ProviderBroken)
        reason = words(record(said.get("incomplete_details")).get("reason"))
        if status == "incomplete" and reason == "max_output_tokens":
            raise OutOfRoom
        if status not in {"completed", "incomplete"} or (status == "incomplete" and reason != "content_filter"):
            raise CutOff
        gathered = Gathered(
            model=words(said.get("model")), usage=_usage(record(said.get("usage"))), is_filtered=status == "incomplete"
        )
        for item in items(said.get("output")) or self._items:
            self._take(item, gathered)
        return gathered.reply(request_id=request_id)

    def _take(self, item: dict[str, Any], gathered: Gathered) -> None:
        kind = words(item.get("type"))
        if kind == "reasoning" and words(item.get("encrypted_content")):
            self.thoughts.append({key: item[key] for key in THOUGHT if key in item})
        elif kind == "function_call":
            arguments = words(item.get("arguments"))
            gathered.calls.append(Draft(words(item.get("call_id"))[:200], words(item.get("name")), [arguments]))
            gathered.add(arguments)
        elif kind == "message":
            for part in items(item.get("content")):
                text, refusal = words(part.get("text")), words(part.get("refusal"))
                gathered.text.append(text)
                gathered.refusal.append(refusal)
                gathered.add(text + refusal)


def _usage(said: dict[str, Any]) -> Usage:
    return Usage(
        input=count(said.get("input_tokens")),
        output=count(said.get("output_tokens")),
        cached=count(record(said.get("input_tokens_details")).get("cached_tokens")),
        reasoning=count(record(said.get("output_tokens_details")).get("reasoning_tokens")),
    )
