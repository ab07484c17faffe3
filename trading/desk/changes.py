"""Which open order a sentence wants changed, and what of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from accounts.models import User
from arbion.domain.enums import GroupRole
from arbion.domain.errors import ArbionError, Conflict
from arbion.domain.numbers import plain
from brokers.models import BrokerAccount
from trading import selectors
from trading.desk.naming import is_about
from trading.models import Order

Json = dict[str, Any]
# Field of the change, its name in words.
FIELDS = {"quantity": "Quantity", "limit_price": "Limit price", "stop_price": "Stop price"}
_EXITS = frozenset({GroupRole.STOP_LOSS, GroupRole.TAKE_PROFIT})


class NoSuchOrder(ArbionError):
    """There is no open order that this could change."""

    code = "no_open_orders"
    http_status = 422
    title = "No such open order"


class SeveralOrders(ArbionError):
    """More than one open order fits: change the one you mean on the orders page."""

    code = "several_orders"
    http_status = 422
    title = "Which order?"


class OrderMoved(Conflict):
    """The order that was shown is no longer open: ask again."""

    code = "order_not_open"
    title = "The order is no longer open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """New terms of an order; what is None stays."""

    quantity: Decimal | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None

    def given(self) -> dict[str, Decimal]:
        """The fields that change."""
        return {name: value for name in FIELDS if (value := getattr(self, name)) is not None}

    def is_made(self, order: Order) -> bool:
        """Whether the order has these terms already, or they were asked of the venue already."""
        wanted = order.wanted or {}
        return all(
            getattr(order, name) == value or wanted.get(name) == plain(value) for name, value in self.given().items()
        )


def change_asked(action: Json, *, shown: str | None, account: BrokerAccount, user: User) -> tuple[Order, Change]:
    """The one open order that the action can mean, and the change.

    `shown` is the id of the order that the person saw and confirmed; then it is that one or none. Raises NoSuchOrder,
    SeveralOrders, or OrderMoved.
    """
    change = Change(**{name: None if action[name] is None else Decimal(action[name]) for name in FIELDS})
    rows = selectors.open_orders(user).filter(account=account)
    if shown is not None:
        order = rows.filter(pk=shown).first()
        if order is None:
            raise OrderMoved
        return order, change
    if action["order_id"]:
        rows = rows.filter(pk=action["order_id"])
    fitting = [
        order
        for order in rows
        if (not action["symbol"] or is_about(order.instrument, action["symbol"])) and _fits(order, change)
    ]
    # Whoever speaks of an order means the one that was placed, not the exits that came with it, where both fit.
    chosen = [order for order in fitting if order.group_role not in _EXITS] or fitting
    if not chosen:
        raise NoSuchOrder(_nothing_fits(action, change))
    if len(chosen) > 1:
        raise SeveralOrders(f"{len(chosen)} open orders fit. Change the one you mean on the orders page.")
    return chosen[0], change


def _fits(order: Order, change: Change) -> bool:
    """Whether the order has every price that shall change."""
    return all(name == "quantity" or getattr(order, name) is not None for name in change.given())


def _nothing_fits(action: Json, change: Change) -> str:
    prices = [FIELDS[name].lower() for name in change.given() if name != "quantity"]
    having = f" with a {' and a '.join(prices)}" if prices else ""
    return f"There is no open {action['symbol'] + ' ' if action['symbol'] else ''}order{having} to change."
