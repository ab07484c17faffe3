"""The stream: who gets in, what is told, and what keeps a socket within bounds."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from channels.db import database_sync_to_async
from django.test import Client

from accounts import tokens
from accounts.models import User
from arbion.asgi import application
from arbion.lib.bus import person_group, publish
from marketdata.fanout import publish_quotes
from trading import consumers
from trading.execution.cancel import request_cancel
from trading.models import Order
from trading.stream import entrance, messages

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


@pytest.fixture
def key(world) -> str:
    """Alice's key."""
    return key_of(world.alice)


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch) -> None:
    """Hints alone wake the sockets, unless a test says otherwise."""
    monkeypatch.setattr(consumers, "LOOK_SECONDS", 60.0)
    monkeypatch.setattr(consumers, "VALUE_SECONDS", 60.0)


# Getting in --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "headers",
    [
        {"host": "testserver"},
        {"host": "testserver", "origin": "http://evil.example"},
        {"host": "testserver", "origin": "http://testserver.evil.example"},
        {"host": "testserver", "origin": "http://testserver:81"},
        {"host": "testserver", "origin": "null"},
        {"host": "testserver", "origin": "ftp://testserver"},
        {"host": "testserver", "origin": "http://[broken"},
        {"origin": "http://testserver"},
        {"host": "evil.example", "origin": "http://evil.example"},
    ],
)
def test_session_from_a_foreign_page_is_refused_at_the_door(world, headers):
    cookie = cookie_of(world.alice)

    async def scene():
        assert await Line({"cookie": cookie, **headers}).connect() == (False, 4403)

    play(scene)


def test_foreign_host_is_refused_also_without_a_session(world):
    async def scene():
        assert await Line({"host": "evil.example"}).connect() == (False, 4403)

    play(scene)


def test_own_page_is_let_in_by_its_session(world):
    cookie = cookie_of(world.alice)

    async def scene():
        async with line(cookie=cookie, **OURS) as socket:
            await socket.say(op="subscribe", channels=["portfolio"])
            assert (await socket.hear())["account"] == str(world.account.public_id)

    play(scene)


def test_page_of_a_trusted_origin_is_ours(world, settings):
    settings.CSRF_TRUSTED_ORIGINS = ["https://desk.example"]
    cookie = cookie_of(world.alice)

    async def scene():
        async with line(cookie=cookie, host="testserver", origin="https://desk.example") as socket:
            await socket.say(op="ping")
            assert await socket.hear() == {"type": "pong"}

    play(scene)


def test_token_in_the_first_message(world, key):
    async def scene():
        async with line(key, host="testserver", origin="http://elsewhere.example") as socket:
            await socket.say(op="ping")
            assert await socket.hear() == {"type": "pong"}
            await socket.say(op="auth", token=key)
            assert (await socket.hear())["code"] == "already_authenticated"

    play(scene)


@pytest.mark.parametrize("token", ["arb_wrong", "", None, 7, ["x"], "x" * 300])
def test_wrong_token_ends_the_socket(world, token):
    async def scene():
        async with line() as socket:
            await socket.say(op="auth", token=token)
            assert (await socket.hear())["code"] == "invalid_token"
            assert await socket.end() == 4401

    play(scene)


@pytest.mark.parametrize("first", ['{"op":"subscribe","channels":["orders"]}', '{"op":"ping"}', "{", "[]"])
def test_nothing_is_said_to_somebody_unknown(world, first):
    async def scene():
        async with line() as socket:
            await socket.frame(first)
            assert (await socket.hear())["code"] == "not_authenticated"
            assert await socket.end() == 4401

    play(scene)


def test_silence_is_no_token(world, monkeypatch):
    monkeypatch.setattr(consumers, "AUTH_SECONDS", 0.05)

    async def scene():
        async with line() as socket:
            assert await socket.end() == 4401

    play(scene)


def test_session_of_a_person_who_was_switched_off_opens_nothing(world, monkeypatch):
    monkeypatch.setattr(consumers, "AUTH_SECONDS", 0.05)
    cookie = cookie_of(world.alice)
    User.objects.filter(pk=world.alice.pk).update(is_active=False)

    async def scene():
        async with line(cookie=cookie, **OURS) as socket:
            assert await socket.end() == 4401

    play(scene)


def revoke_token(user: User) -> None:
    tokens.revoke_all(user, actor=user)


def switch_off(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def end_sessions(user: User) -> None:
    User.objects.filter(pk=user.pk).update(session_epoch=1)


@pytest.mark.parametrize(
    ("door", "change"),
    [("token", revoke_token), ("token", switch_off), ("session", switch_off), ("session", end_sessions)],
)
def test_socket_ends_when_what_opened_it_is_no_longer_good(world, monkeypatch, door, change):
    monkeypatch.setattr(consumers, "RECHECK_SECONDS", 0.02)
    key = key_of(world.alice) if door == "token" else ""
    headers = OURS | {"cookie": cookie_of(world.alice)} if door == "session" else {"host": "testserver"}

    async def scene():
        async with line(key, **headers) as socket:
            await socket.say(op="ping")
            assert await socket.hear() == {"type": "pong"}
            await asyncio.sleep(0.1)
            await socket.say(op="ping")
            assert await socket.hear() == {"type": "pong"}
            await in_books(change)(world.alice)
            assert (await socket.hear())["code"] == "signed_out"
            assert await socket.end() == 4401

    play(scene)


def test_rechecks_come_within_a_minute():
    assert consumers.RECHECK_SECONDS <= 60
    assert entrance.PLACE_SECONDS > 2 * consumers.RECHECK_SECONDS


def test_sixth_socket_of_a_person_is_refused_and_a_freed_place_taken(world, key):
    async def scene():
        opened = [line(key) for _ in range(5)]
        sockets = [await one.__aenter__() for one in opened]
        for socket in sockets:
            await socket.say(op="ping")
            assert await socket.hear() == {"type": "pong"}
        async with line(key) as sixth:
            assert (await sixth.hear())["code"] == "too_many_connections"
            assert await sixth.end() == 4429
        await opened.pop().__aexit__(None, None, None)
        async with line(key) as socket:
            await socket.say(op="ping")
            assert await socket.hear() == {"type": "pong"}
        for one in opened:
            await one.__aexit__(None, None, None)

    play(scene)


# Bounds ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("{", "invalid_json"),
        ("[" * 60_000, "invalid_json"),
        ('{"op":"ping","op":"ping"}', "invalid_json"),
        ('{"op":"ping","x":NaN}', "invalid_json"),
        ("[1]", "invalid"),
        ('"ping"', "invalid"),
        ("{}", "unknown_op"),
        ('{"op":"dance"}', "unknown_op"),
        ('{"op":["ping"]}', "unknown_op"),
        ('{"op":"subscribe"}', "invalid"),
        ('{"op":"subscribe","channels":"orders"}', "invalid"),
        ('{"op":"subscribe","channels":[1]}', "invalid"),
        ('{"op":"unsubscribe","channels":{}}', "invalid"),
    ],
)
def test_what_cannot_be_understood_is_told_and_the_socket_lives(world, key, frame, code):
    async def scene():
        async with line(key) as socket:
            await socket.frame(frame)
            refused = await socket.hear()
            assert (refused["type"], refused["code"], refused["channel"]) == ("error", code, None)
            assert refused["detail"]
            await socket.say(op="ping")
            assert await socket.hear() == {"type": "pong"}

    play(scene)


def test_frames_of_bytes_are_read_too(world, key):
    async def scene():
        async with line(key) as socket:
            await socket.frame(content=b'{"op":"ping"}')
            assert await socket.hear() == {"type": "pong"}
            await socket.frame(content=b"\xff")
            assert (await socket.hear())["code"] == "invalid_json"

    play(scene)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("nonsense", "unknown_channel"),
        ("quotes", "unknown_channel"),
        ("quotes:", "unknown_channel"),
        ("orders:AAPL", "unknown_channel"),
        ("candles:AAPL:2m", "unknown_channel"),
        ("candles:AAPL", "unknown_channel"),
        ("quotes:NOPE", "unknown_symbol"),
        ("candles:NOPE:1m", "unknown_symbol"),
    ],
)
def test_unknown_channel_is_named_and_the_others_are_subscribed(world, key, name, code):
    async def scene():
        async with line(key) as socket:
            await socket.say(op="subscribe", channels=[name, "quotes:AAPL", "alerts"])
            refused, *rest = [await socket.hear() for _ in range(3)]
            assert (refused["type"], refused["code"], refused["channel"]) == ("error", code, name)
            assert {message["channel"] for message in rest} == {"quotes:AAPL", "alerts"}

    play(scene)


def test_too_large_a_frame_ends_the_socket(world, key):
    async def scene():
        async with line(key) as socket:
            await socket.say(op="ping", more="x" * messages.FRAME_BYTES_MAX)
            assert (await socket.hear())["code"] == "frame_too_large"
            assert await socket.end() == 1009

    play(scene)


def test_too_many_messages_end_the_socket(world, key):
    async def scene():
        async with line(key) as socket:
            for _ in range(messages.MESSAGES_A_MINUTE_MAX):
                await socket.say(op="ping")
            heard = await socket.hear_until(lambda message: message["type"] == "error")
            assert len(heard) == messages.MESSAGES_A_MINUTE_MAX  # the first message was the token
            assert heard[-1]["code"] == "rate_limited"
            assert await socket.end() == 4429

    play(scene)


def test_too_many_subscriptions_end_the_socket(world, key):
    async def scene():
        async with line(key) as socket:
            symbols = [f"S{number}" for number in range(messages.SUBSCRIPTIONS_MAX)]
            await socket.say(op="subscribe", channels=["orders"])
            assert (await socket.hear())["channel"] == "orders"
            await socket.say(op="subscribe", channels=[f"quotes:{','.join(symbols)}"])
            assert (await socket.hear())["code"] == "too_many_subscriptions"
            assert await socket.end() == 4429

    play(scene)


# Prices ------------------------------------------------------------------------------------------------------------
def test_quotes_begin_with_a_snapshot_and_rise_by_one(world, key):
    async def scene():
        async with line(key) as socket:
            await socket.say(op="subscribe", channels=["quotes:AAPL,MSFT"])
            first = {message["channel"]: message for message in [await socket.hear(), await socket.hear()]}
            assert first.keys() == {"quotes:AAPL", "quotes:MSFT"}
            assert all(message["snapshot"] is True for message in first.values())
            quote = first["quotes:AAPL"]
            assert (quote["type"], quote["symbol"], quote["last"], quote["bid"]) == ("quote", "AAPL", "200", "199.99")
            await in_books(tick)(world, "AAPL", "201")
            later = await socket.hear()
            assert (later["last"], later["seq"]) == ("201", quote["seq"] + 1)
            assert later.get("snapshot", False) is False
            await socket.say(op="unsubscribe", channels=["quotes:AAPL"])
            await socket.say(op="ping")
            assert await socket.hear() == {"type": "pong"}
            await in_books(tick)(world, "AAPL", "202")
            await in_books(tick)(world, "MSFT", "401")
            assert (await socket.hear())["last"] == "401"

    play(scene)


def tick(world, symbol: str, price: str) -> None:
    """One move of a price, recorded and sent as the engine does."""
    from marketdata import quotes

    world.clock.advance(seconds=1)
    world.quote(symbol, price)
    publish_quotes([quotes.latest([symbol])[symbol]])


def test_forming_candle_follows_the_price(world, key):
    async def scene():
        async with line(key) as socket:
            await socket.say(op="subscribe", channels=["candles:AAPL:1m"])
            candle = await socket.hear()
            assert (candle["type"], candle["symbol"], candle["interval"]) == ("candle", "AAPL", "1m")
            assert candle["snapshot"] is True
            await in_books(tick)(world, "AAPL", "205")
            later = await socket.hear()
            assert (later["close"], later["high"], later["seq"]) == ("205", "205", candle["seq"] + 1)

    play(scene)


# A person's own ----------------------------------------------------------------------------------------------------
def rest(key: str, path: str) -> Any:
    """What REST says to the same person."""
    return Client().get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {key}"}).json()


def bare(message: dict[str, Any]) -> dict[str, Any]:
    """A message without its frame."""
    return {name: value for name, value in message.items() if name not in {"type", "channel", "seq", "snapshot"}}


async def subscribe(socket: Line, *channels: str) -> dict[str, dict[str, Any]]:
    """Subscribe and take the snapshots, by channel."""
    await socket.say(op="subscribe", channels=list(channels))
    heard = [await socket.hear() for _ in channels]
    assert [message["channel"] for message in heard] == list(channels)
    assert all(message["snapshot"] is True and message["seq"] == 1 for message in heard)
    return {message["channel"]: message for message in heard}


def test_lists_begin_with_all_there_is(world, key):
    resting = world.place("buy", "AAPL", quantity="1", limit_price="150").order
    world.place("buy", "MSFT", quantity="2")

    async def scene():
        async with line(key) as socket:
            first = await subscribe(socket, "orders", "positions", "portfolio", "alerts", "desk")
            types = {channel: message["type"] for channel, message in first.items()}
            assert types == {
                "orders": "order",
                "positions": "position",
                "portfolio": "portfolio",
                "alerts": "alert",
                "desk": "message",
            }
            assert first["orders"]["results"] == [await in_books(rest)(key, f"orders/{resting.pk}/")]
            assert first["positions"]["results"] == (await in_books(rest)(key, "positions/"))["results"]
            assert bare(first["portfolio"]) == await in_books(rest)(key, "portfolio/")
            assert (first["alerts"]["results"], first["desk"]["results"]) == ([], [])

    play(scene)


def test_order_fill_position_and_worth_are_told_as_rest_tells_them(world, key):
    async def scene():
        async with line(key) as socket:
            await subscribe(socket, "orders", "positions", "portfolio")
            order = (await in_books(world.place)("buy", "AAPL", quantity="10")).order
            heard = await socket.hear_until(lambda message: message["type"] == "portfolio")
            last = {message["type"]: bare(message) for message in heard}
            assert last["order"] == await in_books(rest)(key, f"orders/{order.pk}/")
            assert last["order"]["status"] == "filled"
            assert last["fill"] == (await in_books(rest)(key, "fills/"))["results"][0]
            assert last["position"] == (await in_books(rest)(key, "positions/"))["results"][0]
            assert last["portfolio"] == await in_books(rest)(key, "portfolio/")
            assert [m["type"] for m in heard].count("fill") == 1
            for channel in ("orders", "positions", "portfolio"):
                seqs = [message["seq"] for message in heard if message["channel"] == channel]
                assert seqs == list(range(2, 2 + len(seqs)))

    play(scene)


def test_position_that_was_closed_comes_once_more_empty(world, key):
    world.place("buy", "AAPL", quantity="10")

    async def scene():
        async with line(key) as socket:
            first = await subscribe(socket, "positions")
            assert [row["quantity"] for row in first["positions"]["results"]] == ["10"]
            await in_books(world.place)("sell", "AAPL", quantity="10")
            heard = await socket.hear_until(lambda message: message["quantity"] == "0")
            assert (heard[-1]["symbol"], heard[-1]["realized"], heard[-1]["market_value"]) == ("AAPL", "-0.2", "0")

    play(scene)


def test_cancel_is_told(world, key):
    order = world.place("buy", "AAPL", quantity="1", limit_price="150").order

    async def scene():
        async with line(key) as socket:
            await subscribe(socket, "orders")
            fresh = await in_books(Order.objects.select_related("account").get)(pk=order.pk)
            await in_books(request_cancel)(fresh, actor=world.alice)
            heard = await socket.hear_until(lambda message: message["status"] == "canceled")
            assert heard[-1]["id"] == str(order.pk)

    play(scene)


def test_what_a_lost_hint_would_have_told_is_found_by_looking(world, key, monkeypatch):
    monkeypatch.setattr(consumers, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr("trading.announce.bus.publish", lambda *_: None)

    async def scene():
        async with line(key) as socket:
            await subscribe(socket, "orders")
            await in_books(world.place)("buy", "AAPL", quantity="1")
            heard = await socket.hear_until(lambda message: message["type"] == "order")
            assert heard[-1]["status"] == "filled"

    play(scene)


def test_a_hint_without_news_tells_nothing(world, key):
    async def scene():
        async with line(key) as socket:
            await subscribe(socket, "orders", "positions", "portfolio")
            await in_books(publish)(person_group(world.alice.pk), {"type": "books.changed"})
            assert await socket.is_silent()

    play(scene)


def test_worth_follows_prices(world, key, monkeypatch):
    monkeypatch.setattr(consumers, "VALUE_SECONDS", 0.05)
    world.place("buy", "AAPL", quantity="10")

    async def scene():
        async with line(key) as socket:
            await subscribe(socket, "positions", "portfolio")
            assert await socket.is_silent()
            await in_books(world.quote)("AAPL", "210")
            position, portfolio = [await socket.hear() for _ in range(2)]
            assert (position["type"], position["market_value"], position["seq"]) == ("position", "2100", 2)
            assert (portfolio["type"], portfolio["equity"], portfolio["seq"]) == ("portfolio", "100099.9", 2)

    play(scene)


def test_conversation_is_told_on_the_desk(world, key, monkeypatch):
    from trading.desk import interpret_for

    monkeypatch.setattr(consumers, "LOOK_SECONDS", 0.05)

    async def scene():
        async with line(key) as socket:
            await subscribe(socket, "desk")
            proposal = await in_books(interpret_for)(world.alice, "buy 10 AAPL")
            said, answered = [await socket.hear() for _ in range(2)]
            assert (said["speaker"], said["text"], said["proposal"]) == ("person", "buy 10 AAPL", None)
            assert (answered["speaker"], answered["proposal"]) == ("desk", str(proposal.pk))
            assert [message["seq"] for message in (said, answered)] == [2, 3]

    play(scene)


def test_unsubscribed_means_silence_and_subscribing_again_begins_anew(world, key):
    async def scene():
        async with line(key) as socket:
            await subscribe(socket, "orders", "alerts")
            await socket.say(op="unsubscribe", channels=["orders", "positions", "never"])
            await socket.say(op="ping")
            assert await socket.hear() == {"type": "pong"}
            await in_books(world.place)("buy", "AAPL", quantity="1", limit_price="150")
            assert await socket.is_silent()
            first = await subscribe(socket, "orders")
            assert len(first["orders"]["results"]) == 1

    play(scene)


def test_nobody_is_told_of_another_persons_books(world):
    bob = User.objects.create_user("bob@example.com")
    key = key_of(bob)

    async def scene():
        async with line(key) as socket:
            first = await subscribe(socket, "orders", "positions", "portfolio", "desk")
            assert first["portfolio"]["account"] != str(world.account.public_id)
            await in_books(world.place)("buy", "AAPL", quantity="10")
            await in_books(publish)(person_group(bob.pk), {"type": "books.changed"})
            assert await socket.is_silent()

    play(scene)


def test_a_broken_handler_is_told_and_the_socket_lives(world, key, monkeypatch, caplog):
    def broken(*_args):
        raise ZeroDivisionError

    monkeypatch.setattr(messages, "sort_names", broken)

    async def scene():
        async with line(key) as socket:
            await socket.say(op="subscribe", channels=["orders"])
            assert (await socket.hear())["code"] == "internal_error"
            await socket.say(op="ping")
            assert await socket.hear() == {"type": "pong"}

    play(scene)
    assert "ZeroDivisionError" in caplog.text
