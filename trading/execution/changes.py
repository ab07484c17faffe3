"""What a venue says of an order's terms: the answer to a change that was asked, or a change of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from arbion.domain.enums import TERMINAL, OrderStatus, OrderType, PendingRequest, Trigger
from arbion.domain.numbers import plain
from arbion.domain.reports import OrderReport, WorkingTerms
from trading.books import holds
from trading.execution.claims import beyond, claims_of
from trading.execution.facts import gather
from trading.execution.finish import finish
from trading.execution.messages import report_body
from trading.execution.record import Cause, record
from trading.execution.requests import instruments_in, request_of, sibling_of
from trading.models import Order


def take_terms(order: Order, report: OrderReport, *, at: datetime) -> bool:
    """Bring the order's terms to those in force at the venue; True where that changed anything.

    A report from before the newest change that was answered says nothing, unless the order has ended: those terms are
    the last. While a change is not answered, also where a cancel has overtaken it, an earlier revision is in force. A
    venue that adjusts an order by itself (a split, a dividend) is followed too. Needs the account's lock and an order
    that is open or filled.
    """
    is_older = report.revision < order.revision
    is_answer = bool(order.wanted) and not is_older
    is_stale = is_older and not order.wanted and report.status not in TERMINAL
    terms = None if is_stale else report.terms
    new = _differences(order, terms) if terms is not None else {}
    if not is_answer and not new:
        return False
    data: dict[str, object] = {
        name: {"from": _shown(getattr(order, name)), "to": _shown(value)} for name, value in new.items()
    }
    data["said"] = report_body(report)
    text = "the venue changed the order"
    changes: dict[str, object] = dict(new)
    if is_answer:
        text = "changed at the venue"
        is_overtaken = order.pending_request == PendingRequest.CANCEL
        changes |= {"pending_request": order.pending_request if is_overtaken else PendingRequest.NONE, "wanted": None}
        if report.revision_refused:
            text = "the venue refused the change"
            data["reason"] = report.revision_refused
    record(order, None, cause=Cause(text=text, at=at, data=data), **changes)
    if order.status == OrderStatus.FILLED:
        return True
    if order.filled_quantity >= order.quantity:
        # It filled while a larger size was under way, which did not come.
        record(order, Trigger.FILL_ALL, cause=Cause(text="filled before it could be changed", at=at))
        finish(order, at=at)
    else:
        settle_claims(order, at=at)
    return True


def size_at_most(order: Order) -> Decimal:
    """The size that the order may have at the venue by now: the larger of its own and the one that was asked."""
    asked = (order.wanted or {}).get("quantity")
    size: Decimal = order.quantity
    return size if asked is None else max(size, Decimal(asked))


def _differences(order: Order, terms: WorkingTerms) -> dict[str, Decimal | None]:
    """The terms in force that differ from ours; where a trailing stop stands moves with the market and is no term."""
    said = {"quantity": terms.quantity, "limit_price": terms.limit_price}
    if order.order_type != OrderType.TRAILING_STOP:
        said["stop_price"] = terms.stop_price
    return {name: value for name, value in said.items() if value != getattr(order, name)}


def settle_claims(order: Order, *, at: datetime) -> None:
    """Bring an order's claims to its terms after the venue has answered a change. Needs the account's lock."""
    if not order.is_open or not order.leaves_quantity:
        return
    sibling = sibling_of(order)
    about, instruments = instruments_in(order)
    facts = gather(
        account=order.account, instruments=instruments, at=at, about=about, judged_again=order, sharing=sibling
    )
    request = replace(request_of(order), quantity=order.leaves_quantity)
    claims = claims_of(request, facts=facts).as_holds(order.account.currency, cash_most=facts.cash_free)
    holds.renew(order, columns=facts.columns, claims=beyond(claims, sibling))


def _shown(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)
