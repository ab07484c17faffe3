"""The simulated exchange: takes orders, matches them against the market's quotes, keeps its own book.

Every change is one short transaction of its own under the lock of the account's cash row, and moves the order, its
fills, the cash and the units together. Whatever is read to decide is read under that lock.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from arbion.domain.enums import OrderStatus, Side
from arbion.domain.numbers import ZERO, plain
from arbion.domain.orders import OrderRequest
from arbion.domain.reports import BalanceReport, FillReport, OrderReport, PositionReport
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.ids import new_id
from brokers.errors import VenueRejected
from brokers.models import VenueCash, VenueFill, VenueHolding, VenueOrder
from brokers.simulator import custody, market
from brokers.simulator.checks import Refusal, ensure_keepable, refusal_of
from brokers.simulator.custody import RESTING
from brokers.simulator.market import MarketView
from brokers.simulator.matching import Outcome, match
from brokers.simulator.settlement import Settlement, cash_claim
from brokers.simulator.terms import IDEAL, Terms, top_of


def open_account(*, reference: str, currency: str, amount: Decimal) -> None:
    """Open an account with this much cash; one that is open already is left exactly as it is."""
    VenueCash.objects.get_or_create(reference=reference, defaults={"currency": currency, "amount": amount})


def place(*, reference: str, request: OrderRequest, clock: Clock = SYSTEM, terms: Terms = IDEAL) -> OrderReport:
    """Take an order: filled at once if it is marketable, else resting, or refused and kept as rejected.

    A repeat returns the order that is there; its id with other parameters raises VenueRejected.
    """
    ensure_keepable(request)
    with transaction.atomic(durable=True):
        cash = custody.lock_account(reference)
        known, others = custody.order_and_claims(reference, request.client_order_id)
        if known is not None:
            _ensure_same(known, request)
            return _report(known)
        return _report(_take(cash, request, others, now=clock.now(), terms=terms))


def cancel(*, reference: str, client_order_id: str, clock: Clock = SYSTEM) -> OrderReport | None:
    """Cancel what rests of an order and say what is true of it; None if there is no such order."""
    with transaction.atomic(durable=True):
        custody.lock_account(reference)
        order = _find(reference, client_order_id)
        if order is None:
            return None
        if order.status in RESTING:
            now = clock.now()
            custody.close(order, OrderStatus.EXPIRED if _is_over(order, now) else OrderStatus.CANCELED, now=now)
            order.save(update_fields=["status", "updated_at"])
        return _report(order)


def match_all(*, clock: Clock = SYSTEM, terms: Terms = IDEAL) -> set[str]:
    """Let every resting order meet the latest quotes, and end those whose time has run out.

    Returns the references of the accounts whose orders changed. What is read here only says where to look: each
    order is read again, and judged again, under its account's lock.
    """
    now = clock.now()
    # Sorted here: asked to sort by key, SQLite would read the whole table instead of the index of resting orders.
    resting = sorted(VenueOrder.objects.filter(status__in=RESTING), key=lambda order: order.pk)
    views = market.look({order.symbol for order in resting}, now)
    changed: set[str] = set()
    for order in resting:
        view = views[order.symbol]
        if (_is_over(order, now) or _meet(order, view, terms).executions) and _advance(order, view, clock, terms):
            changed.add(order.reference)
    return changed


def order_report(*, reference: str, client_order_id: str) -> OrderReport | None:
    """One order as the exchange keeps it."""
    order = _find(reference, client_order_id)
    return None if order is None else _report(order)


def orders_since(*, reference: str, since: datetime) -> list[OrderReport]:
    """The account's orders that changed at or after the moment, oldest change first."""
    rows = VenueOrder.objects.filter(reference=reference, updated_at__gte=since).order_by("updated_at", "pk")
    return [_report(order) for order in rows]


def fills_after(*, reference: str, after: int) -> list[FillReport]:
    """The account's executions in the order of their commits: keys are given out under the account's lock."""
    rows = VenueFill.objects.filter(reference=reference, pk__gt=after).select_related("order").order_by("pk")
    return [
        FillReport(
            client_order_id=fill.order.client_order_id,
            venue_order_id=fill.order.venue_order_id,
            venue_fill_id=fill.venue_fill_id,
            symbol=fill.order.symbol,
            side=Side(fill.order.side),
            quantity=fill.quantity,
            price=fill.price,
            fee=fill.fee,
            filled_at=fill.filled_at,
            cursor=fill.pk,
        )
        for fill in rows
    ]


def positions(*, reference: str) -> list[PositionReport]:
    """What the exchange holds for the account, by symbol."""
    rows = VenueHolding.objects.filter(reference=reference, quantity__gt=ZERO).order_by("symbol")
    return [PositionReport(symbol=row.symbol, quantity=row.quantity) for row in rows]


def balances(*, reference: str) -> list[BalanceReport]:
    """The account's cash; an account that is not there is refused, so that nobody reads it as an empty one."""
    cash = VenueCash.objects.filter(reference=reference).first()
    if cash is None:
        raise VenueRejected("The exchange knows no such account.", reject_code="unknown_account")
    return [BalanceReport(currency=cash.currency, amount=cash.amount)]


def _take(
    cash: VenueCash, request: OrderRequest, others: list[VenueOrder], *, now: datetime, terms: Terms
) -> VenueOrder:
    view = market.look({request.symbol}, now)[request.symbol]
    order = _new_order(cash.reference, request, view)
    if refusal := refusal_of(request, view, currency=cash.currency):
        return _kept_as_rejected(order, refusal, now=now)
    outcome = _meet(order, view, terms)
    settlement = custody.settlement_of(order, outcome, terms.fees)
    holding = custody.holding_of(order.reference, order.symbol)
    if refusal := _lack_for_new(order, settlement, others=others, cash=cash, holding=holding, terms=terms):
        return _kept_as_rejected(order, refusal, now=now)
    if settlement.fills:
        custody.advance(order, settlement, now=now)
    order.save(force_insert=True)
    if settlement.fills:
        custody.book(order, settlement, cash=cash, holding=holding, now=now)
    return order


def _new_order(reference: str, request: OrderRequest, view: MarketView) -> VenueOrder:
    return VenueOrder(
        reference=reference,
        client_order_id=request.client_order_id,
        venue_order_id=str(new_id()),
        symbol=request.symbol,
        side=request.side,
        order_type=request.order_type,
        time_in_force=request.time_in_force,
        quantity=request.quantity,
        limit_price=request.limit_price,
        status=OrderStatus.ACCEPTED,
        filled_quantity=ZERO,
        filled_gross=ZERO,
        fees=ZERO,
        expires_at=market.expiry(request.time_in_force, view),
        created_at=view.at,
        updated_at=view.at,
    )


def _kept_as_rejected(order: VenueOrder, refusal: Refusal, *, now: datetime) -> VenueOrder:
    custody.close(order, OrderStatus.REJECTED, now=now, refusal=refusal)
    order.save(force_insert=True)
    return order


def _lack_for_new(
    order: VenueOrder,
    settlement: Settlement,
    *,
    others: list[VenueOrder],
    cash: VenueCash,
    holding: VenueHolding,
    terms: Terms,
) -> Refusal | None:
    """Cash or units that the order needs, now and for its rest, beyond what the other resting orders claim."""
    if order.side == Side.SELL:
        free_units = holding.quantity - custody.claimed_units(others, order.symbol)
        if order.quantity > free_units:
            return Refusal("insufficient_holdings", f"Only {plain(free_units)} {order.symbol} are free to sell.")
    needed = -settlement.cash_change
    if order.side == Side.BUY:
        rest = order.quantity - settlement.progress.quantity
        needed += cash_claim(rest, order.limit_price, progress=settlement.progress, schedule=terms.fees)
    free_cash = cash.amount - custody.claimed_cash(others, terms.fees)
    if needed > max(free_cash, ZERO):
        return Refusal(
            "insufficient_cash",
            f"The order needs {plain(needed)} {cash.currency}; {plain(max(free_cash, ZERO))} are free.",
        )
    return custody.lack(cash, holding, settlement)


def _meet(order: VenueOrder, view: MarketView, terms: Terms) -> Outcome:
    working = custody.working(order)
    quote = view.tradable_quote
    if quote is None:
        return Outcome(executions=(), leaves_quantity=working.leaves_quantity)
    return match(working, top_of(quote, terms))


def _advance(candidate: VenueOrder, view: MarketView, clock: Clock, terms: Terms) -> bool:
    """Expire or fill one resting order under its account's lock; False if somebody else was first."""
    with transaction.atomic(durable=True):
        cash = custody.lock_account(candidate.reference)
        order = VenueOrder.objects.get(pk=candidate.pk)
        if order.status not in RESTING:
            return False
        now = clock.now()
        settlement = custody.settlement_of(order, _meet(order, view, terms), terms.fees)
        if _is_over(order, now):
            custody.close(order, OrderStatus.EXPIRED, now=now)
        elif not settlement.fills:
            return False
        else:
            _fill_resting(order, settlement, cash=cash, now=now, terms=terms)
        order.save()
        return True


def _fill_resting(order: VenueOrder, settlement: Settlement, *, cash: VenueCash, now: datetime, terms: Terms) -> None:
    """Fill an order, or end it with the reason where its account can no longer carry it (its claim was not enough)."""
    holding = custody.holding_of(order.reference, order.symbol)
    refusal = custody.lack(cash, holding, settlement)
    if refusal is None and order.limit_price is None:
        # The rest of a market order claims nothing, so it must not spend what other orders do claim.
        _, others = custody.order_and_claims(order.reference, order.client_order_id)
        refusal = _lack_of_rest(settlement, others=others, cash=cash, terms=terms)
    if refusal is not None:
        custody.close(order, OrderStatus.CANCELED, now=now, refusal=refusal)
        return
    custody.advance(order, settlement, now=now)
    custody.book(order, settlement, cash=cash, holding=holding, now=now)


def _lack_of_rest(settlement: Settlement, *, others: list[VenueOrder], cash: VenueCash, terms: Terms) -> Refusal | None:
    if -settlement.cash_change <= max(cash.amount - custody.claimed_cash(others, terms.fees), ZERO):
        return None
    return Refusal("insufficient_cash", "The rest costs more than the account has free, so it was canceled.")


def _is_over(order: VenueOrder, now: datetime) -> bool:
    return order.expires_at is not None and order.expires_at <= now


def _find(reference: str, client_order_id: str) -> VenueOrder | None:
    return VenueOrder.objects.filter(reference=reference, client_order_id=client_order_id).first()


def _ensure_same(known: VenueOrder, request: OrderRequest) -> None:
    kept = (
        known.symbol,
        known.side,
        known.order_type,
        known.quantity,
        known.time_in_force,
        known.limit_price,
    )
    asked = (
        request.symbol,
        request.side,
        request.order_type,
        request.quantity,
        request.time_in_force,
        request.limit_price,
    )
    if kept != asked:
        raise VenueRejected(
            "This client order id belongs to an order with other parameters.",
            reject_code="duplicate_client_order_id",
        )


def _report(order: VenueOrder) -> OrderReport:
    return OrderReport(
        client_order_id=order.client_order_id,
        venue_order_id=order.venue_order_id,
        status=OrderStatus(order.status),
        filled_quantity=order.filled_quantity,
        reported_at=order.updated_at,
        reject_code=order.reject_code,
        reject_reason=order.reject_reason,
    )
