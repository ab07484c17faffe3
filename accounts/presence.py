"""When a person was last here, kept to the minute."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q

from accounts.models import User
from arbion.lib.clock import SYSTEM, Clock

SEEN_EVERY = timedelta(minutes=1)


def note_seen(user: User, *, clock: Clock = SYSTEM) -> None:
    """Remember that the person was here; one write a minute at most, even from many processes."""
    now = clock.now()
    if user.pk is None or (user.seen_at is not None and now - user.seen_at < SEEN_EVERY):
        return
    due = Q(seen_at__isnull=True) | Q(seen_at__lte=now - SEEN_EVERY)
    User.objects.filter(due, pk=user.pk).update(seen_at=now)
    user.seen_at = now
