"""An alert that was asked for in words: shown before it is set, and set."""

from __future__ import annotations

from django.db import transaction

from accounts.models import User
from arbion.domain.enums import Source
from arbion.lib.clock import Clock
from marketdata.conditions.words import figure, waits_for
from trading import alerts
from trading.conditions import asking
from trading.desk.steps import AlertStep, Json
from trading.models import Alert, Proposal


def show_alert(step: AlertStep, *, user: User, clock: Clock) -> Json:
    """What would be watched, and how it stands now. Raises what setting it would raise."""
    with transaction.atomic():
        alert = set_alert(step, user=user, clock=clock)
        words = waits_for(step.when, baseline=alert.baseline)
        # Nothing of a look stays.
        transaction.set_rollback(True)
    at = clock.now()
    seen = asking.figure_now(asking.ask(step.when, account=step.account, at=at), account=step.account, at=at)
    now = None if seen is None else figure(step.when.metric, seen)
    return {"kind": "alert", "when": step.when.body(), "when_in_words": words, "now": now}


def set_alert(step: AlertStep, *, user: User, clock: Clock) -> Alert:
    """Set the alert; the same step is the same alert."""
    made = alerts.create(user, step.account, step.when, source=Source.DESK, client_key=step.key, clock=clock)
    return made.alert


def alerts_of(proposal: Proposal) -> list[Alert]:
    """The alerts that a proposal set and that are still there."""
    rows = Alert.objects.filter(user_id=proposal.user_id, client_key__startswith=f"desk:{proposal.pk}:")
    return list(rows.select_related("instrument", "account").order_by("created_at"))
