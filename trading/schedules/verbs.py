"""Keeping a repeating order and changing it: create, change, pause, resume, end; all under the account's lock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts import audit
from accounts.models import User
from arbion.domain.enums import AssetClass, TimeInForce
from arbion.domain.errors import Conflict, InvalidInput, NotFound
from arbion.domain.numbers import plain
from arbion.lib.clock import SYSTEM, Clock
from brokers.accounts import AccountArchived
from brokers.models import BrokerAccount
from marketdata import hours
from trading.errors import IdempotencyMismatch
from trading.instruction import CLIENT_KEY_LENGTH_MAX
from trading.locks import lock_account
from trading.models import RepeatingOrder, RepeatingState
from trading.schedules.entries import ensure_entry, remove_entry
from trading.schedules.occurrences import next_due, upcoming, usual_time
from trading.schedules.outlook import NO_END, Outlook, Until, check_end, propose
from trading.schedules.rule import Rule, read_rule
from trading.schedules.terms import SIZES, body_hash, instruction_for, read_terms

ACTIVE_MAX = 100
BY_PERSON = "Paused by you."
ENDED_BY_PERSON = "Ended by you."


class RepeatingEnded(Conflict):
    """This repeating order has ended: make a new one."""

    code = "repeating_ended"
    title = "It has ended"


class TooManyRepeating(Conflict):
    """There are too many repeating orders already: end one first."""

    code = "too_many_repeating"
    title = "Too many repeating orders"


def create(
    user: User,
    account: BrokerAccount,
    instruction_data: Mapping[str, Any],
    every: Mapping[str, Any],
    *,
    words: str,
    client_key: str,
    until: Until = NO_END,
    clock: Clock = SYSTEM,
) -> RepeatingOrder:
    """Keep a repeating order; the same key again is the same one. Places nothing now.

    Raises InvalidInput or UnknownSymbol for what cannot be kept, IdempotencyMismatch for a key that was used for
    something else, NotFound for another's account, AccountArchived and TooManyRepeating.
    """
    if account.user_id != user.pk:
        raise NotFound
    if not 1 <= len(client_key) <= CLIENT_KEY_LENGTH_MAX:
        raise InvalidInput.of("client_order_id", "length", "The key must have 1 to 80 characters.")
    over = {"ends_at": None if until.at is None else until.at.isoformat(), "count_max": until.count}
    asked = body_hash(read_terms(instruction_data), every, account=account, over=over)
    earlier = _earlier(user, client_key, asked)
    if earlier is not None:
        return earlier
    outlook = propose(user, account, instruction_data, every, words=words, until=until, clock=clock)
    with transaction.atomic():
        held = lock_account(account.pk)
        # The same key may have come a moment earlier.
        earlier = _earlier(user, client_key, asked)
        if earlier is not None:
            return earlier
        if held.archived_at is not None:
            raise AccountArchived
        standing = RepeatingOrder.objects.filter(user=user).exclude(state=RepeatingState.ENDED)
        if standing.count() >= ACTIVE_MAX:
            raise TooManyRepeating
        kept = _keep(outlook, account=held, key=client_key, asked=asked, at=clock.now())
        ensure_entry(kept)
    return kept


def pause(repeating: RepeatingOrder, *, reason: str = BY_PERSON, clock: Clock = SYSTEM) -> RepeatingOrder:
    """Place nothing until it is resumed; a paused one stays as it is. Raises RepeatingEnded."""
    with transaction.atomic():
        fresh = locked(repeating)
        if fresh.state == RepeatingState.PAUSED:
            return fresh
        return set_paused(fresh, reason=reason, at=clock.now())


def resume(repeating: RepeatingOrder, *, clock: Clock = SYSTEM) -> RepeatingOrder:
    """Go on from now; what was due while it was paused is not made up for. Raises RepeatingEnded."""
    with transaction.atomic():
        fresh, now = locked(repeating), clock.now()
        if fresh.state == RepeatingState.ACTIVE:
            return fresh
        fresh.state, fresh.reason, fresh.denials_in_a_row = RepeatingState.ACTIVE, "", 0
        settle(fresh, until=now)
        ensure_entry(fresh)
        return fresh


def end(repeating: RepeatingOrder, *, reason: str = ENDED_BY_PERSON, clock: Clock = SYSTEM) -> RepeatingOrder:
    """End it for good; orders that it placed stay as they are. One that has ended stays as it is."""
    with transaction.atomic():
        fresh = locked_row(repeating)
        return fresh if fresh.state == RepeatingState.ENDED else set_ended(fresh, reason=reason, at=clock.now())


def change(
    repeating: RepeatingOrder,
    *,
    size: Mapping[str, Any] | None = None,
    every: Mapping[str, Any] | None = None,
    until: Until | None = None,
    clock: Clock = SYSTEM,
) -> RepeatingOrder:
    """Another size, rule or end from now on; what is None stays. Raises InvalidInput, RepeatingEnded.

    `size` names one of quantity, notional, percent_of_position, percent_of_cash; `every` is the contract's schedule;
    `until` is the whole end. With another rule it is counted from now: what the old one left waiting is not placed.
    """
    with transaction.atomic():
        fresh, now = locked(repeating), clock.now()
        before = _facts(fresh)
        if size:
            fresh.instruction = _resized(fresh, size)
        if every is not None:
            _keep_rule(fresh, every, at=now)
        if until is not None:
            _keep_end(fresh, until, at=now)
        after = _facts(fresh)
        if after == before:
            return fresh
        is_moved, ends_elsewhere = after["every"] != before["every"], after["ends_at"] != before["ends_at"]
        if fresh.state == RepeatingState.ACTIVE and (is_moved or ends_elsewhere):
            settle(fresh, until=now if is_moved else fresh.settled_until)
            if fresh.next_run is None:
                raise InvalidInput.of("ends_at", "never_due", "It would never be placed: it ends before it is due.")
        fresh.updated_at = now
        fresh.save()
        ensure_entry(fresh)
        # The row tells only how it stands now.
        data = {"before": before, "after": after}
        audit.record(actor=fresh.user, action="repeating.changed", subject=str(fresh.pk), data=data, clock=clock)
        return fresh


def locked(repeating: RepeatingOrder) -> RepeatingOrder:
    """The row under its account's lock, until the transaction ends. Raises RepeatingEnded for one that has ended."""
    fresh = locked_row(repeating)
    if fresh.state == RepeatingState.ENDED:
        raise RepeatingEnded
    return fresh


def rule_of(repeating: RepeatingOrder) -> Rule:
    """The rule that it keeps."""
    return Rule(
        interval=repeating.interval,
        at=repeating.at_time,
        weekday=repeating.weekday,
        day_of_month=repeating.day_of_month,
    )


def settle(repeating: RepeatingOrder, *, until: datetime) -> None:
    """Note that everything up to this moment was dealt with, and what comes next. Needs the account's lock."""
    repeating.updated_at = until
    repeating.settled_until = until = _dealt_with(repeating, until)
    kind = AssetClass(repeating.instrument.asset_class)
    due = next_due(rule_of(repeating), kind, after=until)
    repeating.next_run = None if repeating.ends_at is not None and due is not None and due > repeating.ends_at else due
    repeating.save()


def set_paused(repeating: RepeatingOrder, *, reason: str, at: datetime) -> RepeatingOrder:
    """Pause it with the reason. Needs the account's lock."""
    repeating.state, repeating.reason = RepeatingState.PAUSED, reason[:300]
    repeating.next_run, repeating.updated_at = None, at
    repeating.save()
    ensure_entry(repeating)
    return repeating


def set_ended(repeating: RepeatingOrder, *, reason: str, at: datetime) -> RepeatingOrder:
    """End it with the reason. Needs the account's lock."""
    repeating.state, repeating.reason = RepeatingState.ENDED, reason[:300]
    repeating.next_run, repeating.updated_at = None, at
    repeating.save()
    remove_entry(repeating)
    return repeating


def locked_row(repeating: RepeatingOrder) -> RepeatingOrder:
    """The row as it is, under its account's lock until the transaction ends."""
    lock_account(repeating.account_id)
    return RepeatingOrder.objects.select_related("account__user", "user", "instrument", "task").get(pk=repeating.pk)


def _dealt_with(repeating: RepeatingOrder, until: datetime) -> datetime:
    """Until when everything was dealt with: a day is once, ever, so a later time of a day that was does not count."""
    kind = AssetClass(repeating.instrument.asset_class)
    for one in upcoming(rule_of(repeating), kind, after=until, count=2):
        if not repeating.runs.filter(day=one.day).exists():
            break
        until = one.due_at
    return until


def _resized(repeating: RepeatingOrder, size: Mapping[str, Any]) -> dict[str, Any]:
    """The terms with another size. Raises InvalidInput where the figures do not go together, or there are two sizes."""
    given = {name: plain(value) for name, value in size.items() if value is not None}
    terms = {name: value for name, value in repeating.instruction.items() if name not in SIZES} | given
    instruction_for(terms, user=repeating.user, account=repeating.account, key="size")
    return terms


def _keep_rule(repeating: RepeatingOrder, every: Mapping[str, Any], *, at: datetime) -> None:
    """Put another rule into the row. Raises InvalidInput."""
    usual = usual_time(at_the_open=repeating.instruction["time_in_force"] == TimeInForce.OPG)
    rule = read_rule(every, today=hours.local_date(at), usual=usual)
    repeating.interval, repeating.at_time = rule.interval, rule.at
    repeating.weekday, repeating.day_of_month = rule.weekday, rule.day_of_month


def _keep_end(repeating: RepeatingOrder, until: Until, *, at: datetime) -> None:
    """Put another end into the row; an end that stays as it was is not judged again. Raises InvalidInput."""
    new_at = until.at if until.at != repeating.ends_at else None
    new_count = until.count if until.count != repeating.count_max else None
    check_end(Until(at=new_at, count=new_count), now=at)
    if new_count is not None and new_count <= repeating.placed_count:
        detail = f"It has placed {repeating.placed_count} already: name more than that."
        raise InvalidInput.of("count_max", "out_of_range", detail)
    repeating.ends_at, repeating.count_max = until.at, until.count


def _facts(repeating: RepeatingOrder) -> dict[str, Any]:
    """What can be changed, as JSON values."""
    return {
        "size": {name: repeating.instruction[name] for name in SIZES if name in repeating.instruction},
        "every": rule_of(repeating).body(),
        "ends_at": None if repeating.ends_at is None else repeating.ends_at.isoformat(),
        "count_max": repeating.count_max,
    }


def _earlier(user: User, client_key: str, asked: str) -> RepeatingOrder | None:
    """What this key made before. Raises IdempotencyMismatch where it asked for something else."""
    found = (
        RepeatingOrder.objects.select_related("account", "instrument", "task")
        .filter(user=user, client_key=client_key)
        .first()
    )
    if found is not None and found.body_hash != asked:
        raise IdempotencyMismatch
    return found


def _keep(outlook: Outlook, *, account: BrokerAccount, key: str, asked: str, at: datetime) -> RepeatingOrder:
    rule = outlook.rule
    return RepeatingOrder.objects.create(
        user=outlook.instruction.user,
        account=account,
        instrument=outlook.instrument,
        client_key=key,
        body_hash=asked,
        instruction=outlook.terms,
        words=outlook.instruction.words,
        interval=rule.interval,
        weekday=rule.weekday,
        day_of_month=rule.day_of_month,
        at_time=rule.at,
        timezone=settings.MARKET_TIMEZONE,
        ends_at=outlook.until.at,
        count_max=outlook.until.count,
        settled_until=at,
        next_run=outlook.due[0],
        created_at=at,
        updated_at=at,
    )
