"""Attaching a stop to a position, changing it and taking it away again; each is written down in the audit log."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from accounts.roles import Ability, can
from arbion.domain.errors import Forbidden, InvalidInput, NotFound
from arbion.domain.numbers import EXACT, PRICE_UNIT, QUANTITY_MAX, ZERO, plain
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.ids import IdSource, new_id
from brokers.accounts import AccountArchived
from brokers.models import BrokerAccount
from marketdata import quotes
from marketdata.models import Instrument
from riskdesk import ticks
from riskdesk.stops import StopKind, StopTerms, begin, is_breached
from trading.announce import announce
from trading.errors import IdempotencyMismatch, StaleQuote, StopNotStanding
from trading.execution.protection import telling
from trading.execution.protection.fire import take_back
from trading.execution.protection.market import splits, stands_still
from trading.execution.protection.measures import has_filled
from trading.execution.routing import check_size
from trading.locks import lock_account
from trading.models import STANDING, WATCHED, Position, Stop, StopStatus

STOPS_OF_POSITION_MAX = 10
REASON_LENGTH_MAX = 200
ROWS = ("account__user", "instrument", "resting")
FIGURES = ("price", "percent", "amount", "closes_at")


def attach(
    account: BrokerAccount,
    *,
    user: User,
    instrument: Instrument,
    kind: StopKind,
    client_key: str,
    quantity: Decimal | None = None,
    clock: Clock = SYSTEM,
    ids: IdSource = new_id,
    **figures: Any,
) -> tuple[Stop, bool]:
    """Attach a stop to the account's position, whole or a part in units; with it, whether the key had made it before.

    `figures` are those of StopTerms. Raises NotFound for another person's account, InvalidInput (field, code, reason)
    for what makes no stop or would go off at once, StaleQuote without a fresh price, IdempotencyMismatch for a key
    that was used for another stop; nothing is recorded then.
    """
    if account.user_id != user.pk:
        raise NotFound
    key, body = ids(), _hash(instrument, kind, quantity, figures)
    try:
        with transaction.atomic():
            locked = lock_account(account.pk)
            earlier = _made_before(locked, client_key, body)
            if earlier is not None:
                return earlier, True
            if locked.archived_at is not None:
                raise AccountArchived
            _refuse_too_many(locked, instrument)
            stop = Stop(id=key, account=locked, instrument=instrument, client_key=client_key, body_hash=body)
            stop.created_at = clock.now()
            _set_terms(stop, kind=kind, quantity=quantity, figures=figures, clock=clock)
            stop.save(force_insert=True)
            _note(stop, user, "risk.stop_attached")
    except IntegrityError:
        earlier = _made_before(account, client_key, body)
        if earlier is None:
            raise
        return earlier, True
    return stop, False


def preview(
    account: BrokerAccount,
    *,
    user: User,
    instrument: Instrument,
    kind: StopKind,
    quantity: Decimal | None = None,
    clock: Clock = SYSTEM,
    **figures: Any,
) -> Stop:
    """The stop as `attach` would make it now, not saved. Raises what `attach` raises for what makes no stop."""
    if account.user_id != user.pk:
        raise NotFound
    stop = Stop(account=account, instrument=instrument)
    _set_terms(stop, kind=kind, quantity=quantity, figures=figures, clock=clock)
    return stop


def change(
    stop: Stop,
    *,
    user: User,
    kind: StopKind | None = None,
    quantity: Decimal | None = None,
    is_whole: bool = False,
    cleared: Collection[str] = (),
    clock: Clock = SYSTEM,
    **figures: Any,
) -> Stop:
    """Change a stop that has not gone off; what is not given stays, unless the kind changes.

    It begins anew at the price and the entry of now. `is_whole` takes a part's size away, `cleared` names figures that
    are taken away, such as the price of a break-even stop, which needs none. Raises what `attach` raises, and
    StopNotStanding for one that went off or has ended. An order that stands for it at its venue is taken back:
    until the venue has let go of it, it may still fill on the terms from before.
    """
    if stop.account.user_id != user.pk:
        raise NotFound
    with transaction.atomic():
        lock_account(stop.account_id)
        fresh = Stop.objects.select_related(*ROWS).get(pk=stop.pk)
        if fresh.status not in WATCHED or has_filled(fresh):
            raise StopNotStanding
        asked = kind or StopKind(fresh.kind)
        given = {name: value for name, value in figures.items() if value is not None}
        if asked == fresh.kind:
            kept = {name: getattr(fresh, name) for name in FIGURES if getattr(fresh, name) is not None}
            # A target's price and its percentage stand for each other.
            gone = {*cleared, *(("price", "percent") if asked is StopKind.TAKE_PROFIT and given else ())}
            given = {name: value for name, value in kept.items() if name not in gone} | given
        size = None if is_whole else quantity or fresh.quantity
        _set_terms(fresh, kind=asked, quantity=size, figures=given, clock=clock)
        take_back(fresh, "its stop was changed", clock=clock)
        if fresh.resting is not None and not fresh.resting.is_open:
            # What became of the order before is no reason against the next one.
            fresh.resting, fresh.rest_again_at, fresh.rest_note = None, None, ""
        fresh.version += 1
        fresh.save()
        _note(fresh, user, "risk.stop_changed")
    return _as_it_stands(fresh)


def cancel(stop: Stop, *, user: User, clock: Clock = SYSTEM) -> Stop:
    """Take a stop away; asking again changes nothing. Raises NotFound, or StopNotStanding once it went off.

    An order that stands for it at its venue is canceled there; where that fills first, the stop will say so.
    """
    if stop.account.user_id != user.pk:
        raise NotFound
    with transaction.atomic():
        fresh, is_news = _take_away(stop, "It was taken away.", clock=clock)
        if is_news:
            _note(fresh, user, "risk.stop_canceled")
    return _as_it_stands(fresh)


def withdraw(stop: Stop, *, operator: User, reason: str, clock: Clock = SYSTEM) -> Stop:
    """Take somebody's stop away as an operator, who says why; its owner is told. Asking again changes nothing.

    Raises Forbidden unless the operator oversees everybody, InvalidInput on `reason`, StopNotStanding once it went off.
    """
    why = reason.strip()
    if not can(operator, Ability.OVERSEE):
        raise Forbidden("Only who oversees everybody takes another person's stop away.")
    if not why or len(why) > REASON_LENGTH_MAX:
        raise InvalidInput.of("reason", "length", f"Say why, in 1 to {REASON_LENGTH_MAX} characters.")
    with transaction.atomic():
        fresh, is_news = _take_away(stop, f"An operator took it away: {why}", clock=clock)
        if is_news:
            _note(fresh, operator, "risk.stop_withdrawn", reason=why)
            telling.withdrawn(fresh, why, at=clock.now())
    return _as_it_stands(fresh)


def _as_it_stands(stop: Stop) -> Stop:
    """The stop with what the venue may have said meanwhile of the order that stood for it."""
    if stop.resting is not None:
        stop.resting.refresh_from_db()
    return stop


def _take_away(stop: Stop, words: str, *, clock: Clock) -> tuple[Stop, bool]:
    """Cancel it under the account's lock; with it, whether it stood until now."""
    lock_account(stop.account_id)
    fresh = Stop.objects.select_related(*ROWS).get(pk=stop.pk)
    if fresh.status == StopStatus.CANCELED:
        return fresh, False
    if fresh.status not in WATCHED or has_filled(fresh):
        raise StopNotStanding
    take_back(fresh, "its stop was taken away", clock=clock)
    fresh.status, fresh.reason = StopStatus.CANCELED, words
    if fresh.resting is not None and fresh.resting.is_open:
        fresh.reason = f"{words} The venue was asked to cancel the order that stood for it."
    fresh.updated_at = fresh.ended_at = clock.now()
    fresh.version += 1
    fresh.save()
    return fresh, True


def _set_terms(stop: Stop, *, kind: StopKind, quantity: Decimal | None, figures: dict[str, Any], clock: Clock) -> None:
    """Give a stop its terms, on the position and the price of now. Needs the account's lock."""
    now = clock.now()
    held, entry = _position(stop)
    terms = StopTerms(kind=kind, is_long=held > ZERO, **figures)
    if terms.closes_at is not None and terms.closes_at <= now:
        raise InvalidInput.of("closes_at", "past", "This time has passed.")
    _check_quantity(stop.instrument, quantity, held)
    _refuse_during_split(stop.instrument, now)
    price = _price_now(stop.instrument, clock)
    state = begin(terms, price=price, at=now, entry=entry)
    if is_breached(terms, state, price=price, at=now):
        side = "below" if terms.fires_below else "above"
        field = next((name for name in FIGURES if getattr(terms, name) is not None), "price")
        detail = f"At {plain(price)} it would go off at once: its level must be {side} the price."
        raise InvalidInput.of(field, "at_once", detail)
    stop.kind, stop.is_long, stop.quantity, stop.entry = kind, terms.is_long, quantity, entry
    for name in FIGURES:
        setattr(stop, name, getattr(terms, name))
    stop.extreme, stop.level, stop.armed_at = state.extreme, state.level, state.armed_at
    stop.status, stop.reason = StopStatus.GUARDING, ""
    stop.looked_at, stop.looked_price = now, price
    stop.splits_until = stop.updated_at = now


def _position(stop: Stop) -> tuple[Decimal, Decimal]:
    """The units held (below zero: owed) and their average price per unit. Raises InvalidInput where there are none."""
    row = Position.objects.filter(account_id=stop.account_id, instrument_id=stop.instrument_id).first()
    if row is None or row.quantity == ZERO:
        raise InvalidInput.of("symbol", "no_position", f"You hold no {stop.instrument.symbol}: nothing to guard.")
    units = EXACT.multiply(row.quantity, stop.instrument.multiplier)
    entry = EXACT.divide(row.cost, units).quantize(PRICE_UNIT, context=EXACT)
    return row.quantity, max(entry, PRICE_UNIT)


def _check_quantity(instrument: Instrument, quantity: Decimal | None, held: Decimal) -> None:
    if quantity is None:
        return
    if not quantity.is_finite() or quantity <= ZERO or quantity > QUANTITY_MAX:
        raise InvalidInput.of("quantity", "not_positive", "This must be above zero.")
    check_size(instrument, quantity)
    if quantity > abs(held):
        raise InvalidInput.of("quantity", "too_large", f"The position has {plain(abs(held))}.")


def _refuse_during_split(instrument: Instrument, at: datetime) -> None:
    if any(split.applied_at is None for split in splits(at, of=instrument)):
        detail = f"A split of {instrument.symbol} is being carried out: try again in a moment."
        raise InvalidInput.of("symbol", "split_under_way", detail)


def _price_now(instrument: Instrument, clock: Clock) -> Decimal:
    """The last price. A market that is closed or halted stands still: there its newest price will do."""
    quote = quotes.latest_of(instrument)
    if quote is None:
        raise StaleQuote
    tick = ticks.Tick(bid=quote.bid, ask=quote.ask, last=quote.last, at=quote.at)
    age_max = timedelta(seconds=settings.QUOTE_AGE_SECONDS_MAX)
    if not stands_still(instrument, clock.now()) and not ticks.is_usable(
        tick, now=clock.now(), age_max=age_max, step=instrument.price_increment
    ):
        raise StaleQuote
    return tick.last


def _made_before(account: BrokerAccount, client_key: str, body: str) -> Stop | None:
    made = Stop.objects.select_related("account", "instrument").filter(account=account, client_key=client_key).first()
    if made is not None and made.body_hash != body:
        raise IdempotencyMismatch
    return made


def _hash(instrument: Instrument, kind: StopKind, quantity: Decimal | None, figures: dict[str, Any]) -> str:
    """SHA-256 over what was asked, in one spelling."""
    values = {"symbol": instrument.symbol, "kind": kind.value, "quantity": quantity, **figures}
    said = {name: _text(value) for name, value in values.items() if value is not None}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _text(value: Any) -> str:
    return plain(value) if isinstance(value, Decimal) else str(value)


def _refuse_too_many(account: BrokerAccount, instrument: Instrument) -> None:
    rows = Stop.objects.filter(account=account, instrument=instrument, status__in=STANDING)
    if rows.count() >= STOPS_OF_POSITION_MAX:
        raise InvalidInput.of("symbol", "too_many", f"A position has at most {STOPS_OF_POSITION_MAX} stops.")


def _note(stop: Stop, user: User, action: str, **more: str) -> None:
    """Write it into the audit log, and tell the person's open pages."""
    figures = {name: _text(getattr(stop, name)) for name in FIGURES if getattr(stop, name) is not None}
    data = {"symbol": stop.instrument.symbol, "kind": stop.kind, **figures, **more}
    audit.record(actor=user, action=action, subject=f"stop {stop.pk}", data=data)
    announce(stop.account.user_id)
