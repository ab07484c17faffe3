"""The inbox: the row is the message; what is sent is a hint to the person's open pages."""

from __future__ import annotations

from accounts.models import ChannelName
from accounts.notifications.port import Channel, Message
from arbion.lib import bus

HINT = "inbox.changed"


class Inside(Channel):
    """Rings the bell of the person's open pages; twice is as good as once."""

    name = ChannelName.INSIDE
    is_idempotent = True

    def is_ready(self) -> bool:
        """Always: it is this site."""
        return True

    def send(self, message: Message) -> None:
        """Hint to all of the person's sockets; who has none finds the row in the inbox."""
        bus.publish(bus.person_group(message.user_id), {"type": HINT, "id": message.notification_id})
