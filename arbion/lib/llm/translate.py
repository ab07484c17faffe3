"""What the SDK raises, and what providers say inside an answer, in our own faults. Their words are never passed on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from arbion.lib.llm import allowance, faults
from arbion.lib.llm.faults import ModelFault

# Of more than this we are not told to wait; a longer wish is none that anybody sits through.
WAIT_MAX = 3600.0
_BY_CODE: dict[str, type[ModelFault]] = {
    "invalid_api_key": faults.WrongKey,
    "insufficient_quota": faults.NoQuota,
    "billing_hard_limit_reached": faults.NoQuota,
    "billing_not_active": faults.NoQuota,
    "rate_limit_exceeded": faults.TooManyRequests,
    "requests": faults.TooManyRequests,
    "tokens": faults.TooManyRequests,
    "model_not_found": faults.ModelMissing,
    "context_length_exceeded": faults.TooLong,
    "string_above_max_length": faults.TooLong,
    "server_error": faults.ProviderBroken,
}
_BY_STATUS: dict[int, type[ModelFault]] = {
    400: faults.NotUnderstood,
    401: faults.WrongKey,
    402: faults.NoQuota,
    403: faults.NotAllowed,
    404: faults.NotUnderstood,
    408: faults.TooSlow,
    409: faults.ProviderBroken,
    413: faults.TooLong,
    422: faults.NotUnderstood,
    429: faults.TooManyRequests,
}
# What a code may make of a status: a rate limit's body may speak of quota, a refusal's of the model or the length.
_REFINED = {
    400: frozenset(_BY_CODE),
    404: frozenset({"model_not_found"}),
    429: frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"}),
}
_WORDS = {
    404: "The provider knows no such address: check OPENAI_BASE_URL and OPENAI_API.",
    422: "The provider does not understand the request's form: OPENAI_API=chat fits most compatible servers.",
}


class Unsupported(Exception):
    """The provider refuses one named field of the request: it is asked again without it."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def fault_of(error: Exception) -> ModelFault | Unsupported:
    """The fault behind an error of the SDK or of what it stands on."""
    import openai  # noqa: PLC0415  loaded by whoever asked

    if isinstance(error, openai.APIStatusError):
        return _of_status(error)
    if isinstance(error, openai.APITimeoutError):
        return faults.TooSlow()
    if isinstance(error, openai.APIConnectionError):
        return faults.Unreachable()
    if isinstance(error, openai.APIError):
        return of_code(error.code or error.type, broken=faults.ProviderBroken)
    if isinstance(error, ValueError):  # a line of a stream, or a body, that is no JSON
        return faults.Malformed("The provider's answer cannot be read.")
    return faults.Unreachable()


def of_code(code: str | None, *, broken: type[ModelFault]) -> ModelFault:
    """The fault behind a code that came inside an answer."""
    return _BY_CODE.get(str(code or ""), broken)()


def _of_status(error: Any) -> ModelFault | Unsupported:
    status, headers = int(error.status_code), error.response.headers
    code = next((one for one in (error.code, error.type) if one in _REFINED.get(status, ())), None)
    if status == 400 and code is None and error.param:
        return Unsupported(str(error.param)[:60])
    kind = _BY_CODE[code] if code else _BY_STATUS.get(status)
    if kind is None:
        kind = faults.ProviderBroken if status >= 500 else faults.NotUnderstood
    said = "" if code else _WORDS.get(status, "")
    wait = _wait(headers) if kind.is_worth_repeating else None
    fault = kind(said) if wait is None else kind(said, retry_after=wait)
    fault.request_id = str(error.request_id or "")[:80]
    fault.is_final = headers.get("x-should-retry") == "false"
    return fault


def _wait(headers: Mapping[str, str]) -> int | None:
    """The whole seconds that the provider asks for, rounded up."""
    wished = _number(headers.get("retry-after-ms"), scale=1000) or _number(headers.get("retry-after"), scale=1)
    if wished is None:
        wished = allowance.read(headers).wait
    return None if wished is None else math.ceil(min(wished, WAIT_MAX))


def _number(text: str | None, *, scale: int) -> float | None:
    """A positive number of a header; a date, which some send, is read as no number."""
    try:
        value = float(text or "") / scale
    except ValueError:
        return None
    return value if math.isfinite(value) and value > 0 else None
