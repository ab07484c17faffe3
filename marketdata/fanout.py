"""Quotes to many sockets: one hub a process encodes each quote once and keeps only the newest for a slow client.

A consumer uses it so, inside its event loop:

    client = hub().attach(socket)                    # a Socket: async send_text(str), async close(code)
    await hub().subscribe(client, ["quotes:AAPL", "candles:AAPL:1m"], batch=False)
    hub().unsubscribe(client, ["quotes:AAPL"])
    hub().detach(client)                             # when the socket goes

Each subscription begins with a snapshot. Every message bears the `seq` of its channel, which rises by one unless quotes
were passed over because the client was slow. A client that takes nothing for 15 seconds is dropped.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, Protocol

from channels.db import database_sync_to_async
from django.conf import settings

from arbion.domain.enums import Interval
from arbion.domain.errors import FieldError, InvalidInput
from arbion.domain.reports import QuoteReport
from marketdata.batch import QuoteBatch
from marketdata.frames import Forming, Frames, as_batch, candle_message, from_wire, quote_message, to_wire
from marketdata.snapshots import Channel, Snapshot, read_snapshot

logger = logging.getLogger(__name__)

STUCK_SECONDS = 15.0
STUCK_CODE = 4408
CHANNELS_MAX = 500
WIRE = f"arbion.quotes.{settings.INSTALLATION}"  # Redis parts no channels by database number
_RECONNECT_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0)


class Socket(Protocol):
    """One connected program, as the hub sees it."""

    async def send_text(self, text: str) -> None:
        """Send one text frame; returns when the transport has taken it."""
        ...

    async def close(self, code: int) -> None:
        """End the connection."""
        ...


class Client:
    """One attached socket: what it listens to and what still waits to be sent."""

    def __init__(self, socket: Socket) -> None:
        self.socket = socket
        self.channels: frozenset[str] = frozenset()
        self.batch = False
        self.held = 0
        self.slot: Frames | None = None
        self.ready = asyncio.Event()
        self.sender: asyncio.Task[None] | None = None

    def offer(self, frames: Frames) -> None:
        """Put messages in the slot; what waits there is overtaken channel by channel."""
        self.slot = frames if self.slot is None else self.slot.then(frames)
        if not self.held:
            self.ready.set()


class Hub:
    """All sockets of this process that listen to prices."""

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        self.groups: dict[frozenset[str], set[Client]] = {}
        self.listeners: dict[str, dict[str, int]] = {}  # symbol -> channel -> how many listen to it
        self.seqs: dict[str, int] = {}
        self.forming: dict[str, Forming] = {}
        self.listener: asyncio.Task[None] | None = None

    def attach(self, socket: Socket) -> Client:
        """Take a socket in; call it inside the event loop."""
        self._bind(asyncio.get_running_loop())
        client = Client(socket)
        client.sender = asyncio.create_task(self._send(client))
        return client

    async def subscribe(self, client: Client, names: Iterable[str], *, batch: bool | None = None) -> None:
        """Add channels (all or, when one is wrong, none); their newest messages come first."""
        if client.sender is None or client.sender.done():  # dropped; its consumer will hear of it
            return
        wanted = read_channels(names)
        added = frozenset(wanted) - client.channels
        if len(client.channels) + len(added) > CHANNELS_MAX:
            raise _refused("too_many_channels", f"At most {CHANNELS_MAX} channels of prices on one connection.")
        client.held += 1
        self._regroup(client, client.channels | added)
        snapshot: Snapshot | None = None
        try:
            snapshot = await database_sync_to_async(read_snapshot)(list(wanted.values()))
            client.batch = client.batch if batch is None else batch
            self._begin(client, snapshot)
        finally:
            if snapshot is None:
                self._regroup(client, client.channels - added)
            client.held -= 1
            if client.slot is not None and not client.held:
                client.ready.set()

    def unsubscribe(self, client: Client, names: Iterable[str]) -> None:
        """Drop channels; unknown ones are ignored."""
        self._regroup(client, client.channels - frozenset(names))

    def detach(self, client: Client) -> None:
        """Forget a socket that has gone."""
        self._regroup(client, frozenset())
        if client.sender is not None:
            client.sender.cancel()

    def offer(self, batch: QuoteBatch) -> None:
        """Hand quotes over from any thread."""
        loop = self.loop
        if loop is None or loop.is_closed():
            return
        try:
            loop.call_soon_threadsafe(self.deliver, batch)
        except RuntimeError:  # the loop closed in between: nobody listens any more
            logger.debug("quotes came after the event loop had closed")

    def deliver(self, batch: QuoteBatch) -> None:
        """Encode what somebody listens to and put it into the clients' slots; inside the event loop."""
        if not self.groups:
            return
        encoded = self._encode(batch)
        for group, clients in self.groups.items():
            parts = {channel: encoded[channel] for channel in group if channel in encoded}
            if parts:
                frames = Frames(parts)
                for client in clients:
                    client.offer(frames)

    def _encode(self, batch: QuoteBatch) -> dict[str, bytes]:
        encoded: dict[str, bytes] = {}
        for number, symbol in enumerate(batch.symbols):
            for channel in self.listeners.get(symbol, ()):
                message = self._message(channel, batch, number)
                if message is not None:
                    encoded[channel] = message
        return encoded

    def _message(self, channel: str, batch: QuoteBatch, number: int) -> bytes | None:
        if channel.startswith("quotes:"):
            return quote_message(batch[number], seq=self._next(channel), stale=False)
        forming = self.forming.get(channel)
        if forming is None:
            return None
        forming.follow(int(batch.last[number]), int(batch.volume[number]), batch.at[number])
        return candle_message(channel, forming, seq=self._next(channel))

    def _next(self, channel: str) -> int:
        self.seqs[channel] = self._latest(channel) + 1
        return self.seqs[channel]

    def _latest(self, channel: str) -> int:
        """The number of the newest message; before the first quote that is the snapshot, which is number one."""
        return self.seqs.get(channel, 1)

    def _begin(self, client: Client, snapshot: Snapshot) -> None:
        """Let a subscription start with what the tables say, unless a quote has already overtaken it."""
        parts: dict[str, bytes] = {}
        for channel, (report, stale) in snapshot.quotes.items():
            parts[channel] = quote_message(report, seq=self._latest(channel), stale=stale, snapshot=True)
        for channel, forming in snapshot.candles.items():
            known = self.forming.setdefault(channel, forming)
            parts[channel] = candle_message(channel, known, seq=self._latest(channel), snapshot=True)
        client.slot = Frames(parts) if client.slot is None else Frames(parts).then(client.slot)

    def _regroup(self, client: Client, channels: frozenset[str]) -> None:
        members = self.groups.get(client.channels)
        if members is not None:
            members.discard(client)
            if not members:
                del self.groups[client.channels]
        for channel in channels - client.channels:
            counts = self.listeners.setdefault(channel.split(":")[1], {})
            counts[channel] = counts.get(channel, 0) + 1
        for channel in client.channels - channels:
            self._forget(channel)
        client.channels = channels
        if channels:
            self.groups.setdefault(channels, set()).add(client)
        if client.slot is not None:
            client.slot = Frames({name: part for name, part in client.slot.parts.items() if name in channels})

    def _forget(self, channel: str) -> None:
        """One listener less; with the last one goes what was kept for the channel."""
        symbol = channel.split(":")[1]
        counts = self.listeners.get(symbol, {})
        if channel not in counts:  # of a loop that has ended
            return
        counts[channel] -= 1
        if not counts[channel]:
            del counts[channel]
            self.forming.pop(channel, None)
        if not counts:
            del self.listeners[symbol]

    async def _send(self, client: Client) -> None:
        """Empty one client's slot again and again; end when it is stuck or gone."""
        while True:
            await client.ready.wait()
            client.ready.clear()
            frames, client.slot = client.slot, None
            if frames is None:
                continue
            try:
                async with asyncio.timeout(STUCK_SECONDS):
                    for text in frames.texts(batch=client.batch):
                        await client.socket.send_text(text)
            except TimeoutError:
                logger.info("a socket took nothing for %s seconds and was dropped", STUCK_SECONDS)
                self._regroup(client, frozenset())
                await client.socket.close(STUCK_CODE)
                return
            except (OSError, RuntimeError):  # it went while we sent
                self._regroup(client, frozenset())
                return

    def _bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Belong to the loop that serves sockets now; a loop that has ended took its sockets with it."""
        if self.loop is not loop:
            self.loop, self.listener = loop, None
            self.groups.clear()
            self.listeners.clear()
            self.forming.clear()
        if settings.REDIS_URL and (self.listener is None or self.listener.done()):
            self.listener = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        """The process's one subscription to the engine's quotes, renewed whenever it breaks."""
        from redis import RedisError  # noqa: PLC0415  only where Redis is used
        from redis import asyncio as redis  # noqa: PLC0415

        failures = 0
        while True:
            client = redis.Redis.from_url(settings.REDIS_URL)
            try:
                async with client.pubsub() as subscription:
                    await subscription.subscribe(WIRE)
                    async for message in subscription.listen():
                        failures = 0
                        self._receive(message)
            except (RedisError, OSError) as error:
                pause = _RECONNECT_SECONDS[min(failures, len(_RECONNECT_SECONDS) - 1)]
                failures += 1
                logger.warning("the quote stream broke (%s); again in %s s", type(error).__name__, pause)
                await asyncio.sleep(pause)
            finally:
                await client.aclose()

    def _receive(self, message: dict[str, Any]) -> None:
        if message["type"] != "message":
            return
        try:
            batch = from_wire(message["data"])
        except (ValueError, KeyError, TypeError, IndexError):
            logger.warning("a message on the quote stream was not quotes")
            return
        self.deliver(batch)


@cache
def hub() -> Hub:
    """The hub of this process."""
    return Hub()


def publish_quotes(reports: Sequence[QuoteReport]) -> None:
    """Send quotes to everybody who listens: within the process, or over Redis to all web processes."""
    if not len(reports):
        return
    batch = as_batch(reports)
    if settings.REDIS_URL:
        _publish_by_redis(to_wire(batch))
    else:
        hub().offer(batch)


def read_channels(names: Iterable[str]) -> dict[str, Channel]:
    """Price channels by name: `quotes:AAPL`, `candles:AAPL:1m`; anything else is refused."""
    return {name: _read_channel(name) for name in names}


def _read_channel(name: str) -> Channel:
    kind, _, rest = name.partition(":")
    symbol, _, width = rest.partition(":")
    if kind == "quotes" and symbol and not width:
        return Channel(name, symbol, None)
    if kind == "candles" and symbol and width in Interval.values:
        return Channel(name, symbol, Interval(width))
    raise _refused("unknown_channel", f"There is no channel “{name[:60]}”.")


def _refused(code: str, detail: str) -> InvalidInput:
    return InvalidInput(detail, errors=(FieldError("channels", code, detail),))


@cache
def _redis_client() -> Any:
    import redis  # noqa: PLC0415  only where Redis is used

    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)


def _publish_by_redis(content: bytes) -> None:
    import redis  # noqa: PLC0415

    try:
        _redis_client().publish(WIRE, content)
    except (redis.RedisError, OSError) as error:
        logger.warning("quotes could not be sent on: %s", type(error).__name__)
