"""The one port through which people are reached: what a channel takes, and the three ways in which it can fail."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from accounts.models import ChannelName


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One notice, ready to be carried: plain text everywhere; `link` is a whole address or empty."""

    user_id: int
    notification_id: str
    address: str
    title: str
    body: str
    urgency: str
    kind: str
    link: str
    at: datetime


class ChannelFault(Exception):
    """A message did not get through, or not for certain."""


class Unavailable(ChannelFault):
    """Not delivered, and that is certain: it may be tried again, not before `retry_after` seconds."""

    def __init__(self, reason: str, *, retry_after: int = 0) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Refused(ChannelFault):
    """Not delivered, and never will be; `is_dead` says that the destination takes nothing any more."""

    def __init__(self, reason: str, *, is_dead: bool = False) -> None:
        super().__init__(reason)
        self.is_dead = is_dead


class Lost(ChannelFault):
    """The answer was lost: the message may have arrived, so it is never sent again."""


class Channel(ABC):
    """One way to reach people. Knows no table; is called outside every transaction."""

    name: ClassVar[ChannelName]
    # Whether the same message twice is as good as once: only then may a lost attempt be repeated.
    is_idempotent: ClassVar[bool] = False

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether this installation has what the channel needs."""

    @abstractmethod
    def send(self, message: Message) -> None:
        """Carry one message. Raises Unavailable, Refused or Lost; anything else counts as Lost."""
