"""How many orders a person may send in a while, by whichever door."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings

from accounts.models import User
from arbion.lib import ratelimit
from arbion.lib.clock import SYSTEM, Clock
from trading.execution.place import placed_before
from trading.instruction import Instruction
from trading.models import Proposal

# What a proposal shows that its confirmation sends to a venue as an order or as the change of one.
COUNTED = frozenset({"order", "replace"})


def count_order(instruction: Instruction) -> None:
    """Count one attempt to place; a repeat of an order that is there already is none.

    Raises RateLimited with `retry_after`, Unavailable where it cannot be counted, IdempotencyMismatch where the key
    placed something else.
    """
    if placed_before(instruction) is None:
        _count(instruction.user, 1)


def count_orders(instructions: Sequence[Instruction]) -> None:
    """Count orders that are placed together: all of them, or, beyond the limit, none. Raises as `count_order` does."""
    if any(placed_before(instruction) is None for instruction in instructions):
        _count(instructions[0].user, len(instructions))


def count_request(user: User) -> None:
    """Count one request that moves an account as an order does: a change, cash in or out, an exercise, a reset."""
    _count(user, 1)


def count_proposal(proposal: Proposal, *, clock: Clock = SYSTEM) -> None:
    """Count every order that carrying the proposal out would place: all of them, or, beyond the limit, none.

    What was carried out, dismissed or has expired places nothing, and is not counted.
    """
    if proposal.executed_at or proposal.dismissed_at or clock.now() > proposal.expires_at:
        return
    _count(proposal.user, sum(entry["kind"] in COUNTED for shown in proposal.previews for entry in shown))


def _count(user: User, orders: int) -> None:
    ratelimit.check_all([ratelimit.Limit("orders", str(user.pk), settings.RATE_ORDERS)] * orders)
