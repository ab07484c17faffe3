"""Running repeating orders: what is due by the rule and the clock is placed once, whoever rings and however often.

The row, the order and the note that it is settled are one transaction under the account's lock, and the order has a key
made of the repeating order and the day; so a crash leaves nothing half done, and two that ring at once place one order.
A time that was missed is made up for within CATCH_UP, the newest one only; what is older is written down as missed.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from arbion.domain.enums import AssetClass, OrderStatus
from arbion.domain.errors import ArbionError
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.ids import IdSource, new_id
from trading.errors import StaleQuote
from trading.execution.place import place_order
from trading.execution.preview import preview_order
from trading.models import Order, RepeatingOrder, RepeatingRun, RepeatingState, RunState
from trading.schedules import telling
from trading.schedules.entries import ensure_entry
from trading.schedules.occurrences import Occurrence, occurrences
from trading.schedules.terms import instruction_for
from trading.schedules.verbs import locked_row, rule_of, set_ended, set_paused, settle

logger = logging.getLogger(__name__)

CATCH_UP = timedelta(hours=6)
DENIALS_MAX = 3
# Refusals that pass by themselves within minutes: the order waits for them as long as it may be made up for.
PASSING = frozenset({"monitor_silent", "stale_quote"})
# Refusals that say nothing against the order, so that they do not pause it.
NOT_ITS_FAULT = frozenset({"halted"})
TOO_LATE = "It was more than six hours late: Arbion was not running, or no price came."
BY_OPERATOR = "Switched off by an operator of this house."


def place_due(repeating_id: str, clock: Clock = SYSTEM, ids: IdSource = new_id) -> None:
    """Deal with everything that is due of one repeating order; nothing where nothing is, or where it is paused."""
    with transaction.atomic():
        row = RepeatingOrder.objects.filter(pk=UUID(repeating_id)).first()
        if row is None:
            return
        repeating = locked_row(row)
        if _is_on(repeating, at=clock.now()):
            _run(repeating, clock=clock, ids=ids)


def place_all_due(*, clock: Clock = SYSTEM) -> int:
    """The look of every minute: whatever is due, whose entry is gone, or was switched on or off. How many it was."""
    now = clock.now()
    is_due = Q(state=RepeatingState.ACTIVE) & (Q(next_run__lte=now) | Q(task=None) | Q(task__enabled=False))
    is_back = Q(state=RepeatingState.PAUSED, reason=BY_OPERATOR, task__enabled=True)
    is_lost = Q(state=RepeatingState.PAUSED, task=None)
    keys = list(RepeatingOrder.objects.filter(is_due | is_back | is_lost).values_list("pk", flat=True))
    for key in keys:
        try:
            place_due(str(key), clock)
        except Exception:  # one person's trouble keeps nobody else's order from being placed
            logger.exception("repeating order %s could not be looked at", key)
    return len(keys)


def _is_on(repeating: RepeatingOrder, *, at: datetime) -> bool:
    """Whether it runs; an entry that an operator switched off or on is followed, one that is gone is made again."""
    if repeating.state == RepeatingState.ENDED:
        return False
    entry = repeating.task
    if entry is None:
        entry = ensure_entry(repeating)
    if repeating.state == RepeatingState.ACTIVE and not entry.enabled:
        set_paused(repeating, reason=BY_OPERATOR, at=at)
        telling.paused(repeating, at=at)
    elif repeating.state == RepeatingState.PAUSED and repeating.reason == BY_OPERATOR and entry.enabled:
        repeating.state, repeating.reason = RepeatingState.ACTIVE, ""
        settle(repeating, until=at)
    return repeating.state == RepeatingState.ACTIVE


def _run(repeating: RepeatingOrder, *, clock: Clock, ids: IdSource) -> None:
    now = clock.now()
    due = _due(repeating, now)
    if not due:
        if repeating.next_run is None or repeating.next_run <= now:
            settle(repeating, until=now)
            _end_where_over(repeating, at=now)
        return
    *earlier, newest = due
    for one in earlier:
        _leave_out(repeating, one, "Arbion was not running then.", at=now)
    reason = _why_not(repeating)
    if newest.is_skipped or now - newest.due_at > CATCH_UP:
        _leave_out(repeating, newest, TOO_LATE, at=now)
    elif reason:
        _write(repeating, newest, RunState.SKIPPED, reason=reason, at=now)
    elif not _place(repeating, newest, clock=clock, ids=ids):
        # Not yet: looked at again in a minute.
        repeating.settled_until, repeating.next_run = newest.due_at - timedelta(microseconds=1), newest.due_at
        repeating.save()
        return
    if repeating.account.archived_at is not None:
        set_ended(repeating, reason="Its account was closed.", at=now)
        return
    settle(repeating, until=now)
    _end_where_over(repeating, at=now)
    if repeating.state == RepeatingState.ACTIVE and repeating.denials_in_a_row >= DENIALS_MAX:
        set_paused(repeating, reason=f"Refused {DENIALS_MAX} times in a row.", at=now)
        telling.paused(repeating, at=now)


def _due(repeating: RepeatingOrder, now: datetime) -> list[Occurrence]:
    """Everything that came round since it was last settled, oldest first; a day is dealt with once, ever."""
    until = now if repeating.ends_at is None else min(now, repeating.ends_at)
    kind = AssetClass(repeating.instrument.asset_class)
    found = list(occurrences(rule_of(repeating), kind, after=repeating.settled_until, until=until))
    done = set(repeating.runs.filter(day__in=[one.day for one in found]).values_list("day", flat=True))
    return [one for one in found if one.day not in done]


def _why_not(repeating: RepeatingOrder) -> str:
    """Why nothing may be placed at all, or nothing; everything else the risk desk judges."""
    if repeating.account.archived_at is not None:
        return "The account is closed."
    return "" if repeating.user.is_active else "The person is switched off."


def _place(repeating: RepeatingOrder, one: Occurrence, *, clock: Clock, ids: IdSource) -> bool:
    """Place the order of one time down the one road; False where it has to wait for a price or for the monitor."""
    now = clock.now()
    try:
        instruction = instruction_for(
            repeating.instruction,
            user=repeating.user,
            account=repeating.account,
            key=f"repeat:{repeating.pk}:{one.day}",
            words=repeating.words,
        )
        seen = preview_order(instruction, clock=clock, ids=ids).decision.refusal
        if seen is not None and seen.code in PASSING:
            return False
        order = place_order(instruction, clock=clock, ids=ids).order
    except StaleQuote:
        return False
    except ArbionError as refusal:
        code = refusal.errors[0].code if refusal.errors else refusal.code
        _write(repeating, one, RunState.DENIED, code=code, reason=refusal.detail, at=now)
        return True
    if order.status == OrderStatus.DENIED:
        _write(repeating, one, RunState.DENIED, order=order, code=order.reject_code, reason=order.reject_reason, at=now)
    else:
        _write(repeating, one, RunState.PLACED, order=order, at=now)
    return True


def _leave_out(repeating: RepeatingOrder, one: Occurrence, why: str, *, at: datetime) -> None:
    if one.is_skipped:
        _write(repeating, one, RunState.SKIPPED, code="holiday", reason=f"The market is closed: {one.closed}.", at=at)
    else:
        _write(repeating, one, RunState.MISSED, code="missed", reason=why, at=at)


def _write(
    repeating: RepeatingOrder,
    one: Occurrence,
    state: RunState,
    *,
    at: datetime,
    order: Order | None = None,
    code: str = "",
    reason: str = "",
) -> None:
    """Write down what became of one time, count it, and tell the person where nothing was placed."""
    run = RepeatingRun.objects.create(
        repeating=repeating,
        day=one.day,
        due_at=one.due_at,
        state=state,
        order=order,
        code=code,
        reason=reason[:300],
        at=at,
    )
    if state is RunState.PLACED:
        repeating.placed_count += 1
        repeating.denials_in_a_row = 0
    elif state is RunState.DENIED and code not in NOT_ITS_FAULT:
        repeating.denials_in_a_row += 1
    repeating.save()
    if state is not RunState.PLACED and code != "holiday":
        telling.not_placed(repeating, run, at=at)


def _end_where_over(repeating: RepeatingOrder, *, at: datetime) -> None:
    """End it where all its orders are placed, or nothing more is due before its last date."""
    reasons: Sequence[tuple[bool, str]] = (
        (
            repeating.count_max is not None and repeating.placed_count >= repeating.count_max,
            f"All {repeating.placed_count} orders were placed.",
        ),
        (repeating.ends_at is not None and repeating.next_run is None, "Its last date has passed."),
    )
    for is_over, reason in reasons:
        if is_over:
            set_ended(repeating, reason=reason, at=at)
            telling.ended(repeating, at=at)
            return
