"""A person's own notices: reading them and marking them as read."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Notification, User
from accounts.notifications.channels.inside import HINT
from arbion.domain.errors import NotFound
from arbion.lib import bus
from arbion.lib.commit import after_commit, deferrable

# What a bell counts up to; beyond it the figure says no more.
COUNTED_MAX = 1_000


def notices_of(user: User, *, unread: bool = False) -> QuerySet[Notification]:
    """The person's notices, newest first."""
    rows = Notification.objects.filter(user=user).order_by("-pk")
    return rows.filter(read_at=None) if unread else rows


def notice_of(user: User, public_id: UUID) -> Notification:
    """One of the person's. Raises NotFound, for anybody else's too."""
    notice = Notification.objects.filter(user=user, public_id=public_id).first()
    if notice is None:
        raise NotFound
    return notice


def unread_count(user: User) -> int:
    """How many notices the person has not read, at most COUNTED_MAX."""
    return Notification.objects.filter(user=user, read_at=None)[:COUNTED_MAX].count()


def mark_read(user: User, public_id: UUID, *, at: datetime) -> Notification:
    """Mark one as read; a second time changes nothing. Raises NotFound."""
    notice = notice_of(user, public_id)
    if Notification.objects.filter(pk=notice.pk, read_at=None).update(read_at=at):
        notice.read_at = at
        after_commit(ring, user.pk)
    return notice


def mark_all_read(user: User, *, at: datetime) -> int:
    """Mark everything up to now as read; answers how many that were."""
    marked = Notification.objects.filter(user=user, read_at=None).update(read_at=at)
    if marked:
        after_commit(ring, user.pk)
    return marked


@deferrable
def ring(user_id: int) -> None:
    """Hint to the person's open pages that the count has changed."""
    bus.publish(bus.person_group(user_id), {"type": HINT, "id": ""})


def stream_message(user: User, notification_id: str = "") -> dict[str, Any]:
    """What a socket is told after a hint: the count, and the notice that it came with, if it is still unread."""
    notice = notices_of(user, unread=True).filter(public_id=notification_id).first() if notification_id else None
    newest = None
    if notice is not None:
        newest = {"id": str(notice.public_id), "urgency": notice.urgency, "title": notice.title, "link": notice.link}
    return {"type": "inbox", "channel": "inbox", "unread": unread_count(user), "notice": newest}
