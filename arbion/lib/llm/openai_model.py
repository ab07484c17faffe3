"""The client of language models: the official SDK behind our port, with our own patience, breaker and reading of ends.

Nothing of an answer counts until its end has come: neither words nor calls of one that broke off are handed back. Once
a piece of text has been handed over, nothing is asked a second time.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from threading import Event
from typing import TYPE_CHECKING, Any

from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.llm import allowance, wire_chat, wire_responses
from arbion.lib.llm.breaker import Breaker
from arbion.lib.llm.endpoint import Api, Endpoint, check_reach
from arbion.lib.llm.faults import CutOff, Malformed, ModelFault, NotUnderstood, Stopped, TooSlow, Unreachable
from arbion.lib.llm.pace import Pace
from arbion.lib.llm.port import OUTPUT_TOKENS_MAX, Message, Reply, Tool, never
from arbion.lib.llm.translate import Unsupported, fault_of
from arbion.lib.llm.wire import OutOfRoom
from arbion.lib.llm.worker import WORKER, Hand, Worker
from arbion.lib.transport import outside_transaction

if TYPE_CHECKING:
    from openai import AsyncOpenAI

logger = logging.getLogger(__name__)

ROOM_FACTOR = 4
ROOM_MAX = 32_768
THOUGHTS_MAX = 32
# What each model is known to refuse, learned from its own words; a matter of the process.
_REFUSED: dict[tuple[str, str, Api], frozenset[str]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which model is asked, and how."""

    name: str
    api: Api = Api.RESPONSES
    effort: str = ""


@dataclass(slots=True)
class _Asked:
    """One question on its way: what it is, and what became of it so far."""

    messages: Sequence[Message]
    tools: Sequence[Tool]
    room: int
    on_text: Callable[[str], None] | None
    is_stopped: Callable[[], bool]
    until: float
    attempts: int = 0
    has_spoken: bool = False
    has_more_room: bool = False

    def hand(self, piece: str) -> None:
        """Hand a piece of text over: from now on nothing is asked again."""
        self.has_spoken = True
        if self.on_text is not None:
            self.on_text(piece)


@dataclass
class OpenAIModel:
    """A model of one provider, asked through either of the two APIs. May be used by several threads at once."""

    endpoint: Endpoint
    choice: Choice
    pace: Pace = field(default_factory=Pace)
    clock: Clock = SYSTEM
    worker: Worker = WORKER
    # A reasoning model's own sealed notes of this conversation, which it wants to see again with its calls.
    thoughts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def ask(
        self,
        messages: Sequence[Message],
        *,
        tools: Sequence[Tool] = (),
        output_tokens_max: int = OUTPUT_TOKENS_MAX,
        on_text: Callable[[str], None] | None = None,
        is_stopped: Callable[[], bool] = never,
    ) -> Reply:
        """Ask once, as the port says; repeats by itself what is worth repeating, within the time."""
        outside_transaction()
        check_reach(self.endpoint.base_url)
        breaker = Breaker(self.endpoint, self.clock)
        breaker.check()
        until = self.pace.monotonic() + self.pace.total_seconds
        asked = _Asked(_sendable(messages), tools, output_tokens_max, on_text, is_stopped, until)
        try:
            return replace(self._persist(asked, breaker), attempts=asked.attempts)
        except ModelFault as fault:
            fault.attempts = asked.attempts
            logger.info(
                "model fault %s of %s, request %s, attempts %d",
                fault.code, self.endpoint.fingerprint, fault.request_id or "-", asked.attempts,
            )  # fmt: skip
            raise
        finally:
            breaker.let_go()

    async def aask(
        self,
        messages: Sequence[Message],
        *,
        tools: Sequence[Tool] = (),
        output_tokens_max: int = OUTPUT_TOKENS_MAX,
        on_text: Callable[[str], None] | None = None,
        is_stopped: Callable[[], bool] = never,
    ) -> Reply:
        """The same for callers in an event loop, where `on_text` is called too; canceling it stops the exchange."""
        loop, gone = asyncio.get_running_loop(), Event()

        def hand(piece: str) -> None:
            if on_text is not None:
                loop.call_soon_threadsafe(on_text, piece)

        try:
            return await asyncio.to_thread(
                self.ask,
                messages,
                tools=tools,
                output_tokens_max=output_tokens_max,
                on_text=None if on_text is None else hand,
                is_stopped=lambda: gone.is_set() or is_stopped(),
            )
        except asyncio.CancelledError:
            gone.set()
            raise

    def _persist(self, asked: _Asked, breaker: Breaker) -> Reply:
        """Ask until there is a reply, or nothing more to be tried."""
        while True:
            asked.attempts += 1
            try:
                reply = self._once(asked)
            except Unsupported as refusal:
                self._do_without(refusal)
                continue
            except OutOfRoom:
                breaker.note(None)
                if asked.has_spoken or asked.has_more_room or asked.room >= ROOM_MAX:
                    raise Malformed("The answer did not fit into the room that it was given.") from None
                asked.room, asked.has_more_room = min(asked.room * ROOM_FACTOR, ROOM_MAX), True
                continue
            except Stopped:
                raise
            except ModelFault as fault:
                breaker.note(fault)
                self._bear(fault, asked, breaker)
            else:
                breaker.note(None)
                return reply

    def _bear(self, fault: ModelFault, asked: _Asked, breaker: Breaker) -> None:
        """Wait before another attempt, or raise the fault."""
        left = asked.until - self.pace.monotonic()
        pause = None if asked.has_spoken else self.pace.pause(fault, attempt=asked.attempts, left=left)
        if asked.has_spoken and isinstance(fault, Unreachable):
            # It was reached: the line was cut in the midst of the answer.
            cut = CutOff()
            cut.request_id = fault.request_id
            raise cut from fault
        if pause is None or breaker.state().name(self.clock.now()) == "resting":
            raise fault
        self.pace.wait(pause, is_stopped=asked.is_stopped)

    def _do_without(self, refusal: Unsupported) -> None:
        """Remember what this model refuses. Raises NotUnderstood for what cannot be left out."""
        name = refusal.name.split(".")[0].split("[")[0]
        name = "strict" if refusal.name.endswith("strict") else name
        known = self._refused()
        optional = wire_chat.OPTIONAL if self.choice.api is Api.CHAT else wire_responses.OPTIONAL
        if name not in optional or name in known:
            raise NotUnderstood(f"The provider refuses the field “{refusal.name}” of the request.") from None
        logger.info("model %s does without %s", self.choice.name, name)
        _REFUSED[self._key()] = known | {name}

    def _once(self, asked: _Asked) -> Reply:
        """One exchange with the provider."""
        if asked.is_stopped():
            raise Stopped
        left = asked.until - self.pace.monotonic()
        if left <= 0:
            raise TooSlow
        reader: wire_chat.Reader | wire_responses.Reader
        body, reader = self._written(asked)
        headers: dict[str, str] = {}

        async def work(client: AsyncOpenAI, hand: Hand) -> Reply:
            return await self._exchange(client, body, reader, hand, headers)

        try:
            reply = self.worker.run(self.endpoint, work, seconds=left, on_text=asked.hand, is_stopped=asked.is_stopped)
        finally:
            allowance.keep(self.allowance_name, allowance.read(headers, at=self.clock.now()))
        if isinstance(reader, wire_responses.Reader) and reader.thoughts and reply.calls:
            self.thoughts[reply.calls[0].call_id] = reader.thoughts
            for old in list(self.thoughts)[:-THOUGHTS_MAX]:
                self.thoughts.pop(old, None)
        return reply

    def _written(self, asked: _Asked) -> tuple[dict[str, Any], wire_chat.Reader | wire_responses.Reader]:
        facts: dict[str, Any] = {
            "model": self.choice.name,
            "effort": self.choice.effort,
            "room": asked.room,
            "stream": asked.on_text is not None,
            "without": self._refused(),
        }
        if self.choice.api is Api.CHAT:
            is_vendor = self.endpoint.is_vendor
            return wire_chat.body(asked.messages, asked.tools, is_vendor=is_vendor, **facts), wire_chat.Reader()
        made = wire_responses.body(asked.messages, asked.tools, thoughts=self.thoughts, **facts)
        return made, wire_responses.Reader()

    async def _exchange(
        self,
        client: AsyncOpenAI,
        body: dict[str, Any],
        reader: wire_chat.Reader | wire_responses.Reader,
        hand: Hand,
        headers: dict[str, str],
    ) -> Reply:
        """Send the request and read the answer to its end; `headers` takes those of the answer."""
        import openai  # noqa: PLC0415  loaded by the worker

        asking: Any = client.chat.completions if self.choice.api is Api.CHAT else client.responses
        request_id = ""
        try:
            raw = await asking.with_raw_response.create(**body, timeout=self.pace.total_seconds)
            request_id = str(raw.headers.get("x-request-id") or "")[:80]
            headers.update(raw.headers)
            said = raw.parse()
            if "stream" not in body:
                reader.whole(_plain(said))
                return reader.reply(request_id=request_id)
            async for event in said:
                if piece := reader.feed(_plain(event)):
                    hand(piece)
            return reader.reply(request_id=request_id)
        except ModelFault as fault:
            fault.request_id = fault.request_id or request_id
            raise
        except (openai.OpenAIError, ValueError, OSError) as error:
            fault_or_field = fault_of(error)
            if isinstance(fault_or_field, ModelFault):
                fault_or_field.request_id = fault_or_field.request_id or request_id
            raise fault_or_field from None

    @property
    def allowance_name(self) -> str:
        """Under which name the provider's rate headers for this key and model are kept."""
        return f"{self.endpoint.fingerprint}:{self.choice.name}"

    def _key(self) -> tuple[str, str, Api]:
        return self.endpoint.base_url, self.choice.name, self.choice.api

    def _refused(self) -> frozenset[str]:
        return _REFUSED.get(self._key(), frozenset())


def _sendable(messages: Sequence[Message]) -> list[Message]:
    """The messages without what cannot be written in UTF-8: halves of characters, as broken input brings them."""
    return [replace(one, text=one.text.encode("utf-8", "replace").decode("utf-8")) for one in messages]


def _plain(said: Any) -> dict[str, Any]:
    """An object of the SDK as plain data; what a server sent instead of one is Malformed."""
    dump = getattr(said, "model_dump", None)
    if dump is None:
        raise Malformed("The provider's answer cannot be read.")
    found: dict[str, Any] = dump(warnings=False)
    return found
