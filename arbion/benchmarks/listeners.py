"""Many sockets that only listen: each piece is kept with its moment while the bench runs and read when it is over."""

from __future__ import annotations

import asyncio
import base64
import re
import secrets
import struct
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

TEXT = 0x1
_MARK = re.compile(rb'"time":"([^"]+)"')
CONNECT_SECONDS_MAX = 15.0
AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Frame:
    """One text frame as it arrived: when its last byte came, its size, and the mark of its tick for each quote."""

    at: float
    size: int
    marks: tuple[str, ...]


@dataclass
class Listener(asyncio.Protocol):
    """One socket. It does next to nothing while it listens, so that it measures the server and not itself."""

    port: int
    greeting: Sequence[str]
    pieces: list[tuple[float, bytes]] = field(default_factory=list)
    arrived: int = 0
    is_greeted: bool = False
    is_gone: bool = False
    transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  TCP has no other kind
        self.transport = transport
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        transport.write(
            f"GET /ws/v1/stream/ HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        """Keep what came, and when."""
        self.pieces.append((time.monotonic(), data))
        self.arrived += len(data)
        if not self.is_greeted and self.transport is not None:
            # Not before: a server may drop what comes together with the request.
            self.is_greeted = True
            self.transport.write(b"".join(masked(text) for text in self.greeting))

    def connection_lost(self, exc: Exception | None) -> None:
        """Remember that it ended."""
        self.is_gone = True

    def frames(self) -> Iterator[Frame]:
        """Every text frame that came."""
        waiting, is_open = b"", False
        for at, piece in self.pieces:
            waiting += piece
            if not is_open:
                _, end, waiting = waiting.partition(b"\r\n\r\n") if b"\r\n\r\n" in waiting else (b"", b"", waiting)
                is_open = bool(end)
            if is_open:
                frames, waiting = split(waiting)
                for body in frames:
                    yield Frame(at, len(body), tuple(dict.fromkeys(mark.decode() for mark in _MARK.findall(body))))


def masked(text: str) -> bytes:
    """A text as one frame of a client; the mask of zeros leaves it as it is."""
    body = text.encode()
    return struct.pack("!BBH4x", 0x80 | TEXT, 0x80 | 126, len(body)) + body


def split(content: bytes) -> tuple[list[bytes], bytes]:
    """The bodies of the text frames that are whole, and what is left. Servers do not mask."""
    bodies, place = [], 0
    while len(content) - place >= 2:
        kind, length, start = content[place] & 0x0F, content[place + 1] & 0x7F, place + 2
        if length == 126:
            length, start = int.from_bytes(content[start : start + 2], "big"), start + 2
        elif length == 127:
            length, start = int.from_bytes(content[start : start + 8], "big"), start + 8
        if len(content) < start + length:
            break
        if kind == TEXT:
            bodies.append(content[start : start + length])
        place = start + length
    return bodies, content[place:]


async def connect(port: int, greetings: Sequence[Sequence[str]], *, bytes_min: int) -> list[Listener]:
    """A listener for each greeting, once all have got so much and have fallen silent."""
    loop = asyncio.get_running_loop()
    listeners: list[Listener] = []
    for greeting in greetings:
        _, listener = await loop.create_connection(partial(Listener, port, greeting), "127.0.0.1", port)
        listeners.append(listener)
        if len(listeners) % AT_ONCE == 0:
            await asyncio.sleep(0.01)
    await _silence(listeners, bytes_min)
    return listeners


async def _silence(listeners: Sequence[Listener], bytes_min: int) -> None:
    deadline, before = time.monotonic() + CONNECT_SECONDS_MAX, -1
    while time.monotonic() < deadline:
        now = sum(listener.arrived for listener in listeners)
        if now == before and all(listener.arrived >= bytes_min for listener in listeners):
            return
        before = now
        await asyncio.sleep(0.4)


def leave(listeners: Sequence[Listener]) -> None:
    """Hang up."""
    for listener in listeners:
        if listener.transport is not None:
            listener.transport.abort()
