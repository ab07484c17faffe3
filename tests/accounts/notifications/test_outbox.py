"""Sending: at most once whatever breaks, again only where it certainly did not arrive, quiet hours, dead places."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from django.db import transaction

from accounts.models import ChannelName, Delivery, Destination, Notification
from accounts.notifications import outbox, places, preferences
from accounts.notifications.port import Lost, Refused, Unavailable
from accounts.notifications.preferences import CHOOSABLE, Preferences
from arbion.lib.transport import InsideTransaction
from tests.accounts.notifications.conftest import NOON, later, state, tell

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """The process ends here."""


def test_what_is_due_is_sent_once(alice, channels, clock) -> None:
    tell(alice)
    assert outbox.send_due(clock=clock) == 2
    assert outbox.send_due(clock=clock) == 0
    assert len(channels["email"].carried) == len(channels["inside"].carried) == 1
    assert state() == ("sent", 1)


def test_a_kill_between_the_mark_and_the_call_is_never_sent_again(alice, channels, clock) -> None:
    tell(alice)
    channels["email"].fault = Killed()
    with pytest.raises(Killed):
        outbox.send_due(clock=clock)
    channels["email"].fault = None
    assert state() == ("sending", 1)
    assert outbox.send_due(clock=clock) == 0  # whoever has it may still be at it
    later(clock, seconds=91)
    outbox.send_due(clock=clock)
    assert state() == ("unknown", 1)
    later(clock, days=3)
    outbox.send_due(clock=clock)
    assert channels["email"].calls == 1
    assert channels["email"].carried == []


def test_the_inbox_is_rung_again_after_a_kill(alice, channels, clock) -> None:
    tell(alice, urgency="info")
    channels["inside"].fault = Killed()
    with pytest.raises(Killed):
        outbox.send_due(clock=clock)
    channels["inside"].fault = None
    later(clock, seconds=91)
    assert outbox.send_due(clock=clock) == 1
    assert state("inside") == ("sent", 2)


def test_a_lost_answer_is_never_sent_again(alice, channels, clock) -> None:
    tell(alice)
    channels["email"].fault = Lost("no word")
    outbox.send_due(clock=clock)
    channels["email"].fault = None
    later(clock, days=1)
    outbox.send_due(clock=clock)
    assert (state(), channels["email"].calls) == (("unknown", 1), 1)
    assert Delivery.objects.get(channel="email").reason == "no word"


def test_a_word_that_comes_after_the_deadline_still_counts(alice, channels, clock) -> None:
    tell(alice)
    row = Delivery.objects.select_related("notification__user").get(channel="email")
    assert outbox._claim(row, clock.now())
    later(clock, seconds=91)
    outbox.note_lost(clock=clock)
    assert state() == ("unknown", 1)
    outbox._end(row, "sent", clock.now(), "")
    assert state() == ("sent", 1)


def test_only_one_of_two_claims_a_delivery(alice, channels, clock) -> None:
    tell(alice)
    first, second = (Delivery.objects.get(channel="email") for _ in range(2))
    assert [outbox._claim(first, clock.now()), outbox._claim(second, clock.now())] == [True, False]
    assert state() == ("sending", 1)


def test_unavailable_is_tried_again_ever_later_and_then_given_up(alice, channels, clock) -> None:
    tell(alice)
    channels["email"].fault = Unavailable("no server")
    waits = []
    for _ in range(6):
        outbox.send_due(clock=clock)
        row = Delivery.objects.get(channel="email")
        if row.status != "waiting":
            break
        waits.append(row.due_at - clock.now())
        clock.at = row.due_at - timedelta(seconds=1)
        outbox.send_due(clock=clock)
        assert state() == ("waiting", len(waits))
        clock.at = row.due_at
    assert waits == [timedelta(seconds=seconds) for seconds in (30, 120, 480, 1920, 7680)]
    assert state() == ("given_up", 6)
    channels["email"].fault = None
    later(clock, days=9)
    outbox.send_due(clock=clock)
    assert channels["email"].carried == []


def test_a_channel_says_itself_when_it_wants_to_be_asked_again(alice, channels, clock) -> None:
    tell(alice)
    channels["email"].fault = Unavailable("busy", retry_after=600)
    outbox.send_due(clock=clock)
    assert Delivery.objects.get(channel="email").due_at == clock.now() + timedelta(seconds=600)
    channels["email"].fault = None
    later(clock, seconds=600)
    assert outbox.send_due(clock=clock) == 1
    assert state() == ("sent", 2)


def test_a_channel_that_is_down_is_not_asked_for_everybody(alice, bob, channels, clock) -> None:
    for number, person in enumerate((alice, bob, alice)):
        tell(person, key=str(number))
    channels["email"].fault = Unavailable("no server")
    outbox.send_due(clock=clock)
    assert channels["email"].calls == 1
    assert len(channels["inside"].carried) == 3


def test_a_refusal_is_final_and_a_dead_place_is_left_alone(alice, channels, clock) -> None:
    for address in ("1", "2"):
        places.add(user=alice, channel=ChannelName.TELEGRAM, address=address, label=f"chat {address}", at=NOON)
    dead, good = Destination.objects.order_by("pk")
    for name in ("email", "push"):
        channels[name].is_up = False
    tell(alice)
    channels["telegram"].fault = Refused("bot was blocked", is_dead=True)
    first = Delivery.objects.select_related("notification__user", "destination__user").get(destination=dead)
    outbox._send(first, clock=clock)
    channels["telegram"].fault = None
    outbox.send_due(clock=clock)
    dead.refresh_from_db()
    assert (dead.dead_at, Delivery.objects.get(destination=dead).status) == (clock.now(), "refused")
    assert Delivery.objects.get(destination=good, notification=first.notification).status == "sent"
    tell(alice, key="next")
    assert Delivery.objects.filter(destination=dead).count() == 1
    told = Notification.objects.get(kind="account")
    assert (told.user, told.title) == (alice, "Telegram no longer reaches you")
    assert "chat 1" in told.body


def test_a_refused_message_alone_does_not_kill_its_place(alice, channels, clock) -> None:
    places.add(user=alice, channel=ChannelName.TELEGRAM, address="1", label="chat", at=NOON)
    tell(alice)
    channels["telegram"].fault = Refused("message is too strange")
    outbox.send_due(clock=clock)
    assert state("telegram") == ("refused", 1)
    assert Destination.objects.get().dead_at is None


def test_a_place_that_was_removed_meanwhile_gets_nothing(alice, channels, clock) -> None:
    place = places.add(user=alice, channel=ChannelName.TELEGRAM, address="1", label="chat", at=NOON)
    tell(alice)
    places.remove(user=alice, public_id=place.public_id)
    outbox.send_due(clock=clock)
    assert (state("telegram"), channels["telegram"].calls) == (("given_up", 1), 0)


def test_who_was_switched_off_meanwhile_gets_nothing_outside(alice, channels, clock) -> None:
    tell(alice)
    type(alice).objects.update(is_active=False)
    outbox.send_due(clock=clock)
    assert (state(), channels["email"].calls) == (("given_up", 1), 0)


QUIET = {"time_zone": "Europe/Berlin", "quiet_from": time(22), "quiet_until": time(7)}


@pytest.mark.parametrize(("urgency", "is_held"), [("info", True), ("warning", False), ("critical", False)])
def test_quiet_hours_hold_what_is_for_information(alice, channels, clock, urgency: str, is_held: bool) -> None:
    on = {name: frozenset(CHOOSABLE) for name in ("info", "warning", "critical")}
    preferences.choose(alice, Preferences(channels=on, **QUIET))
    clock.at = NOON.replace(hour=22)  # 23:00 in Berlin
    tell(alice, urgency=urgency, at=clock.now())
    outbox.send_due(clock=clock)
    assert channels["inside"].calls == 1
    assert channels["email"].calls == (0 if is_held else 1)
    clock.at = NOON.replace(day=21, hour=5, minute=59, second=59)
    outbox.send_due(clock=clock)
    assert channels["email"].calls == (0 if is_held else 1)
    clock.at = NOON.replace(day=21, hour=6)  # 07:00 in Berlin
    outbox.send_due(clock=clock)
    assert (state(), channels["email"].calls) == (("sent", 1), 1)


@pytest.mark.django_db(transaction=True)
def test_nothing_is_sent_inside_a_transaction(alice, channels, clock) -> None:
    with transaction.atomic():
        tell(alice)
        with pytest.raises(InsideTransaction):
            outbox.send_due(clock=clock)
    assert [fake.calls for fake in channels.values()] == [1, 1, 0, 0]  # by the hint after the commit
    assert state() == ("sent", 1)


def test_a_look_is_bounded(alice, channels, clock, monkeypatch) -> None:
    monkeypatch.setattr(outbox, "A_LOOK_MAX", 3)
    for number in range(3):
        tell(alice, key=str(number))
    assert [outbox.send_due(clock=clock) for _ in range(3)] == [3, 3, 0]


def test_what_is_past_keeping_is_deleted(alice, channels, clock) -> None:
    tell(alice, key="old", at=NOON - timedelta(days=181))
    tell(alice, key="new")
    outbox.prune(clock=clock)
    assert list(Notification.objects.values_list("key", flat=True)) == ["new"]
    assert Delivery.objects.filter(notification__key="old").count() == 0
