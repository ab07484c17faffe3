"""Early assignment: who owes a call whose holder would rather have the dividend than the rest of its time."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.db import transaction

from arbion.domain.enums import OptionRight, OrderStatus
from arbion.domain.numbers import ZERO
from arbion.lib.clock import SYSTEM, Clock
from brokers.models import VenueHolding, VenueOrder
from brokers.simulator import custody, effects, exercise, expiry
from brokers.simulator.account import VenueAccount
from brokers.simulator.exercise import Settling
from brokers.simulator.refusals import Refusal
from marketdata.models import CorporateAction, OptionContract, Quote
from marketdata.options.calendar import expires_at

# Of those whose call is worth exercising, so many in a hundred meet a holder who does.
ASSIGNED_PERCENT = 75


def assign_early(action: CorporateAction, *, clock: Clock = SYSTEM) -> set[str]:
    """Assign calls that are owed on a share in the night before it trades without its dividend.

    A holder exercises where the call is in the money and its time value is below the dividend. Only those are assigned
    who have the shares, or the money instead of them; who of them is, hangs on the market's seed and on nothing else.
    Returns the references that changed; once assigned, nothing is owed, so again changes nothing.
    """
    changed: set[str] = set()
    for settling in _worth_exercising(action, clock.now()):
        owed = VenueHolding.objects.filter(symbol=settling.symbol, quantity__lt=ZERO).order_by("reference")
        for reference in list(owed.values_list("reference", flat=True)):
            if is_chosen(action, settling.symbol, reference) and _assign(reference, settling, action, clock=clock):
                changed.add(reference)
    return changed


def is_chosen(action: CorporateAction, symbol: str, reference: str) -> bool:
    """Whether this account's contract is the one that meets a holder who exercises."""
    words = f"{settings.MARKET_SEED}:{action.instrument.symbol}:{action.ex_date}:{symbol}:{reference}"
    return int.from_bytes(hashlib.sha256(words.encode()).digest()[:8]) % 100 < ASSIGNED_PERCENT


def _worth_exercising(action: CorporateAction, now: datetime) -> list[Settling]:
    dividend = action.amount or ZERO
    share = Quote.objects.filter(pk=action.instrument_id).first()
    if share is None:
        return []
    calls = OptionContract.objects.filter(
        underlying=action.instrument, right=OptionRight.CALL, settled_at=None, strike__lt=share.last
    ).select_related("instrument", "underlying")
    quotes = dict(Quote.objects.filter(instrument__contract__in=calls).values_list("pk", "last"))
    found = []
    for call in calls.order_by("pk"):
        worth = quotes.get(call.pk)
        if worth is None or expires_at(call.expires_on) <= now:
            continue
        if worth - call.terms.intrinsic(share.last) < dividend:
            found.append(Settling(contract=call, count=ZERO, price=share.last, is_held=False))
    return found


def _assign(reference: str, call: Settling, action: CorporateAction, *, clock: Clock) -> bool:
    with transaction.atomic(durable=True):
        cash = custody.lock_account(reference)
        account = VenueAccount(cash, now=clock.now())
        owed = account.holdings.get(call.symbol)
        if cash.closed_at is not None or owed is None or owed.quantity >= ZERO:
            return False
        settling = replace(call, count=-owed.quantity)
        closing = exercise.orders_in(account, {call.symbol})
        others = account.wishes(order for order in account.resting if order not in closing)
        activity_id = f"early:{action.pk}:{call.symbol}"
        if _has_shares(account, settling) and not exercise.lack(account, settling, settling.for_shares(), others):
            expiry.deliver(cash, settling, activity_id=activity_id, now=account.now)
        elif not exercise.lack(account, settling, settling.for_cash(), others):
            expiry.pay(cash, settling, settling.for_cash(), activity_id=activity_id, now=account.now)
        else:
            return False
        _end(closing, now=account.now)
        return True


def _has_shares(account: VenueAccount, settling: Settling) -> bool:
    held = account.holdings.get(settling.share)
    return held is not None and held.quantity >= settling.units


def _end(orders: Sequence[VenueOrder], *, now: datetime) -> None:
    for order in orders:
        effects.end(order, OrderStatus.CANCELED, Refusal("assigned", "What it was to close was assigned."), now=now)
