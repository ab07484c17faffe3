"""The setup check: is the key accepted, are the models there, do streaming and tools work, and how fast."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from accounts.llm import provider
from accounts.llm.roles import served, warning_of
from accounts.models import User
from arbion.lib import ratelimit
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.llm import services
from arbion.lib.llm.faults import ModelFault
from arbion.lib.llm.port import ChatModel, Message, Reply, Role, Speaker, Tool

RATE = "6/m"
ROOM = 1024
NOTE = Tool(
    name="note_symbol",
    description="Notes one symbol. Part of a setup check.",
    parameters={
        "type": "object",
        "properties": {"symbol": {"type": "string"}},
        "required": ["symbol"],
        "additionalProperties": False,
    },
)
QUESTIONS = (
    Message(speaker=Speaker.RULES, text="This is a setup check. Do exactly what is asked, in as few words as you can."),
    Message(speaker=Speaker.PERSON, text="Answer with the one word: ready"),
)
TASK = (QUESTIONS[0], Message(speaker=Speaker.PERSON, text="Call note_symbol with the symbol AAPL."))


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was looked at: `good`, `warn` or `bad`, what was found, and what to do about it."""

    name: str
    tone: str
    words: str
    what_to_do: str = ""


def examine(user: User, *, clock: Clock = SYSTEM) -> list[Step]:
    """Ask the provider with the person's key; each step stops those after it where it fails. Raises RateLimited."""
    ratelimit.check(group="model-check", key=str(user.pk), rate=RATE)
    steps: list[Step] = []
    for look in (_key, _models, _streaming, _tools):
        try:
            steps += look(user, clock)
        except ModelFault as fault:
            steps.append(Step(_NAMES[look], "bad", fault.detail, fault.what_to_do))
            break
    return steps


def _key(user: User, clock: Clock) -> list[Step]:
    """The provider accepts the key."""
    way, _, _ = provider.way_of(user, Role.FAST, clock=clock)
    begun = time.perf_counter()
    services.list_models(way)
    return [Step("Key", "good", f"{way.host} accepts the key, in {_since(begun)}.")]


def _models(user: User, clock: Clock) -> list[Step]:
    """The provider lists the models of all roles."""
    way, _, _ = provider.way_of(user, Role.FAST, clock=clock)
    listed = services.list_models(way)
    steps = []
    for role in Role:
        model = served(role)
        name = f"Model for {role.value}"
        if not model.is_on:
            steps.append(Step(name, "warn", "It is switched off by the operator."))
        elif model.name not in listed:
            words = f"{model.name} is not listed for this key."
            steps.append(Step(name, "warn", words, "Ask the operator for a model that the provider lists."))
        elif warning := warning_of(model.name):
            steps.append(Step(name, "warn", warning))
        else:
            steps.append(Step(name, "good", f"{model.name} is there."))
    return steps


def _streaming(user: User, clock: Clock) -> list[Step]:
    """It answers word by word."""
    pieces: list[str] = []
    _, took = _timed(lambda model: model.ask(QUESTIONS, output_tokens_max=ROOM, on_text=pieces.append), user, clock)
    if not pieces:
        return [Step("Streaming", "warn", f"It answered in {took}, but not word by word.")]
    return [Step("Streaming", "good", f"It answers word by word, in {took}.")]


def _tools(user: User, clock: Clock) -> list[Step]:
    """It calls a tool when asked to."""
    reply, took = _timed(lambda model: model.ask(TASK, tools=[NOTE], output_tokens_max=ROOM), user, clock)
    if [call.name for call in reply.calls] != [NOTE.name]:
        words = "The model did not call a tool when it was asked to."
        return [Step("Tools", "warn", words, "Ask the operator for a model that can: without tools it sees no market.")]
    return [Step("Tools", "good", f"It calls tools, in {took}.")]


def _timed(ask: Callable[[ChatModel], Reply], user: User, clock: Clock) -> tuple[Reply, str]:
    model = provider.chat_model(user, Role.FAST, purpose="setup check", clock=clock)
    begun = time.perf_counter()
    return ask(model), _since(begun)


def _since(begun: float) -> str:
    return f"{round((time.perf_counter() - begun) * 1000)} ms"


_NAMES = {_key: "Key", _models: "Models", _streaming: "Streaming", _tools: "Tools"}
