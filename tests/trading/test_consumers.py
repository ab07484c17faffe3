"""The stream: who gets in, and what keeps a socket within bounds."""

from __future__ import annotations

import asyncio

import pytest

from accounts import tokens
from accounts.models import User
from tests.trading.line import OURS, Line, cookie_of, in_books, key_of, line, play
from trading import consumers
from trading.stream import entrance, messages


@pytest.fixture
def key(world) -> str:
    """Alice's key."""
    return key_of(world.alice)


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
