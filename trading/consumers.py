"""The stream: one socket for prices and for what happens to a person's orders, positions, worth and conversation."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import orjson
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import Error as DatabaseError
from redis.exceptions import RedisError

from accounts.notifications import inbox
from arbion.domain.errors import ArbionError
from arbion.lib.bus import EVERYONE, listen_here, person_group
from marketdata.fanout import Client, hub
from marketdata.override import market_message
from trading.stream import entrance, messages
from trading.stream.news import News
from trading.stream.refusals import (
    FOREIGN_ORIGIN,
    AlreadySignedIn,
    BadToken,
    Broken,
    Ending,
    NotSignedIn,
    SignedOut,
    TooManyChannels,
    TooManySockets,
    UnknownOp,
)

logger = logging.getLogger(__name__)

AUTH_SECONDS = 10
RECHECK_SECONDS = 30
# Hints of changed books may be lost: without one the tables are looked at this often.
LOOK_SECONDS = 5
# Prices move what is held: its worth is told again this often at most.
VALUE_SECONDS = 2


class StreamConsumer(AsyncWebsocketConsumer):
    """One connected page or program."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.visitor: entrance.Visitor | None = None
        self.place = ""
        self.pace = messages.Pace()
        self.seqs: dict[str, int] = {}
        self.personal: set[str] = set()
        self.news: News | None = None
        self.reading = asyncio.Lock()
        self.hint = asyncio.Event()
        self.prices: Client | None = None
        self.tasks: set[asyncio.Task[None]] = set()
        self.is_gone = False

    # Coming and going ------------------------------------------------------------------------------------------------
    async def connect(self) -> None:
        """Let our own pages in by their session; everybody else has ten seconds to say a token."""
        brings_session = entrance.brings_session(self.scope)
        if not entrance.host_is_ours(self.scope) or (brings_session and not entrance.page_is_ours(self.scope)):
            await self.close(code=FOREIGN_ORIGIN)
            return
        visitor = await database_sync_to_async(entrance.by_session)(self.scope) if brings_session else None
        await self.accept()
        if visitor is None:
            self._start(self._expect_token())
            return
        with suppress(Ending):
            await self._welcome(visitor)

    async def disconnect(self, code: int) -> None:
        """Leave nothing behind."""
        self.is_gone = True
        for task in self.tasks:
            task.cancel()
        if self.prices is not None:
            hub().detach(self.prices)
        if self.visitor is not None:
            with suppress(OSError, RedisError):
                await self.channel_layer.group_discard(person_group(self.visitor.user.pk), self.channel_name)
                await self.channel_layer.group_discard(EVERYONE, self.channel_name)
            await database_sync_to_async(entrance.leave_place)(self.place)

    async def _welcome(self, visitor: entrance.Visitor) -> None:
        place = await database_sync_to_async(entrance.take_place)(visitor.user.pk)
        if place is None:
            refusal = TooManySockets(f"At most {entrance.SOCKETS_PER_PERSON_MAX} connections of one person.")
            await self._end(refusal)
            raise refusal
        self.visitor, self.place = visitor, place
        listen_here()
        try:
            await self.channel_layer.group_add(person_group(visitor.user.pk), self.channel_name)
            await self.channel_layer.group_add(EVERYONE, self.channel_name)
        except (OSError, RedisError):
            logger.warning("a socket hears no hints; it looks every %s s", LOOK_SECONDS)
        self._start(self._recheck())

    async def _expect_token(self) -> None:
        await asyncio.sleep(AUTH_SECONDS)
        if self.visitor is None:
            await self._end(NotSignedIn())

    async def _recheck(self) -> None:
        """Look again and again whether the person may still be here."""
        while self.visitor is not None:
            await asyncio.sleep(RECHECK_SECONDS)
            try:
                is_good = await database_sync_to_async(entrance.is_still_good)(self.visitor)
            except DatabaseError:
                logger.warning("whether a socket may stay could not be read; it is looked at again")
                continue
            if not is_good:
                await self._end(SignedOut())
                return
            await database_sync_to_async(entrance.keep_place)(self.place)

    # Hearing ---------------------------------------------------------------------------------------------------------
    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Take one message; whatever is wrong with it is told, and the socket lives unless a bound was passed."""
        if self.is_gone:
            return
        try:
            self.pace.count(int(asyncio.get_running_loop().time()))
            await self._obey(messages.read_message(text_data, bytes_data))
        except Ending as refusal:
            await self._end(refusal)
        except ArbionError as refusal:
            if self.visitor is None:
                await self._end(NotSignedIn())
            else:
                await self._complain(refusal)
        except Exception:  # a socket's receive: one bad message must not take the others with it
            logger.exception("a message on the stream could not be handled")
            await self._complain(Broken())

    async def _obey(self, message: dict[str, Any]) -> None:
        op = message.get("op")
        if self.visitor is None and op != "auth":
            raise NotSignedIn
        match op:
            case "auth":
                await self._sign_in(message.get("token"))
            case "subscribe":
                await self._subscribe(message)
            case "unsubscribe":
                self._unsubscribe(messages.read_names(message))
            case "ping":
                await self._send({"type": "pong"})
            case _:
                raise UnknownOp

    async def _sign_in(self, key: object) -> None:
        if self.visitor is not None:
            raise AlreadySignedIn
        visitor = await database_sync_to_async(entrance.by_token)(key)
        if visitor is None:
            raise BadToken
        with suppress(TooManySockets):
            await self._welcome(visitor)

    async def _subscribe(self, message: dict[str, Any]) -> None:
        personal, prices, refused = messages.sort_names(messages.read_names(message))
        listened = self.prices.channels if self.prices is not None else frozenset()
        if len({*self.personal, *listened, *personal, *prices}) > messages.SUBSCRIPTIONS_MAX:
            raise TooManyChannels(f"At most {messages.SUBSCRIPTIONS_MAX} subscriptions on one connection.")
        if prices:
            refused |= await database_sync_to_async(messages.unknown_symbols)(prices)
        for name, refusal in refused.items():
            await self._complain(refusal, channel=name)
        await self._subscribe_prices([name for name in prices if name not in refused], message.get("batch"))
        for name in personal:
            await self._subscribe_personal(name)

    async def _subscribe_prices(self, names: list[str], batch: object) -> None:
        if not names:
            return
        if self.prices is None:
            self.prices = hub().attach(self)
        await hub().subscribe(self.prices, names, batch=batch if isinstance(batch, bool) else None)

    async def _subscribe_personal(self, name: str) -> None:
        async with self.reading:
            if self.news is None and self.visitor is not None:
                self.news = await database_sync_to_async(News)(self.visitor.user)
                self._start(self._follow())
            assert self.news is not None, "only a visitor subscribes"  # noqa: S101
            for kind, body in await database_sync_to_async(self.news.snapshot)(name):
                await self._tell(name, kind, body)
            self.personal.add(name)
        # Whoever waits may now have to look more often.
        self.hint.set()

    def _unsubscribe(self, names: list[str]) -> None:
        self.personal.difference_update(names)
        for name in names:
            self.seqs.pop(name, None)
        if self.prices is not None:
            hub().unsubscribe(self.prices, names)

    # Telling ---------------------------------------------------------------------------------------------------------
    async def books_changed(self, event: dict[str, Any]) -> None:
        """Something happened to the person's books: look soon."""
        self.hint.set()

    async def desk_piece(self, event: dict[str, Any]) -> None:
        """An answer of the desk grows: whoever listens to the conversation sees it grow."""
        if "desk" in self.personal:
            body = {name: event[name] for name in ("line", "text", "steps", "state")}
            await self._tell("desk", "desk_piece", body)

    async def inbox_changed(self, event: dict[str, Any]) -> None:
        """The person was told something, or read it: the bells of all their pages follow."""
        if self.visitor is not None:
            with suppress(DatabaseError):
                await self._send(await database_sync_to_async(inbox.stream_message)(self.visitor.user, event["id"]))

    async def market_changed(self, event: dict[str, Any]) -> None:
        """The market opened or closed, by its hours or by an operator: everybody is told, whatever they listen to."""
        with suppress(DatabaseError):
            await self._send(await database_sync_to_async(market_message)())

    async def _follow(self) -> None:
        """Tell what is new: at once after a hint, else every few seconds."""
        loop = asyncio.get_running_loop()
        looked = loop.time()
        while True:
            is_hinted = await self._wait_for_hint()
            books_changed = is_hinted or loop.time() - looked >= LOOK_SECONDS
            looked = loop.time() if books_changed else looked
            try:
                async with self.reading:
                    await self._tell_news(books_changed=books_changed)
            except DatabaseError:
                logger.warning("news for a socket could not be read; they are looked for again")
            except Exception:  # a task's outermost loop: better no socket than one that has fallen silent
                logger.exception("a socket's news broke off")
                await self._end(Broken())
                return

    async def _wait_for_hint(self) -> bool:
        has_values = bool(self.personal & {"positions", "portfolio"})
        try:
            async with asyncio.timeout(VALUE_SECONDS if has_values else LOOK_SECONDS):
                await self.hint.wait()
        except TimeoutError:
            return False
        self.hint.clear()
        return True

    async def _tell_news(self, *, books_changed: bool) -> None:
        if self.news is None or not self.personal:
            return
        latest = database_sync_to_async(self.news.latest)
        for channel, kind, body in await latest(frozenset(self.personal), books_changed=books_changed):
            if channel in self.personal:
                await self._tell(channel, kind, body)

    async def _tell(self, channel: str, kind: str, body: dict[str, Any]) -> None:
        self.seqs[channel] = self.seqs.get(channel, 0) + 1
        await self._send({"type": kind, "channel": channel, "seq": self.seqs[channel], **body})

    async def _complain(self, refusal: ArbionError, *, channel: str | None = None) -> None:
        code = refusal.errors[0].code if refusal.errors else refusal.code
        await self._send({"type": "error", "code": code, "detail": refusal.detail, "channel": channel})

    async def _end(self, refusal: Ending) -> None:
        await self._complain(refusal)
        if not self.is_gone:
            self.is_gone = True
            await self.close(code=refusal.close_code)

    async def _send(self, message: dict[str, Any]) -> None:
        await self.send_text(orjson.dumps(message).decode())

    async def send_text(self, text: str) -> None:
        """One frame; what is said to a socket that has gone is dropped."""
        if self.is_gone:
            return
        with suppress(OSError, RuntimeError):
            await self.send(text_data=text)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
