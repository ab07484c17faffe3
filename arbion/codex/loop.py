"""The exchange with the code model: it looks, and proposes, within bounds of calls, tokens and time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from arbion.codex.errors import Declined, TooMuch, Unusable
from arbion.codex.prompt import messages
from arbion.codex.tools import PROPOSE, TOOLS, Calls, Proposal, tidy
from arbion.lib.clock import Clock
from arbion.lib.llm.faults import Stopped, TooSlow
from arbion.lib.llm.port import ChatModel, Finish, Message, Reply, Speaker, never

CALLS_MAX, TURNS_MAX = 24, 16
TOKENS_MAX = 400_000
OUTPUT_TOKENS_MAX = 16_000
SECONDS_MAX = timedelta(seconds=200)
NUDGE = f"Call {PROPOSE} with your analysis and the diff; an empty diff where nothing should change."


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What an exchange needs: the model, the calls it may make, the clock, and who may say stop."""

    model: ChatModel
    calls: Calls
    clock: Clock
    is_stopped: Callable[[], bool] = never


def work(instruction: str, bench: Bench) -> Proposal:
    """The model's proposal. Raises a ModelFault, TooMuch, Unusable or Declined; then nothing is proposed."""
    chosen = bench.calls.chosen
    said = messages(instruction, list(chosen.files.values()), may_create=chosen.may_create)
    bench.calls.reader.hand_over(sum(len(message.text) for message in said))
    begun, tokens, count, was_nudged = bench.clock.now(), 0, 0, False
    for _ in range(TURNS_MAX):
        _within(begun, tokens, bench)
        reply = bench.model.ask(said, tools=TOOLS, output_tokens_max=OUTPUT_TOKENS_MAX, is_stopped=bench.is_stopped)
        tokens += reply.usage.input + reply.usage.output
        if reply.finish is Finish.REFUSED:
            raise Declined
        if not reply.calls:
            if was_nudged:
                return _in_words(reply)
            was_nudged = True
            said += [Message(speaker=Speaker.MODEL, text=reply.text), Message(speaker=Speaker.PERSON, text=NUDGE)]
            continue
        count += len(reply.calls)
        if count > CALLS_MAX:
            break
        said.append(Message(speaker=Speaker.MODEL, text=reply.text, calls=reply.calls))
        said += [bench.calls.answer(call) for call in reply.calls]
        if bench.calls.proposal is not None:
            return bench.calls.proposal
    raise TooMuch(f"The model did not come to an end within {CALLS_MAX} calls. Ask for less at once.")


def _within(begun: datetime, tokens: int, bench: Bench) -> None:
    if bench.is_stopped():
        raise Stopped
    if bench.clock.now() - begun > SECONDS_MAX:
        raise TooSlow
    if tokens > TOKENS_MAX:
        raise TooMuch(f"The model used more than {TOKENS_MAX:,} tokens. Ask for less at once.")


def _in_words(reply: Reply) -> Proposal:
    """An answer in words alone, where the model insists on it: an analysis without a diff."""
    words = tidy(reply.text)
    if not words:
        raise Unusable("The model gave no answer.")
    return Proposal(analysis=words, diff="")
