"""The places beside the mailbox where a person can be reached: chats that they linked, browsers that subscribed."""

from __future__ import annotations

import hashlib
import logging
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts import audit
from accounts.models import ChannelName, Destination, LinkCode, Urgency, User
from accounts.services import subject_of
from arbion.domain.errors import Conflict, NotFound
from arbion.lib import crypto
from arbion.lib.ids import new_id

logger = logging.getLogger(__name__)

PLACES_MAX = 10
CODE_BYTES = 12
CODE_LASTS = timedelta(minutes=10)


class TooManyPlaces(Conflict):
    """You have linked as many chats and browsers as there is room for: remove one first."""

    code = "too_many_places"


def places_of(user: User) -> QuerySet[Destination]:
    """The person's places, newest first, those too that take nothing any more."""
    return Destination.objects.filter(user=user).order_by("-pk")


@transaction.atomic
def add(*, user: User, channel: ChannelName, address: str, label: str, at: datetime, identity: str = "") -> Destination:
    """Let a place be this person's alone: who showed last that it is theirs has it. Raises TooManyPlaces."""
    digest = _digest(identity or address)  # keys that go with an address may change, and it is still the same place
    Destination.objects.filter(channel=channel, digest=digest).delete()
    if places_of(user).count() >= PLACES_MAX:
        raise TooManyPlaces
    public_id = new_id()
    sealed = crypto.seal(address, context=f"destination:{public_id}")
    place = Destination.objects.create(
        public_id=public_id, user=user, channel=channel, label=label[:80], sealed=sealed, digest=digest, created_at=at
    )
    audit.record(actor=user, action="account.place_added", subject=subject_of(user), data={"channel": str(channel)})
    return place


@transaction.atomic
def remove(*, user: User, public_id: UUID) -> None:
    """Forget a place of the person's. Raises NotFound for anybody else's."""
    place = Destination.objects.filter(user=user, public_id=public_id).first()
    if place is None:
        raise NotFound
    place.delete()
    audit.record(actor=user, action="account.place_removed", subject=subject_of(user), data={"channel": place.channel})


def address_of(place: Destination) -> str | None:
    """The address behind a place; None where it was sealed under a key that is gone."""
    try:
        return crypto.open_sealed(place.sealed, context=f"destination:{place.public_id}")
    except crypto.CannotOpen:
        logger.warning("the address of place %s cannot be opened", place.public_id)
        return None


def say_that_it_is_dead(place: Destination, *, at: datetime) -> None:
    """Tell the person that a place of theirs takes nothing any more, where they still look."""
    from accounts.notifications.notices import notify  # noqa: PLC0415  what tells is built on what sends

    notify(
        place.user,
        kind="account",
        title=f"{place.get_channel_display()} no longer reaches you",
        body=f"“{place.label}” takes no messages, so nothing is sent there any more. Link it again on your profile.",
        urgency=Urgency.WARNING,
        link="/account/profile/",
        key=f"place:{place.public_id}:dead",
        at=at,
    )


@transaction.atomic
def new_code(user: User, *, at: datetime) -> str:
    """A code that links one chat within ten minutes; the one before it is worth nothing from now on."""
    code = secrets.token_urlsafe(CODE_BYTES)
    facts = {"digest": _digest(code), "expires_at": at + CODE_LASTS}
    LinkCode.objects.update_or_create(user=user, defaults=facts)
    return code


def awaits_chat(*, at: datetime) -> bool:
    """Whether anybody holds a code that is still good."""
    return LinkCode.objects.filter(expires_at__gt=at).exists()


@transaction.atomic
def redeem(code: str, *, chat: str, label: str, at: datetime) -> User | None:
    """Link the chat to whoever holds this code, once. None where nobody does any more."""
    held = LinkCode.objects.filter(digest=_digest(code), expires_at__gt=at, user__is_active=True)
    row = held.select_related("user").first()
    if row is None or not LinkCode.objects.filter(pk=row.pk, digest=row.digest).delete()[0]:
        return None
    add(user=row.user, channel=ChannelName.TELEGRAM, address=chat, label=label, at=at)
    return row.user


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
