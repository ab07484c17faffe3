"""One open socket, spoken to as a server would, for the tests of the stream."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from channels.db import database_sync_to_async
from django.test import Client

from accounts import tokens
from accounts.models import User
from arbion.asgi import application

PATH = "/ws/v1/stream/"
OURS = {"host": "testserver", "origin": "http://testserver"}
SECONDS = 5


class Line:
    """One socket, spoken to as a server would."""

    def __init__(self, headers: dict[str, str]) -> None:
        pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
        scope = {"type": "websocket", "path": PATH, "query_string": b"", "headers": pairs, "subprotocols": []}
        self.wire = ApplicationCommunicator(application, scope)

    async def connect(self) -> tuple[bool, int | None]:
        """Whether the server lets us in, else the code of its refusal."""
        await self.wire.send_input({"type": "websocket.connect"})
        answer = await self.wire.receive_output(SECONDS)
        return (True, None) if answer["type"] == "websocket.accept" else (False, answer["code"])

    async def leave(self) -> None:
        """Hang up and wait until the server has cleaned up."""
        await self.wire.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wire.wait(SECONDS)

    async def frame(self, text: str | None = None, content: bytes | None = None) -> None:
        """Send one frame."""
        await self.wire.send_input({"type": "websocket.receive", "text": text, "bytes": content})

    async def say(self, **message: Any) -> None:
        """Send one message."""
        await self.frame(json.dumps(message))

    async def hear(self) -> dict[str, Any]:
        """The next message."""
        event = await self.wire.receive_output(SECONDS)
        assert event["type"] == "websocket.send", event
        return json.loads(event["text"])

    async def is_silent(self) -> bool:
        """Whether nothing comes for a moment."""
        return await self.wire.receive_nothing(timeout=0.2)

    async def hear_until(self, matches: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
        """Messages up to and with the first that matches."""
        heard = []
        while not heard or not matches(heard[-1]):
            heard.append(await self.hear())
        return heard

    async def end(self) -> int:
        """The code with which the server closes, after whatever it still says."""
        while True:
            event = await self.wire.receive_output(SECONDS)
            if event["type"] == "websocket.close":
                return event["code"]


@asynccontextmanager
async def line(key: str = "", **headers: str) -> AsyncIterator[Line]:
    """A socket that is let in, signed in with the key where there is one."""
    opened = Line(headers or {"host": "testserver"})
    assert await opened.connect() == (True, None)
    try:
        if key:
            await opened.say(op="auth", token=key)
        yield opened
    finally:
        await opened.leave()


def cookie_of(user: User) -> str:
    """The cookie of a fresh web session of this person."""
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return f"sessionid={client.cookies['sessionid'].value}"


def key_of(user: User, scope: str = "read") -> str:
    """A fresh key of this person; reading is all that the stream is."""
    return tokens.issue(user=user, name="stream", scope=scope, actor=user)[1]


def play(scenario: Callable[[], Awaitable[None]]) -> None:
    """Run a scene on an event loop, its database work on this thread."""
    async_to_sync(scenario)()


in_books = database_sync_to_async
