"""Exercising options before they expire, as their holder wishes: recorded first, done by the venue, booked once."""

from __future__ import annotations

from decimal import Decimal

from django.db import IntegrityError, transaction

from accounts.models import User
from arbion.domain.enums import AssetClass, PendingRequest
from arbion.domain.errors import InvalidInput
from arbion.domain.numbers import ZERO, is_multiple, plain
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.commit import after_commit
from arbion.lib.ids import IdSource, new_id
from brokers.accounts import AccountArchived
from brokers.models import BrokerAccount
from marketdata.instruments import get_instrument
from marketdata.models import Instrument
from trading.announce import announce
from trading.books import wishes
from trading.books.ledger import Columns
from trading.errors import IdempotencyMismatch
from trading.execution.rests import resting_orders
from trading.execution.wishes import ask, ensure_may_wish
from trading.locks import lock_account
from trading.models import LedgerKind, OptionExercise


def exercise(
    account: BrokerAccount,
    *,
    symbol: str,
    quantity: Decimal,
    client_key: str,
    actor: User,
    clock: Clock = SYSTEM,
    ids: IdSource = new_id,
) -> OptionExercise:
    """Exercise so many contracts that the account holds; they are kept from orders until the venue has done it.

    The same key again is the same wish. Raises UnknownSymbol, InvalidInput (`not_an_option`, `not_positive`,
    `size_increment`, `insufficient_holdings`, `guarded_by_stop`, `stop_leaving`), NotFound for anybody else's account,
    AccountArchived, NotOffered, IdempotencyMismatch; nothing is recorded then. What the venue refuses (an option out of
    the money, too little cash for the shares) is a wish with the status `refused` and its reason.
    """
    ensure_may_wish(account, person=actor, client_key=client_key)
    instrument = get_instrument(symbol)
    _ensure_quantity(instrument, quantity)
    key = ids()
    try:
        with transaction.atomic():
            locked = lock_account(account.pk)
            made = _made_before(locked, instrument, quantity=quantity, actor=actor, client_key=client_key)
            if made is None:
                made = OptionExercise(
                    id=key, account=locked, user=actor, client_key=client_key, instrument=instrument, quantity=quantity
                )
                _record(made, clock=clock)
    except IntegrityError:
        # The same key came through another account's lock a moment earlier.
        earlier = _made_before(account, instrument, quantity=quantity, actor=actor, client_key=client_key)
        if earlier is None:
            raise
        made = earlier
    return OptionExercise.objects.select_related("account", "instrument").get(pk=made.pk)


def _record(wish: OptionExercise, *, clock: Clock) -> None:
    account, symbol = wish.account, wish.instrument.symbol
    if account.archived_at is not None:
        raise AccountArchived
    columns = Columns.read(account, [symbol])
    units = columns.peek(LedgerKind.UNITS, symbol)
    free = max(units.balance - units.held, ZERO)
    if wish.quantity > free:
        raise _not_free(wish, free=free, held=units.balance)
    wish.created_at, wish.held = clock.now(), wish.quantity
    wish.save(force_insert=True)
    wishes.hold(wish, columns=columns)
    after_commit(ask, str(wish.pk))
    announce(account.user_id)


def _not_free(wish: OptionExercise, *, free: Decimal, held: Decimal) -> InvalidInput:
    """Why the contracts cannot be had: an order that stands for a stop has them, or there are no more.

    An order for sale makes a stop's order give way, an exercise does not: it cannot be taken back, so its owner
    decides first that nothing guards the contracts any more.
    """
    symbol = wish.instrument.symbol
    orders = resting_orders(wish.account_id, symbol) if wish.quantity <= held else []
    if not orders:
        return InvalidInput.of("quantity", "insufficient_holdings", f"You hold {plain(free)} {symbol} that are free.")
    if all(order.pending_request == PendingRequest.CANCEL for order in orders):
        words = "The venue is still letting go of the order that stood for your stop: try again in a moment."
        return InvalidInput.of("quantity", "stop_leaving", words)
    words = "A stop of yours rests at the venue for these contracts: take the stop away first, then exercise."
    return InvalidInput.of("quantity", "guarded_by_stop", words)


def _ensure_quantity(instrument: Instrument, quantity: Decimal) -> None:
    if instrument.asset_class != AssetClass.OPTION:
        raise InvalidInput.of("symbol", "not_an_option", f"{instrument.symbol} is not an option.")
    if not quantity.is_finite() or quantity <= ZERO:
        raise InvalidInput.of("quantity", "not_positive", "The quantity must be above zero.")
    if not is_multiple(quantity, instrument.size_increment):
        raise InvalidInput.of("quantity", "size_increment", "Exercise a whole number of contracts.")


def _made_before(
    account: BrokerAccount, instrument: Instrument, *, quantity: Decimal, actor: User, client_key: str
) -> OptionExercise | None:
    made = OptionExercise.objects.filter(user=actor, client_key=client_key).first()
    if made is not None and (made.account_id, made.instrument_id, made.quantity) != (
        account.pk,
        instrument.pk,
        quantity,
    ):
        raise IdempotencyMismatch
    return made
