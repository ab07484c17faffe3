"""What the server can be told to say, and how it can be told to misbehave."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Fault(StrEnum):
    """A way to misbehave."""

    WRONG_KEY = "401"
    FORBIDDEN = "403"
    NO_MODEL = "404"
    TOO_LONG = "400 context"
    UNSUPPORTED = "400 unsupported"  # the field is named by `param`
    RATE = "429"
    NO_QUOTA = "429 quota"
    BROKEN = "500"
    REDIRECT = "302"
    NOT_JSON = "200 that is no JSON"
    SLOW = "slow first byte"
    DRIP = "pieces that never end"
    CUT = "the line cut before the end"
    SILENT_END = "a stream that ends without saying so"
    ERROR_INSIDE = "an error inside the stream"
    FAILED = "response.failed"
    OUT_OF_ROOM = "no room left"
    FILTERED = "filtered"


@dataclass(frozen=True)
class Call:
    """One tool call; `arguments` is sent as it is when it is text, which may be no JSON at all."""

    name: str
    arguments: dict[str, Any] | str = field(default_factory=dict)
    call_id: str = ""

    @property
    def text(self) -> str:
        return self.arguments if isinstance(self.arguments, str) else json.dumps(self.arguments)


@dataclass(frozen=True)
class Reply:
    """One answer: words, calls, or a refusal; or a fault instead, or in the midst of it."""

    text: str = ""
    calls: tuple[Call, ...] = ()
    refusal: str = ""
    fault: Fault | None = None
    retry_after: str = ""
    param: str = "reasoning.effort"
    seconds: float = 5.0
    usage: tuple[int, int] | None = (120, 30)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def pieces(self) -> list[str]:
        """The words as a stream brings them."""
        words = self.text.split(" ")
        return (
            [word + (" " if number < len(words) - 1 else "") for number, word in enumerate(words)] if self.text else []
        )


STATUS_FAULTS: dict[Fault, tuple[int, dict[str, Any]]] = {
    Fault.WRONG_KEY: (401, {"message": "Incorrect API key provided: sk-nope", "code": "invalid_api_key"}),
    Fault.FORBIDDEN: (403, {"message": "no access", "code": "model_not_found"}),
    Fault.NO_MODEL: (404, {"message": "no such model", "code": "model_not_found"}),
    Fault.TOO_LONG: (400, {"message": "too long", "code": "context_length_exceeded", "param": "messages"}),
    Fault.UNSUPPORTED: (400, {"message": "unsupported", "code": "unsupported_parameter"}),
    Fault.RATE: (429, {"message": "slow down", "code": "rate_limit_exceeded", "type": "requests"}),
    Fault.NO_QUOTA: (429, {"message": "no quota", "code": "insufficient_quota", "type": "insufficient_quota"}),
    Fault.BROKEN: (500, {"message": "The server had an error", "type": "server_error", "code": None}),
}
