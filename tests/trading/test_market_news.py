"""Every socket is told when the market closes, whatever it listens to."""

from __future__ import annotations

from asgiref.sync import sync_to_async

from accounts.services import create_person
from arbion.domain.enums import Role
from marketdata import override
from tests.trading.line import key_of, line, play


def test_everybody_hears_that_an_operator_closed_the_market(world):
    ada = create_person(email="ada.operates@example.com", password="correct horse battery", role=Role.ADMIN)
    key = key_of(world.alice)

    async def scene():
        async with line(key, host="testserver") as socket:
            await socket.say(op="ping")
            assert await socket.hear() == {"type": "pong"}
            await sync_to_async(override.impose)(is_open=False, reason="A wrong feed", by=ada)
            told = await socket.hear()
            assert (told["type"], told["channel"], told["is_open"]) == ("market", "market", False)
            assert (told["overridden"], told["reason"], told["phase"]) == (True, "A wrong feed", "closed")
            await sync_to_async(override.lift)(by=ada)
            again = await socket.hear()
            assert (again["overridden"], again["reason"]) == (False, None)

    play(scene)
