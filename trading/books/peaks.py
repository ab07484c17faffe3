"""The most that an account was ever worth, as if what is in it now had been there all along."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Max, Q

from arbion.domain.numbers import ZERO
from brokers.models import BrokerAccount
from marketdata import hours
from riskdesk.models import EquityPeak
from trading.models import EquityPoint
from trading.selectors import dated_moves

# An equity point is dated to the full minute and measured within it.
_POINT = timedelta(minutes=1)
# So many spans between movements of cash are asked about in one statement.
_SPANS_MAX = 20

Span = tuple[Q, Decimal]


def equity_peak(account: BrokerAccount, *, at: datetime, equity: Decimal | None) -> Decimal | None:
    """The largest recorded worth of the account, or the worth of now where that is larger; None where it is unknown.

    Of a worth from before a deposit or a withdrawal it is what the account would have been worth with that made
    already, so that only profit and loss move the account away from its peak. What was up to the last midnight of the
    market is kept, so that an order reads the points of one day.
    """
    if equity is None:
        return None
    midnight = hours.local_midnight(at)
    known = EquityPeak.objects.filter(account=account).first()
    if known is None or known.counted_until < midnight:
        known = _advance(account, known, until=midnight)
    carried = None if known is None else known.equity
    found = _largest(account, since=None if known is None else known.counted_until, until=None, carried=carried)
    return equity if found is None else max(found, equity)


def _advance(account: BrokerAccount, known: EquityPeak | None, *, until: datetime) -> EquityPeak | None:
    """Count the points up to this moment; what is known already where there are none."""
    since, carried = (None, None) if known is None else (known.counted_until, known.equity)
    points = EquityPoint.objects.filter(account=account, at__lt=until)
    if not (points if since is None else points.filter(at__gte=since)).exists():
        return known
    found = _largest(account, since=since, until=until, carried=carried)
    if found is None:
        return known
    kept, _ = EquityPeak.objects.update_or_create(account=account, defaults={"equity": found, "counted_until": until})
    return kept


def _largest(
    account: BrokerAccount, *, since: datetime | None, until: datetime | None, carried: Decimal | None
) -> Decimal | None:
    """The largest worth of a span of time and of what is carried into it, in terms of the span's end."""
    moves = dated_moves(account, since=since, until=until)
    best = [] if carried is None else [carried + sum((amount for _, amount in moves), ZERO)]
    bounds = Q() if since is None else Q(at__gte=since)
    bounds &= Q() if until is None else Q(at__lt=until)
    points = EquityPoint.objects.filter(bounds, account=account)
    spans = list(_spans(moves))
    for first in range(0, len(spans), _SPANS_MAX):
        some = spans[first : first + _SPANS_MAX]
        found = points.aggregate(
            **{f"span{number}": Max("equity", filter=when) for number, (when, _) in enumerate(some)}
        )
        worths = ((found[f"span{number}"], later) for number, (_, later) in enumerate(some))
        best += [worth + later for worth, later in worths if worth is not None]
    return max(best, default=None)


def _spans(moves: Sequence[tuple[datetime, Decimal]]) -> Iterator[Span]:
    """The times between movements of cash, each with what came in after it.

    A point of the minute in which cash moved may have been measured before or after: it is left out.
    """
    later = sum((amount for _, amount in moves), ZERO)
    begins = Q()
    for moment, amount in moves:
        yield begins & Q(at__lte=moment - _POINT), later
        begins, later = Q(at__gt=moment), later - amount
    yield begins or Q(at__isnull=False), later
