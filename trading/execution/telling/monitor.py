"""What people are told of the stop monitor: that it has fallen silent, and that it is back."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from accounts.models import Urgency
from accounts.notifications import notify_people
from riskdesk.models import Silence
from trading.execution.telling.people import at_stake_and_operators, who_were_told

KIND = "monitor"


def fell_silent(silence: Silence, *, at: datetime) -> None:
    """Nobody watches the stops."""
    since = f"since {silence.last_look_at:%H:%M:%S} UTC" if silence.last_look_at else "yet"
    body = (
        f"The stop monitor has not looked at prices {since}. Stops that wait here do not go off meanwhile, and no "
        "position can be opened. Positions can be closed as always. You are told when it is back."
    )
    notify_people(
        at_stake_and_operators(), kind=KIND, title="Nobody watches the stops", body=body, urgency=Urgency.CRITICAL,
        link=reverse("trading:risk"), key=_key(silence, "began"), at=at,
    )  # fmt: skip


def came_back(silence: Silence, *, is_halted: bool, at: datetime) -> None:
    """Somebody watches them again; told to everybody who was told that nobody did."""
    body = "The stop monitor looks at prices again, and stops go off as they should."
    if is_halted:
        body += " All trading was halted meanwhile; it stays halted until an operator of this house lifts the halt."
    notify_people(
        who_were_told(_key(silence, "began")), kind=KIND, title="The stops are watched again", body=body,
        urgency=Urgency.WARNING, link=reverse("trading:risk"), key=_key(silence, "ended"), at=at,
    )  # fmt: skip


def _key(silence: Silence, what: str) -> str:
    return f"silence:{silence.pk}:{what}"
