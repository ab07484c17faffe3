"""A bound on what a request may carry, before anything of it is kept: the server itself sets none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

import orjson

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]  # servers and frameworks each have types of their own for these

_PROBLEM = orjson.dumps(
    {
        "type": "about:blank",
        "title": "The body is too large",
        "status": 413,
        "detail": "This request carries more than is taken here.",
        "code": "body_too_large",
        "errors": [],
    }
)


class _TooLarge(Exception):
    """More came than was announced or is allowed."""


def limit_body(app: App, *, bytes_max: int, larger: Mapping[str, int] | None = None) -> App:
    """The ASGI application, with every HTTP body of more than `bytes_max` bytes answered 413 at once.

    `larger` names the paths that may take more, with their own bound.
    """
    bounds = larger or {}

    async def limited(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        most = bounds.get(scope.get("path", ""), bytes_max)
        if _announced(scope) > most:
            await _refuse(send)
            return
        read = 0
        has_answered = False

        async def counted() -> MutableMapping[str, Any]:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > most:
                raise _TooLarge
            return message

        async def noted(message: MutableMapping[str, Any]) -> None:
            nonlocal has_answered
            has_answered = True
            await send(message)

        try:
            await app(scope, counted, noted)
        except _TooLarge:
            if not has_answered:
                await _refuse(send)

    return limited


def _announced(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0


async def _refuse(send: Send) -> None:
    headers = [(b"content-type", b"application/problem+json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": _PROBLEM})
