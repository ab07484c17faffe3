"""The server itself: routes, the queue of replies, faults on the line, and what it was asked."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.openai_server import shapes
from tests.openai_server.script import STATUS_FAULTS, Fault, Reply

KEY = "sk-test-0123456789abcdefghij"
MODELS = ("gpt-5.5", "gpt-6-luna", "gpt-transcribe")


@dataclass
class Asked:
    """One request: `body` is its JSON, or its raw bytes under `raw` for a recording."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    raw: bytes = b""


@dataclass
class OpenAIServer:
    """What it says: first the `script`, one reply a request, then `otherwise`, which may look at what is asked."""

    port: int = 0
    script: deque[Reply] = field(default_factory=deque)
    otherwise: Reply | Callable[[dict[str, Any]], Reply] = field(default_factory=lambda: Reply(text="Well."))
    keys: set[str] = field(default_factory=lambda: {KEY})
    models: list[str] = field(default_factory=lambda: list(MODELS))
    transcript: str | Fault = "buy ten shares of apple"
    asked: list[Asked] = field(default_factory=list)
    going: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    door: Door | None = None
    is_gone: bool = False

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def count(self) -> int:
        """How many requests came."""
        return len(self.asked)

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """What was asked, in order, of conversations only."""
        return [one.body for one in self.asked if one.path.endswith(("/responses", "/completions"))]

    def say(self, *replies: Reply) -> None:
        """Add replies to the script."""
        self.script.extend(replies)

    @contextlib.contextmanager
    def gone(self) -> Iterator[None]:
        """Until the end of the block nobody listens here: whoever dials is refused."""
        assert self.door is not None
        self.is_gone = True
        self.door.close()
        try:
            yield
        finally:
            self.is_gone = False
            self.door.open(self.port)

    def next_reply(self, body: dict[str, Any]) -> Reply:
        with self.lock:
            if self.script:
                return self.script.popleft()
        return self.otherwise(body) if callable(self.otherwise) else self.otherwise


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    place: OpenAIServer

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def handle_one_request(self) -> None:
        """Lines that are open from before are not answered either, once nobody listens any more."""
        super().handle_one_request()
        if self.place.is_gone:
            self.close_connection = True

    def do_GET(self) -> None:  # the library's name
        if self.place.is_gone:
            return
        self._note(b"")
        if self._is_let_in() and self.path == "/v1/models":
            rows = [{"id": name, "object": "model", "created": 1, "owned_by": "test"} for name in self.place.models]
            self._json(200, {"object": "list", "data": rows})

    def do_POST(self) -> None:  # the library's name
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.place.is_gone:
            return
        body = self._note(raw)
        if not self._is_let_in():
            return
        if self.path == "/v1/audio/transcriptions":
            self._transcribe()
        elif self.path in {"/v1/chat/completions", "/v1/responses"}:
            self._converse(self.place.next_reply(body), body)
        else:
            self._json(404, {"error": {"message": "no such address", "type": "invalid_request_error"}})

    def _note(self, raw: bytes) -> dict[str, Any]:
        body: dict[str, Any] = {}
        if self.headers.get("Content-Type", "").startswith("application/json"):
            body = json.loads(raw)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.place.asked.append(Asked(self.path, headers, body, raw))
        return body

    def _is_let_in(self) -> bool:
        given = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if given not in self.place.keys:
            self._fault(Reply(fault=Fault.WRONG_KEY))
            return False
        return True

    def _transcribe(self) -> None:
        said = self.place.transcript
        if isinstance(said, Fault):
            self._fault(Reply(fault=said, param="keywords"))
        else:
            self._json(200, {"text": said, "usage": {"type": "duration", "seconds": 2}})

    def _converse(self, reply: Reply, body: dict[str, Any]) -> None:
        if reply.fault in STATUS_FAULTS:
            self._fault(reply)
            return
        if reply.fault is Fault.REDIRECT:
            self._json(302, {}, {"Location": "http://127.0.0.1:9/elsewhere"})
            return
        if reply.fault is Fault.SLOW:
            self.place.going.wait(reply.seconds)
        is_chat, model = self.path.endswith("/completions"), body.get("model", "")
        if body.get("stream"):
            self._stream(reply, shapes.chat_stream(reply, model) if is_chat else shapes.response_stream(reply, model))
        elif reply.fault is Fault.NOT_JSON:
            self._send(200, b"<html>well</html>", {"Content-Type": "text/html", **reply.headers})
        elif reply.fault in {Fault.CUT, Fault.SILENT_END}:
            self._cut()
        elif reply.fault is Fault.ERROR_INSIDE:
            self._fault(Reply(fault=Fault.BROKEN))
        else:
            self._json(200, shapes.chat(reply, model) if is_chat else shapes.response(reply, model), reply.headers)

    def _fault(self, reply: Reply) -> None:
        assert reply.fault is not None
        status, error = STATUS_FAULTS[reply.fault]
        if reply.fault is Fault.UNSUPPORTED:
            error = {**error, "param": reply.param}
        wait = {"Retry-After": reply.retry_after} if reply.retry_after else {}
        self._json(status, {"error": {"type": "error", "param": None, **error}}, {**wait, **reply.headers})

    def _json(self, status: int, said: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        self._send(status, json.dumps(said).encode(), {"Content-Type": "application/json", **(headers or {})})

    def _send(self, status: int, content: bytes, headers: dict[str, str]) -> None:
        with contextlib.suppress(OSError):
            self._head(status, {"Content-Length": str(len(content)), **headers})
            self.wfile.write(content)

    def _stream(self, reply: Reply, lines: Iterator[str]) -> None:
        with contextlib.suppress(OSError):
            self._head(200, {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked", **reply.headers})
            for line in lines:
                self._piece(line)
            while reply.fault is Fault.DRIP and not self.place.going.wait(0.05):
                self._piece(": still there\n\n")
            if reply.fault is Fault.CUT:
                self._cut()
            else:
                self.wfile.write(b"0\r\n\r\n")

    def _piece(self, line: str) -> None:
        content = line.encode()
        self.wfile.write(f"{len(content):x}\r\n".encode() + content + b"\r\n")
        self.wfile.flush()

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        rates = {
            "x-request-id": f"req_{self.place.count}",
            "x-ratelimit-remaining-requests": "99",
            "x-ratelimit-remaining-tokens": "9000",
            "x-ratelimit-reset-requests": "120ms",
            "x-ratelimit-reset-tokens": "6m0s",
        }
        for name, value in {**rates, **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A line that was cut is part of the test."""


class Door:
    """Where the server listens; it can be closed for a while, and opened again at the same port."""

    def __init__(self, place: OpenAIServer) -> None:
        self.handler = type("BoundHandler", (Handler,), {"place": place})
        self.open(0)

    def open(self, port: int) -> None:
        """Listen."""
        self.server = _Server(("127.0.0.1", port), self.handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=[0.02], daemon=True)
        self.thread.start()

    def close(self) -> None:
        """Listen no more."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)


@contextlib.contextmanager
def serve() -> Iterator[OpenAIServer]:
    """Serve until the end of the block."""
    place = OpenAIServer()
    place.door = Door(place)
    place.port = place.door.port
    try:
        yield place
    finally:
        place.going.set()
        place.door.close()


def until(condition: Callable[[], bool], *, seconds: float = 5.0) -> None:
    """Wait for something that another thread does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.01)
