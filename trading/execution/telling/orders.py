"""What people are told of orders: a venue's refusal, a fill nobody waited for, a refusal of what acts alone."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.urls import reverse

from accounts.models import Urgency
from accounts.notifications import notify
from arbion.domain.enums import OrderStatus, Source
from arbion.lib.templatetags.arbion import price, quantity
from marketdata import hours
from trading.models import Order

KIND = "order"
# Who placed an order a moment ago is looking at it.
LOOKED_AT = timedelta(seconds=10)
ALONE = frozenset({Source.STRATEGY, Source.AGENT, Source.WEBHOOK})
# Of these nobody waits for the fill either; the refusals of a schedule are told by the schedule itself.
UNATTENDED = ALONE | {Source.SCHEDULE}
DID = {"buy": "bought", "sell": "sold"}


def closed(order: Order, *, at: datetime) -> None:
    """An order was filled, or its venue refused it; what else can end it the person did, or is seen in the list."""
    if order.status == OrderStatus.REJECTED:
        _rejected(order, at=at)
    elif order.status == OrderStatus.FILLED and _is_news(order, at):
        _filled(order, at=at)


def denied(order: Order, *, at: datetime) -> None:
    """The desk refused the order of something that acts alone: said once a day for each account and reason."""
    if not _acts_alone(order):
        return
    who = Source(order.intent.source).label
    body = f"{who}, {order.side} {order.instrument.symbol} in “{order.account.name}”: {order.reject_reason}"
    _tell(
        order, "limit", f"{who}: an order was refused", f"{body} Further refusals of today are in the list.",
        Urgency.WARNING, key=f"denied:{order.account_id}:{order.reject_code}:{hours.local_date(at)}", at=at,
    )  # fmt: skip


def _rejected(order: Order, *, at: datetime) -> None:
    symbol = order.instrument.symbol
    body = f"The order to {order.side} {symbol} in “{order.account.name}” was refused. {order.reject_reason}"
    title = f"{symbol}: the venue refused an order"
    _tell(order, KIND, title, body, Urgency.WARNING, key=f"order:{order.pk}:rejected", at=at)


def _filled(order: Order, *, at: datetime) -> None:
    symbol, did = order.instrument.symbol, DID[order.side]
    paid = order.average_fill_price
    how = f" at {price(paid)} on average" if paid is not None else ""
    body = f"{quantity(order.filled_quantity)} {symbol} {did}{how} in “{order.account.name}”."
    _tell(order, KIND, f"{symbol}: an order was filled", body, Urgency.INFO, key=f"order:{order.pk}:filled", at=at)


def _is_news(order: Order, at: datetime) -> bool:
    """Whether somebody has to be told that it filled; what the risk desk sells for a stop or a halt is told as such."""
    if order.intent.source == Source.RISK:
        return False
    return at - order.created_at > LOOKED_AT or order.intent.source in UNATTENDED


def _acts_alone(order: Order) -> bool:
    return order.intent.source in ALONE


def _tell(order: Order, kind: str, title: str, body: str, urgency: Urgency, *, key: str, at: datetime) -> None:
    notify(
        order.account.user, kind=kind, title=title, body=body, urgency=urgency,
        link=reverse("trading:order", args=[order.pk]), key=key, at=at,
    )  # fmt: skip
