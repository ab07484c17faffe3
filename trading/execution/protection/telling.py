"""What people are told of their stops: each event once, written in the transaction in which it happens."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.urls import reverse

from accounts.models import Urgency, User
from accounts.notifications import notify, notify_people
from arbion.lib.templatetags.arbion import price, quantity
from trading.models import Stop

KIND = "stop"


def went_off(stop: Stop, *, at: datetime) -> None:
    """A stop has gone off."""
    symbol = stop.instrument.symbol
    seen = f" at {price(stop.triggered_price)}" if stop.triggered_price is not None else ""
    body = f"Your stop for {symbol} in “{stop.account.name}” went off{seen}. What it guards is being closed."
    _tell(stop, "fired", f"{symbol}: a stop went off", body, Urgency.WARNING, at=at)


def exit_refused(stop: Stop, *, at: datetime) -> None:
    """The exit that a stop made was refused; said once for each reason, however often it is tried again."""
    code = stop.order.reject_code if stop.order is not None else "not_placed"
    symbol = stop.instrument.symbol
    body = f"The stop for {symbol} in “{stop.account.name}” went off, and its exit does not go through. {stop.reason}"
    title = f"{symbol}: the exit of a stop is refused"
    _tell(stop, f"refused:{code}", title, f"{body} It is tried again.", Urgency.CRITICAL, at=at)


def closed(stop: Stop, *, at: datetime) -> None:
    """What a stop guarded is closed."""
    symbol, order = stop.instrument.symbol, stop.order
    how = ""
    if order is not None and order.filled_quantity and order.average_fill_price is not None:
        how = f": {quantity(order.filled_quantity)} at {price(order.average_fill_price)} on average"
    body = f"The stop for {symbol} in “{stop.account.name}” has closed what it guarded{how}."
    _tell(stop, "done", f"{symbol}: closed by a stop", body, Urgency.INFO, at=at)


def withdrawn(stop: Stop, reason: str, *, at: datetime) -> None:
    """An operator has taken a stop away."""
    symbol = stop.instrument.symbol
    body = f"An operator took your stop for {symbol} in “{stop.account.name}” away: {reason} Look at your position."
    _tell(stop, "withdrawn", f"{symbol}: a stop was taken away", body, Urgency.CRITICAL, at=at)


def in_the_dark(accounts: Collection[int], symbol: str, *, is_dark: bool, at: datetime) -> None:
    """The price that the stops of these accounts need cannot be read, or can be again."""
    if is_dark:
        title, urgency = f"{symbol}: the price cannot be read", Urgency.CRITICAL
        body = f"The stops that guard {symbol} cannot see its price, so they cannot go off. Look at your position."
    else:
        title, urgency = f"{symbol}: the price can be read again", Urgency.WARNING
        body = f"The stops that guard {symbol} see its price again."
    notify_people(
        User.objects.filter(broker_accounts__in=accounts).distinct(),
        kind=KIND, title=title, body=body, urgency=urgency, link=reverse("trading:risk"),
        key=f"price:{symbol}:{'dark' if is_dark else 'seen'}:{at.isoformat()}", at=at,
    )  # fmt: skip


def _tell(stop: Stop, what: str, title: str, body: str, urgency: Urgency, *, at: datetime) -> None:
    link = reverse("trading:order", args=[stop.order_id]) if stop.order_id else reverse("trading:risk")
    notify(
        stop.account.user, kind=KIND, title=title, body=body, urgency=urgency, link=link,
        key=f"stop:{stop.pk}:{what}", at=at,
    )  # fmt: skip
