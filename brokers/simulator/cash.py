"""Cash that comes and goes, and what else an account's holder changes about it at the exchange."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction

from arbion.domain.enums import ActivityKind, AssetClass, FillModel, OrderStatus, PositionEffect, Side
from arbion.domain.numbers import MONEY_MAX, MONEY_UNIT, ZERO, is_multiple, plain
from arbion.domain.orders import CashRequest
from arbion.lib.clock import SYSTEM, Clock
from brokers.errors import VenueRejected
from brokers.models import VenueActivity, VenueCash, VenueHolding, VenueOrder
from brokers.simulator import claims, custody, effects
from brokers.simulator.account import VenueAccount
from brokers.simulator.claims import Wish
from brokers.simulator.custody import RESTING
from brokers.simulator.effects import Effect
from brokers.simulator.refusals import Refusal
from marketdata.models import Instrument

CLIENT_ID_LENGTH_MAX = 36
_CLOSED = Refusal("account_closed", "The account was closed, so its orders were canceled.")


def move_cash(*, reference: str, request: CashRequest, clock: Clock = SYSTEM) -> None:
    """Put cash in or take it out, once for each client id, however often it is asked.

    A withdrawal leaves what resting orders may yet pay and what secures anything that is owed. Raises VenueRejected:
    `invalid_client_id`, `invalid_amount`, `unknown_account`, `account_closed`, `insufficient_cash`, or
    `duplicate_client_id` where the id belongs to another amount. Nothing is moved then.
    """
    ensure_client_id(request.client_id)
    amount = request.amount
    if not amount.is_finite() or amount == ZERO or abs(amount) > MONEY_MAX or not is_multiple(amount, MONEY_UNIT):
        raise VenueRejected("The amount must be money, and not nothing.", reject_code="invalid_amount")
    with transaction.atomic(durable=True):
        cash = custody.lock_account(reference)
        activity_id = f"cash:{request.client_id}"
        known = VenueActivity.objects.filter(reference=reference, activity_id=activity_id).first()
        if known is not None:
            ensure_same(known, {cash.currency: amount})
            return
        ensure_open(cash)
        account = VenueAccount(cash, now=clock.now())
        if cash.amount + amount > MONEY_MAX:
            raise VenueRejected("The account would hold more than can be counted.", reject_code="invalid_amount")
        if amount < ZERO:
            others = account.wishes(account.resting)
            refusal = claims.lack(account.standing(), Wish(parts=(), pays=-amount), others)
            if refusal is not None:
                raise VenueRejected("That much cash is not free.", reject_code=refusal.code)
        kind = ActivityKind.DEPOSIT if amount > ZERO else ActivityKind.WITHDRAWAL
        effect = Effect(
            activity_id=activity_id, kind=kind, changes={cash.currency: amount}, client_id=request.client_id
        )
        effects.carry_out(cash, effect, now=account.now)


def close_account(reference: str, *, clock: Clock = SYSTEM) -> None:
    """Close the account for good: what rests is canceled, what it holds stays as history. Again changes nothing."""
    with transaction.atomic(durable=True):
        cash = custody.lock_account(reference)
        if cash.closed_at is not None:
            return
        now = clock.now()
        for order in VenueOrder.objects.filter(reference=reference, status__in=RESTING).order_by("pk"):
            effects.end(order, OrderStatus.CANCELED, _CLOSED, now=now)
        cash.closed_at = now
        cash.save(update_fields=["closed_at"])


def set_terms(reference: str, *, fill_model: FillModel | None = None, allows_short: bool | None = None) -> None:
    """Change how the exchange treats the account from now on; what is None stays.

    Part of the caller's transaction, where there is one, so that both sides of the account change together. Raises
    VenueRejected: `short_open` where shares or money are owed, or resting orders might come to owe shares, and
    short sales are switched off; `account_closed`, `unknown_account`. Nothing is changed then.
    """
    with transaction.atomic():
        cash = custody.lock_account(reference)
        ensure_open(cash)
        if allows_short is False and cash.allows_short and _owes_shares(cash):
            raise VenueRejected(
                "Buy back what is owed, and cancel orders to sell short, before switching this off.",
                reject_code="short_open",
            )
        cash.fill_model = cash.fill_model if fill_model is None else fill_model
        cash.allows_short = cash.allows_short if allows_short is None else allows_short
        cash.save(update_fields=["fill_model", "allows_short"])


def ensure_client_id(client_id: str) -> None:
    """Raise VenueRejected for an id that the exchange's book cannot write down."""
    if not (0 < len(client_id) <= CLIENT_ID_LENGTH_MAX and client_id.isascii() and client_id.isprintable()):
        raise VenueRejected("The client id must be 1 to 36 characters.", reject_code="invalid_client_id")


def ensure_open(cash: VenueCash) -> None:
    """Raise VenueRejected where the account is closed."""
    if cash.closed_at is not None:
        raise VenueRejected("This account is closed.", reject_code="account_closed")


def ensure_same(known: VenueActivity, wanted: dict[str, Decimal]) -> None:
    """Raise VenueRejected where an id that is used again stands for something else; the first stays as it is."""
    changes = dict(known.changes)
    if any(changes.get(asset) != plain(amount) for asset, amount in wanted.items()):
        raise VenueRejected("This client id belongs to something else.", reject_code="duplicate_client_id")


def _owes_shares(cash: VenueCash) -> bool:
    """Whether shares or money are owed, or may be by what rests. Contracts have security of their own."""
    if cash.amount < ZERO:
        return True
    owed = VenueHolding.objects.filter(reference=cash.reference, quantity__lt=ZERO)
    symbols = set(owed.values_list("symbol", flat=True))
    for order in VenueOrder.objects.filter(reference=cash.reference, status__in=RESTING):
        legs = custody.legs_of(order)
        symbols |= {leg.symbol for leg in legs if leg.side is Side.SELL and leg.effect is PositionEffect.OPEN}
    contracts = Instrument.objects.filter(symbol__in=symbols, asset_class=AssetClass.OPTION)
    return bool(symbols - set(contracts.values_list("symbol", flat=True)))
