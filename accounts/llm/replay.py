"""A conversation run again on what was recorded: no provider is asked, and where the words differ it fails loudly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from accounts.llm import records
from accounts.llm.selectors import fault_named
from accounts.models import ModelCall, User
from arbion.lib.llm.port import OUTPUT_TOKENS_MAX, Finish, Message, Reply, Tool, ToolCall, Usage, never


class NotAsRecorded(Exception):
    """What is asked now is not what was asked then."""


class RecordedModel:
    """A model that answers as it did then, call by call, in one thread."""

    def __init__(self, thread: str, *, user: User | None = None) -> None:
        rows = ModelCall.objects.filter(thread=thread) if user is None else calls_of(user, thread)
        self.thread, self._rows = thread, list(rows.order_by("pk"))
        self._next = 0

    def ask(
        self,
        messages: Sequence[Message],
        *,
        tools: Sequence[Tool] = (),
        output_tokens_max: int = OUTPUT_TOKENS_MAX,
        on_text: Callable[[str], None] | None = None,
        is_stopped: Callable[[], bool] = never,
    ) -> Reply:
        """The recorded answer to exactly these messages, or the fault that there was. Raises NotAsRecorded."""
        if self._next >= len(self._rows):
            raise NotAsRecorded(f"{self.thread}: {self._next} calls are recorded, and another one is made")
        row = self._rows[self._next]
        self._next += 1
        self._compare(row, [records.message_json(message) for message in messages], [tool.name for tool in tools])
        if row.reply is None:
            raise fault_named(row.verdict)
        reply = _reply(row)
        if on_text is not None and reply.text:
            on_text(reply.text)
        return reply

    def finish(self) -> None:
        """Raise NotAsRecorded where more was asked then than now."""
        if self._next < len(self._rows):
            left = len(self._rows) - self._next
            raise NotAsRecorded(f"{self.thread}: {left} recorded calls were not made again")

    def _compare(self, row: ModelCall, asked: list[dict[str, Any]], tools: list[str]) -> None:
        where = f"{self.thread}, call {self._next}"
        for number, (then, now) in enumerate(zip(row.messages, asked, strict=False), start=1):
            if then != now:
                raise NotAsRecorded(f"{where}: message {number} was {then!r} and is {now!r}")
        if len(row.messages) != len(asked):
            raise NotAsRecorded(f"{where}: {len(row.messages)} messages were sent then and {len(asked)} now")
        if [tool["name"] for tool in row.tools] != tools:
            raise NotAsRecorded(f"{where}: the tools differ")


def calls_of(user: User, thread: str) -> Any:
    """The person's calls of one conversation."""
    return ModelCall.objects.filter(user=user, thread=thread)


def _reply(row: ModelCall) -> Reply:
    said = row.reply or {}
    return Reply(
        text=said["text"],
        calls=tuple(ToolCall(**call) for call in said["calls"]),
        finish=Finish(said["finish"]),
        model=said["model"],
        usage=Usage(
            input=row.tokens_in, output=row.tokens_out, cached=row.tokens_cached, reasoning=row.tokens_reasoning
        ),
        request_id=row.request_id,
        attempts=row.attempts,
    )
