"""Replacing: new terms for a working order, judged like a new one; the venue's answer decides.

Until the venue has answered, the order's terms are those in force, what was asked stands in `wanted`, and the larger of
both claims is kept. The revision makes the request harmless to repeat.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts.models import User
from arbion.domain.enums import OrderStatus, OrderType, PendingRequest, Venue, Waiting
from arbion.domain.errors import InvalidInput, NotFound
from arbion.domain.numbers import PRICE_MAX, QUANTITY_MAX, ZERO, plain
from arbion.domain.orders import PRICES, OrderRequest
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.commit import after_commit
from brokers.rules import rules_of
from riskdesk import record as verdicts
from trading.announce import announce
from trading.books import holds
from trading.books.holds import Claim
from trading.errors import OrderNotOpen, ReplacePending, RiskDenied
from trading.execution import dispatch
from trading.execution.claims import beyond
from trading.execution.facts import Facts, gather
from trading.execution.judging import Judged, judge
from trading.execution.record import Cause, record
from trading.execution.requests import CHANGEABLE, has_stop_loss, instruments_in, request_of, sibling_of
from trading.execution.routing import check_increments, check_size
from trading.execution.yielding import make_way
from trading.locks import lock_account
from trading.models import Hold, LedgerKind, Order, OrderCondition
from trading.models.stop import is_rest

_AT_THE_VENUE = frozenset({OrderStatus.ACCEPTED, OrderStatus.PARTIALLY_FILLED})
ROWS = ("account__user", "instrument", "intent", "decision", "group")


def request_replace(
    order: Order,
    *,
    actor: User,
    quantity: Decimal | None = None,
    limit_price: Decimal | None = None,
    stop_price: Decimal | None = None,
    clock: Clock = SYSTEM,
) -> Order:
    """Ask for new terms: those that are given replace the order's; the size counts what is filled already.

    A held order is changed at once. Raises NotFound for another person's order, OrderNotOpen for one that is closed or
    on its way, ReplacePending while an earlier change is not answered, InvalidInput for terms that cannot be, and
    RiskDenied where the desk refuses them; the order then works on as it was.
    """
    if order.account.user_id != actor.pk:
        raise NotFound
    asked = {"quantity": quantity, "limit_price": limit_price, "stop_price": stop_price}
    changes = {name: value for name, value in asked.items() if value is not None}
    denied: Judged | None = None
    with transaction.atomic():
        account = lock_account(order.account_id)
        fresh = Order.objects.select_related(*ROWS).get(pk=order.pk)
        _refuse_where_it_cannot_be(fresh)
        changes = _real_changes(fresh, changes)
        if not changes:
            return fresh
        wanted = _request_with(fresh, changes)
        denied = _change(fresh, wanted, changes, actor=actor, at=clock.now())
        announce(account.user_id)
    if denied is not None:
        raise _denial(denied)
    return Order.objects.select_related(*ROWS).get(pk=order.pk)


def _refuse_where_it_cannot_be(order: Order) -> None:
    if order.status != OrderStatus.HELD and order.status not in _AT_THE_VENUE:
        if order.is_open:
            raise OrderNotOpen("The order is on its way to the venue; change it when the venue has taken it.")
        raise OrderNotOpen(f"The order is {OrderStatus(order.status).label.lower()}; there is nothing to change.")
    if order.pending_request == PendingRequest.REPLACE:
        raise ReplacePending
    if order.pending_request == PendingRequest.CANCEL:
        raise OrderNotOpen("The order is being canceled.")
    if not rules_of(Venue(order.account.venue)).offers_replace:
        raise OrderNotOpen("This venue does not change orders; cancel it and place a new one.")


def _real_changes(order: Order, changes: dict[str, Decimal]) -> dict[str, Decimal]:
    """The changes that change something, each checked for the order's type and the instrument's steps."""
    if not changes:
        raise InvalidInput.of("quantity", "required", "Say what to change: a quantity or a price.")
    for name, value in changes.items():
        _check_change(order, name, value)
    if not order.is_package:
        check_increments(order.instrument, {name: changes.get(name) for name in ("limit_price", "stop_price")})
    if (size := changes.get("quantity")) is not None:
        _check_new_size(order, size)
    return {name: value for name, value in changes.items() if value != getattr(order, name)}


def _check_change(order: Order, name: str, value: Decimal) -> None:
    if name != "quantity" and name not in PRICES[OrderType(order.order_type)]:
        kind = OrderType(order.order_type).label.lower()
        raise InvalidInput.of(name, "not_allowed", f"A {kind} order has no {name.replace('_', ' ')}.")
    may_be_negative = order.is_package and name == "limit_price"
    if not value.is_finite() or (value <= ZERO and not may_be_negative):
        raise InvalidInput.of(name, "not_positive", "This must be above zero.")
    if abs(value) > (QUANTITY_MAX if name == "quantity" else PRICE_MAX):
        raise InvalidInput.of(name, "too_large", "This is more than can be counted here.")


def _check_new_size(order: Order, size: Decimal) -> None:
    if not order.is_package:
        check_size(order.instrument, size)
    elif size != size.to_integral_value():
        raise InvalidInput.of("quantity", "size_increment", "Packages are ordered in whole numbers.")
    if size <= order.filled_quantity:
        filled = plain(order.filled_quantity)
        raise InvalidInput.of("quantity", "already_filled", f"{filled} are filled already; cancel the rest instead.")


def _request_with(order: Order, changes: dict[str, Decimal]) -> OrderRequest:
    """The order as it is wanted, for what would be unfilled of it then."""
    given: dict[str, Any] = dict(changes)
    size = given.pop("quantity", order.quantity)
    return replace(request_of(order), quantity=size - order.filled_quantity, **given)


def _change(
    order: Order, wanted: OrderRequest, changes: dict[str, Decimal], *, actor: User, at: datetime
) -> Judged | None:
    """Judge the wanted order and ask for it; the verdict where the desk refuses. Needs the account's lock."""
    data: dict[str, object] = {
        name: {"from": _shown(getattr(order, name)), "to": plain(value)} for name, value in changes.items()
    }
    if order.status == OrderStatus.HELD and order.waiting_for == Waiting.CONDITION:
        cause = Cause(text="changed while held", at=at, actor=actor, data=data)
        record(order, None, cause=cause, revision=order.revision + 1, **changes)
        if "quantity" in changes:
            OrderCondition.objects.filter(order=order).update(is_sized_anew=False)
        return None
    sibling = sibling_of(order)
    facts = _facts(order, at, sharing=sibling)
    is_held = order.status == OrderStatus.HELD
    waiting = Waiting.MARKET_OPEN if is_held else Waiting.NONE
    has_stop = has_stop_loss(order)
    judged = judge(wanted, user=order.account.user, facts=facts, waiting_for=waiting, has_stop=has_stop)
    verdict = verdicts.keep(judged.decision, account=order.account)
    data = {**data, "verdict": str(verdict.pk)}
    if not verdict.approved:
        cause = Cause(text="change refused by the risk desk", at=at, actor=actor, data={**data, "code": verdict.code})
        record(order, None, cause=cause)
        return judged
    make_way(judged.claims, facts)
    claims = beyond(judged.claims.as_holds(order.account.currency, cash_most=judged.cash_most), sibling)
    if is_held:
        record(
            order,
            None,
            cause=Cause(text="changed while held", at=at, actor=actor, data=data),
            revision=order.revision + 1,
            **changes,
        )
        holds.renew(order, columns=facts.columns, claims=claims)
        return None
    # The larger of what is claimed and what would be: whichever the venue decides is then covered.
    size = wanted.quantity + order.filled_quantity
    holds.renew(order, columns=facts.columns, claims=_larger(order, claims), quantity=max(size, order.quantity))
    record(
        order,
        None,
        cause=Cause(text="change asked", at=at, actor=actor, data=data),
        revision=order.revision + 1,
        pending_request=PendingRequest.REPLACE,
        wanted={name: plain(changes[name]) for name in CHANGEABLE if name in changes},
    )
    after_commit(dispatch.send_replace, str(order.pk))
    return None


def _larger(order: Order, claims: list[Claim]) -> list[Claim]:
    wanted = {(claim.kind, claim.asset): claim for claim in claims}
    for hold in Hold.objects.filter(order=order, remaining__gt=0).select_related("ledger_account"):
        kind, asset = LedgerKind(hold.ledger_account.kind), hold.ledger_account.asset
        known = wanted.get((kind, asset))
        if known is None or known.amount < hold.remaining:
            wanted[kind, asset] = Claim(kind, asset, hold.remaining)
    return list(wanted.values())


def _facts(order: Order, at: datetime, *, sharing: Order | None) -> Facts:
    about, instruments = instruments_in(order)
    return gather(
        account=order.account, instruments=instruments, at=at, about=about, judged_again=order, sharing=sharing,
        yields=not is_rest(order.intent.source, order.intent.client_key),
    )  # fmt: skip


def _shown(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


def _denial(judged: Judged) -> RiskDenied:
    refusal = judged.decision.refusal
    checks = [check.as_json() for check in judged.decision.checks]
    detail = refusal.detail if refusal else ""
    return RiskDenied(detail, reject_code=refusal.code if refusal else "", checks=checks)
