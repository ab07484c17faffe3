"""From the rows to the book: what waits now, and what a split makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Count, QuerySet, Sum

from arbion.domain.enums import OrderStatus, Waiting
from arbion.domain.numbers import EXACT, PRICE_UNIT, QUANTITY_UNIT
from marketdata.conditions import ABOUT_ACCOUNT, ABOUT_POSITION, Reference
from marketdata.conditions.condition import PRICE, VOLUME
from trading.conditions.book import ALERT, ORDER, Item, Key, Place
from trading.conditions.level import average_price, level_of
from trading.locks import lock_account
from trading.models import Alert, AlertStatus, OrderCondition
from trading.models.condition import WatchedFigure

_IN_PRICES = (PRICE, "sma", "ema", "macd", "bollinger")


def waiting_orders() -> QuerySet[OrderCondition]:
    """What held orders wait for."""
    rows = OrderCondition.objects.filter(fired_at=None, order__status=OrderStatus.HELD)
    return rows.filter(order__waiting_for=Waiting.CONDITION).select_related("instrument", "order")


def active_alerts() -> QuerySet[Alert]:
    """What people want to be told of."""
    return Alert.objects.filter(status=AlertStatus.ACTIVE).select_related("instrument")


def changed(since: datetime) -> Iterator[tuple[Key, Item | None]]:
    """The rows that changed since then, as the book keeps them; None where one is watched no more."""
    watched = {item.key: item for item in _items(waiting_orders().filter(updated_at__gte=since))}
    watched |= {item.key: item for item in _alerts(active_alerts().filter(updated_at__gte=since))}
    orders = OrderCondition.objects.filter(updated_at__gte=since).values_list("order_id", flat=True)
    alerts = Alert.objects.filter(updated_at__gte=since).values_list("pk", flat=True)
    for key in (*((ORDER, pk) for pk in orders), *((ALERT, pk) for pk in alerts)):
        yield key, watched.get(key)


def everything() -> Iterator[Item]:
    """All that is watched now."""
    yield from _items(waiting_orders())
    yield from _alerts(active_alerts())


def one(key: Key) -> Item | None:
    """One of them as it is now."""
    kind, pk = key
    if kind == ORDER:
        return next(_items(waiting_orders().filter(order=pk)), None)
    return next(_alerts(active_alerts().filter(pk=pk)), None)


def count() -> tuple[int, int]:
    """How many there are, and the sum of their versions: two numbers that tell whether any was missed."""
    sums = [rows.aggregate(n=Count("pk"), v=Sum("version")) for rows in (waiting_orders(), active_alerts())]
    return sum(one["n"] for one in sums), sum(one["v"] or 0 for one in sums)


@transaction.atomic
def follow_split(item: Item, ratio: Decimal, *, until: datetime, at: datetime) -> None:
    """Bring one row from before a split to the prices after it; `ratio` new units for each old one."""
    lock_account(item.account_id)
    kind, pk = item.key
    row: OrderCondition | Alert | None
    row = OrderCondition.objects.filter(order=pk).first() if kind == ORDER else Alert.objects.filter(pk=pk).first()
    if row is None or row.splits_until >= until:
        return
    if row.metric.startswith(_IN_PRICES):
        row.value = EXACT.divide(Decimal(row.value), ratio).quantize(QUANTITY_UNIT, context=EXACT)
    elif row.metric == VOLUME:
        row.value = EXACT.multiply(Decimal(row.value), ratio).quantize(QUANTITY_UNIT, context=EXACT)
    if row.baseline is not None:
        row.baseline = EXACT.divide(Decimal(row.baseline), ratio).quantize(PRICE_UNIT, context=EXACT)
    row.splits_until, row.updated_at = until, at
    row.version += 1
    row.save()


def _items(rows: QuerySet[OrderCondition]) -> Iterator[Item]:
    for row in rows:
        yield _item((ORDER, row.order_id), row, account_id=row.order.account_id)


def _alerts(rows: QuerySet[Alert]) -> Iterator[Item]:
    for row in rows:
        rests = None
        if row.fired_at is not None and row.cooldown_seconds:
            rests = row.fired_at + timedelta(seconds=row.cooldown_seconds)
        key = (ALERT, row.pk)
        yield _item(key, row, account_id=row.account_id, is_armed=row.is_armed, quiet_until=rests)


def _item(
    key: Key, row: WatchedFigure, *, account_id: int, is_armed: bool = True, quiet_until: datetime | None = None
) -> Item:
    condition = row.condition
    start: Decimal | None = row.baseline
    average_of = None
    if condition.reference is Reference.AVERAGE_PRICE and row.instrument_id is not None:
        average_of = (account_id, row.instrument_id)
        start = average_price(account_id, row.instrument_id)
    return Item(
        key=key,
        version=row.version,
        account_id=account_id,
        place=_place(condition.metric, account_id, row.instrument_id),
        condition=condition,
        level=level_of(condition, start),
        start=start,
        is_armed=is_armed,
        quiet_until=quiet_until,
        expires_at=row.expires_at,
        splits_until=row.splits_until,
        average_of=average_of,
    )


def _place(metric: str, account_id: int, instrument_id: int | None) -> Place:
    if metric in ABOUT_ACCOUNT or instrument_id is None:
        return ("account", account_id)
    if metric in ABOUT_POSITION:
        return ("position", account_id, instrument_id)
    return ("instrument", instrument_id)
