"""Wishes that are no orders: what they hold until the venue has done or refused them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from arbion.domain.numbers import ZERO
from brokers.models import BrokerAccount
from trading.books.ledger import Columns
from trading.models import CashMovement, LedgerKind, OptionExercise, WishStatus


def hold(wish: CashMovement | OptionExercise, *, columns: Columns) -> None:
    """Keep what the wish will take from orders; the row and the columns are written. Needs the account's lock."""
    kind, asset = _column(wish)
    columns.get(kind, asset).held += wish.held
    columns.write()


def settle(key: UUID | None, *, account: BrokerAccount, columns: Columns, at: datetime) -> None:
    """Close the wish that an activity carries out and let go what it held; the columns are left to be written.

    Needs the account's lock. A key of no open wish of the account changes nothing.
    """
    wish = _open(key, account)
    if wish is not None:
        _close(wish, WishStatus.SETTLED, columns=columns, at=at)


def refuse(key: UUID, *, account: BrokerAccount, code: str, reason: str, at: datetime) -> bool:
    """Close a wish that the venue refused and give back what it held; False where it was closed already.

    Needs the account's lock.
    """
    wish = _open(key, account)
    if wish is None:
        return False
    wish.refusal_code, wish.refusal_reason = code[:40], reason[:300]
    columns = Columns.read(account, [_column(wish)[1]])
    _close(wish, WishStatus.REFUSED, columns=columns, at=at)
    columns.write()
    return True


def _open(key: UUID | None, account: BrokerAccount) -> CashMovement | OptionExercise | None:
    if key is None:
        return None
    wanted = {"pk": key, "account": account, "status": WishStatus.REQUESTED}
    movement = CashMovement.objects.select_related("account").filter(**wanted).first()
    if movement is not None:
        return movement
    return OptionExercise.objects.select_related("account", "instrument").filter(**wanted).first()


def _close(wish: CashMovement | OptionExercise, status: WishStatus, *, columns: Columns, at: datetime) -> None:
    kind, asset = _column(wish)
    if wish.held != ZERO:
        columns.get(kind, asset).held -= wish.held
    wish.status, wish.held, wish.closed_at = status, ZERO, at
    wish.save(update_fields=["status", "held", "closed_at", "refusal_code", "refusal_reason"])


def _column(wish: CashMovement | OptionExercise) -> tuple[LedgerKind, str]:
    if isinstance(wish, OptionExercise):
        return LedgerKind.UNITS, wish.instrument.symbol
    return LedgerKind.CASH, wish.account.currency
