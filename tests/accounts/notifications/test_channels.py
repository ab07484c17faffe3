"""Every channel by one suite: what it carries, and what it makes of each way in which the other side can fail."""

from __future__ import annotations

import json
import smtplib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend

from accounts.notifications.channels.inside import Inside
from accounts.notifications.channels.mail import Mail
from accounts.notifications.channels.push import Push
from accounts.notifications.channels.telegram import Telegram
from accounts.notifications.port import Channel, ChannelFault, Lost, Message, Refused, Unavailable
from arbion.lib import bus
from tests.accounts.notifications.conftest import NOON
from tests.lib.servers import far

MESSAGE = Message(
    user_id=7, notification_id="7d1f", address="42", title="A <b>stop</b> fired", body="*AAPL* & _more_\nat 180",
    urgency="warning", kind="stop", link="https://desk.example/orders/", at=NOON,
)  # fmt: skip
TOKEN = "123:canary-of-the-bot"


@dataclass
class Bench:
    """A channel with the other side in our hand."""

    channel: Channel
    carried: Callable[[], list[str]]
    fail: Callable[[str], None]
    faults: dict[str, type[ChannelFault]]


class Server(BaseEmailBackend):
    """A mail server that fails as it is told; what it took is in Django's outbox."""

    fault = ""
    opens = 0

    def open(self) -> bool:
        Server.opens += 1
        if Server.fault == "down":
            raise ConnectionRefusedError
        if Server.fault == "wrong password":
            raise smtplib.SMTPAuthenticationError(535, b"no")
        return True

    def send_messages(self, messages) -> int:
        faults: dict[str, Exception] = {
            "refused": smtplib.SMTPRecipientsRefused({"a": (550, b"no such user")}),
            "later": smtplib.SMTPRecipientsRefused({"a": (450, b"greylisted")}),
            "full": smtplib.SMTPDataError(452, b"too many"),
            "spam": smtplib.SMTPDataError(554, b"no"),
            "cut": smtplib.SMTPServerDisconnected("gone"),
            "slow": TimeoutError(),
            "babble": smtplib.SMTPDataError(-1, b"?"),
        }
        if Server.fault:
            raise faults[Server.fault]
        for message in messages:
            message.message()
            mail.outbox.append(message)
        return len(messages)


@pytest.fixture
def post(settings) -> Bench:
    settings.EMAIL_BACKEND = f"{__name__}.Server"
    Server.fault = ""
    mail.outbox = []
    # Found by its dotted name, whatever this module is called under this import mode.
    import sys

    sys.modules.setdefault(__name__, sys.modules[__name__])
    faults = {
        "down": Unavailable, "wrong password": Unavailable, "later": Unavailable, "full": Unavailable,
        "refused": Refused, "spam": Refused, "cut": Lost, "slow": Lost, "babble": Lost,
    }  # fmt: skip

    def fail(name: str) -> None:
        Server.fault = name

    return Bench(Mail(), lambda: [f"{sent.subject}\n{sent.body}" for sent in mail.outbox], fail, faults)


@pytest.fixture
def chat(tmp_path, settings) -> Iterator[Bench]:
    settings.TELEGRAM_BOT_TOKEN = TOKEN
    with far(tmp_path) as server:
        door = server.door()
        channel = Telegram(door, server.url)
        answers = {
            "down": None,
            "busy": (429, {"ok": False, "description": "Too Many Requests", "parameters": {"retry_after": 7}}),
            "wrong token": (401, {"ok": False, "description": "Unauthorized"}),
            "blocked": (403, {"ok": False, "description": "Forbidden: bot was blocked by the user"}),
            "too long": (400, {"ok": False, "description": "Bad Request: message is too long"}),
            "broken": (502, {"ok": False, "description": "Bad Gateway"}),
            "babble": (200, "<html>"),
            "deep": (200, "[" * 100_000),
            "list": (200, []),
            "moved": (302, ""),
        }

        def fail(name: str) -> None:
            channel.door = server.door(look_up=_nowhere) if name == "down" else door
            if name == "down":
                return
            status, said = answers[name] if name else (200, {"ok": True, "result": {}})
            content = (said if isinstance(said, str) else json.dumps(said)).encode()
            server.answer = (lambda _: None) if name == "cut" else (lambda _: (status, {}, content))

        answers["cut"] = (0, "")
        fail("")
        faults = {
            "down": Unavailable, "busy": Unavailable, "wrong token": Unavailable, "blocked": Refused,
            "too long": Refused, "broken": Lost, "babble": Lost, "deep": Lost, "list": Lost, "moved": Lost, "cut": Lost,
        }  # fmt: skip
        yield Bench(channel, lambda: [json.loads(asked.body)["text"] for asked in server.asked], fail, faults)


@pytest.fixture
def browser(tmp_path) -> Iterator[Bench]:
    from tests.accounts.notifications.test_webpush import Browser

    reader = Browser()
    with far(tmp_path) as server:
        door = server.door()
        channel = AddressedPush(door)
        channel.address = reader.address(f"{server.url}/send/1")
        answers: dict[str, tuple[int, dict[str, str]]] = {
            "": (201, {}), "gone": (410, {}), "unknown": (404, {}), "too large": (413, {}), "not ours": (403, {}),
            "busy": (429, {"Retry-After": "5"}), "resting": (503, {"Retry-After": "9"}), "broken": (503, {}),
            "very broken": (500, {}), "moved": (307, {"Location": "https://elsewhere.example/"}),
        }  # fmt: skip

        def fail(name: str) -> None:
            channel.door = server.door(look_up=_nowhere) if name == "down" else door
            if name == "inner":
                channel.door = server.door(may_reach=lambda address: False)
            server.answer = lambda _: (*answers[name], b"") if name in answers else None

        fail("")
        faults = {
            "down": Unavailable, "busy": Unavailable, "resting": Unavailable, "gone": Refused, "unknown": Refused,
            "too large": Refused, "not ours": Refused, "inner": Refused, "broken": Lost, "very broken": Lost,
            "moved": Lost, "cut": Lost,
        }  # fmt: skip
        yield Bench(
            channel, lambda: [json.loads(reader.open(asked.body))["title"] for asked in server.asked], fail, faults
        )


class AddressedPush(Push):
    """Sends what the suite sends to the browser of the test."""

    address = ""

    def send(self, message: Message) -> None:
        super().send(replace(message, address=self.address))


def _nowhere(host: str, port: int) -> list:
    raise OSError


@pytest.fixture
def room(monkeypatch) -> Bench:
    told: list[str] = []
    monkeypatch.setattr(bus, "publish", lambda group, message: told.append(f"{group} {message}"))
    return Bench(Inside(), lambda: [f"{line} {MESSAGE.title}" for line in told], lambda _: None, {})


@pytest.fixture(params=["post", "chat", "browser", "room"])
def bench(request) -> Bench:
    return request.getfixturevalue(request.param)


@pytest.mark.django_db
def test_it_is_ready_and_carries_the_message_once(bench: Bench) -> None:
    assert bench.channel.is_ready()
    bench.channel.send(MESSAGE)
    (carried,) = bench.carried()
    assert MESSAGE.title in carried


@pytest.mark.django_db
def test_each_failure_is_one_of_the_three(bench: Bench) -> None:
    for name, kind in bench.faults.items():
        bench.fail(name)
        with pytest.raises(ChannelFault) as caught:
            bench.channel.send(MESSAGE)
        assert type(caught.value) is kind, name
        assert TOKEN not in repr(caught.value)
        assert MESSAGE.title not in str(caught.value)


@pytest.mark.django_db
def test_after_a_failure_it_carries_again(bench: Bench) -> None:
    for name in bench.faults:
        if name != "down":
            bench.fail(name)
            with pytest.raises(ChannelFault):
                bench.channel.send(MESSAGE)
    bench.fail("")
    before = len(bench.carried())
    bench.channel.send(MESSAGE)
    assert len(bench.carried()) == before + 1


def test_only_the_inbox_may_be_told_twice() -> None:
    assert [channel.is_idempotent for channel in (Inside(), Mail(), Telegram(), Push())] == [True, False, False, False]


def test_the_mail_is_plain_text_with_a_link(post: Bench) -> None:
    post.channel.send(MESSAGE)
    (sent,) = mail.outbox
    assert (sent.to, sent.content_subtype, hasattr(sent, "alternatives")) == (["42"], "plain", False)
    assert sent.subject == "Arbion: A <b>stop</b> fired"
    assert sent.body.split("\n\n")[-1] == "https://desk.example/orders/\n"
    assert sent.extra_headers["Auto-Submitted"] == "auto-generated"


def test_a_mailbox_that_is_not_there_is_dead_and_a_refused_mail_is_not(post: Bench) -> None:
    for name, is_dead in (("refused", True), ("spam", False)):
        post.fail(name)
        with pytest.raises(Refused) as caught:
            post.channel.send(MESSAGE)
        assert caught.value.is_dead is is_dead


@pytest.mark.django_db
def test_the_chat_gets_plain_text_that_is_not_read_as_markup(chat: Bench) -> None:
    chat.channel.send(MESSAGE)
    assert chat.carried() == ["A <b>stop</b> fired\n\n*AAPL* & _more_\nat 180\n\nhttps://desk.example/orders/"]


@pytest.mark.django_db
def test_a_chat_that_blocked_the_bot_is_dead_and_a_busy_one_says_when(chat: Bench) -> None:
    chat.fail("blocked")
    with pytest.raises(Refused) as refused:
        chat.channel.send(MESSAGE)
    assert refused.value.is_dead
    chat.fail("too long")
    with pytest.raises(Refused) as refused:
        chat.channel.send(MESSAGE)
    assert not refused.value.is_dead
    chat.fail("busy")
    with pytest.raises(Unavailable) as busy:
        chat.channel.send(MESSAGE)
    assert busy.value.retry_after == 7


def test_without_a_token_there_is_no_telegram(settings) -> None:
    settings.TELEGRAM_BOT_TOKEN = ""
    assert not Telegram().is_ready()
