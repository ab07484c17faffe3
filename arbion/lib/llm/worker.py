"""The one thread that talks to providers: it runs the event loop, and holds one SDK client for each key and address.

Whoever asks waits in their own thread, hears each piece of text there, and can give up at any moment: the exchange is
then canceled at once, whatever the provider does.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import threading
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from arbion.lib.llm.endpoint import Endpoint
from arbion.lib.llm.faults import Stopped, TooSlow

if TYPE_CHECKING:
    from openai import AsyncOpenAI

CLIENTS_MAX = 64
LOOK_SECONDS = 0.1

_Answer = TypeVar("_Answer")
Hand = Callable[[str], None]
Work = Callable[["AsyncOpenAI", Hand], Coroutine[Any, Any, _Answer]]


class Worker:
    """The loop and its clients; begun when it is first needed, and again in a process that was forked."""

    def __init__(self) -> None:
        self._forget()
        os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._clients: OrderedDict[tuple[str, str], AsyncOpenAI] = OrderedDict()

    def run(
        self,
        endpoint: Endpoint,
        work: Work[_Answer],
        *,
        seconds: float,
        on_text: Hand | None = None,
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> _Answer:
        """Do one piece of work with the endpoint's client, within the time. Raises TooSlow and Stopped."""
        pieces: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        loop, client = self._begin(endpoint)
        future = asyncio.run_coroutine_threadsafe(_within(seconds, work(client, pieces.put)), loop)
        future.add_done_callback(lambda _: pieces.put(None))
        try:
            _listen(pieces, on_text, is_stopped)
            return _result(future)
        finally:
            future.cancel()

    def _begin(self, endpoint: Endpoint) -> tuple[asyncio.AbstractEventLoop, AsyncOpenAI]:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="language-models", daemon=True).start()
            key = (endpoint.base_url, endpoint.api_key)
            client = self._clients.get(key) or _new_client(endpoint)
            self._clients[key] = client
            self._clients.move_to_end(key)
            if len(self._clients) > CLIENTS_MAX:
                _, eldest = self._clients.popitem(last=False)
                asyncio.run_coroutine_threadsafe(eldest.close(), self._loop)
            return self._loop, client

    def count(self) -> int:
        """How many clients are held."""
        return len(self._clients)


def _listen(pieces: queue.SimpleQueue[str | None], on_text: Hand | None, is_stopped: Callable[[], bool]) -> None:
    """Hand on what comes until the work is done or is to be stopped."""
    while True:
        piece: str | None = ""
        with contextlib.suppress(queue.Empty):
            piece = pieces.get(timeout=LOOK_SECONDS)
        if piece is None:
            return
        if piece and on_text is not None:
            on_text(piece)
        if is_stopped():
            raise Stopped


def _result(future: Future[_Answer]) -> _Answer:
    try:
        return future.result()
    except TimeoutError as error:
        raise TooSlow from error


async def _within(seconds: float, work: Coroutine[Any, Any, _Answer]) -> _Answer:
    async with asyncio.timeout(seconds):
        return await work


def _new_client(endpoint: Endpoint) -> AsyncOpenAI:
    """A client that never repeats by itself, follows no redirect and takes nothing from the environment."""
    from openai import AsyncOpenAI, DefaultAsyncHttpx2Client  # noqa: PLC0415  half a second that only askers pay

    client = AsyncOpenAI(
        api_key=endpoint.api_key,
        base_url=endpoint.base_url,
        max_retries=0,
        http_client=DefaultAsyncHttpx2Client(follow_redirects=False, trust_env=False),
    )
    # The SDK reads these from the environment: with a person's key they would name somebody else's account.
    client.organization = client.project = None
    return client


WORKER = Worker()
