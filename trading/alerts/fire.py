"""An alert that comes true: told once, in the transaction that marks it."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from accounts.models import Urgency
from accounts.notifications import notify
from arbion.domain.numbers import EXACT, QUANTITY_UNIT
from arbion.lib.clock import SYSTEM, Clock
from marketdata.conditions.words import came_true, waits_for, with_time
from trading.announce import announce
from trading.conditions.level import Level
from trading.conditions.sighting import Sighting
from trading.locks import lock_account
from trading.models import Alert, AlertStatus, Repeat

KIND = "alert"


@transaction.atomic
def fire(alert_id: UUID, account_id: int, *, version: int, seen: Sighting, clock: Clock = SYSTEM) -> bool:
    """Tell the person and mark the alert; False where it was changed meanwhile, is off, or told a moment ago."""
    lock_account(account_id)
    row = Alert.objects.select_related("instrument", "user", "account").filter(pk=alert_id).first()
    if row is None or row.version != version or row.status != AlertStatus.ACTIVE or not row.is_armed:
        return False
    at = clock.now()
    if not row.user.is_active or rests(row.fired_at, row.cooldown_seconds, at):
        return False
    words = came_true(row.condition, seen=seen.figure, price=seen.price, start=seen.start)
    row.fires += 1
    row.fired_at, row.fired_value = at, seen.figure.quantize(QUANTITY_UNIT, context=EXACT)
    row.fired_words = with_time(words, seen.at)[:200]
    row.is_armed = False
    if row.repeat == Repeat.ONCE:
        row.status = AlertStatus.FIRED
    _keep(row, at=at)
    note = f" {row.note}" if row.note else ""
    notify(
        row.user, kind=KIND, title=words, body=f"{row.fired_words}.{note}", urgency=Urgency.WARNING,
        link=reverse("trading:alerts"), key=f"alert:{row.pk}:{row.fires}", at=at,
    )  # fmt: skip
    return True


@transaction.atomic
def rearm(alert_id: UUID, account_id: int, *, version: int, level: Level, figure: Decimal, clock: Clock) -> bool:
    """Let an alert that tells each time tell again, now that its condition is untrue."""
    lock_account(account_id)
    row = Alert.objects.filter(pk=alert_id, version=version, status=AlertStatus.ACTIVE, is_armed=False).first()
    if row is None or level.is_reached(figure):
        return False
    row.is_armed = True
    _keep(row, at=clock.now())
    return True


@transaction.atomic
def expire(alert_id: UUID, account_id: int, *, clock: Clock = SYSTEM) -> bool:
    """End an alert whose time is over."""
    lock_account(account_id)
    at = clock.now()
    row = Alert.objects.filter(pk=alert_id, status=AlertStatus.ACTIVE, expires_at__lte=at).first()
    if row is None:
        return False
    row.status = AlertStatus.EXPIRED
    _keep(row, at=at)
    return True


def rests(fired_at: datetime | None, cooldown_seconds: int, at: datetime) -> bool:
    """Whether it told so short a time ago that it does not tell again yet."""
    return fired_at is not None and at - fired_at < timedelta(seconds=cooldown_seconds)


def in_words(alert: Alert) -> str:
    """What it waits for."""
    return waits_for(alert.condition, baseline=alert.baseline)


def _keep(row: Alert, *, at: datetime) -> None:
    row.version += 1
    row.updated_at = at
    row.save()
    announce(row.user_id)
