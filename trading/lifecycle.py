"""The life of an order as a table: which thing that happens leads from which status to which."""

from __future__ import annotations

from arbion.domain.enums import OrderStatus, Trigger
from arbion.domain.errors import ArbionError

_S, _T = OrderStatus, Trigger

TRANSITIONS: dict[tuple[OrderStatus, Trigger], OrderStatus] = {
    (_S.INITIALIZED, _T.DENY): _S.DENIED,
    (_S.INITIALIZED, _T.HOLD): _S.HELD,
    (_S.INITIALIZED, _T.SUBMIT): _S.SUBMITTED,
    # A held order is judged again when its condition comes true.
    (_S.HELD, _T.SUBMIT): _S.SUBMITTED,
    (_S.HELD, _T.DENY): _S.DENIED,
    (_S.HELD, _T.CANCEL): _S.CANCELED,
    (_S.HELD, _T.EXPIRE): _S.EXPIRED,
    (_S.SUBMITTED, _T.LOSE): _S.UNKNOWN,
    (_S.SUBMITTED, _T.ACCEPT): _S.ACCEPTED,
    (_S.SUBMITTED, _T.REJECT): _S.REJECTED,
    (_S.SUBMITTED, _T.CANCEL): _S.CANCELED,
    (_S.SUBMITTED, _T.EXPIRE): _S.EXPIRED,
    # A venue may fill without a word of acceptance.
    (_S.SUBMITTED, _T.FILL_PART): _S.PARTIALLY_FILLED,
    (_S.SUBMITTED, _T.FILL_ALL): _S.FILLED,
    # Whatever the venue turns out to have done.
    (_S.UNKNOWN, _T.ACCEPT): _S.ACCEPTED,
    (_S.UNKNOWN, _T.REJECT): _S.REJECTED,
    (_S.UNKNOWN, _T.CANCEL): _S.CANCELED,
    (_S.UNKNOWN, _T.EXPIRE): _S.EXPIRED,
    (_S.UNKNOWN, _T.FILL_PART): _S.PARTIALLY_FILLED,
    (_S.UNKNOWN, _T.FILL_ALL): _S.FILLED,
    # Some venues refuse late.
    (_S.ACCEPTED, _T.REJECT): _S.REJECTED,
    (_S.ACCEPTED, _T.CANCEL): _S.CANCELED,
    (_S.ACCEPTED, _T.EXPIRE): _S.EXPIRED,
    (_S.ACCEPTED, _T.FILL_PART): _S.PARTIALLY_FILLED,
    (_S.ACCEPTED, _T.FILL_ALL): _S.FILLED,
    (_S.PARTIALLY_FILLED, _T.FILL_PART): _S.PARTIALLY_FILLED,
    (_S.PARTIALLY_FILLED, _T.FILL_ALL): _S.FILLED,
    (_S.PARTIALLY_FILLED, _T.CANCEL): _S.CANCELED,
    (_S.PARTIALLY_FILLED, _T.EXPIRE): _S.EXPIRED,
    # The fill was already in flight: it is booked, the order stays closed.
    (_S.CANCELED, _T.FILL_PART): _S.CANCELED,
    (_S.CANCELED, _T.FILL_ALL): _S.FILLED,
    (_S.EXPIRED, _T.FILL_PART): _S.EXPIRED,
    (_S.EXPIRED, _T.FILL_ALL): _S.FILLED,
    (_S.REJECTED, _T.FILL_PART): _S.REJECTED,
    (_S.REJECTED, _T.FILL_ALL): _S.FILLED,
    # More than was ordered: booked as it is, and named by the check of the books.
    (_S.FILLED, _T.FILL_ALL): _S.FILLED,
}


class IllegalTransition(ArbionError):
    """This cannot happen to an order in that status."""

    code = "illegal_transition"
    http_status = 409


def next_status(status: OrderStatus, trigger: Trigger) -> OrderStatus:
    """The status after the trigger. Raises IllegalTransition for a pair that is not in the table."""
    try:
        return TRANSITIONS[status, trigger]
    except KeyError:
        raise IllegalTransition(f"{trigger} cannot happen to an order that is {status}") from None
