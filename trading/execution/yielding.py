"""Orders that stand for stops at their venue give way to whatever else needs their units.

What needs them is recorded at once and leaves the house only when the venue has let go of them, so that no venue ever
holds two orders for the same units. Meanwhile the stop is guarded here.
"""

from __future__ import annotations

from arbion.domain.enums import OrderStatus, PendingRequest, Trigger, Waiting
from arbion.lib.commit import after_commit
from trading.books import holds
from trading.execution import dispatch
from trading.execution.claims import Claims
from trading.execution.facts import Facts
from trading.execution.finish import finish
from trading.execution.record import Cause, record
from trading.execution.rests import resting_orders
from trading.models import Order


def make_way(claims: Claims, facts: Facts) -> None:
    """Take the units that the claims need from the orders that stand for stops, and ask for those to be canceled.

    To be called before the claims are reserved. Needs the account's lock, and facts that were gathered with `yields`.
    """
    for claim in claims.units:
        if facts.yielding.get(claim.symbol) and claim.needed > facts.units_free_now(claim.symbol):
            for order in resting_orders(facts.account.pk, claim.symbol):
                _give_way(order, facts)


def _give_way(order: Order, facts: Facts) -> None:
    # First the claims, on the very columns that the caller goes on to write.
    holds.renew(order, columns=facts.columns, claims=[])
    cause = Cause(text="cancel asked: another order needs the units", at=facts.at)
    if order.status == OrderStatus.HELD:
        record(order, Trigger.CANCEL, cause=cause, waiting_for=Waiting.NONE)
        finish(order, at=facts.at)
    elif order.pending_request != PendingRequest.CANCEL:
        record(order, None, cause=cause, pending_request=PendingRequest.CANCEL)
        # What has not left is withdrawn by the sending itself.
        has_left = order.status != OrderStatus.SUBMITTED or order.sent_at is not None
        after_commit(dispatch.send_cancel if has_left else dispatch.send, str(order.pk))
