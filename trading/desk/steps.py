"""From the actions of an interpretation to the steps that can be carried out here, or why they cannot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from accounts.models import User
from arbion.domain.enums import OrderType, Side, Source, TimeInForce
from arbion.domain.errors import ArbionError
from brokers.models import BrokerAccount
from trading import selectors
from trading.instruction import Instruction
from trading.models import Order, Proposal

Json = dict[str, Any]


class NotOffered(ArbionError):
    """This is not offered yet."""

    code = "not_offered"
    http_status = 422
    title = "Not offered yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStep:
    """One order to place; the key makes it the same order however often the proposal is confirmed."""

    instruction: Instruction


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelStep:
    """Open orders to cancel."""

    orders: tuple[Order, ...]


Step = OrderStep | CancelStep

_ORDER_TYPES = {
    "stop": "Stop orders",
    "stop_limit": "Stop-limit orders",
    "trailing_stop": "Trailing stops",
}
_TIMES = {
    "ioc": "Immediate-or-cancel orders",
    "fok": "Fill-or-kill orders",
    "opg": "Orders at the open",
    "cls": "Orders at the close",
}


def steps_of(action: Json, *, index: int, proposal: Proposal, user: User) -> Iterator[Step]:
    """The steps of one complete action. Raises NotOffered, or InvalidInput where its figures cannot be used."""
    kind = action["type"]
    if kind == "place_order":
        yield OrderStep(instruction=_order(action, key=f"desk:{proposal.pk}:{index}", proposal=proposal, user=user))
    elif kind == "close_position":
        yield from _closings(action, index=index, proposal=proposal, user=user)
    elif kind == "cancel_orders":
        yield CancelStep(orders=_to_cancel(action, account=proposal.account, user=user))
    else:
        raise NotOffered(f"{_NAMES.get(kind, 'This')} cannot be carried out here yet.")


_NAMES = {"modify_order": "Changing an order", "strategy": "A strategy", "create_alert": "An alert"}


def _order(action: Json, *, key: str, proposal: Proposal, user: User) -> Instruction:
    _refuse_what_is_not_offered(action)
    order = action["order"]
    return Instruction(
        user=user,
        account=proposal.account,
        source=Source.DESK,
        client_key=key,
        symbol=order["symbol"],
        side=Side(order["side"]),
        order_type=OrderType(order["order_type"]),
        time_in_force=TimeInForce(order["time_in_force"]),
        quantity=_decimal(order["quantity"]),
        notional=_decimal(order["notional"]),
        percent_of_position=_decimal(order["percent_of_position"]),
        percent_of_cash=_decimal(order["percent_of_cash"]),
        limit_price=_decimal(order["limit_price"]),
        words=proposal.text,
    )


def _refuse_what_is_not_offered(action: Json) -> None:
    order = action["order"]
    for present, name in (
        (order.get("option"), "Option orders"),
        (action.get("when"), "Orders that wait for a condition"),
        (action.get("every"), "Repeating orders"),
        (action.get("bracket"), "Attached stops and targets"),
        (order["order_type"] in _ORDER_TYPES, _ORDER_TYPES.get(order["order_type"], "")),
        (order["time_in_force"] in _TIMES, _TIMES.get(order["time_in_force"], "")),
    ):
        if present:
            raise NotOffered(f"{name} are not offered yet, so nothing was placed.")


def _closings(action: Json, *, index: int, proposal: Proposal, user: User) -> Iterator[Step]:
    held = [position.instrument.symbol for position in selectors.positions(proposal.account)]
    wanted = [action["symbol"]] if action["symbol"] else held
    for symbol in wanted:
        yield OrderStep(
            instruction=Instruction(
                user=user,
                account=proposal.account,
                source=Source.DESK,
                client_key=f"desk:{proposal.pk}:{index}:{symbol}",
                symbol=symbol,
                side=Side.SELL,
                order_type=OrderType.MARKET,
                time_in_force=TimeInForce.DAY,
                percent_of_position=_decimal(action["percent"]),
                words=proposal.text,
            )
        )


def _to_cancel(action: Json, *, account: BrokerAccount, user: User) -> tuple[Order, ...]:
    rows = selectors.open_orders(user).filter(account=account)
    if action["symbol"]:
        rows = rows.filter(instrument__symbol=action["symbol"])
    if action["order_id"]:
        rows = rows.filter(pk=action["order_id"])
    return tuple(rows)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
