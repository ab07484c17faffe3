"""What the watch writes into the rows of stops: levels that moved, alarms, splits, and that it has looked.

Every transaction first shows that this monitor is still the one in charge. A row that somebody has changed since it was
read stays as it is; the next look reads it again.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from arbion.domain.numbers import EXACT, ZERO, round_down
from riskdesk.stops import StopState, rescaled
from trading.execution.protection import telling
from trading.execution.protection.book import Guarded
from trading.execution.protection.fire import Guard
from trading.locks import lock_account
from trading.models import WATCHED, Stop, StopStatus
from trading.models.stop import WatchMark

logger = logging.getLogger(__name__)

MOVES_A_COMMIT = 200
# A stop, the state that it moves to, and the price that moved it.
Move = tuple[Guarded, StopState, Decimal]


def write_moves(moves: Sequence[Move], *, at: datetime, guard: Guard) -> list[Guarded]:
    """Write the levels that have moved; returns the stops as they were written."""
    moved = []
    for first in range(0, len(moves), MOVES_A_COMMIT):
        with transaction.atomic():
            fence = guard()
            for stop, state, price in moves[first : first + MOVES_A_COMMIT]:
                mark = (at, stop.mark[1] + 1)
                mine = Stop.objects.filter(pk=stop.id, version=stop.mark[1], updated_at=stop.mark[0])
                written = mine.filter(status__in=WATCHED).update(
                    extreme=state.extreme,
                    level=state.level,
                    armed_at=state.armed_at,
                    looked_at=at,
                    looked_price=price,
                    fence=fence,
                    updated_at=at,
                    version=mark[1],
                )
                if written:
                    moved.append(replace(stop, state=state, mark=mark))
    return moved


@transaction.atomic
def write_alarms(stops: Sequence[Guarded], symbol: str, *, is_dark: bool, at: datetime, guard: Guard) -> list[Guarded]:
    """Say of these stops that their price cannot be read, or can again; returns the stops as they were written."""
    fence, said = guard(), []
    status, reason = StopStatus.GUARDING, ""
    if is_dark:
        status, reason = StopStatus.ALARM, f"The price of {symbol} cannot be read."
    for stop in stops:
        mine = Stop.objects.filter(pk=stop.id, version=stop.mark[1], updated_at=stop.mark[0], status__in=WATCHED)
        mark = (at, stop.mark[1] + 1)
        if mine.update(status=status, reason=reason, fence=fence, updated_at=at, version=mark[1]):
            said.append(replace(stop, in_alarm=is_dark, mark=mark))
    telling.in_the_dark({stop.account_id for stop in said}, symbol, is_dark=is_dark, at=at)
    return said


@transaction.atomic
def follow_split(stop: Guarded, ratio: Decimal, *, units: Decimal, until: datetime, at: datetime, guard: Guard) -> Stop:
    """Bring a stop to the prices after a split of so many new units for each old one; `units` is the same for sizes."""
    fence = guard()
    lock_account(stop.account_id)
    row = Stop.objects.select_related("instrument").get(pk=stop.id)
    if row.splits_until >= until or row.status not in WATCHED:
        return row
    terms, state = rescaled(row.terms, row.state, ratio=ratio)
    row.price, row.amount, row.extreme, row.level = terms.price, terms.amount, state.extreme, state.level
    row.entry = rescaled(terms, StopState(level=row.entry), ratio=ratio)[1].level or row.entry
    if row.quantity is not None:
        part = round_down(EXACT.multiply(row.quantity, units), row.instrument.size_increment)
        row.quantity = part if part > ZERO else None
    row.splits_until, row.fence, row.updated_at = until, fence, at
    row.version += 1
    row.save()
    logger.info("stop %s follows a split to %s", row.pk, row.level)
    return row


@transaction.atomic
def leave_mark(*, at: datetime, stops: int, alarms: int, guard: Guard) -> None:
    """Write down that everything was looked at."""
    seen = {"at": at, "fence": guard(), "stops": stops, "alarms": alarms}
    WatchMark.objects.update_or_create(pk=1, defaults=seen)
