"""What people are told of their repeating orders: what was not placed and why, and that one was paused or has ended.

What was placed is told when it fills, as every order that nobody waits for.
"""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from accounts.models import Urgency
from accounts.notifications import notify
from trading.models import RepeatingOrder, RepeatingRun, RunState

KIND = "repeating"


def not_placed(repeating: RepeatingOrder, run: RepeatingRun, *, at: datetime) -> None:
    """One time was refused, missed, or left out for another reason than a holiday."""
    title = {
        RunState.DENIED: "a repeating order was refused",
        RunState.MISSED: "a repeating order was missed",
    }.get(RunState(run.state), "a repeating order was left out")
    day = f"{run.day.day} {run.day:%B}"
    body = f"Due on {day} in “{repeating.account.name}”, not placed. {run.reason}"
    link = reverse("trading:order", args=[run.order_id]) if run.order_id else _link(repeating)
    _tell(repeating, title, body, Urgency.WARNING, link=link, key=f"repeat:{repeating.pk}:{run.day}", at=at)


def paused(repeating: RepeatingOrder, *, at: datetime) -> None:
    """It was paused, and not by the person."""
    body = f"{repeating.reason} Nothing is placed until you resume it."
    key = f"repeat:{repeating.pk}:paused:{at.isoformat()}"
    _tell(repeating, "a repeating order was paused", body, Urgency.WARNING, link=_link(repeating), key=key, at=at)


def ended(repeating: RepeatingOrder, *, at: datetime) -> None:
    """It has ended by itself."""
    key = f"repeat:{repeating.pk}:ended"
    _tell(
        repeating, "a repeating order has ended", repeating.reason, Urgency.INFO, link=_link(repeating), key=key, at=at
    )


def _tell(
    repeating: RepeatingOrder, what: str, body: str, urgency: Urgency, *, link: str, key: str, at: datetime
) -> None:
    title = f"{repeating.instrument.symbol}: {what}"
    notify(repeating.user, kind=KIND, title=title, body=body, urgency=urgency, link=link, key=key, at=at)


def _link(repeating: RepeatingOrder) -> str:
    return reverse("trading:repeating_one", args=[repeating.pk])
