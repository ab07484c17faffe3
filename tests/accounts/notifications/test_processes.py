"""Many at once: one key is one row, one delivery is one message, and a kill sends nothing twice."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest
from django.db import connection, connections, transaction

from accounts.models import ChannelName, Delivery, Notification
from accounts.notifications import notify, outbox, registry
from accounts.notifications.port import Channel, Message
from arbion.lib.clock import FrozenClock
from tests.accounts.notifications.conftest import NOON, FakeChannel, later, tell

HANDS = 8


def at_once(work) -> list[object]:
    """The work in as many threads, all beginning together; what each answered or raised."""
    start, answers = threading.Barrier(HANDS), []

    def run(number: int) -> None:
        start.wait()
        try:
            answers.append(work(number))
        except Exception as error:  # noqa: BLE001  looked at by the test
            answers.append(error)
        finally:
            connections.close_all()

    connection.close()
    threads = [threading.Thread(target=run, args=(number,)) for number in range(HANDS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


@pytest.mark.django_db(transaction=True)
def test_one_key_told_by_many_at_once_is_one_notice(alice, channels, monkeypatch) -> None:
    monkeypatch.setattr("accounts.notifications.notices.after_commit", lambda *_: None)
    told = at_once(lambda number: tell(alice, key="same", title=f"by {number}"))
    assert len([one for one in told if isinstance(one, Notification)]) == 1
    assert told.count(None) == HANDS - 1
    assert (Notification.objects.count(), Delivery.objects.count()) == (1, 2)


@pytest.mark.django_db(transaction=True)
def test_a_notice_whose_writer_rolled_back_is_written_by_the_next(alice, channels, monkeypatch) -> None:
    """On PostgreSQL the others wait for the first to end, and one of them takes its place."""
    monkeypatch.setattr("accounts.notifications.notices.after_commit", lambda *_: None)

    def work(number: int) -> object:
        with transaction.atomic():
            told = tell(alice, key="same")
            if number < HANDS // 2:
                transaction.set_rollback(True)
                return "rolled back"
        return told

    told = at_once(work)
    assert [one for one in told if isinstance(one, Exception)] == []
    assert len([one for one in told if isinstance(one, Notification)]) == 1
    assert (Notification.objects.count(), Delivery.objects.count()) == (1, 2)


@pytest.mark.django_db(transaction=True)
def test_many_senders_at_once_send_each_delivery_once(alice, channels, monkeypatch) -> None:
    monkeypatch.setattr("accounts.notifications.notices.after_commit", lambda *_: None)
    for number in range(20):
        tell(alice, key=str(number))
    sent = at_once(lambda number: outbox.send_due(clock=FrozenClock(NOON)))
    assert sum(one for one in sent if isinstance(one, int)) == 40
    assert sorted(message.notification_id for message in channels["email"].carried) == sorted(
        str(row.public_id) for row in Notification.objects.all()
    )


class Fatal(Channel):
    """Dies in the middle like a process that is killed, before or after the message left."""

    name = ChannelName.EMAIL

    def __init__(self, log: Path, *, when: str) -> None:
        self.log, self.when = log, when

    def is_ready(self) -> bool:
        return True

    def send(self, message: Message) -> None:
        if self.when == "after":
            with self.log.open("a") as file:
                file.write("sent\n")
        os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.kill
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_process_killed_in_the_middle_never_leads_to_a_second_message(
    alice, channels, monkeypatch, tmp_path, when: str
) -> None:
    monkeypatch.setattr("accounts.notifications.notices.after_commit", lambda *_: None)
    tell(alice)
    log = tmp_path / "log"
    connections.close_all()
    child = os.fork()
    if child == 0:
        registry.CHANNELS = {"inside": FakeChannel(ChannelName.INSIDE), "email": Fatal(log, when=when)}
        outbox.send_due(clock=FrozenClock(NOON))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    assert Delivery.objects.get(channel="email").status == "sending"
    clock = FrozenClock(NOON)
    for _ in range(3):
        later(clock, minutes=5)
        outbox.send_due(clock=clock)
    assert channels["email"].calls == 0
    assert Delivery.objects.get(channel="email").status == "unknown"
    assert (log.read_text() if log.exists() else "").count("sent") == (1 if when == "after" else 0)


@pytest.mark.django_db(transaction=True)
def test_each_of_two_people_is_told(alice, bob, channels) -> None:
    facts = {"kind": "halt", "title": "x", "body": "", "urgency": "info", "key": "1", "at": NOON}
    told = [notify(person, **facts) for person in (alice, bob)]
    assert [one.user for one in told if one is not None] == [alice, bob]
