"""Automatic halts: the sweep looks at accounts where something happens, and halts those that give a cause, once.

A halt that somebody lifted is not imposed again at once for the same cause: for losses not before the market's next
day, for the others not within a quarter of an hour. The gate's own rules hold all the while.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from arbion.domain.enums import AssetClass, OrderStatus
from arbion.lib.clock import SYSTEM, Clock
from brokers.models import BrokerAccount
from marketdata import hours
from marketdata.stillness import still_ids
from riskdesk.limits import effective_limits
from riskdesk.models import Halt, HaltCode
from riskdesk.terms import Bound
from riskdesk.watch import PRICE_AGE_MAX, STREAK_MAX, Cause, Figures, causes
from trading import selectors
from trading.books.peaks import equity_peak
from trading.execution.halt.impose import halt
from trading.models import Discrepancy, EquityPoint, HaltScope, Order, Position

logger = logging.getLogger(__name__)

RECENT = timedelta(minutes=10)
WITNESSES = 2
PEACE = timedelta(minutes=15)
# After a start the first prices take a moment: what is stale must be seen so for this long by one process.
STALE_FOR = timedelta(minutes=1)
LOSSES = frozenset({HaltCode.DAILY_LOSS, HaltCode.DRAWDOWN})


@dataclass(slots=True)
class Memory:
    """What a process has seen: which point of equity it has judged last, and since when a price is stale."""

    judged: dict[int, datetime] = field(default_factory=dict)
    stale_since: dict[int, datetime] = field(default_factory=dict)


MEMORY = Memory()


def watch(*, clock: Clock = SYSTEM, memory: Memory = MEMORY) -> int:
    """Halt every account that gives a cause; returns how many halts were imposed. Four statements where all is calm."""
    now = clock.now()
    found: dict[int, list[Cause]] = {}
    for account, figures in _suspects(now, memory).items():
        found.setdefault(account, []).extend(causes(figures))
    found = {account: told for account, told in found.items() if told}
    if not found:
        return 0
    accounts = BrokerAccount.objects.filter(pk__in=found, archived_at=None).select_related("user")
    return sum(_impose(account, cause, clock=clock) for account in accounts for cause in found[account.pk])


def cause_remains(imposed: Halt, *, clock: Clock = SYSTEM) -> Cause | None:
    """The cause of an automatic halt of an account, where it is still there."""
    if imposed.account is None:
        return None
    now = clock.now()
    account = imposed.account
    figures = Figures(
        **_money(account, at=now),
        difference_age=_differences(now).get(account.pk),
        rejections_in_a_row=_streak(account.pk, now=now),
        price_age=_price_ages(now).get(account.pk),
    )
    return next((cause for cause in causes(figures) if cause.code == imposed.code), None)


def _suspects(now: datetime, memory: Memory) -> dict[int, Figures]:
    """Figures of the accounts that may give a cause; each part asks one statement for all accounts."""
    parts: dict[int, dict[str, object]] = {}
    for pk in _freshly_priced(now, memory):
        account = BrokerAccount.objects.get(pk=pk)
        parts.setdefault(pk, {}).update(_money(account, at=now))
    for pk, age in _differences(now).items():
        parts.setdefault(pk, {})["difference_age"] = age
    refused = Order.objects.filter(status=OrderStatus.REJECTED, updated_at__gt=now - RECENT)
    for pk in set(refused.values_list("account_id", flat=True)):
        parts.setdefault(pk, {})["rejections_in_a_row"] = _streak(pk, now=now)
    stale = _price_ages(now)
    memory.stale_since = {pk: memory.stale_since.get(pk, now) for pk in stale}
    for pk, age in stale.items():
        if now - memory.stale_since[pk] >= STALE_FOR:
            parts.setdefault(pk, {})["price_age"] = age
    return {pk: Figures(**figures) for pk, figures in parts.items()}  # type: ignore[arg-type]


def _freshly_priced(now: datetime, memory: Memory) -> list[int]:
    """Accounts with a point of equity that was not judged yet: one a minute, where something is held."""
    points = EquityPoint.objects.filter(at__gt=now - timedelta(minutes=2)).order_by("at")
    newest = dict(points.values_list("account_id", "at"))
    fresh = [pk for pk, at in newest.items() if memory.judged.get(pk) != at]
    memory.judged = newest
    return fresh


def _money(account: BrokerAccount, *, at: datetime) -> dict[str, Decimal | None]:
    """What the account is worth by the milder of its last two points: one wild tick at a full minute halts nobody."""
    limits = effective_limits(account)
    points = EquityPoint.objects.filter(account=account, at__gt=at - RECENT).order_by("-at")
    witnesses = list(points.values_list("equity", flat=True)[:WITNESSES])
    if len(witnesses) < WITNESSES:
        return {}
    equity, start = max(witnesses), selectors.equity_at_day_start(account, at=at)
    drawdown_max = _figure(limits.drawdown_percent)
    return {
        "equity": equity,
        "day_profit": None if start is None else equity - start,
        "daily_loss_max": _figure(limits.daily_loss_usd),
        "drawdown_percent_max": drawdown_max,
        "peak_equity": None if drawdown_max is None else equity_peak(account, at=at, equity=equity),
    }


def _figure(bound: Bound) -> Decimal | None:
    """The limit's figure; None where nothing is limited."""
    return bound if isinstance(bound, Decimal) else None


def _differences(now: datetime) -> dict[int, timedelta]:
    """How long the books of each account have differed."""
    rows = Discrepancy.objects.filter(resolved_at=None).order_by("-seen_at").values_list("account_id", "seen_at")
    return {account: now - seen_at for account, seen_at in rows}


def _price_ages(now: datetime) -> dict[int, timedelta]:
    """The age of the oldest price that is too old, for each account that holds such a thing in an open market."""
    rows = Position.objects.filter(instrument__quote__at__lt=now - PRICE_AGE_MAX).exclude(quantity=0)
    held = list(rows.values_list("account_id", "instrument", "instrument__asset_class", "instrument__quote__at"))
    still = still_ids() if held else set()
    is_open: dict[str, bool] = {}
    ages: dict[int, timedelta] = {}
    for account, instrument, kind, at in held:
        if instrument in still:
            continue
        if kind not in is_open:
            is_open[kind] = hours.is_class_open(AssetClass(kind), now)
        if is_open[kind]:
            ages[account] = max(now - at, ages.get(account, timedelta()))
    return ages


def _streak(account: int, *, now: datetime) -> int:
    """How many of the newest orders that a venue has judged were refused, since a halt for this was last lifted."""
    lifted = Halt.objects.filter(account=account, code=HaltCode.REJECTIONS, lifted_at__isnull=False)
    last = lifted.order_by("-lifted_at").values_list("lifted_at", flat=True).first()
    since = max(now - RECENT, last or now - RECENT)
    judged = Order.objects.filter(account=account, updated_at__gt=since, sent_at__isnull=False)
    statuses = judged.exclude(status__in=[OrderStatus.SUBMITTED, OrderStatus.UNKNOWN]).order_by("-created_at")
    streak = 0
    for status in statuses.values_list("status", flat=True)[:STREAK_MAX]:
        if status != OrderStatus.REJECTED:
            break
        streak += 1
    return streak


def _impose(account: BrokerAccount, cause: Cause, *, clock: Clock) -> int:
    now = clock.now()
    since = hours.local_midnight(now) if cause.code in LOSSES else now - PEACE
    known = Halt.objects.filter(account=account, code=cause.code)
    if known.filter(lifted_at=None).exists() or known.filter(lifted_at__gt=since).exists():
        return 0
    logger.error("account %s is halted: %s", account.pk, cause.reason)
    halt(
        scope=HaltScope.ACCOUNT, account=account, reason=cause.reason, actor=None, code=HaltCode(cause.code),
        clock=clock,
    )  # fmt: skip
    return 1
