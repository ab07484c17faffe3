"""Letting resting orders meet the newest quotes: found by the book, ordered by price and time, judged under a lock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from threading import local

from django.db import transaction

from arbion.domain.enums import Side, TimeInForce
from arbion.domain.numbers import PRICE_MAX
from arbion.lib.clock import SYSTEM, Clock
from brokers.models import VenueCash, VenueOrder
from brokers.simulator import custody, filling, market
from brokers.simulator.account import VenueAccount
from brokers.simulator.book import RestingBook
from brokers.simulator.custody import RESTING
from brokers.simulator.liquidity import Depths
from brokers.simulator.market import MarketView
from brokers.simulator.terms import Terms
from brokers.simulator.triggers import STOPS

_CHUNK = 500
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_Memory = local()


def match_all(*, clock: Clock = SYSTEM, terms: Terms | None = None) -> set[str]:
    """Let every resting order meet the latest quotes, and end those whose time has run out.

    Returns the references of the accounts whose orders changed. What is read here only says where to look: each
    order is read again, and judged again, under its account's lock. Orders that compete for the same depth come in
    the order of their price, then of their time.
    """
    now = clock.now()
    orders = _found(_book().ripe(now))
    if not orders:
        return set()
    symbols = custody.symbols_of(orders)
    views = market.look(symbols, now)
    depths = Depths()
    depths.look(symbols)
    accounts = {
        cash.reference: VenueAccount(cash, now=now, terms=terms, views=views, depths=depths)
        for cash in VenueCash.objects.filter(reference__in={order.reference for order in orders})
    }
    look = _Look(views=views, clock=clock, terms=terms, depths=depths)
    changed: set[str] = set()
    following: dict[str, list[int]] = defaultdict(list)
    for order in sorted(orders, key=_priority):
        account = accounts.get(order.reference)
        verdict = None if account is None else account.judge(order)
        if not verdict:
            continue
        if verdict.only_follows:
            following[order.reference].append(order.pk)
        elif look.advance(order):
            changed.add(order.reference)
    # Trails that only move are written account by account: they are many, and compete for nothing.
    for reference, keys in following.items():
        look.follow(reference, keys)
    return changed


def close_auction(symbols: Collection[str], *, clock: Clock = SYSTEM) -> set[str]:
    """Let the at-the-close orders in these whose session is over meet its last price; returns who changed.

    For what ends with that session: its orders trade at the close before it is settled.
    """
    now = clock.now()
    orders = list(
        VenueOrder.objects.filter(
            symbol__in=symbols, time_in_force=TimeInForce.CLS, status__in=RESTING, expires_at__lte=now
        )
    )
    if not orders:
        return set()
    wanted = custody.symbols_of(orders)
    depths = Depths()
    depths.look(wanted)
    look = _Look(views=market.look(wanted, now), clock=clock, terms=None, depths=depths)
    return {order.reference for order in sorted(orders, key=_priority) if look.advance(order)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What one look at the market has found, for deciding about each order under its account's lock."""

    views: dict[str, MarketView]
    clock: Clock
    terms: Terms | None
    depths: Depths

    def advance(self, candidate: VenueOrder) -> bool:
        """Expire or fill one resting order; False if nothing happened that others would see."""
        with transaction.atomic(durable=True):
            account = self._locked(candidate.reference)
            order = VenueOrder.objects.filter(pk=candidate.pk, status__in=RESTING).first()
            if order is None:
                return False
            account.lock_depth(order)
            before = (order.status, order.filled_quantity, order.triggered_at)
            went_on = filling.go_on(account, order)
            return went_on and before != (order.status, order.filled_quantity, order.triggered_at)

    def follow(self, reference: str, keys: list[int]) -> None:
        """Move the trails of one account's orders; one of which more has become true meanwhile waits for its turn."""
        with transaction.atomic(durable=True):
            account = self._locked(reference)
            filling.follow([(order, account.judge(order)) for order in _found(keys)], now=account.now)

    def _locked(self, reference: str) -> VenueAccount:
        cash = custody.lock_account(reference)
        return VenueAccount(cash, now=self.clock.now(), terms=self.terms, views=self.views, depths=self.depths)


def _found(keys: Iterable[int]) -> list[VenueOrder]:
    keys = list(keys)
    rows: list[VenueOrder] = []
    for start in range(0, len(keys), _CHUNK):
        rows += VenueOrder.objects.filter(pk__in=keys[start : start + _CHUNK], status__in=RESTING)
    return rows


def _priority(order: VenueOrder) -> tuple[str, Decimal, datetime, int]:
    """Best price first, then who came first; what takes any price is the best there is."""
    is_waiting = order.order_type in STOPS and order.triggered_at is None
    price = order.limit_price
    if price is None or order.is_package or is_waiting:
        price = PRICE_MAX if order.side == Side.BUY else -PRICE_MAX
    rank = -price if order.side == Side.BUY else price
    return order.symbol, rank, order.priority_at or order.created_at or _LONG_AGO, order.pk


def _book() -> RestingBook:
    """This thread's columns: two threads that match at once each have their own."""
    found: RestingBook | None = getattr(_Memory, "book", None)
    if found is None:
        found = _Memory.book = RestingBook()
    return found
