"""The channels of this installation, by name."""

from __future__ import annotations

from collections.abc import Mapping

from accounts.models import ChannelName
from accounts.notifications.channels.inside import Inside
from accounts.notifications.channels.mail import Mail
from accounts.notifications.channels.push import Push
from accounts.notifications.channels.telegram import Telegram
from accounts.notifications.port import Channel

CHANNELS: Mapping[str, Channel] = {channel.name: channel for channel in (Inside(), Mail(), Telegram(), Push())}


def ready() -> frozenset[ChannelName]:
    """The channels that have what they need here."""
    return frozenset(channel.name for channel in CHANNELS.values() if channel.is_ready())
