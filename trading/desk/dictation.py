"""Dictation: a short recording becomes words, by whoever writes it down for this person; nothing is sent by itself."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile

from accounts.llm import provider
from accounts.models import User
from arbion.domain.errors import InvalidInput
from arbion.lib.clock import SYSTEM, Clock

BYTES_MAX = 10 * 1024 * 1024
# What browsers record, and how such a file begins: (bytes to skip, mark).
KINDS: dict[str, tuple[int, bytes]] = {
    "webm": (0, b"\x1a\x45\xdf\xa3"),
    "ogg": (0, b"OggS"),
    "wav": (0, b"RIFF"),
    "m4a": (4, b"ftyp"),
}
# Words that a transcription hears wrongly where it does not know that it is about trading.
KEYWORDS = ("shares", "limit", "stop loss", "take profit", "trailing stop", "bitcoin", "ethereum", "call", "put")
TEXT_LENGTH_MAX = 500


def transcribe(user: User, recording: UploadedFile[Any] | None, *, clock: Clock = SYSTEM) -> str:
    """What was said. Raises InvalidInput for what is no recording, or a ModelFault where nobody can write it down."""
    if recording is None:
        raise InvalidInput.of("audio", "required", "Send a recording.")
    if not recording.size:
        raise InvalidInput.of("audio", "empty", "The recording is empty.")
    if recording.size > BYTES_MAX:
        raise InvalidInput.of("audio", "too_large", "The recording is too long: speak for a minute at most.")
    sound = recording.read()
    kind = next((name for name, (skip, mark) in KINDS.items() if sound[skip : skip + len(mark)] == mark), None)
    if kind is None:
        raise InvalidInput.of("audio", "unsupported", "This is no recording of a kind that is known here.")
    writer = provider.transcriber(user, thread="dictation", clock=clock)
    words = writer.transcribe(sound, filename=f"recording.{kind}", keywords=KEYWORDS)
    return " ".join(words.split())[:TEXT_LENGTH_MAX]
