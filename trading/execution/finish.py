"""What a closed order leaves to be done: its claims go back, its alternative claims alone, what follows it may go."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from arbion.domain.enums import GroupRole
from arbion.domain.numbers import ZERO
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.commit import after_commit, deferrable
from trading.books import holds
from trading.books.holds import Claim
from trading.books.ledger import Columns
from trading.execution.claims import claims_of
from trading.execution.facts import gather
from trading.execution.requests import instruments_in, request_of, sibling_of
from trading.models import LedgerKind, Order


def finish(order: Order, *, at: datetime) -> None:
    """Tidy up after an order that has just been closed. Needs the account's lock."""
    holds.release(order)
    tell_group(order, at=at)


def tell_group(order: Order, *, at: datetime) -> None:
    """The same for an order whose last fill has used up its claims: only its group has still to hear of it."""
    if order.group_id is None:
        return
    sibling = sibling_of(order)
    if sibling is not None:
        _claim_alone(sibling, at=at)
    if order.group_role == GroupRole.ENTRY:
        after_commit(let_followers_go, str(order.pk))


def _claim_alone(order: Order, *, at: datetime) -> None:
    """Let the order that is left of two alternatives claim what it needs by itself."""
    if not order.leaves_quantity:
        return
    about, instruments = instruments_in(order)
    facts = gather(account=order.account, instruments=instruments, at=at, about=about, judged_again=order)
    request = replace(request_of(order), quantity=order.leaves_quantity)
    claims = claims_of(request, facts=facts).as_holds(order.account.currency, cash_most=facts.cash_free)
    holds.renew(order, columns=facts.columns, claims=[_at_most(claim, order, facts.columns) for claim in claims])


def _at_most(claim: Claim, order: Order, columns: Columns) -> Claim:
    """The claim, but never more units than are free: the fill that closed the other may have sold some already."""
    if claim.kind == LedgerKind.CASH:
        return claim
    row = columns.peek(claim.kind, claim.asset)
    mine = sum((hold.remaining for hold in order.holds.filter(ledger_account_id=row.pk, remaining__gt=0)), ZERO)
    return Claim(claim.kind, claim.asset, min(claim.amount, max(abs(row.balance) - row.held + mine, ZERO)))


@deferrable
def let_followers_go(entry_id: str, clock: Clock = SYSTEM) -> None:
    """Release, or cancel, what follows an entry that is closed."""
    # What follows is sent, sending takes in what the venue says, and taking that in ends here: a ring.
    from trading.execution.held import release_followers  # noqa: PLC0415

    release_followers(entry_id, clock)
