"""Placing two orders as one wish: one cancels the other, or one triggers the other. Both are recorded, or neither."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from arbion.domain.enums import GroupKind, GroupRole, OrderStatus, Venue
from arbion.domain.errors import InvalidInput
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.ids import IdSource, new_id
from brokers.models import BrokerAccount
from brokers.rules import rules_of
from trading.execution.admit import Membership, admit, new_group
from trading.execution.place import Placed, placed_before, under_lock
from trading.instruction import Instruction
from trading.models import Order

_ROLES = {
    GroupKind.OCO: (GroupRole.ALTERNATIVE, GroupRole.ALTERNATIVE),
    GroupKind.OTO: (GroupRole.ENTRY, GroupRole.FOLLOWER),
}


def place_group(
    kind: GroupKind, instructions: Sequence[Instruction], *, clock: Clock = SYSTEM, ids: IdSource = new_id
) -> list[Placed]:
    """Place two orders that depend on each other, in one transaction; each has a key of its own.

    Of an OCO both must be of one instrument and one side, and both go to the venue, which lets one of them fill. Of an
    OTO the second waits here until the first has filled. Where the desk denies one of them, that one alone is recorded,
    as DENIED, and returned. Raises InvalidInput for what cannot be a group, and what placing one order raises.
    """
    first, second = _checked(kind, instructions)
    denied: list[Placed] = []

    def admitted(account: BrokerAccount) -> Order:
        # The first key is new: an order under the second one is what was denied alone when this was said before.
        earlier = placed_before(second)
        if earlier is not None:
            denied.append(earlier)
            return earlier.order
        at, keys = clock.now(), (ids(), ids())
        made = _both_or_neither(kind, (first, second), account=account, at=at, keys=keys, ids=ids)
        if isinstance(made, int):
            lonely = (first, second)[made]
            denied.append(Placed(admit(lonely, account=account, order_id=ids(), at=at, ids=ids), is_repeat=False))
            return denied[0].order
        return made

    placed = under_lock(first, admitted)
    if denied or placed.order.group is None:
        return denied or [placed]
    rest = placed.order.group.orders.exclude(pk=placed.order.pk)
    rest = rest.select_related("intent", "account", "instrument", "decision", "group")
    return [placed, *(Placed(order, is_repeat=placed.is_repeat) for order in rest)]


def _checked(kind: GroupKind, instructions: Sequence[Instruction]) -> tuple[Instruction, Instruction]:
    if kind not in _ROLES or len(instructions) != 2:
        raise InvalidInput.of("orders", "count", "A group is of two orders: one cancels or triggers the other.")
    first, second = instructions
    if first.account.pk != second.account.pk or first.user.pk != second.user.pk:
        raise InvalidInput.of("account", "mismatch", "Both orders must be of one account.")
    if any(one.bracket or one.legs or one.when for one in instructions):
        detail = "Orders of a group are single orders without brackets or conditions."
        raise InvalidInput.of("orders", "not_allowed", detail)
    if first.client_key == second.client_key:
        raise InvalidInput.of("client_order_id", "repeated", "Each order of a group needs a key of its own.")
    if kind is GroupKind.OCO and (first.symbol, first.side) != (second.symbol, second.side):
        raise InvalidInput.of("orders", "mismatch", "One cancels the other only for one instrument and one side.")
    if kind is GroupKind.OCO and not rules_of(Venue(first.account.venue)).offers_groups:
        raise InvalidInput.of("orders", "unsupported", "This venue does not keep two orders from filling both.")
    if kind is GroupKind.OTO and second.quantity is None:
        raise InvalidInput.of("quantity", "required", "The order that follows needs its size in units.")
    return first, second


def _both_or_neither(
    kind: GroupKind,
    pair: tuple[Instruction, Instruction],
    *,
    account: BrokerAccount,
    at: datetime,
    keys: tuple[UUID, UUID],
    ids: IdSource,
) -> Order | int:
    """The first of the two orders, or the place of the one that was denied; nothing is recorded then."""
    point = transaction.savepoint()
    group = new_group(account, kind, at=at, ids=ids)
    made: list[Order] = []
    for place, (instruction, role) in enumerate(zip(pair, _ROLES[kind], strict=True)):
        sharing = made[0] if made and kind is GroupKind.OCO else None
        member = Membership(group=group, role=role, sharing=sharing)
        order = admit(instruction, account=account, order_id=keys[place], at=at, ids=ids, member=member)
        if order.status == OrderStatus.DENIED:
            transaction.savepoint_rollback(point)
            return place
        made.append(order)
    transaction.savepoint_commit(point)
    return made[0]
