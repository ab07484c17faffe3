"""The tree of refusals: each has a stable code, an HTTP status, a plain sentence and the facts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field of the input: its name, a stable code and a sentence for a person."""

    field: str
    code: str
    detail: str


class ArbionError(Exception):
    """Something was refused."""

    code: ClassVar[str] = "error"
    http_status: ClassVar[int] = 400
    title: ClassVar[str] = "The request was refused"

    def __init__(self, message: str = "", *, errors: tuple[FieldError, ...] = (), **extra: object) -> None:
        super().__init__(message or (self.__doc__ or "").strip())
        self.errors = errors
        self.extra = extra

    @property
    def detail(self) -> str:
        """The sentence for a person."""
        return str(self)


class InvalidInput(ArbionError):
    """Some of what was sent cannot be used."""

    code = "invalid"
    title = "Invalid input"

    @classmethod
    def of(cls, field: str, code: str, detail: str) -> InvalidInput:
        """One refused field."""
        return cls(detail, errors=(FieldError(field, code, detail),))


class NotFound(ArbionError):
    """There is no such thing, or it is not yours."""

    code = "not_found"
    http_status = 404
    title = "Not found"


class Forbidden(ArbionError):
    """Your role or your token does not allow this."""

    code = "forbidden"
    http_status = 403
    title = "Not allowed"


class Conflict(ArbionError):
    """The thing is no longer in a state that allows this."""

    code = "conflict"
    http_status = 409
    title = "Conflict"


class RateLimited(ArbionError):
    """Too many requests: wait a little and try again."""

    code = "rate_limited"
    http_status = 429
    title = "Too many requests"


class Unavailable(ArbionError):
    """A part of the system that this needs does not answer right now."""

    code = "unavailable"
    http_status = 503
    title = "Not available right now"
