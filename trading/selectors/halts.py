"""Reading halts and their receipts: a person sees what stops their own trading, an operator whom they stand above."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.roles import Ability, can
from arbion.domain.enums import OPEN, PositionEffect
from arbion.domain.errors import NotFound
from brokers.accounts import accounts_of
from brokers.models import BrokerAccount
from riskdesk import halts
from riskdesk.models import Halt, HaltCode
from trading.models import HaltItem, HaltLine, HaltReceipt, ItemKind, ItemState, Order, Position


@dataclass(frozen=True, slots=True)
class Tally:
    """How many were asked for, confirmed, and are left."""

    asked: int
    confirmed: int
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """One account of a receipt. `venue_orders` and `venue_positions` are what its venue said at `venue_said_at`."""

    account: BrokerAccount
    cancels: Tally
    closes: Tally
    kept_orders: int
    venue_orders: int | None
    venue_positions: int | None
    venue_said_at: datetime | None
    trouble: str
    is_done: bool
    left: tuple[HaltItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptView:
    """A receipt as one person may see it: of the house's, somebody else than its operators sees the own accounts."""

    receipt: HaltReceipt
    lines: tuple[LineView, ...]
    may_lift: bool
    needs_password: bool

    @property
    def cancels(self) -> Tally:
        """Of all lines."""
        return _sum([line.cancels for line in self.lines])

    @property
    def closes(self) -> Tally:
        """Of all lines."""
        return _sum([line.closes for line in self.lines])

    @property
    def is_in_force(self) -> bool:
        """Whether nobody has lifted it."""
        return self.receipt.halt.lifted_at is None

    @property
    def is_moving(self) -> bool:
        """Whether something may still change."""
        return self.is_in_force and self.receipt.state != "done"


@dataclass(frozen=True, slots=True)
class Consequences:
    """What a halt would do at this moment."""

    accounts: int
    orders: int
    exits: int
    positions: int


def receipts(user: User) -> QuerySet[HaltReceipt]:
    """Receipts of the halts that concern the person, newest first."""
    mine = Q(halt__user=user) | Q(halt__account__user=user) | Q(asked_by=user) | Q(halt__user=None, halt__account=None)
    rows = HaltReceipt.objects.filter(mine).select_related("halt__account__user", "halt__imposed_by", "halt__user")
    return rows.order_by("-blocked_at", "-id")


def receipt_of(user: User, key: UUID | str) -> HaltReceipt:
    """One of them; another's is as absent as one that never was."""
    found = receipts(user).filter(pk=key).first()
    if found is None:
        raise NotFound("There is no such halt.")
    return found


def in_force(user: User) -> list[HaltReceipt]:
    """The newest receipt of each halt that binds the person now."""
    rows = HaltReceipt.objects.filter(halt__in=halts.concerning(user))
    newest: dict[int, HaltReceipt] = {}
    for row in rows.select_related("halt__account__user", "halt__imposed_by", "halt__user").order_by("-blocked_at"):
        newest.setdefault(row.halt_id, row)
    return list(newest.values())


def shown(receipt: HaltReceipt, user: User) -> ReceiptView:
    """The receipt with its lines and counts, for these eyes."""
    lines = (
        HaltLine.objects.filter(receipt=receipt)
        .select_related("account__user")
        .prefetch_related("items__instrument", "items__order")
    )
    if halts.is_of_house(receipt.halt) and not can(user, Ability.OVERSEE):
        lines = lines.filter(account__user=user)
    return ReceiptView(
        receipt=receipt,
        lines=tuple(_line(line) for line in lines),
        may_lift=receipt.halt.lifted_at is None and halts.may_lift(receipt.halt, user),
        needs_password=halts.is_of_house(receipt.halt),
    )


def consequences(accounts: QuerySet[BrokerAccount]) -> Consequences:
    """How many orders a halt of these accounts cancels, how many exits it leaves, how many positions are held."""
    rows = Order.objects.filter(account__in=accounts, status__in=OPEN)
    orders = rows.filter(effect=PositionEffect.OPEN).count()
    positions = Position.objects.filter(account__in=accounts).exclude(quantity=0).count()
    return Consequences(accounts.count(), orders, rows.exclude(effect=PositionEffect.OPEN).count(), positions)


def accounts_in(scope: str, user: User, account: BrokerAccount | None) -> QuerySet[BrokerAccount]:
    """The accounts that a halt of this scope is about."""
    if scope == "house":
        return BrokerAccount.objects.filter(archived_at=None)
    if account is not None:
        return BrokerAccount.objects.filter(pk=account.pk)
    return accounts_of(user)


def notices(user: User) -> list[dict[str, object]]:
    """What every page says while a halt is in force for the person: whom it stops, and why."""
    return [{"whom": whom(halt), "reason": halt.reason, "is_house": halts.is_of_house(halt)} for halt in _told(user)]


def whom(halt: Halt) -> str:
    """Whom a halt stops, in words."""
    if halts.is_of_house(halt):
        return "All trading in this house"
    return f"Trading in “{halt.account.name}”" if halt.account is not None else "All your trading"


def by_whom(halt: Halt, user: User) -> str:
    """Who imposed it, in words for these eyes."""
    if halt.imposed_by_id == user.pk:
        return "you"
    if halt.imposed_by_id is not None:
        return "an operator"
    return "the operator of this machine" if halt.code == HaltCode.MANUAL else "the risk desk"


def _told(user: User) -> QuerySet[Halt]:
    return halts.concerning(user)


def _line(line: HaltLine) -> LineView:
    items = list(line.items.all())
    return LineView(
        account=line.account,
        cancels=_tally(items, ItemKind.CANCEL),
        closes=_tally(items, ItemKind.CLOSE),
        kept_orders=line.kept_orders,
        venue_orders=line.venue_orders,
        venue_positions=line.venue_positions,
        venue_said_at=line.venue_said_at,
        trouble=line.trouble,
        is_done=line.done_at is not None,
        left=tuple(item for item in items if item.state != ItemState.CONFIRMED),
    )


def _tally(items: list[HaltItem], kind: ItemKind) -> Tally:
    states = [item.state for item in items if item.kind == kind]
    confirmed = states.count(ItemState.CONFIRMED)
    return Tally(asked=len(states) - states.count(ItemState.LEFT), confirmed=confirmed, left=len(states) - confirmed)


def _sum(parts: list[Tally]) -> Tally:
    return Tally(
        sum(part.asked for part in parts), sum(part.confirmed for part in parts), sum(part.left for part in parts)
    )
