"""The answers in the provider's two shapes, whole and as a stream."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.openai_server.script import Call, Fault, Reply


def chat(reply: Reply, model: str) -> dict[str, Any]:
    """A chat completion."""
    message: dict[str, Any] = {"role": "assistant", "content": reply.text or None, "refusal": reply.refusal or None}
    if reply.calls:
        message["tool_calls"] = [
            {"id": _id(call, number), "type": "function", "function": {"name": call.name, "arguments": call.text}}
            for number, call in enumerate(reply.calls)
        ]
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": _finish(reply)}],
        "usage": _chat_usage(reply),
    }


def chat_stream(reply: Reply, model: str) -> Iterator[str]:
    """The lines of a streamed chat completion."""
    yield _chunk(model, {"role": "assistant", "content": ""})
    for piece in reply.pieces:
        yield _chunk(model, {"content": piece})
        if reply.fault is Fault.ERROR_INSIDE:
            yield _data({"error": {"message": "overloaded", "type": "server_error", "code": "server_error"}})
            return
    if reply.refusal:
        yield _chunk(model, {"refusal": reply.refusal})
    for number, call in enumerate(reply.calls):
        head = {"index": number, "id": _id(call, number), "type": "function"}
        yield _chunk(model, {"tool_calls": [{**head, "function": {"name": call.name, "arguments": ""}}]})
        for start in range(0, len(call.text), 7):
            part = {"index": number, "function": {"arguments": call.text[start : start + 7]}}
            yield _chunk(model, {"tool_calls": [part]})
    if reply.fault in {Fault.CUT, Fault.SILENT_END, Fault.DRIP}:
        return
    yield _chunk(model, {}, finish=_finish(reply))
    if reply.usage:
        yield _data({"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": model, "choices": [],
                     "usage": _chat_usage(reply)})  # fmt: skip
    yield "data: [DONE]\n\n"


def response(reply: Reply, model: str) -> dict[str, Any]:
    """A response."""
    usage = reply.usage or (0, 0)
    made: dict[str, Any] = {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "status": "completed",
        "model": model,
        "output": list(_output(reply)),
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "error": None,
        "incomplete_details": None,
        "usage": {
            "input_tokens": usage[0],
            "input_tokens_details": {"cached_tokens": 20},
            "output_tokens": usage[1],
            "output_tokens_details": {"reasoning_tokens": 10},
            "total_tokens": sum(usage),
        }
        if reply.usage
        else None,
    }
    if reply.fault is Fault.FAILED:
        made |= {"status": "failed", "error": {"code": "server_error", "message": "broken"}, "output": []}
    if reply.fault in {Fault.OUT_OF_ROOM, Fault.FILTERED}:
        reason = "max_output_tokens" if reply.fault is Fault.OUT_OF_ROOM else "content_filter"
        made |= {"status": "incomplete", "incomplete_details": {"reason": reason}}
    return made


def response_stream(reply: Reply, model: str) -> Iterator[str]:
    """The events of a streamed response."""
    number = 0

    def event(kind: str, **facts: Any) -> str:
        nonlocal number
        number += 1
        return f"event: {kind}\n{_data({'type': kind, 'sequence_number': number, **facts})}"

    whole = response(reply, model)
    yield event("response.created", response={**whole, "status": "in_progress", "output": [], "usage": None})
    for piece in reply.pieces:
        yield event(
            "response.output_text.delta", item_id="msg_1", output_index=0, content_index=0, delta=piece, logprobs=[]
        )
        if reply.fault is Fault.ERROR_INSIDE:
            yield event("error", code="server_error", message="overloaded", param=None)
            return
    for index, item in enumerate(whole["output"]):
        if item["type"] == "function_call":
            yield event("response.output_item.added", output_index=index, item={**item, "arguments": ""})
            yield event(
                "response.function_call_arguments.delta",
                item_id=item["id"],
                output_index=index,
                delta=item["arguments"],
            )
        yield event("response.output_item.done", output_index=index, item=item)
    if reply.fault in {Fault.CUT, Fault.SILENT_END, Fault.DRIP}:
        return
    ends = {"failed": "response.failed", "incomplete": "response.incomplete"}
    yield event(ends.get(whole["status"], "response.completed"), response=whole)


def _output(reply: Reply) -> Iterator[dict[str, Any]]:
    if reply.calls:
        yield {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "sealed-thoughts"}
    if reply.text or reply.refusal:
        part = {"type": "output_text", "text": reply.text, "annotations": [], "logprobs": []}
        if reply.refusal:
            part = {"type": "refusal", "refusal": reply.refusal}
        yield {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [part]}
    for number, call in enumerate(reply.calls):
        yield {
            "type": "function_call",
            "id": f"fc_{number}",
            "call_id": _id(call, number),
            "name": call.name,
            "arguments": call.text,
            "status": "completed",
        }


def _id(call: Call, number: int) -> str:
    return call.call_id or f"call_{number}"


def _finish(reply: Reply) -> str:
    if reply.fault is Fault.OUT_OF_ROOM:
        return "length"
    if reply.fault is Fault.FILTERED:
        return "content_filter"
    return "tool_calls" if reply.calls else "stop"


def _chunk(model: str, delta: dict[str, Any], finish: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return _data({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": model,
                  "choices": [choice]})  # fmt: skip


def _chat_usage(reply: Reply) -> dict[str, Any] | None:
    if reply.usage is None:
        return None
    asked, said = reply.usage
    return {
        "prompt_tokens": asked,
        "completion_tokens": said,
        "total_tokens": asked + said,
        "prompt_tokens_details": {"cached_tokens": 20},
        "completion_tokens_details": {"reasoning_tokens": 10},
    }


def _data(said: dict[str, Any]) -> str:
    return f"data: {json.dumps(said)}\n\n"
