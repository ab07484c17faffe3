"""Channels that only remember or fail on purpose, and a clock; the cast is that of the accounts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import ChannelName, Delivery, Notification
from accounts.notifications import notify, registry
from accounts.notifications.port import Channel, Message
from arbion.lib.clock import FrozenClock
from tests.accounts.conftest import _fast_hashes, ada, alice, bob, browser_of, make_person, program_of, sue

__all__ = ["_fast_hashes", "ada", "alice", "bob", "browser_of", "make_person", "program_of", "sue"]

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class FakeChannel(Channel):
    """Remembers what it carried; `fault` is raised instead, and `raises_after` lets the message through first."""

    def __init__(self, name: ChannelName, *, is_idempotent: bool = False) -> None:
        self.name, self.is_idempotent = name, is_idempotent
        self.carried: list[Message] = []
        self.calls = 0
        self.fault: BaseException | None = None
        self.is_up = True

    def is_ready(self) -> bool:
        return self.is_up

    def send(self, message: Message) -> None:
        self.calls += 1
        if self.fault is not None:
            raise self.fault
        self.carried.append(message)


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(NOON)


@pytest.fixture
def channels(monkeypatch) -> dict[str, FakeChannel]:
    """Every channel, as a fake."""
    fakes = {name.value: FakeChannel(name, is_idempotent=name == ChannelName.INSIDE) for name in ChannelName}
    monkeypatch.setattr(registry, "CHANNELS", fakes)
    return fakes


def tell(user, *, key: str = "k", urgency: str = "warning", kind: str = "stop", at: datetime = NOON, **more):
    """A notice with as little as it needs."""
    facts = {"title": "A stop fired", "body": "AAPL at 180.00"} | more
    return notify(user, kind=kind, urgency=urgency, key=key, at=at, **facts)


def state(channel: str = "email") -> tuple[str, int]:
    """Where the one delivery of the channel stands, and how often it was tried."""
    row = Delivery.objects.get(channel=channel)
    return row.status, row.attempts


def rows() -> tuple[int, int]:
    """How many notices and deliveries there are."""
    return Notification.objects.count(), Delivery.objects.count()


def later(clock: FrozenClock, **span: float) -> None:
    """Move the clock on."""
    clock.at += timedelta(**span)
