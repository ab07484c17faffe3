"""What people are told of limits: that one allows more than before, which only its owner or an operator should do."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.urls import reverse

from accounts.models import Urgency, User
from accounts.notifications import notify_people, operators
from arbion.domain.numbers import plain
from riskdesk.models import LimitName


def loosened(
    name: LimitName, *, owner: User | None, subject: str, value: Decimal | None, actor: User, at: datetime
) -> None:
    """A limit allows more than before: told to the person whose it is, of the house's to who runs the place."""
    now = "taken away" if value is None else f"now {plain(value)}"
    whose = "of the house" if owner is None else "of yours"
    body = f"{name.label}: {now}. Set by {actor.email}. If that was not meant, set it back at once."
    notify_people(
        operators() if owner is None else [owner], kind="limit", title=f"A limit {whose} allows more", body=body,
        urgency=Urgency.WARNING, link=reverse("trading:risk"), key=f"{subject}:{at.isoformat()}", at=at,
    )  # fmt: skip
