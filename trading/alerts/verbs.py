"""Making, changing, switching off and deleting an alert."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction

from accounts.models import User
from arbion.domain.enums import Source
from arbion.domain.errors import InvalidInput, NotFound
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.ids import IdSource, new_id
from brokers.models import BrokerAccount
from marketdata.conditions import Condition
from marketdata.conditions.words import came_true
from trading.announce import announce
from trading.conditions import asking
from trading.conditions.asking import Asked
from trading.errors import IdempotencyMismatch
from trading.locks import lock_account
from trading.models import Alert, AlertStatus, Repeat

# Of one person: those that are watched, and those that are kept at all.
ACTIVE_MAX, KEPT_MAX = 200, 1000
COOLDOWN, COOLDOWN_MIN, COOLDOWN_MAX = timedelta(hours=1), timedelta(minutes=1), timedelta(days=30)
NOTE_MAX = 200


@dataclass(frozen=True, slots=True)
class Made:
    """The alert, and whether it was there before (the same key said the same again)."""

    alert: Alert
    is_repeat: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How an alert tells: once or each time (not again within the cool-down), with which note, and until when."""

    repeat: Repeat = Repeat.ONCE
    cooldown: timedelta | None = None
    note: str = ""
    expires_at: datetime | None = None

    def __post_init__(self) -> None:
        if "\0" in self.note:
            raise InvalidInput.of("note", "invalid", "A note is plain text.")
        if len(self.note.strip()) > NOTE_MAX:
            raise InvalidInput.of("note", "too_long", f"A note has at most {NOTE_MAX} characters.")
        is_in_bounds = self.cooldown is None or COOLDOWN_MIN <= self.cooldown <= COOLDOWN_MAX
        if self.repeat is Repeat.EACH_TIME and not is_in_bounds:
            raise InvalidInput.of("cooldown_seconds", "out_of_range", "Between a minute and thirty days.")

    @property
    def cooldown_seconds(self) -> int:
        """How long it stays silent after it told."""
        if self.repeat is Repeat.ONCE:
            return 0
        return int((COOLDOWN if self.cooldown is None else self.cooldown).total_seconds())


ONCE = Manner()


def create(
    user: User,
    account: BrokerAccount,
    when: Condition,
    *,
    manner: Manner = ONCE,
    source: Source = Source.API,
    client_key: str | None = None,
    clock: Clock = SYSTEM,
    ids: IdSource = new_id,
) -> Made:
    """Watch for the condition from now on; the same key of the same person is the same alert.

    Figures of positions and of the account are those of `account`. Raises NotFound for another person's account,
    InvalidInput or StaleQuote for what cannot be watched, also for what is so already (an alert that tells each time
    waits until it has been otherwise), and IdempotencyMismatch for a key that was used for something else; nothing is
    written then.
    """
    if account.user_id != user.pk or account.archived_at is not None:
        raise NotFound("There is no such account.")
    key = client_key or str(ids())
    digest = _digest(account, when, manner)
    try:
        with transaction.atomic():
            lock_account(account.pk)
            earlier = Alert.objects.select_related("instrument", "account").filter(user=user, client_key=key).first()
            if earlier is None:
                alert = _made(user, account, when, manner, at=clock.now())
                alert.id, alert.source, alert.client_key, alert.body_hash = ids(), source, key, digest
                alert.save(force_insert=True)
                announce(user.pk)
                return Made(alert, is_repeat=False)
    except IntegrityError:
        earlier = Alert.objects.select_related("instrument", "account").filter(user=user, client_key=key).first()
        if earlier is None:
            raise
    if earlier.body_hash != digest:
        raise IdempotencyMismatch
    return Made(earlier, is_repeat=True)


def change(
    alert: Alert,
    *,
    user: User,
    value: Decimal | None = None,
    manner: Manner | None = None,
    clock: Clock = SYSTEM,
) -> Alert:
    """Change what is given; with a new value it is watched again, from now on. Raises what `create` raises."""
    with transaction.atomic():
        row, at = _locked(alert, user), clock.now()
        if manner is not None:
            row.repeat, row.note = manner.repeat, manner.note.strip()
            row.cooldown_seconds = manner.cooldown_seconds
            row.expires_at = _end(row.condition, manner, at)
        if value is not None and value != row.value:
            row.value = value
            _watch_again(row, at=at)
        return _kept(row, at=at)


def pause(alert: Alert, *, user: User, clock: Clock = SYSTEM) -> Alert:
    """Switch it off; off already is no matter."""
    with transaction.atomic():
        row = _locked(alert, user)
        if row.status != AlertStatus.ACTIVE:
            return row
        row.status = AlertStatus.PAUSED
        return _kept(row, at=clock.now())


def resume(alert: Alert, *, user: User, clock: Clock = SYSTEM) -> Alert:
    """Watch again, also what has come true or run out before; a change from now on is counted from now."""
    with transaction.atomic():
        row = _locked(alert, user)
        if row.status == AlertStatus.ACTIVE:
            return row
        _watch_again(row, at=clock.now())
        return _kept(row, at=clock.now())


def delete(alert: Alert, *, user: User) -> None:
    """Delete it; what it told stays in the inbox."""
    with transaction.atomic():
        row = _locked(alert, user)
        row.delete()
        announce(user.pk)


def _made(user: User, account: BrokerAccount, when: Condition, manner: Manner, *, at: datetime) -> Alert:
    _refuse_too_many(user)
    asked = asking.ask(when, account=account, at=at)
    alert = Alert(
        user=user,
        account=account,
        instrument=asked.instrument,
        metric=when.metric,
        operator=when.operator,
        value=when.value,
        reference=when.reference or "",
        baseline=asked.baseline,
        splits_until=at,
        expires_at=_end(when, manner, at),
        repeat=manner.repeat,
        cooldown_seconds=manner.cooldown_seconds,
        note=manner.note.strip(),
        created_at=at,
        updated_at=at,
    )
    _arm(alert, asked, at=at)
    return alert


def _watch_again(row: Alert, *, at: datetime) -> None:
    if row.status != AlertStatus.ACTIVE:
        _refuse_too_many(row.user)
    asked = asking.ask(row.condition, account=row.account, at=at)
    row.status, row.baseline, row.splits_until = AlertStatus.ACTIVE, asked.baseline, at
    if row.expires_at is not None and row.expires_at <= at:
        row.expires_at = None
    _arm(row, asked, at=at)


def _arm(alert: Alert, asked: Asked, *, at: datetime) -> None:
    """Arm it where the condition is not true yet. Raises InvalidInput where it would tell at once, and only once."""
    seen = asking.figure_now(asked, account=alert.account, at=at)
    alert.is_armed = seen is None or not asked.condition.holds(seen)
    if not alert.is_armed and alert.repeat == Repeat.ONCE:
        words = came_true(asked.condition, seen=seen) if seen is not None else ""
        detail = f"This is so already: {words}. Name another value, or the other way."
        raise InvalidInput.of("when.value", "already_true", detail)


def _refuse_too_many(user: User) -> None:
    rows = Alert.objects.filter(user=user)
    if rows.filter(status=AlertStatus.ACTIVE).count() >= ACTIVE_MAX:
        raise InvalidInput.of("when", "too_many", f"{ACTIVE_MAX} alerts are watched already; switch some off first.")
    if rows.count() >= KEPT_MAX:
        raise InvalidInput.of("when", "too_many", f"You keep {KEPT_MAX} alerts; delete some first.")


def _end(when: Condition, manner: Manner, at: datetime) -> datetime | None:
    return None if manner.expires_at is None else asking.until(when, None, said=manner.expires_at, at=at)


def _digest(account: BrokerAccount, when: Condition, manner: Manner) -> str:
    said = {
        "account": str(account.public_id),
        "when": when.body(),
        "repeat": manner.repeat.value,
        "cooldown": manner.cooldown_seconds,
        "note": manner.note.strip(),
        "expires_at": None if manner.expires_at is None else manner.expires_at.isoformat(),
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _locked(alert: Alert, user: User) -> Alert:
    """The row as it is now, under its account's lock. Raises NotFound for anybody else's, or one that is gone."""
    lock_account(alert.account_id)
    row = Alert.objects.select_related("instrument", "account", "user").filter(pk=alert.pk, user=user).first()
    if row is None:
        raise NotFound("There is no such alert.")
    return row


def _kept(row: Alert, *, at: datetime) -> Alert:
    row.version += 1
    row.updated_at = at
    row.save()
    announce(row.user_id)
    return row
