"""The hub: snapshots, sequence numbers, shared frames, slow and stuck clients, threads, Redis."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Callable, Coroutine
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from arbion.domain.enums import Interval
from arbion.domain.errors import InvalidInput
from arbion.lib.clock import FrozenClock
from marketdata import fanout, frames, quotes, snapshots
from marketdata.errors import UnknownSymbol
from marketdata.fanout import Hub
from marketdata.frames import Forming
from marketdata.snapshots import Channel, Snapshot
from tests.marketdata.factories import NOON, make_instrument, make_report


class FakeSocket:
    """A socket that remembers; it takes nothing while its gate is closed."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.closed: int | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def send_text(self, text: str) -> None:
        await self.gate.wait()
        self.texts.append(text)

    async def close(self, code: int) -> None:
        self.closed = code

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(text) for text in self.texts]


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0.01)


def tick(last: str, *symbols: str, second: int = 1) -> Any:
    at = NOON + timedelta(seconds=second)
    return frames.as_batch([make_report(symbol, last, at=at, volume=Decimal(1000 + second)) for symbol in symbols])


@pytest.fixture
def with_hub(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Hub], Coroutine[Any, Any, None]]], None]:
    """Runs a coroutine with a hub whose tables hold a quote of 200 for every symbol but NONE."""

    def read(channels: list[Channel]) -> Snapshot:
        shown = {c.name: (make_report(c.symbol), False) for c in channels if c.interval is None and c.symbol != "NONE"}
        units = 200 * 10**10
        candles = {
            c.name: Forming(c.interval, NOON, units, units, units, units, 5 * 10**8, 1000 * 10**8)
            for c in channels
            if c.interval is not None
        }
        if any(channel.symbol == "GHOST" for channel in channels):
            raise UnknownSymbol("GHOST", field="channels")
        return Snapshot(shown, candles)

    async def at_once(channels: list[Channel]) -> Snapshot:
        await asyncio.sleep(0)
        return read(channels)

    monkeypatch.setattr(fanout, "database_sync_to_async", lambda _: at_once)
    return lambda play: asyncio.run(play(Hub()))


def test_a_subscription_begins_with_a_snapshot_and_goes_on_by_one(with_hub):
    async def play(hub: Hub) -> None:
        socket = FakeSocket()
        client = hub.attach(socket)
        await hub.subscribe(client, ["quotes:AAPL"])
        await settle()
        hub.deliver(tick("201", "AAPL", "KO"))
        await settle()
        hub.deliver(tick("202", "KO"))
        hub.deliver(tick("203", "AAPL", second=3))
        await settle()
        assert [(m["last"], m["seq"], m["channel"]) for m in socket.messages] == [
            ("200", 1, "quotes:AAPL"), ("201", 2, "quotes:AAPL"), ("203", 3, "quotes:AAPL"),
        ]  # fmt: skip
        assert socket.messages[1] == {
            "type": "quote", "channel": "quotes:AAPL", "seq": 2, "symbol": "AAPL", "bid": "200.99", "ask": "201.01",
            "last": "201", "previous_close": "190", "change_percent": "5.79", "volume": "1001",
            "time": "2026-03-04T12:00:01Z", "source": "test", "stale": False,
        }  # fmt: skip
        hub.unsubscribe(client, ["quotes:AAPL"])
        hub.deliver(tick("204", "AAPL", second=4))
        await settle()
        assert len(socket.messages) == 3
        hub.detach(client)
        assert (hub.groups, hub.listeners) == ({}, {})

    with_hub(play)


def test_clients_with_the_same_channels_share_one_encoded_frame(with_hub):
    async def play(hub: Hub) -> None:
        sockets = [FakeSocket() for _ in range(3)]
        for socket in sockets:
            client = hub.attach(socket)
            await hub.subscribe(client, ["quotes:AAPL", "quotes:KO"], batch=True)
        await settle()
        hub.deliver(tick("201", "AAPL", "KO", "TSLA"))
        await settle()
        assert len(hub.groups) == 1
        assert len({id(socket.texts[-1]) for socket in sockets}) == 1
        message = sockets[0].messages[-1]
        assert message["type"] == "quotes"
        assert sorted(quote["symbol"] for quote in message["quotes"]) == ["AAPL", "KO"]
        assert all(quote["seq"] == 2 for quote in message["quotes"])

    with_hub(play)


def test_a_slow_client_gets_the_newest_and_holds_nobody_up(with_hub):
    async def play(hub: Hub) -> None:
        slow, quick = FakeSocket(), FakeSocket()
        for socket in (slow, quick):
            await hub.subscribe(hub.attach(socket), ["quotes:AAPL", "quotes:KO"])
        await settle()
        slow.gate.clear()
        for number in range(1, 6):
            hub.deliver(tick(str(200 + number), "AAPL", *(["KO"] if number == 2 else []), second=number))
            await settle()
        assert [m["last"] for m in quick.messages if m["symbol"] == "AAPL"] == [
            "200",
            "201",
            "202",
            "203",
            "204",
            "205",
        ]
        slow.gate.set()
        await settle()
        seen = [(m["last"], m["seq"]) for m in slow.messages if m["symbol"] == "AAPL"]
        assert seen == [("200", 1), ("201", 2), ("205", 6)]
        assert [m["last"] for m in slow.messages if m["symbol"] == "KO"] == ["200", "202"]

    with_hub(play)


def test_a_stuck_client_is_dropped(with_hub, monkeypatch):
    monkeypatch.setattr(fanout, "STUCK_SECONDS", 0.01)

    async def play(hub: Hub) -> None:
        socket = FakeSocket()
        client = hub.attach(socket)
        socket.gate.clear()
        await hub.subscribe(client, ["quotes:AAPL"])
        await asyncio.wait_for(client.sender, 5)
        assert (socket.closed, socket.texts, hub.groups) == (4408, [], {})

    with_hub(play)


def test_a_socket_that_breaks_is_forgotten(with_hub):
    async def play(hub: Hub) -> None:
        class Broken(FakeSocket):
            async def send_text(self, text: str) -> None:
                raise ConnectionResetError

        client = hub.attach(Broken())
        await hub.subscribe(client, ["quotes:AAPL"])
        await asyncio.wait_for(client.sender, 5)
        assert hub.groups == {}

    with_hub(play)


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["quotes:AAPL", "quotes:GHOST"], "unknown_symbol"),
        (["quotes:AAPL", "orders"], "unknown_channel"),
        (["quotes:"], "unknown_channel"),
        (["quotes:AAPL:1m"], "unknown_channel"),
        (["candles:AAPL"], "unknown_channel"),
        (["candles:AAPL:2m"], "unknown_channel"),
        ([f"quotes:S{number}" for number in range(501)], "too_many_channels"),
    ],
)
def test_a_wrong_channel_refuses_the_whole_request_and_keeps_the_old_ones(with_hub, names, code):
    async def play(hub: Hub) -> None:
        socket = FakeSocket()
        client = hub.attach(socket)
        await hub.subscribe(client, ["quotes:KO"])
        await settle()
        with pytest.raises((InvalidInput, UnknownSymbol)) as refusal:
            await hub.subscribe(client, names)
        assert [(error.field, error.code) for error in refusal.value.errors] == [("channels", code)]
        assert client.channels == {"quotes:KO"}
        hub.deliver(tick("201", "AAPL", "KO"))
        await settle()
        assert [m["symbol"] for m in socket.messages] == ["KO", "KO"]

    with_hub(play)


def test_a_quote_that_overtakes_the_snapshot_wins(with_hub):
    async def play(hub: Hub) -> None:
        socket = FakeSocket()
        client = hub.attach(socket)
        subscribing = asyncio.create_task(hub.subscribe(client, ["quotes:AAPL"]))
        await asyncio.sleep(0)
        hub.deliver(tick("201", "AAPL"))
        await subscribing
        await settle()
        assert [(m["last"], m["seq"]) for m in socket.messages] == [("201", 2)]

    with_hub(play)


def test_a_candle_follows_the_quotes(with_hub):
    async def play(hub: Hub) -> None:
        socket = FakeSocket()
        await hub.subscribe(hub.attach(socket), ["candles:AAPL:1m"])
        await settle()
        for last, second in (("204", 2), ("199", 4), ("205", 61)):
            hub.deliver(tick(last, "AAPL", second=second))
            await settle()
        seen = [(m["time"][14:19], m["open"], m["high"], m["low"], m["close"], m["volume"]) for m in socket.messages]
        assert seen == [
            ("00:00", "200", "200", "200", "200", "5"),
            ("00:00", "200", "204", "200", "204", "7"),
            ("00:00", "200", "204", "199", "199", "9"),
            ("01:00", "205", "205", "205", "205", "57"),
        ]
        assert [m["seq"] for m in socket.messages] == [1, 2, 3, 4]
        assert {(m["type"], m["interval"], m["symbol"]) for m in socket.messages} == {("candle", "1m", "AAPL")}

    with_hub(play)


def test_quotes_come_from_another_thread(with_hub, monkeypatch, settings):
    settings.REDIS_URL = ""

    async def play(hub: Hub) -> None:
        monkeypatch.setattr(fanout, "hub", lambda: hub)
        socket = FakeSocket()
        await hub.subscribe(hub.attach(socket), ["quotes:AAPL"])
        await settle()
        thread = threading.Thread(target=fanout.publish_quotes, args=([make_report("AAPL", "201")],))
        thread.start()
        await asyncio.to_thread(thread.join)
        await settle()
        assert [m["last"] for m in socket.messages] == ["200", "201"]

    with_hub(play)


def test_publishing_without_a_listener_does_nothing(settings):
    settings.REDIS_URL = ""
    fanout.publish_quotes([make_report()])
    fanout.publish_quotes([])


def test_a_batch_crosses_the_wire_exactly():
    reports = [make_report("AAPL", "200.0000000001"), make_report("KO", "1", at=NOON + timedelta(microseconds=1))]
    assert list(frames.from_wire(frames.to_wire(frames.as_batch(reports)))) == reports


@pytest.mark.redis
def test_quotes_cross_redis_and_a_broken_message_does_not_stop_them(with_hub, settings):
    import redis

    settings.REDIS_URL = os.environ["TEST_REDIS_URL"]
    fanout._redis_client.cache_clear()

    async def play(hub: Hub) -> None:
        socket = FakeSocket()
        await hub.subscribe(hub.attach(socket), ["quotes:AAPL"])
        store = redis.Redis.from_url(settings.REDIS_URL)
        await until(lambda: store.pubsub_numsub(fanout.WIRE)[0][1] > 0)
        await asyncio.to_thread(store.publish, fanout.WIRE, b"{}")
        await asyncio.to_thread(fanout.publish_quotes, [make_report("AAPL", "201")])
        await until(lambda: len(socket.texts) > 1)
        assert [m["last"] for m in socket.messages] == ["200", "201"]
        hub.listener.cancel()

    with_hub(lambda hub: asyncio.wait_for(play(hub), 20))
    fanout._redis_client.cache_clear()


@pytest.mark.django_db
def test_the_snapshot_is_what_the_tables_say():
    make_instrument("AAPL")
    make_instrument("KO")
    clock = FrozenClock(NOON + timedelta(seconds=70))
    quotes.record([make_report("AAPL", "200")], clock=clock)
    quotes.record([make_report("AAPL", "210", at=NOON + timedelta(seconds=50), volume=Decimal(1300))], clock=clock)
    channels = [
        Channel("quotes:AAPL", "AAPL", None), Channel("candles:AAPL:5m", "AAPL", Interval.M5),
        Channel("quotes:KO", "KO", None),
    ]  # fmt: skip
    found = snapshots.read_snapshot(channels, clock=clock)
    assert {name: (report.last, stale) for name, (report, stale) in found.quotes.items()} == {
        "quotes:AAPL": (Decimal(210), True)
    }
    forming = found.candles["candles:AAPL:5m"]
    assert (forming.time, forming.open, forming.high, forming.volume) == (NOON, 200 * 10**10, 210 * 10**10, 300 * 10**8)
    with pytest.raises(UnknownSymbol):
        snapshots.read_snapshot([*channels, Channel("quotes:X", "X", None)], clock=clock)
