"""Chat Completions: how a request is written, and how an answer is read, whole or in pieces."""

from __future__ import annotations

from collections.abc import Sequence
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

# Fields that a server may not know and that nothing depends on; `strict` is one of each tool.
OPTIONAL = frozenset({"reasoning_effort", "stream_options", "max_completion_tokens", "store", "strict"})
_ROLES = {Speaker.PERSON: "user", Speaker.MODEL: "assistant", Speaker.TOOL: "tool"}


def body(
    messages: Sequence[Message],
    tools: Sequence[Tool],
    *,
    model: str,
    effort: str,
    room: int,
    stream: bool,
    is_vendor: bool,
    without: frozenset[str],
) -> dict[str, Any]:
    """The request, without the fields that this model is known to refuse."""
    rules = "developer" if is_vendor else "system"
    made: dict[str, Any] = {
        "model": model,
        "messages": [_message(message, rules) for message in messages],
        "max_completion_tokens": room,
    }
    if is_vendor:
        made["store"] = False
    if tools:
        made["tools"] = [_tool(tool, is_strict="strict" not in without) for tool in tools]
    if effort:
        made["reasoning_effort"] = effort
    if stream:
        made |= {"stream": True, "stream_options": {"include_usage": True}}
    if "max_completion_tokens" in without:
        made["max_tokens"] = room
    return {key: value for key, value in made.items() if key not in without}


def _message(message: Message, rules: str) -> dict[str, Any]:
    made: dict[str, Any] = {"role": _ROLES.get(message.speaker, rules), "content": message.text}
    if message.speaker is Speaker.TOOL:
        made["tool_call_id"] = message.call_id
    if message.calls:
        made["tool_calls"] = [
            {
                "id": call.call_id,
                "type": "function",
                "function": {"name": name_again(call.name), "arguments": arguments_again(call.arguments)},
            }
            for call in message.calls
        ]
    return made


def _tool(tool: Tool, *, is_strict: bool) -> dict[str, Any]:
    function: dict[str, Any] = {
        "name": tool.name,
        "description": tool.description,
        "parameters": dict(tool.parameters),
    }
    return {"type": "function", "function": {**function, **({"strict": True} if is_strict else {})}}


class Reader:
    """Reads one answer: a whole one at once, or a stream piece by piece."""

    def __init__(self) -> None:
        self._all = Gathered()
        self._finish = ""
        self._newest: dict[int, Draft] = {}

    def feed(self, chunk: dict[str, Any]) -> str:
        """Take one piece of a stream; answers the text that it brought."""
        self._about(chunk)
        said = ""
        for choice in items(chunk.get("choices"))[:1]:
            said += self._take(record(choice.get("delta")))
            self._finish = words(choice.get("finish_reason")) or self._finish
        return said

    def whole(self, completion: dict[str, Any]) -> None:
        """Take an answer that came at once."""
        self._about(completion)
        for choice in items(completion.get("choices"))[:1]:
            self._take(record(choice.get("message")))
            self._finish = words(choice.get("finish_reason"))

    def reply(self, *, request_id: str) -> Reply:
        """The reply; CutOff where no end was said, OutOfRoom where the tokens did not suffice."""
        if not self._finish:
            raise CutOff
        if self._finish in {"length", "max_tokens"}:
            raise OutOfRoom
        if self._finish == "error":
            raise ProviderBroken
        self._all.is_filtered = self._finish == "content_filter"
        return self._all.reply(request_id=request_id)

    def _about(self, said: dict[str, Any]) -> None:
        if fault := record(said.get("error")):
            raise of_code(words(fault.get("code")) or words(fault.get("type")), broken=ProviderBroken)
        self._all.model = words(said.get("model")) or self._all.model
        if usage := record(said.get("usage")):
            self._all.usage = Usage(
                input=count(usage.get("prompt_tokens")),
                output=count(usage.get("completion_tokens")),
                cached=count(record(usage.get("prompt_tokens_details")).get("cached_tokens")),
                reasoning=count(record(usage.get("completion_tokens_details")).get("reasoning_tokens")),
            )

    def _take(self, part: dict[str, Any]) -> str:
        text, refusal = words(part.get("content")), words(part.get("refusal"))
        self._all.text.append(text)
        self._all.refusal.append(refusal)
        self._all.add(text + refusal)
        for position, call in enumerate(items(part.get("tool_calls"))):
            self._call(call, position)
        return text

    def _call(self, call: dict[str, Any], position: int) -> None:
        """One piece of a call. Some servers give every call the index 0: a new id then begins a new call."""
        index = call.get("index")
        index = index if isinstance(index, int) else position
        call_id, function = words(call.get("id")), record(call.get("function"))
        draft = self._newest.get(index)
        if draft is None or (call_id and draft.call_id and call_id != draft.call_id):
            draft = Draft()
            self._newest[index] = draft
            self._all.calls.append(draft)
        draft.call_id = draft.call_id or call_id[:200]
        draft.name = draft.name or words(function.get("name"))
        arguments = words(function.get("arguments"))
        draft.arguments.append(arguments)
        self._all.add(arguments)
