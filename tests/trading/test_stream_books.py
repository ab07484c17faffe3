"""The stream: what changes the books without an order, orders of several parts, options, and the market's state."""

from __future__ import annotations

from decimal import Decimal

import pytest

from arbion.domain.enums import Role
from marketdata import override
from marketdata.options.contracts import ensure
from tests.trading.line import in_books, key_of, line, play
from tests.trading.test_consumers_news import bare, rest, subscribe, tick
from trading import consumers
from trading.execution.cash import deposit
from trading.execution.place import place_order
from trading.execution.reset import reset_account
from trading.instruction import Bracket

CALL = "AAPL261218C00200000"


@pytest.fixture
def key(world) -> str:
    """Alice's key."""
    return key_of(world.alice)


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch) -> None:
    """Hints alone wake the sockets."""
    monkeypatch.setattr(consumers, "LOOK_SECONDS", 60.0)
    monkeypatch.setattr(consumers, "VALUE_SECONDS", 60.0)


def test_cash_that_comes_in_is_told_at_once(world, key):
    async def scene():
        async with line(key) as socket:
            await subscribe(socket, "portfolio")
            await in_books(deposit)(
                world.account, user=world.alice, amount=Decimal(1000), client_key="k", clock=world.clock
            )
            heard = await socket.hear_until(lambda message: message["cash"] == "101000")
            assert bare(heard[-1]) == await in_books(rest)(key, "portfolio/")

    play(scene)


def test_entry_and_exits_are_told_as_rest_tells_them(world, key):
    async def scene():
        async with line(key) as socket:
            await subscribe(socket, "orders")
            instruction = world.say("buy", "AAPL", quantity="10", bracket=Bracket(stop_loss_price=Decimal(180)))
            placed = await in_books(place_order)(instruction, clock=world.clock)
            heard = await socket.hear_until(
                lambda message: message["type"] == "order" and message["group"]["role"] == "stop_loss"
            )
            entry = [message for message in heard if message.get("group", {}).get("role") == "entry"][-1]
            assert (entry["stop_loss_price"], entry["bracket"]["stop_loss_price"]) == ("180", "180")
            assert bare(entry).keys() == (await in_books(rest)(key, f"orders/{placed.order.pk}/")).keys()

    play(scene)


def test_positions_of_an_account_that_was_started_anew_go(world, key):
    world.place("buy", "AAPL", quantity="10")

    async def scene():
        async with line(key) as socket:
            await subscribe(socket, "positions")
            await in_books(reset_account)(world.account, actor=world.alice, clock=world.clock)
            gone = (await socket.hear_until(lambda message: message["quantity"] == "0"))[-1]
            assert (gone["symbol"], gone["account"]) == ("AAPL", str(world.account.public_id))
            assert (await in_books(rest)(key, "positions/"))["results"] == []

    play(scene)


def test_an_options_quotes_have_a_channel(world, key):
    ensure(CALL, clock=world.clock)

    async def scene():
        async with line(key) as socket:
            first = await subscribe_prices(socket, f"quotes:{CALL.lower()}")
            assert (first["type"], first["symbol"]) == ("quote", CALL)
            await in_books(tick)(world, CALL, "9.50")
            assert (await socket.hear())["last"] == "9.5"

    play(scene)


async def subscribe_prices(socket, name):
    """The snapshot of one channel of prices."""
    await socket.say(op="subscribe", channels=[name])
    return await socket.hear()


def test_everybody_is_told_when_the_market_is_closed_by_hand(world, key):
    operator = world.alice.__class__.objects.create_user("root@example.com", role=Role.SUPERADMIN)

    async def scene():
        async with line(key) as socket:
            await socket.say(op="ping")
            await socket.hear()
            await in_books(override.impose)(is_open=False, reason="A test of the bell", by=operator, clock=world.clock)
            told = await socket.hear_until(lambda message: message["type"] == "market")
            assert (told[-1]["is_open"], told[-1]["overridden"], told[-1]["reason"]) == (
                False,
                True,
                "A test of the bell",
            )

    play(scene)
