"""Taking in what happened to an account at its venue without an order, and in which order it happened."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from arbion.domain.reports import ActivityReport, FillReport, OrderReport
from arbion.lib.clock import SYSTEM, Clock
from brokers.models import BrokerAccount
from trading.announce import announce
from trading.books import wishes
from trading.books.activities import book_activity, reference_of
from trading.books.ledger import Columns
from trading.execution.apply import absorb
from trading.execution.telling import books as telling
from trading.locks import lock_account
from trading.models import Journal, VenueCursor

logger = logging.getLogger(__name__)


def absorb_all(
    account_id: int,
    *,
    reports: Sequence[OrderReport] = (),
    fills: Sequence[FillReport] = (),
    activities: Sequence[ActivityReport] = (),
    clock: Clock = SYSTEM,
) -> None:
    """Take in everything that a venue says of one account, fills and activities in the order in which they happened.

    A split changes the lots that were there when it happened, so a fill before it must be booked before it. Read the
    activities first and the fills after them: then no fill that came before an activity can be missing.
    """
    left = sorted(fills, key=lambda fill: fill.cursor)
    terms: Sequence[OrderReport] = ()
    for activity in sorted(activities, key=lambda one: one.cursor):
        earlier = [number for number, fill in enumerate(left, 1) if _is_before(fill, activity)]
        if earlier:
            absorb(account_id, terms=terms, fills=left[: earlier[-1]], clock=clock)
            left = left[earlier[-1] :]
        absorb_activities(account_id, [activity], clock=clock)
        # What fills after an activity may do so on terms that the activity has changed.
        terms = reports
    if reports or left:
        absorb(account_id, reports=reports, fills=left, clock=clock)


def _is_before(fill: FillReport, activity: ActivityReport) -> bool:
    """Whether the fill came first: by the venue's own count, or by the moments where it has none."""
    if activity.fills_before is not None:
        return fill.cursor <= activity.fills_before
    return fill.filled_at <= activity.happened_at


@transaction.atomic
def absorb_activities(account_id: int, reports: Sequence[ActivityReport], *, clock: Clock = SYSTEM) -> None:
    """Book each activity once, in the venue's order, in one transaction under the account's lock.

    Every report may come any number of times. What somebody had asked for is settled with it. Raises Unbookable where
    a report does not fit the books; nothing is booked then.
    """
    if not reports:
        return
    account = lock_account(account_id)
    references = {report.activity_id: reference_of(account, report.activity_id) for report in reports}
    booked = set(Journal.objects.filter(reference__in=references.values()).values_list("reference", flat=True))
    changed = False
    for report in sorted(reports, key=lambda one: one.cursor):
        if references[report.activity_id] in booked:
            continue
        booked.add(references[report.activity_id])
        _book(account, report, clock=clock)
        changed = True
    newest = max(report.cursor for report in reports)
    VenueCursor.objects.filter(account=account, activities_after__lt=newest).update(activities_after=newest)
    if changed:
        announce(account.user_id)


def _book(account: BrokerAccount, report: ActivityReport, *, clock: Clock) -> None:
    now = clock.now()
    columns = Columns.read(account, {account.currency, *(change.asset for change in report.changes)})
    wishes.settle(_wish_id(report), account=account, columns=columns, at=now)
    journal = book_activity(account, report, columns=columns, at=now)
    telling.happened(account, report, reference=journal.reference, at=now)
    logger.info("account %s: %s is booked", account.pk, journal.reference)


def _wish_id(report: ActivityReport) -> UUID | None:
    try:
        return UUID(report.client_id)
    except ValueError:
        return None
