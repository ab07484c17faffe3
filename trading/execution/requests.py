"""From an order's row back to what its venue hears, and to what its words were."""

from __future__ import annotations

from decimal import Decimal

from arbion.domain.enums import OPEN, GroupRole, OrderType, PositionEffect, Side, TimeInForce, Waiting
from arbion.domain.orders import LegRequest, OrderChange, OrderRequest
from marketdata.models import Instrument
from trading.instruction import BRACKET_FIELDS, Bracket
from trading.models import Order, OrderGroup, OrderLeg

# Of orders that play these parts in one group the venue lets only one fill.
ALTERNATIVES = frozenset({GroupRole.ALTERNATIVE, GroupRole.STOP_LOSS, GroupRole.TAKE_PROFIT})
CHANGEABLE = ("quantity", "limit_price", "stop_price")


def oco_group_of(group: OrderGroup | None, role: GroupRole | str) -> str:
    """The name that the venue hears of orders of which only one may fill."""
    return str(group.pk) if group is not None and role in ALTERNATIVES else ""


def request_of(order: Order) -> OrderRequest:
    """The request that the venue hears."""
    return OrderRequest(
        client_order_id=str(order.pk),
        symbol=order.instrument.symbol,
        side=Side(order.side),
        order_type=OrderType(order.order_type),
        time_in_force=TimeInForce(order.time_in_force),
        quantity=order.quantity,
        limit_price=order.limit_price,
        stop_price=None if order.order_type == OrderType.TRAILING_STOP else order.stop_price,
        trail_amount=order.trail_amount,
        trail_percent=order.trail_percent,
        expires_at=order.expires_at,
        extended_hours=order.extended_hours,
        effect=PositionEffect(order.effect),
        legs=tuple(
            LegRequest(
                symbol=leg.instrument.symbol, side=Side(leg.side), ratio=leg.ratio, effect=PositionEffect(leg.effect)
            )
            for leg in legs_of(order)
        ),
        oco_group=oco_group_of(order.group, order.group_role),
    )


def legs_of(order: Order) -> list[OrderLeg]:
    """The legs of a package in their order; an order of one instrument has none."""
    return list(order.legs.select_related("instrument").order_by("number")) if order.is_package else []


def instruments_in(order: Order) -> tuple[Instrument | None, list[Instrument]]:
    """The underlying of a package (None for a single order), and the instruments that are traded."""
    if not order.is_package:
        return None, [order.instrument]
    return order.instrument, [leg.instrument for leg in legs_of(order)]


def sibling_of(order: Order) -> Order | None:
    """The other of two alternatives, while it is open and not waiting for an entry: only one of them can fill."""
    if order.group_id is None or order.group_role not in ALTERNATIVES:
        return None
    others = Order.objects.filter(group_id=order.group_id, group_role__in=ALTERNATIVES, status__in=OPEN)
    return others.exclude(pk=order.pk).exclude(waiting_for=Waiting.CONDITION).first()


def change_of(order: Order) -> OrderChange | None:
    """The change that was asked of the venue and is not answered yet."""
    if not order.wanted:
        return None
    asked = {name: Decimal(order.wanted[name]) for name in CHANGEABLE if order.wanted.get(name) is not None}
    return OrderChange(revision=order.revision, **asked)


def bracket_of(order: Order) -> Bracket | None:
    """The bracket that came with the order's instruction."""
    said = order.intent.instruction.get("bracket")
    if not said:
        return None
    return Bracket(**{name: Decimal(said[name]) for name in BRACKET_FIELDS if said.get(name) is not None})


def has_stop_loss(order: Order) -> bool:
    """Whether the order came with a stop loss for what it opens."""
    bracket = bracket_of(order)
    return bracket is not None and bracket.has_stop_loss
