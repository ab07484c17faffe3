"""Telling somebody something: the row and what is to be sent are written with the event, and sent after its commit."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.models import ChannelName, Delivery, Destination, Notification, Urgency, User
from accounts.notifications import outbox, preferences, registry
from accounts.notifications.preferences import Preferences
from accounts.roles import Ability, can
from accounts.services import has_confirmed_address, is_reserved
from arbion.domain.enums import Role
from arbion.lib.commit import after_commit
from arbion.lib.ids import new_id

TITLE_MAX, BODY_MAX, LINK_MAX, KEY_MAX = 120, 1000, 200, 120
_KIND = re.compile(r"[a-z][a-z0-9_]{0,39}")


def notify(
    user: User,
    *,
    kind: str,
    title: str,
    body: str,
    urgency: str,
    link: str = "",
    key: str,
    at: datetime,
) -> Notification | None:
    """Tell a person something once: the row, and one delivery a channel that they chose, in the caller's transaction.

    `kind` is a snake_case word (those that a person may mute are `preferences.KINDS`), `urgency` one of `Urgency`,
    `link` a path of this site. `key` names the event: the second call with the same person and key writes nothing and
    answers None, from whichever process it comes. Words that are too long are cut. Raises ValueError for a kind,
    urgency, link or key that cannot be meant; that is a mistake in the program.
    """
    told = _tell([user], kind=kind, title=title, body=body, urgency=urgency, link=link, key=key, at=at)
    return told[0] if told else None


def notify_people(
    people: Iterable[User], *, kind: str, title: str, body: str, urgency: str, link: str = "", key: str, at: datetime
) -> list[Notification]:
    """Tell several people the same, each once, as `notify` does; answers the rows that are new."""
    known = sorted({user.pk: user for user in people}.values(), key=lambda user: user.pk)
    return _tell(known, kind=kind, title=title, body=body, urgency=urgency, link=link, key=key, at=at)


def notify_operators(
    *, kind: str, title: str, body: str, urgency: str, link: str = "", key: str, at: datetime
) -> list[Notification]:
    """Tell everybody who runs the place, as `notify` does; answers the rows that are new."""
    return _tell(operators(), kind=kind, title=title, body=body, urgency=urgency, link=link, key=key, at=at)


def operators() -> list[User]:
    """Everybody who runs the place."""
    people = User.objects.filter(is_active=True).exclude(role=Role.STANDARD).order_by("pk")
    return [user for user in people if can(user, Ability.OPERATE)]


def _tell(
    people: list[User], *, kind: str, title: str, body: str, urgency: str, link: str, key: str, at: datetime
) -> list[Notification]:
    facts = {
        "key": _key(key),
        "kind": _checked_kind(kind),
        "urgency": Urgency(urgency).value,
        "title": _cut(" ".join(title.split()), TITLE_MAX),
        "body": _cut(body.strip(), BODY_MAX),
        "link": _checked_link(link),
        "at": at,
    }
    wanted = [Notification(public_id=new_id(), user=user, **facts) for user in people]
    with transaction.atomic():
        # Where another process has written the same key the database leaves ours out, and waits for that one to end.
        Notification.objects.bulk_create(wanted, ignore_conflicts=True)
        written = Notification.objects.filter(public_id__in=[notice.public_id for notice in wanted])
        ours = dict(written.values_list("public_id", "pk"))
        told = [notice for notice in wanted if notice.public_id in ours]
        for notice in told:
            notice.pk = ours[notice.public_id]
        Delivery.objects.bulk_create(_deliveries(told))
        # A process that must not wait for a mail server leaves the sending to the outbox's own rounds.
        for notice in () if settings.NOTICES_WAIT else told:
            after_commit(outbox.send_notice, notice.pk)
    return told


def _deliveries(notices: list[Notification]) -> Iterable[Delivery]:
    """What is to be sent: to the inbox always, elsewhere as each person chose and can be reached."""
    people = [notice.user for notice in notices]
    chosen = preferences.of_many(people)
    ready = registry.ready()
    places: dict[int, list[Destination]] = {}
    for place in Destination.objects.filter(user__in=people, dead_at=None):
        places.setdefault(place.user_id, []).append(place)
    for notice in notices:
        yield Delivery(notification=notice, channel=ChannelName.INSIDE, due_at=notice.at)
        channels = _reachable(notice, chosen[notice.user_id]) & ready
        if ChannelName.EMAIL in channels and _has_mailbox(notice.user):
            yield Delivery(notification=notice, channel=ChannelName.EMAIL, due_at=notice.at)
        for place in places.get(notice.user_id, ()):
            if place.channel in channels:
                yield Delivery(notification=notice, channel=place.channel, destination=place, due_at=notice.at)


def _reachable(notice: Notification, chosen: Preferences) -> frozenset[str]:
    return chosen.chosen(urgency=notice.urgency, kind=notice.kind) if notice.user.is_active else frozenset()


def _has_mailbox(user: User) -> bool:
    """Whether mail to this person goes to somebody who proved that the address is theirs, where that is asked for."""
    return not is_reserved(user.email) and has_confirmed_address(user)


def _key(key: str) -> str:
    if not key or "\0" in key:
        raise ValueError("a notice needs a key that names its event")
    if len(key) <= KEY_MAX:
        return key
    return f"{key[:55]} {hashlib.sha256(key.encode()).hexdigest()}"


def _checked_kind(kind: str) -> str:
    if not _KIND.fullmatch(kind):
        raise ValueError(f"{kind!r} is no kind: write one word in snake_case")
    return kind


def _checked_link(link: str) -> str:
    is_path = link.startswith("/") and len(link) <= LINK_MAX and link.isprintable()
    if link and not (is_path and url_has_allowed_host_and_scheme(link, allowed_hosts=None)):
        raise ValueError("a notice links to a path of this site")
    return link


def _cut(text: str, most: int) -> str:
    """Printable text of at most so many characters; what is left out is shown by an ellipsis."""
    clean = "".join(letter for letter in text if letter == "\n" or letter.isprintable())
    return clean if len(clean) <= most else f"{clean[: most - 1]}…"
