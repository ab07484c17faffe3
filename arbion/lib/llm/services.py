"""What else a provider is asked beside conversation: which models it lists, and what was said in a recording."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.llm.breaker import Breaker
from arbion.lib.llm.endpoint import Endpoint, check_reach
from arbion.lib.llm.faults import Malformed, ModelFault, NotUnderstood
from arbion.lib.llm.translate import Unsupported, fault_of
from arbion.lib.llm.worker import WORKER, Hand, Worker
from arbion.lib.transport import outside_transaction

if TYPE_CHECKING:
    from openai import AsyncOpenAI

LIST_SECONDS = 15.0
TRANSCRIBE_SECONDS = 60.0
AUDIO_BYTES_MAX = 25 * 1024 * 1024
AUDIO_TYPES = {
    "flac": "audio/flac",
    "m4a": "audio/mp4",
    "mp3": "audio/mpeg",
    "mp4": "audio/mp4",
    "mpeg": "audio/mpeg",
    "mpga": "audio/mpeg",
    "ogg": "audio/ogg",
    "wav": "audio/wav",
    "webm": "audio/webm",
}
KEYWORDS_MAX = 100
MODELS_MAX = 5000
_ANSWERED = "The provider's answer cannot be read."


def list_models(endpoint: Endpoint, *, worker: Worker = WORKER, seconds: float = LIST_SECONDS) -> frozenset[str]:
    """The names of the models that the provider lists for this key."""

    async def work(client: AsyncOpenAI) -> Any:
        return await client.models.list(timeout=seconds)

    page = _asked(endpoint, work, worker=worker, seconds=seconds)
    rows = getattr(page, "data", None)
    if not isinstance(rows, list):
        raise Malformed(_ANSWERED)
    return frozenset(str(getattr(row, "id", ""))[:200] for row in rows[:MODELS_MAX])


def transcribe(
    endpoint: Endpoint,
    audio: bytes,
    *,
    filename: str,
    model: str,
    keywords: Sequence[str] = (),
    worker: Worker = WORKER,
    clock: Clock = SYSTEM,
) -> str:
    """What was said in a recording. The name's ending says what kind it is; keywords are names that may be in it."""
    ending = PurePath(filename).suffix.lower()
    kind = AUDIO_TYPES.get(ending.removeprefix("."))
    if kind is None or not 0 < len(audio) <= AUDIO_BYTES_MAX:
        raise NotUnderstood("The recording is empty, larger than 25 MB, or of a kind that is not taken.")
    facts: dict[str, Any] = {"model": model, "file": (f"voice{ending}", audio, kind)}
    # Only the newer models take a list; others take it as a sentence before the recording's own.
    given = [word for word in keywords if word][:KEYWORDS_MAX]
    hints: list[dict[str, Any]] = [{}]
    if given:
        hints = [{"extra_body": {"keywords": given}}, {"prompt": ", ".join(given)}, {}]
    breaker = Breaker(endpoint, clock)
    breaker.check()
    try:
        for hint in hints:
            try:
                text = _transcribe_once(endpoint, {**facts, **hint}, worker=worker)
            except NotUnderstood:
                if not hint:
                    raise
            else:
                breaker.note(None)
                return text
        raise NotUnderstood
    except ModelFault as fault:
        breaker.note(fault)
        raise
    finally:
        breaker.let_go()


def _transcribe_once(endpoint: Endpoint, facts: dict[str, Any], *, worker: Worker) -> str:
    async def work(client: AsyncOpenAI) -> Any:
        return await client.audio.transcriptions.create(timeout=TRANSCRIBE_SECONDS, **facts)

    said = _asked(endpoint, work, worker=worker, seconds=TRANSCRIBE_SECONDS)
    text = getattr(said, "text", None)
    if not isinstance(text, str):
        raise Malformed(_ANSWERED)
    return text.strip()


def _asked(
    endpoint: Endpoint,
    work: Callable[[AsyncOpenAI], Awaitable[Any]],
    *,
    worker: Worker,
    seconds: float,
) -> Any:
    outside_transaction()
    check_reach(endpoint.base_url)

    async def guarded(client: AsyncOpenAI, _hand: Hand) -> Any:
        import openai  # noqa: PLC0415  loaded by the worker

        try:
            return await work(client)
        except (openai.OpenAIError, ValueError, OSError) as error:
            found = fault_of(error)
            if isinstance(found, Unsupported):
                raise NotUnderstood(f"The provider refuses the field “{found.name}”.") from None
            raise found from None

    return worker.run(endpoint, guarded, seconds=seconds)
