"""A language model for a person: their own key first, else the house's within its budget; every call is recorded."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from asgiref.sync import sync_to_async
from django.conf import settings

from accounts import vault
from accounts.llm import budget, keys, records
from accounts.llm.records import About, Outcome
from accounts.llm.roles import Served, endpoint, served
from accounts.models import KeyOwner, SecretPurpose, User
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.llm import faults, services
from arbion.lib.llm.endpoint import Endpoint
from arbion.lib.llm.faults import ModelFault, NoKey, SwitchedOff
from arbion.lib.llm.openai_model import OpenAIModel
from arbion.lib.llm.pace import Pace
from arbion.lib.llm.port import OUTPUT_TOKENS_MAX, ChatModel, Message, Reply, Role, Speaker, Tool, Usage, never
from arbion.lib.transport import outside_transaction

# After these the provider may have read, and charged for, what it never finished answering.
PAID = (faults.CutOff, faults.Malformed, faults.Stopped, faults.TooSlow)


def chat_model(user: User, role: Role, *, purpose: str, thread: str = "", clock: Clock = SYSTEM) -> ChatModel:
    """A model that this person may ask in this role. Raises NoKey, WrongKey, SwitchedOff or OverBudget."""
    way, owner, model = way_of(user, role, clock=clock)
    about = About(user=user, served=model, purpose=purpose, thread=thread, provider=way.host, owner=owner)
    pace = Pace(total_seconds=settings.OPENAI_TIMEOUT_SECS)
    return RecordedCalls(OpenAIModel(way, model.choice, pace=pace, clock=clock), about, clock)


def transcriber(user: User, *, thread: str = "", clock: Clock = SYSTEM) -> Transcriber:
    """Somebody who writes down what this person says. Raises as `chat_model` does."""
    way, owner, model = way_of(user, Role.TRANSCRIPTION, clock=clock)
    about = About(user=user, served=model, purpose="voice", thread=thread, provider=way.host, owner=owner)
    return Transcriber(way, about, clock)


def is_there_for(user: User) -> bool:
    """Whether this person has a key, their own or the house's; says nothing of whether it works."""
    return bool(settings.OPENAI_API_KEY) or vault.shown(user, SecretPurpose.LANGUAGE_MODEL) is not None


def way_of(user: User, role: Role, *, clock: Clock = SYSTEM) -> tuple[Endpoint, KeyOwner, Served]:
    """Where and with whose key this person asks in this role, and which model."""
    model = served(role)
    if not model.is_on:
        raise SwitchedOff
    own = keys.way_with(user)
    if own is not None:
        return own, KeyOwner.OWN, model
    if not settings.OPENAI_API_KEY:
        raise NoKey
    budget.check(user, model, clock.now())
    return endpoint(settings.OPENAI_API_KEY), KeyOwner.HOUSE, model


@dataclass(frozen=True, slots=True)
class RecordedCalls:
    """A model whose every call is held to the budget and written down, however it ends."""

    model: ChatModel
    about: About
    clock: Clock = SYSTEM

    def ask(
        self,
        messages: Sequence[Message],
        *,
        tools: Sequence[Tool] = (),
        output_tokens_max: int = OUTPUT_TOKENS_MAX,
        on_text: Callable[[str], None] | None = None,
        is_stopped: Callable[[], bool] = never,
    ) -> Reply:
        """Ask once, as the port says."""
        outside_transaction()
        heard = 0

        def hand(piece: str) -> None:
            nonlocal heard
            heard += len(piece)
            if on_text is not None:
                on_text(piece)

        asked = Usage(input=records.tokens_of(messages, tools), output=output_tokens_max)
        book = _written_down(self.about, messages, tools, asked, self.clock)
        with _within_budget(self.about, asked, self.clock), book as written:
            try:
                reply = self.model.ask(
                    messages,
                    tools=tools,
                    output_tokens_max=output_tokens_max,
                    on_text=None if on_text is None else hand,
                    is_stopped=is_stopped,
                )
            except ModelFault as fault:
                written.fail(fault, replace(asked, output=records.tokens_in(heard)))
                raise
            written.succeed(reply, asked)
            return reply

    async def aask(
        self,
        messages: Sequence[Message],
        *,
        tools: Sequence[Tool] = (),
        output_tokens_max: int = OUTPUT_TOKENS_MAX,
        on_text: Callable[[str], None] | None = None,
        is_stopped: Callable[[], bool] = never,
    ) -> Reply:
        """The same from an event loop; `on_text` is called on the thread that asks."""
        return await sync_to_async(self.ask)(
            messages, tools=tools, output_tokens_max=output_tokens_max, on_text=on_text, is_stopped=is_stopped
        )


@dataclass(frozen=True, slots=True)
class Transcriber:
    """Writes recordings down, within the budget and on record; the recording itself is kept nowhere."""

    endpoint: Endpoint
    about: About
    clock: Clock = SYSTEM

    def transcribe(self, audio: bytes, *, filename: str, keywords: Sequence[str] = ()) -> str:
        """What was said."""
        # Providers charge by time; a token for each hundred bytes is about what speech comes to, rather too much.
        asked = Usage(input=len(audio) // 100)
        said = [Message(speaker=Speaker.PERSON, text=f"a recording of {len(audio)} bytes")]
        book = _written_down(self.about, said, (), asked, self.clock)
        with _within_budget(self.about, asked, self.clock), book as written:
            try:
                text = services.transcribe(
                    self.endpoint,
                    audio,
                    filename=filename,
                    model=self.about.served.name,
                    keywords=keywords,
                    clock=self.clock,
                )
            except ModelFault as fault:
                written.fail(fault, asked)
                raise
            written.succeed(Reply(text=text, model=self.about.served.name), asked)
            return text


class _Written:
    """What will be written down of one call."""

    def __init__(self, messages: Sequence[Message], tools: Sequence[Tool], asked: Usage) -> None:
        self.messages, self.tools = messages, tools
        # What stands where nobody comes to say how it ended: it may have been paid for.
        self.outcome = Outcome(usage=replace(asked, output=0), is_estimated=True)

    def succeed(self, reply: Reply, asked: Usage) -> None:
        """There is a reply; where the provider does not count, we do."""
        is_counted = bool(reply.usage.input or reply.usage.output)
        said = len(reply.text) + sum(len(call.arguments) for call in reply.calls)
        usage = reply.usage if is_counted else Usage(input=asked.input, output=records.tokens_in(said))
        self.outcome = Outcome(records.OK, reply, reply.request_id, reply.attempts, usage, not is_counted)

    def fail(self, fault: ModelFault, asked: Usage) -> None:
        """There is none; what may have been paid for is counted all the same."""
        is_paid = isinstance(fault, PAID) and fault.attempts > 0
        usage = asked if is_paid else Usage()
        self.outcome = Outcome(fault.code, None, fault.request_id, fault.attempts, usage, is_paid)


@contextmanager
def _within_budget(about: About, most: Usage, clock: Clock) -> Iterator[None]:
    if about.owner is KeyOwner.OWN:
        yield
        return
    with budget.reserved(about.user, about.served, clock.now(), most):
        yield


@contextmanager
def _written_down(
    about: About, messages: Sequence[Message], tools: Sequence[Tool], asked: Usage, clock: Clock
) -> Iterator[_Written]:
    """Write the call down when it is over, also where something unforeseen ended it."""
    written, begun = _Written(messages, tools, asked), time.perf_counter()
    try:
        yield written
    finally:
        written.outcome.latency_ms = round((time.perf_counter() - begun) * 1000)
        records.keep(about, written.messages, written.tools, written.outcome, clock=clock)
