"""Sending what was written: each delivery at most once, tried again only where it certainly did not arrive.

A delivery is marked as being sent in a commit of its own, with a deadline, before its channel is called. Whoever dies
in between leaves the mark behind, and after the deadline it counts as an answer that was lost: nobody knows whether
the message arrived, so it stays unsent rather than come twice. Only the inbox, where twice is as good as once, is
tried again.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from accounts.models import ChannelName, Delivery, DeliveryStatus, Destination, Notification
from accounts.notifications import places, preferences, registry
from accounts.notifications.port import Channel, Lost, Message, Refused, Unavailable
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.commit import deferrable
from arbion.lib.transport import outside_transaction

logger = logging.getLogger(__name__)

# Longer than any channel's call can last, so that nothing is on its way when an attempt counts as lost.
ATTEMPT = timedelta(seconds=90)
TRIES_MAX = 6
FIRST_WAIT = timedelta(seconds=30)
A_LOOK_MAX = 200
LOOK_SECONDS = 60
KEPT = timedelta(days=180)


@deferrable
def send_notice(notification_id: int) -> None:
    """Send what one notice has waiting: the hint that follows its commit."""
    _send_all(list(_waiting().filter(notification=notification_id).order_by("pk")), clock=SYSTEM)


def send_due(*, clock: Clock = SYSTEM) -> int:
    """Send what is due, what a lost hint left behind too; answers how many were sent. Bounded in number and time."""
    note_lost(clock=clock)
    return _send_all(list(_waiting().filter(due_at__lte=clock.now()).order_by("due_at")[:A_LOOK_MAX]), clock=clock)


def _waiting() -> QuerySet[Delivery]:
    rows = Delivery.objects.filter(status=DeliveryStatus.WAITING)
    return rows.select_related("notification__user", "destination__user")


def note_lost(*, clock: Clock = SYSTEM) -> int:
    """Settle attempts whose deadline has passed without a word; answers how many."""
    now = clock.now()
    overdue = Delivery.objects.filter(status=DeliveryStatus.SENDING, due_at__lte=now)
    repeatable = [name for name, channel in registry.CHANNELS.items() if channel.is_idempotent]
    again = overdue.filter(channel__in=repeatable, attempts__lt=TRIES_MAX).update(status=DeliveryStatus.WAITING)
    return again + overdue.update(status=DeliveryStatus.UNKNOWN, ended_at=now, reason="whoever sent it was interrupted")


def prune(*, clock: Clock = SYSTEM) -> int:
    """Delete notices that are past keeping, with their deliveries."""
    return Notification.objects.filter(at__lt=clock.now() - KEPT).delete()[0]


def _send_all(rows: list[Delivery], *, clock: Clock) -> int:
    """Send these, but leave a channel alone for now that could not be reached."""
    outside_transaction()
    until = time.monotonic() + LOOK_SECONDS
    down: set[str] = set()
    sent = 0
    for row in rows:
        if row.channel in down:
            continue
        if time.monotonic() > until:
            break
        status = _send(row, clock=clock)
        sent += status == DeliveryStatus.SENT
        if status == DeliveryStatus.WAITING:
            down.add(row.channel)
    return sent


def _send(row: Delivery, *, clock: Clock) -> DeliveryStatus | None:
    """Send one delivery, if it is still ours to send; what became of it, or None where nothing was tried."""
    notice, now = row.notification, clock.now()
    earliest = preferences.of(notice.user).not_before(now, urgency=notice.urgency)
    if row.channel != ChannelName.INSIDE and earliest > now:
        Delivery.objects.filter(pk=row.pk, status=DeliveryStatus.WAITING).update(due_at=earliest)
        return None
    if not _claim(row, now):
        return None
    channel = registry.CHANNELS.get(row.channel)
    address = _address(row)
    if channel is None or not channel.is_ready() or address is None:
        return _end(row, DeliveryStatus.GIVEN_UP, now, "there is no way to the person on this channel any more")
    return _carry(row, channel, address, clock=clock)


def _claim(row: Delivery, now: datetime) -> bool:
    """Mark it as being sent, in a commit of its own; False where somebody else was faster."""
    mine = Delivery.objects.filter(pk=row.pk, status=DeliveryStatus.WAITING, attempts=row.attempts)
    row.attempts += 1
    return mine.update(status=DeliveryStatus.SENDING, attempts=row.attempts, due_at=now + ATTEMPT) == 1


def _carry(row: Delivery, channel: Channel, address: str, *, clock: Clock) -> DeliveryStatus:
    try:
        channel.send(_message(row.notification, address))
    except Unavailable as fault:
        return _later(row, fault, clock.now())
    except Refused as fault:
        return _refuse(row, fault, clock.now())
    except Lost as fault:
        return _end(row, DeliveryStatus.UNKNOWN, clock.now(), str(fault))
    return _end(row, DeliveryStatus.SENT, clock.now(), "")


def _message(notice: Notification, address: str) -> Message:
    return Message(
        user_id=notice.user_id,
        notification_id=str(notice.public_id),
        address=address,
        title=notice.title,
        body=notice.body,
        urgency=notice.urgency,
        kind=notice.kind,
        link=f"{settings.PUBLIC_URL.rstrip('/')}{notice.link}" if notice.link else "",
        at=notice.at,
    )


def _address(row: Delivery) -> str | None:
    """Where it goes; None where the person is switched off or the place is gone."""
    person, place = row.notification.user, row.destination
    if row.channel == ChannelName.INSIDE:
        return ""
    if not person.is_active:
        return None
    if row.channel == ChannelName.EMAIL:
        return person.email
    return places.address_of(place) if place is not None and place.dead_at is None else None


def _later(row: Delivery, fault: Unavailable, now: datetime) -> DeliveryStatus:
    """Try again after 30 s, 2 min, 8 min, half an hour and two hours, or when the channel says; then give up."""
    if row.attempts >= TRIES_MAX:
        return _end(row, DeliveryStatus.GIVEN_UP, now, str(fault))
    wait = max(FIRST_WAIT * 4 ** (row.attempts - 1), timedelta(seconds=fault.retry_after))
    _mine(row).update(status=DeliveryStatus.WAITING, due_at=now + wait, reason=str(fault)[:200], ended_at=None)
    return DeliveryStatus.WAITING


@transaction.atomic
def _refuse(row: Delivery, fault: Refused, now: datetime) -> DeliveryStatus:
    """It will never arrive; a place that takes nothing any more is left alone from now on, and the person is told."""
    if fault.is_dead and row.destination is not None:
        is_first = Destination.objects.filter(pk=row.destination.pk, dead_at=None).update(dead_at=now)
        if is_first:
            places.say_that_it_is_dead(row.destination, at=now)
    return _end(row, DeliveryStatus.REFUSED, now, str(fault))


def _end(row: Delivery, status: DeliveryStatus, now: datetime, reason: str) -> DeliveryStatus:
    _mine(row).update(status=status, ended_at=now, reason=reason[:200])
    if status not in {DeliveryStatus.SENT, DeliveryStatus.WAITING}:
        logger.warning("delivery %s by %s: %s (%s)", row.pk, row.channel, status, reason)
    return status


def _mine(row: Delivery) -> QuerySet[Delivery]:
    """The row as this attempt left it: a word that comes late still counts, unless another attempt has begun."""
    still = [DeliveryStatus.SENDING, DeliveryStatus.UNKNOWN]
    return Delivery.objects.filter(pk=row.pk, attempts=row.attempts, status__in=still)
