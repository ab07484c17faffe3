"""A person's stops, what each would close now, and the positions that no stop guards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from accounts.models import User
from arbion.domain.errors import NotFound
from arbion.domain.numbers import ZERO
from riskdesk.models import Silence
from riskdesk.stops import StopKind
from trading.models import STANDING, Position, Stop, StopStatus
from trading.models.stop import WatchMark

# Times without a look that are still worth telling of.
SILENCES_SHOWN = timedelta(days=7)
SILENCES_MAX = 5


@dataclass(frozen=True, slots=True)
class Alarms:
    """How many stops stand, and how many of them cannot be looked after as they should."""

    standing: int
    in_alarm: int


def stops(user: User) -> QuerySet[Stop]:
    """The person's stops, newest first, with all that a list shows."""
    return Stop.objects.filter(account__user=user).select_related(
        "account", "instrument__contract__underlying", "order__intent", "resting"
    )


def standing_stops(user: User) -> QuerySet[Stop]:
    """The person's stops that still guard something."""
    return stops(user).filter(status__in=STANDING)


def stop_of(user: User, stop_id: str | UUID) -> Stop:
    """One stop of the person. Raises NotFound for anybody else's."""
    try:
        return stops(user).get(pk=stop_id if isinstance(stop_id, UUID) else UUID(stop_id))
    except (Stop.DoesNotExist, ValueError):
        raise NotFound("There is no such stop.") from None


def guarded_quantity(stop: Stop, held: Decimal) -> Decimal:
    """The units that the stop would close of a position of so many; none where the position goes the other way."""
    units = max(held if stop.is_long else -held, ZERO)
    return units if stop.quantity is None else min(stop.quantity, units)


def unguarded_positions(user: User) -> list[Position]:
    """The person's positions that no stop guards against a loss (a profit's target or a time does not)."""
    held = Position.objects.filter(account__user=user, account__archived_at=None).exclude(quantity=0)
    against_loss = standing_stops(user).exclude(kind__in=[StopKind.TAKE_PROFIT, StopKind.TIME]).exclude(level=None)
    guarded = set(against_loss.values_list("account_id", "instrument_id"))
    rows = held.select_related("account", "instrument").order_by("account_id", "instrument__symbol")
    return [row for row in rows if (row.account_id, row.instrument_id) not in guarded]


def watched_ago(at: datetime) -> timedelta | None:
    """How long ago the stops of everybody were last looked at; None where they never were."""
    looked = WatchMark.objects.values_list("at", flat=True).first()
    return None if looked is None else at - looked


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchState:
    """When the stops were last looked at, what was last set off for this person, and when nobody looked of late."""

    looked_at: datetime | None
    acted: Stop | None
    silences: tuple[Silence, ...]


def watch_state(user: User, at: datetime) -> WatchState:
    """What the monitor last saw and did, and its silences of the last days."""
    recent = Silence.objects.filter(noticed_at__gt=at - SILENCES_SHOWN)
    acted = stops(user).exclude(triggered_at=None).order_by("-triggered_at").first()
    return WatchState(
        looked_at=WatchMark.objects.values_list("at", flat=True).first(),
        acted=acted,
        silences=tuple(recent[:SILENCES_MAX]),
    )


def watch_age_max() -> timedelta:
    """The longest that the stops may go without a look: two of the periods that the monitor promises."""
    return timedelta(seconds=2 * settings.MONITOR_PERIOD_SECS)


def count_standing() -> Alarms:
    """How many stops of everybody stand, and how many raise an alarm: what the monitor must look after."""
    rows = Stop.objects.filter(status__in=STANDING)
    return Alarms(standing=rows.count(), in_alarm=rows.exclude(status=StopStatus.GUARDING).exclude(reason="").count())
