"""The story of one order: what it is, what was read from the words, and everything that happened, oldest first."""

from __future__ import annotations

from dataclasses import dataclass

from arbion.domain.enums import OrderStatus
from arbion.lib.templatetags.arbion import money, price, quantity
from trading.explain.course import course
from trading.explain.entry import Entry, Reading
from trading.explain.origin import origin, readings
from trading.models import Order
from trading.templatetags.orders import title


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One order, explained. `was_sent` says whether anything of it ever left for a venue."""

    order: Order
    summary: str
    readings: tuple[Reading, ...]
    entries: tuple[Entry, ...]

    @property
    def was_sent(self) -> bool:
        """Whether it has left for its venue."""
        return self.order.sent_at is not None


def explain(order: Order) -> Story:
    """Everything that is known of the order; reads only, and not under its lock."""
    found = [*origin(order), *course(order)]
    return Story(
        order=order,
        summary=summary_of(order),
        readings=readings(order),
        # Stable: what came about at one moment stays in the order of its causes.
        entries=tuple(sorted(found, key=lambda entry: entry.at)),
    )


def summary_of(order: Order) -> str:
    """What became of it, in a sentence or two."""
    status = OrderStatus(order.status)
    name = title(order)
    if status is OrderStatus.DENIED:
        return f"{name}: refused by the risk desk, so nothing was sent. {order.reject_reason}"
    if status is OrderStatus.REJECTED:
        return f"{name}: the venue refused it. {order.reject_reason}"
    if order.filled_quantity:
        at = order.average_fill_price
        how = f"{quantity(order.filled_quantity)} of {quantity(order.quantity)} filled"
        paid = f" at {price(at)} on average" if at is not None else ""
        left = "" if status is OrderStatus.FILLED else f", now {status.label.lower()}"
        return f"{name}: {how}{paid}, fees {money(order.fees)}{left}."
    reason = f" {order.reject_reason}" if order.reject_reason else ""
    return f"{name}: {status.label.lower()}, nothing filled.{reason}"
