"""The lines of the conversation: what the person said, what the desk answered, and how far an answer has come."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from accounts.models import User
from arbion.domain.errors import InvalidInput
from arbion.lib.clock import SYSTEM, Clock
from trading.models import LineState, Message, Proposal, Speaker

TEXT_LENGTH_MAX = 1000
HISTORY_LENGTH = 50


def checked(text: str) -> str:
    """What was said, without the space around it. Raises InvalidInput for an empty or overlong sentence."""
    said = text.strip()
    if not said:
        raise InvalidInput.of("text", "required", "Say what you want to do.")
    if len(said) > TEXT_LENGTH_MAX:
        raise InvalidInput.of("text", "too_long", f"Say it in at most {TEXT_LENGTH_MAX} characters.")
    return said


def store_person_line(user: User, text: str, *, at: datetime, key: UUID | None = None) -> Message:
    """Keep what a person said; the same key is the same line, however often it arrives."""
    try:
        with transaction.atomic():
            return Message.objects.create(user=user, speaker=Speaker.PERSON, text=text, key=key, created_at=at)
    except IntegrityError:
        earlier = Message.objects.filter(key=key, user=user).first() if key else None
        if earlier is None:
            raise
        return earlier


def store_desk_line(
    line: Message,
    text: str,
    *,
    at: datetime,
    proposal: Proposal | None = None,
    state: LineState = LineState.DONE,
    details: dict[str, Any] | None = None,
) -> Message:
    """Keep the desk's answer to a line; one that is still worked on (`PENDING`) is finished by `finish_desk_line`."""
    return Message.objects.create(
        user_id=line.user_id,
        speaker=Speaker.DESK,
        text=text,
        answers=line,
        proposal=proposal,
        state=state,
        details=details or {},
        created_at=at,
    )


def finish_desk_line(
    answer: Message,
    text: str,
    *,
    proposal: Proposal | None = None,
    state: LineState = LineState.DONE,
    details: dict[str, Any] | None = None,
) -> bool:
    """End a pending answer; False where somebody else has ended it already."""
    rows = Message.objects.filter(pk=answer.pk, state=LineState.PENDING)
    return bool(rows.update(text=text, proposal=proposal, state=state, details=details or answer.details))


def history(user: User, *, limit: int = HISTORY_LENGTH) -> list[Message]:
    """The newest lines of the conversation, oldest first."""
    return list(reversed(lines_of(user)[:limit]))


def lines_of(user: User, *, words: str = "") -> QuerySet[Message]:
    """The person's lines, newest first, without what they cleared; with `words`, those that have all of them."""
    rows = Message.objects.filter(user=user, archived_at=None).select_related("proposal__account__user")
    for word in words.split():
        rows = rows.filter(text__icontains=word)
    return rows.order_by("-id")


def clear(user: User, *, clock: Clock = SYSTEM) -> int:
    """Put the whole conversation aside: nothing is deleted, it is shown no more. Returns how many lines went."""
    return Message.objects.filter(user=user, archived_at=None).update(archived_at=clock.now())
