"""Linking a chat: a one-time code, heard by the bot, used once, before it is too old; and whose a place is."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from accounts.models import ChannelName, Destination, LinkCode
from accounts.notifications import linking, places
from accounts.notifications.channels.telegram import Telegram
from arbion.domain.errors import NotFound
from tests.accounts.notifications.conftest import NOON, later
from tests.lib.servers import Far, far

pytestmark = pytest.mark.django_db


class Bot:
    """Telegram's side: updates that are let go of once somebody asks for what comes after them."""

    def __init__(self, server: Far) -> None:
        self.updates: list[dict] = []
        self.said: list[dict] = []
        server.answer = self.answer
        self.channel = Telegram(server.door(), server.url)
        self.server = server

    def hear(self, text: str, *, chat: int = 42, kind: str = "private", number: int | None = None) -> None:
        number = number or 100 + len(self.updates)
        message = {"chat": {"id": chat, "type": kind}, "from": {"username": "alice_t"}, "text": text}
        self.updates.append({"update_id": number, "message": message})

    def answer(self, asked) -> tuple[int, dict[str, str], bytes]:
        body = json.loads(asked.body)
        result: object = {}
        if asked.path.endswith("/getUpdates"):
            self.updates = [update for update in self.updates if update["update_id"] >= body["offset"]]
            result = self.updates[: body["limit"]]
        else:
            self.said.append(body)
        return 200, {}, json.dumps({"ok": True, "result": result}).encode()


@pytest.fixture
def bot(tmp_path, settings) -> Iterator[Bot]:
    settings.TELEGRAM_BOT_TOKEN = "1:x"
    with far(tmp_path) as server:
        yield Bot(server)


def address_of_the_only_place() -> str | None:
    return places.address_of(Destination.objects.get())


def test_the_code_links_the_chat_once(alice, bot: Bot, clock) -> None:
    code = places.new_code(alice, at=NOON)
    bot.hear("hello")
    bot.hear(f"/start {code}")
    assert linking.listen(bot=bot.channel, clock=clock) == 1
    place = Destination.objects.get()
    assert (place.user, place.channel, place.label, address_of_the_only_place()) == (alice, "telegram", "alice_t", "42")
    assert bot.updates == []
    assert [said["chat_id"] for said in bot.said] == ["42"]
    assert not LinkCode.objects.exists()
    assert places.redeem(code, chat="43", label="x", at=NOON) is None


def test_nobody_waiting_means_that_the_bot_is_not_asked(alice, bot: Bot, clock) -> None:
    assert linking.listen(bot=bot.channel, clock=clock) == 0
    places.new_code(alice, at=NOON)
    later(clock, minutes=11)
    assert linking.listen(bot=bot.channel, clock=clock) == 0
    assert bot.server.asked == []


def test_a_code_is_good_for_ten_minutes(alice, bot: Bot, clock) -> None:
    code = places.new_code(alice, at=NOON)
    later(clock, minutes=10)
    assert places.redeem(code, chat="42", label="x", at=clock.now()) is None
    assert not Destination.objects.exists()


def test_a_new_code_takes_the_old_one_back(alice) -> None:
    old, new = places.new_code(alice, at=NOON), places.new_code(alice, at=NOON)
    assert places.redeem(old, chat="42", label="x", at=NOON) is None
    assert places.redeem(new, chat="42", label="x", at=NOON) == alice


@pytest.mark.parametrize("text", ["/start", "/start ", "/start wrong", "CODE", "/stop CODE", "start CODE"])
def test_other_words_link_nothing(alice, bot: Bot, clock, text: str) -> None:
    code = places.new_code(alice, at=NOON)
    bot.hear(text.replace("CODE", code))
    assert linking.listen(bot=bot.channel, clock=clock) == 0
    assert not Destination.objects.exists()
    assert LinkCode.objects.count() == 1


def test_a_group_is_never_linked(alice, bot: Bot, clock) -> None:
    bot.hear(f"/start {places.new_code(alice, at=NOON)}", chat=-5, kind="group")
    assert linking.listen(bot=bot.channel, clock=clock) == 0
    assert not Destination.objects.exists()


def test_odd_updates_are_passed_over(alice, bot: Bot, clock) -> None:
    bot.updates = [{"update_id": 1}, {"update_id": 2, "message": {"chat": 5}}, {"update_id": 3, "message": None}]
    bot.hear(f"/start {places.new_code(alice, at=NOON)}", number=4)
    assert linking.listen(bot=bot.channel, clock=clock) == 1


def test_a_bot_that_cannot_be_heard_is_no_accident(alice, bot: Bot, clock) -> None:
    places.new_code(alice, at=NOON)
    bot.server.answer = lambda _: None
    assert linking.listen(bot=bot.channel, clock=clock) == 0


def test_neither_code_nor_address_lies_open_in_the_tables(alice) -> None:
    code = places.new_code(alice, at=NOON)
    assert code not in str(LinkCode.objects.values())
    places.add(user=alice, channel=ChannelName.TELEGRAM, address="5550142", label="phone", at=NOON)
    assert "5550142" not in str(Destination.objects.values())


def test_a_sealed_address_moved_to_another_row_does_not_open(alice, bob) -> None:
    first = places.add(user=alice, channel=ChannelName.TELEGRAM, address="1", label="a", at=NOON)
    second = places.add(user=bob, channel=ChannelName.TELEGRAM, address="2", label="b", at=NOON)
    second.sealed = first.sealed
    assert places.address_of(second) is None


def test_a_chat_belongs_to_whoever_showed_last_that_it_is_theirs(alice, bob) -> None:
    places.add(user=alice, channel=ChannelName.TELEGRAM, address="1", label="a", at=NOON)
    places.add(user=bob, channel=ChannelName.TELEGRAM, address="1", label="b", at=NOON)
    assert [place.user for place in Destination.objects.all()] == [bob]


def test_there_is_room_for_ten_places(alice) -> None:
    for number in range(places.PLACES_MAX):
        places.add(user=alice, channel=ChannelName.TELEGRAM, address=str(number), label="a", at=NOON)
    with pytest.raises(places.TooManyPlaces):
        places.add(user=alice, channel=ChannelName.TELEGRAM, address="x", label="a", at=NOON)
    assert Destination.objects.count() == places.PLACES_MAX


def test_another_persons_place_is_not_there(alice, bob) -> None:
    place = places.add(user=alice, channel=ChannelName.TELEGRAM, address="1", label="a", at=NOON)
    with pytest.raises(NotFound):
        places.remove(user=bob, public_id=place.public_id)
    assert Destination.objects.count() == 1
