"""What people are told of orders that waited for a condition: that it came true, and what became of the order."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from accounts.models import Urgency
from accounts.notifications import notify
from arbion.domain.enums import OrderStatus
from trading.models import Order

KIND = "order"


def came_true(order: Order, *, at: datetime) -> None:
    """The condition is true, and the order is on its way, waits for its market, or was refused."""
    symbol = order.instrument.symbol
    did = f"The order to {order.side} {symbol} in “{order.account.name}”"
    if order.status == OrderStatus.DENIED:
        title, urgency = f"{symbol}: a waiting order was refused", Urgency.WARNING
        body = f"{order.condition.fired_words}. {did} was refused: {order.reject_reason}"
    else:
        title, urgency = f"{symbol}: a waiting order goes", Urgency.INFO
        now = "waits for its market to open" if order.status == OrderStatus.HELD else "is on its way"
        body = f"{order.condition.fired_words}. {did} {now}."
    notify(
        order.account.user, kind=KIND, title=title, body=body, urgency=urgency,
        link=reverse("trading:order", args=[order.pk]), key=f"order:{order.pk}:condition", at=at,
    )  # fmt: skip
