"""The stream: prices, and what happens to a person's own books."""

from __future__ import annotations

import os
import threading
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from arbion.lib.bus import person_group, publish
from marketdata.fanout import publish_quotes
from tests.trading.line import Line, in_books, key_of, line, play
from trading import consumers
from trading.execution.cancel import request_cancel
from trading.models import Order
from trading.stream import messages


@pytest.fixture
def key(world) -> str:
    """Alice's key."""
    return key_of(world.alice)


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch) -> None:
    """Hints alone wake the sockets, unless a test says otherwise."""
    monkeypatch.setattr(consumers, "LOOK_SECONDS", 60.0)
    monkeypatch.setattr(consumers, "VALUE_SECONDS", 60.0)


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


def test_symbols_of_channels_may_be_written_in_either_case(world, key):
    async def scene():
        async with line(key) as socket:
            await socket.say(op="subscribe", channels=["quotes:aapl,Msft", "candles:aapl:1m", "quotes:AAPL"])
            heard = [await socket.hear() for _ in range(3)]
            assert {message["channel"] for message in heard} == {"quotes:AAPL", "quotes:MSFT", "candles:AAPL:1m"}
            await socket.say(op="unsubscribe", channels=["quotes:aapl", "quotes:msft", "candles:Aapl:1m"])
            await socket.say(op="ping")
            assert (await socket.hear())["type"] == "pong"
            await in_books(tick)(world, "AAPL", "205")
            await socket.say(op="ping")
            assert (await socket.hear())["type"] == "pong"

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


def test_a_hint_from_any_thread_wakes_the_socket(world, key, monkeypatch):
    """Engines and workers of the embedded process send their hints from threads of their own."""
    monkeypatch.setattr("trading.announce.bus.publish", lambda *_: None)

    async def scene():
        async with line(key) as socket:
            await subscribe(socket, "orders")
            await in_books(world.place)("buy", "AAPL", quantity="1")
            hint = (person_group(world.alice.pk), {"type": "books.changed"})
            threading.Timer(0.1, publish, hint).start()
            assert (await socket.hear())["type"] == "fill"

    play(scene)


@pytest.fixture
def redis_layer(monkeypatch):
    """Hints by a real Redis, as between the processes of a larger installation."""
    from channels.layers import channel_layers
    from channels_redis.pubsub import RedisPubSubChannelLayer

    layer = RedisPubSubChannelLayer(hosts=[os.environ["TEST_REDIS_URL"]], prefix="arbion-test")
    monkeypatch.setitem(channel_layers.backends, "default", layer)


@pytest.mark.redis
def test_hints_travel_by_redis(world, key, redis_layer):
    async def scene():
        async with line(key) as socket:
            await subscribe(socket, "orders", "portfolio")
            threading.Timer(0.1, publish, (person_group(world.alice.pk), {"type": "books.changed"})).start()
            assert await socket.is_silent()
            await in_books(world.place)("buy", "AAPL", quantity="1")
            heard = await socket.hear_until(lambda message: message["type"] == "portfolio")
            assert "fill" in {message["type"] for message in heard}

    play(scene)
