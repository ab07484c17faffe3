"""The judge of every proof: the books, the venue's book and the way from one to the other, from the rows alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction

from arbion.domain.enums import OPEN, OrderStatus, OrderType, Venue
from brokers.errors import VenueError
from brokers.models import BrokerAccount, VenueFill, VenueOrder
from trading.books.check import Fault, verify_books
from trading.execution.reconcile import compare
from trading.locks import lock_account
from trading.models import Fill, Order, OrderEvent, Transfer

_RESTING = frozenset({OrderStatus.ACCEPTED, OrderStatus.PARTIALLY_FILLED})
# Orders of which the venue must know: it has said so.
_HEARD_OF = _RESTING | {OrderStatus.FILLED, OrderStatus.EXPIRED}


@dataclass(frozen=True, slots=True)
class Counts:
    """How much was looked at."""

    accounts: int
    orders: int
    events: int
    fills: int
    transfers: int


def count() -> Counts:
    """How many rows the check of the whole house reads."""
    return Counts(
        accounts=BrokerAccount.objects.count(),
        orders=Order.objects.count(),
        events=OrderEvent.objects.count(),
        fills=Fill.objects.count(),
        transfers=Transfer.objects.count(),
    )


def faults_of(account: BrokerAccount) -> list[Fault]:
    """Every fault of one account: inside its books, between its orders and the venue's, and in what both hold.

    The books are read under the account's lock, so that work in progress is never taken for a fault; an execution that
    the venue has made and the house has not taken in yet is one.
    """
    with transaction.atomic():
        lock_account(account.pk)
        found = verify_books(account)
        if account.venue == Venue.SIMULATED:
            found += [Fault(str(account.public_id), rule, detail) for rule, detail in _against_custody(account)]
    return found + _against_venue(account)


def unsettled(account: BrokerAccount) -> list[Fault]:
    """What recovery left lying: every order must have ended, rest at the venue or be held here for something that has
    not come, with nothing asked and unanswered."""
    name = str(account.public_id)
    found = []
    for order in Order.objects.filter(account=account, status__in=OPEN):
        if order.status not in _RESTING and not (order.status == OrderStatus.HELD and order.waiting_for):
            found.append(Fault(name, "nothing_is_stuck", f"order {order.pk} is {order.status}"))
        if order.pending_request:
            found.append(Fault(name, "nothing_is_unanswered", f"order {order.pk} waits for {order.pending_request}"))
    return found


def _against_venue(account: BrokerAccount) -> list[Fault]:
    name = str(account.public_id)
    try:
        differences = compare(account)
    except VenueError as error:
        return [Fault(name, "venue_can_be_asked", str(error))]
    return [
        Fault(name, "house_is_venue", f"{row.asset}: ours {row.ours}, the venue's {row.theirs}") for row in differences
    ]


def _against_custody(account: BrokerAccount) -> Iterator[tuple[str, str]]:
    """Orders and executions one by one against the simulated exchange's own tables."""
    ours = {str(order.pk): order for order in Order.objects.filter(account=account)}
    theirs: dict[str, VenueOrder] = {}
    for venue_order in VenueOrder.objects.filter(reference=account.reference):
        order = ours.get(venue_order.client_order_id)
        if order is None:
            yield "venue_order_has_an_intent", f"the venue's order {venue_order.venue_order_id} is of nobody here"
        elif venue_order.client_order_id in theirs:
            yield "one_venue_order_an_intent", f"order {order.pk} is twice at the venue"
        theirs[venue_order.client_order_id] = venue_order
    for key, order in ours.items():
        yield from _order_faults(order, theirs.get(key))
    yield from _execution_faults(account)


def _order_faults(order: Order, theirs: VenueOrder | None) -> Iterator[tuple[str, str]]:
    status = OrderStatus(order.status)
    if theirs is None:
        if status in _HEARD_OF and order.sent_at is not None:
            yield "venue_knows_the_order", f"order {order.pk} is {status} here and unknown there"
        return
    their_status = OrderStatus(theirs.status)
    if status == OrderStatus.DENIED:
        yield "denied_never_leaves", f"order {order.pk} was denied and is at the venue"
    is_asked = bool(order.pending_request)
    stops = order.order_type == OrderType.TRAILING_STOP or order.stop_price == theirs.stop_price
    terms = (order.quantity, order.side, order.limit_price)
    if not is_asked and (terms != (theirs.quantity, theirs.side, theirs.limit_price) or not stops):
        yield "the_same_order_on_both_sides", f"order {order.pk}"
    if (status in _RESTING) != (their_status in _RESTING) and status not in {
        OrderStatus.SUBMITTED,
        OrderStatus.UNKNOWN,
    }:
        yield "statuses_agree", f"order {order.pk} is {status} here and {their_status} there"


def _execution_faults(account: BrokerAccount) -> Iterator[tuple[str, str]]:
    booked = {
        fill.venue_fill_id: (str(fill.order_id), fill.instrument.symbol, fill.side, fill.quantity, fill.price, fill.fee)
        for fill in Fill.objects.filter(account=account).select_related("instrument")
    }
    for execution in VenueFill.objects.filter(reference=account.reference).select_related("order"):
        mine = booked.pop(execution.venue_fill_id, None)
        terms = (
            execution.order.client_order_id,
            execution.symbol,
            execution.side,
            execution.quantity,
            execution.price,
            execution.fee,
        )
        if mine is None:
            yield "every_execution_is_booked", f"{execution.venue_fill_id} of order {terms[0]}"
        elif mine != terms:
            yield "booked_as_executed", f"{execution.venue_fill_id}: {mine} against {terms}"
    for stranger in booked:
        yield "every_fill_was_executed", f"{stranger} is booked and was never executed"
