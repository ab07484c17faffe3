"""The figures on the room's first page: what goes on, how fast the road of an order is, whether the machine is well."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Sum

from accounts.models import User
from arbion import heartbeats
from arbion.domain.enums import OPEN, OrderStatus, OrderType
from arbion.health.counts import ACTIVE_WITHIN, quote_age
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.templatetags.arbion import NOTHING, compact
from arbion.models import Heartbeat, LogLevel, SystemLogEntry
from marketdata import hours
from marketdata.models import Instrument
from trading.models import Discrepancy, Fill, Order, OrderEvent, VenueCursor

LATENCY_OVER = timedelta(hours=1)
EVENTS_MAX = 5_000
ENGINE_LATE = 5  # ticks
RECONCILED_LATE = 300.0


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure: its key for the script, its name, how it reads, and whether somebody should look at it."""

    key: str
    name: str
    text: str
    unit: str = ""
    tone: str = ""
    link: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Figures that belong together."""

    name: str
    tiles: tuple[Tile, ...]


def groups(*, clock: Clock = SYSTEM) -> tuple[Group, ...]:
    """Every figure as it is now."""
    now = clock.now()
    return (
        Group("People", _people(now)),
        Group("Trading today", _trading(now)),
        Group("The road of an order", _road(now)),
        Group("The machine", _machine(now, clock)),
    )


def as_json(found: Iterable[Group]) -> dict[str, dict[str, str]]:
    """The same for the script, by key."""
    return {
        tile.key: {name: value for name, value in asdict(tile).items() if name in {"text", "tone"}}
        for group in found
        for tile in group.tiles
    }


def _people(now: datetime) -> tuple[Tile, ...]:
    people = User.objects.filter(is_active=True)
    active = people.filter(seen_at__gte=now - ACTIVE_WITHIN)
    link = "/admin/accounts/user/"
    return (
        _count("people", "People", people.count(), link=link, hint="Accounts that are switched on."),
        _count(
            "active_now", "Active now", active.count(), link=f"{link}?seen=now", hint="Seen in the last five minutes."
        ),
    )


def _trading(now: datetime) -> tuple[Tile, ...]:
    midnight = hours.local_midnight(now)
    orders, fills = Order.objects.filter(created_at__gte=midnight), Fill.objects.filter(booked_at__gte=midnight)
    standing = Order.objects.filter(status__in=OPEN).order_by().values_list("status").annotate(count=Count("pk"))
    states = dict(standing)
    held, unknown = states.get(OrderStatus.HELD, 0), states.get(OrderStatus.UNKNOWN, 0)
    volume = fills.aggregate(sum=Sum("gross"))["sum"] or Decimal(0)
    link = "/admin/trading/order/"
    return (
        _count("orders_today", "Orders today", orders.count(), link=link, hint="Since midnight in the market's zone."),
        _count("orders_open", "Open", sum(states.values()), link=f"{link}?standing=open"),
        _count("orders_held", "Held", held, link=f"{link}?status=held", hint="They wait for the open or a condition."),
        _count(
            "orders_unknown", "Without an answer", unknown, tone="bad" if unknown else "",
            link=f"{link}?status=unknown", hint="The venue's answer was lost; it is asked again by itself.",
        ),
        _count("fills_today", "Fills today", fills.count(), link="/admin/trading/fill/"),
        Tile("volume_today", "Volume today", f"${compact(abs(volume))}", hint="Sum of what was traded, fees apart."),
    )  # fmt: skip


def _road(now: datetime) -> tuple[Tile, ...]:
    accepted, filled = latencies(now)
    unsent = Order.objects.filter(status=OrderStatus.INITIALIZED, sent_at=None).count()
    return (
        _span("accepted_p50", "Accepted, half within", percentile(accepted, 50)),
        _span("accepted_p95", "Accepted, 95 % within", percentile(accepted, 95)),
        _span("filled_p50", "Filled, half within", percentile(filled, 50), hint="Orders at the market."),
        _span("filled_p95", "Filled, 95 % within", percentile(filled, 95), hint="Orders at the market."),
        _count("unsent", "Not sent yet", unsent, tone="warn" if unsent > 20 else "", hint="Sent by the sweeper."),
    )


def _machine(now: datetime, clock: Clock) -> tuple[Tile, ...]:
    beat = Heartbeat.objects.filter(name=heartbeats.ENGINE).first()
    age = (now - beat.at).total_seconds() if beat else None
    late = age is None or age > max(15.0, ENGINE_LATE * settings.TICK_INTERVAL_SECS)
    took = beat.data.get("milliseconds") if beat else None
    is_slow = took is not None and took > 1000 * settings.TICK_INTERVAL_SECS
    checked = VenueCursor.objects.aggregate(at=Max("reconciled_at"))["at"]
    since = None if checked is None else (now - checked).total_seconds()
    differing = Discrepancy.objects.filter(resolved_at=None).count()
    errors = SystemLogEntry.objects.filter(level__gte=LogLevel.ERROR, last_at__gte=now - timedelta(days=1)).count()
    log = "/admin/arbion/systemlogentry/"
    return (
        _seconds("engine_age", "Engine's last tick", age, tone="bad" if late else ""),
        Tile("tick_ms", "A tick takes", _whole(took), "ms", "warn" if is_slow else ""),
        _seconds("quote_age", "Newest quote", quote_age(now)),
        _count("instruments", "Instruments", Instrument.objects.count(), link="/admin/marketdata/instrument/"),
        _seconds("reconciled", "Books last compared", since, tone="warn" if (since or 0) > RECONCILED_LATE else ""),
        _count(
            "discrepancies", "Books that differ", differing, tone="bad" if differing else "",
            link="/admin/trading/discrepancy/?resolved=no",
        ),
        _count("errors", "Kinds of errors today", errors, tone="warn" if errors else "", link=f"{log}?level=40"),
    )  # fmt: skip


def latencies(now: datetime) -> tuple[list[Decimal], list[Decimal]]:
    """Milliseconds from an order's making to the venue's word, and of orders at the market to their last fill.

    Orders that waited here for the open or a condition are left out: they tell nothing of the road.
    """
    reached = (OrderStatus.ACCEPTED, OrderStatus.PARTIALLY_FILLED, OrderStatus.FILLED)
    events = (
        OrderEvent.objects.filter(at__gte=now - LATENCY_OVER, after__in=(*reached, OrderStatus.HELD))
        .order_by("-id")
        .values_list("order_id", "order__order_type", "order__created_at", "after", "at")[:EVENTS_MAX]
    )
    first: dict[Any, Decimal] = {}
    last: dict[Any, Decimal] = {}
    waited: set[Any] = set()
    for order, kind, created, after, at in events:  # newest first: the oldest one stays
        took = Decimal((at - created) // timedelta(microseconds=1)) / 1000
        if after == OrderStatus.HELD:
            waited.add(order)
            continue
        first[order] = took
        if after == OrderStatus.FILLED and kind == OrderType.MARKET:
            last[order] = took
    return tuple(sorted(took for order, took in spans.items() if order not in waited) for spans in (first, last))  # type: ignore[return-value]


def percentile(ordered: list[Decimal], percent: int) -> Decimal | None:
    """The value that so many percent do not exceed, by the nearest rank; None of nothing."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)] if ordered else None


def _count(key: str, name: str, value: int, *, tone: str = "", link: str = "", hint: str = "") -> Tile:
    return Tile(key, name, f"{value:,}", "", tone, link, hint)


def _whole(value: Any) -> str:
    return NOTHING if value is None else f"{value:,.0f}"


def _seconds(key: str, name: str, value: float | None, *, tone: str = "") -> Tile:
    return Tile(key, name, _whole(value), "" if value is None else "s ago", tone)


def _span(key: str, name: str, value: Decimal | None, *, hint: str = "") -> Tile:
    return Tile(key, name, _whole(value), "ms", hint=f"{hint} Over the last hour.".strip())
