"""The exchange with a model: it asks for tools, gets answers, and ends within bounds of calls, time and words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from arbion.lib.clock import Clock
from arbion.lib.llm.faults import Malformed, Stopped, TooSlow
from arbion.lib.llm.port import ChatModel, Finish, Message, Reply, Speaker, Tool, ToolCall, never
from marketdata.names import NameIndex
from trading.interpreter.model import fence
from trading.interpreter.model.answer import Draft
from trading.interpreter.model.arguments import BadCall, read_object
from trading.interpreter.model.calls import Calls
from trading.interpreter.model.prompt import Asked, messages
from trading.interpreter.model.toolbox import Toolbox

CALLS_MAX = 8
SECONDS_MAX = timedelta(seconds=60)
OUTPUT_TOKENS_MAX = 2048
ANSWER_MAX = 4000
TOO_MANY = f"I stopped after {CALLS_MAX} look-ups without an answer. Ask for less at once."
REFUSED = "The language model declined to answer that."
NOTHING = "The language model gave no answer."


@dataclass(frozen=True, slots=True, kw_only=True)
class Ears:
    """Who listens while the answer grows, and who may say stop."""

    on_text: Callable[[str], None] | None = None
    on_step: Callable[[str], None] | None = None
    is_stopped: Callable[[], bool] = never


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What an exchange needs: the model, what it may look at and call, the names, the clock."""

    model: ChatModel
    toolbox: Toolbox
    tools: Sequence[Tool]
    index: NameIndex
    clock: Clock


def converse(asked: Asked, desk: Desk, ears: Ears | None = None) -> Draft:
    """One turn with the model. Raises a ModelFault; then nothing of the turn counts."""
    ears = ears or Ears()
    said = messages(asked)
    calls = Calls(desk.toolbox, desk.index, desk.tools)
    seen: set[tuple[str, str]] = set()
    begun, tokens, count = desk.clock.now(), 0, 0
    while True:
        _within(begun, desk.clock, ears)
        reply = desk.model.ask(
            said,
            tools=desk.tools,
            output_tokens_max=OUTPUT_TOKENS_MAX,
            on_text=ears.on_text,
            is_stopped=ears.is_stopped,
        )
        tokens += reply.usage.input + reply.usage.output
        if ears.is_stopped():
            raise Stopped
        if not reply.calls:
            return _draft(reply, calls, tokens)
        count += len(reply.calls)
        if count > CALLS_MAX:
            return Draft(text=TOO_MANY, steps=tuple(calls.steps), tokens=tokens, model=reply.model)
        repeated = [call for call in reply.calls if _key(call) in seen]
        if len(repeated) == len(reply.calls):
            return _draft(reply, calls, tokens)
        said.append(Message(speaker=Speaker.MODEL, text=reply.text, calls=reply.calls))
        said += _answers(reply.calls, calls, seen, ears)


def _answers(asked: Sequence[ToolCall], calls: Calls, seen: set[tuple[str, str]], ears: Ears) -> list[Message]:
    """An answer to every call of one reply, also to one that was answered before."""
    answers = []
    for call in asked:
        key, known = _key(call), len(calls.steps)
        if key in seen:
            text = fence.fenced("error", {"error": "You have asked exactly that already."})
            answers.append(Message(speaker=Speaker.TOOL, text=text, call_id=call.call_id))
            continue
        seen.add(key)
        answers.append(calls.answer(call))
        if ears.on_step is not None:
            for step in calls.steps[known:]:
                ears.on_step(step)
    return answers


def _within(begun: datetime, clock: Clock, ears: Ears) -> None:
    if ears.is_stopped():
        raise Stopped
    if clock.now() - begun > SECONDS_MAX:
        raise TooSlow


def _key(call: ToolCall) -> tuple[str, str]:
    """What makes two calls the same: the name and the meaning of the arguments."""
    try:
        return call.name, str(sorted(read_object(call.arguments).items()))
    except (BadCall, TypeError):
        return call.name, call.arguments


def _draft(reply: Reply, calls: Calls, tokens: int) -> Draft:
    """What the turn came to. A refusal proposes nothing, whatever was called before it."""
    if reply.finish is Finish.REFUSED:
        return Draft(text=REFUSED, steps=tuple(calls.steps), tokens=tokens, model=reply.model)
    text = _tidy(reply.text)
    if not text and not calls.actions and not calls.steps:
        raise Malformed
    return Draft(
        text=text or ("" if calls.actions else NOTHING),
        actions=tuple(calls.actions),
        steps=tuple(calls.steps),
        sources=tuple(calls.sources),
        tokens=tokens,
        model=reply.model,
    )


def _tidy(text: str) -> str:
    """The answer as plain text: its lines kept, everything invisible gone, and not too long."""
    lines = [fence.clean(line, most=ANSWER_MAX) for line in text.splitlines()]
    whole = "\n".join(lines).strip()
    return whole if len(whole) <= ANSWER_MAX else f"{whole[: ANSWER_MAX - 1]}…"
