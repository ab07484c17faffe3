"""Dividends and splits as the market feels them: planned, called off, and taken into every price of the instrument.

Each step is one transaction that moves the action's status on, so a step is made once, whatever is killed and begun
again: `begin` halts trading and adjusts the prices, then the exchange serves its accounts, then `finish` lets go.
"""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, connection, transaction

from arbion.domain.enums import AssetClass
from arbion.domain.errors import InvalidInput
from arbion.domain.numbers import EXACT, ONE, PRICE_MAX, PRICE_UNIT, QUANTITY_UNIT, ZERO, is_multiple, plain, round_down
from arbion.lib.clock import SYSTEM, Clock
from marketdata import coverage, hours, timetable
from marketdata.models import CorporateAction, Instrument, OptionContract, Quote, Tape
from marketdata.models.corporate import CorporateKind, CorporateStatus

UNITS_MAX = 100
# As many units of 1e-8 as a volume can count.
_VOLUME_MAX = 9 * 10**17
_PRICES = ("open", "high", "low", "close")
_QUOTED = ("last", "previous_close", "minute_open", "minute_high", "minute_low")


def schedule_dividend(
    instrument: Instrument, *, amount: Decimal, ex_date: date, clock: Clock = SYSTEM
) -> CorporateAction:
    """Plan a dividend of so much a share, in the share's currency, for whoever holds when `ex_date` begins.

    Raises InvalidInput for `instrument`, `ex_date` or `amount`; nothing is planned then.
    """
    _check_instrument(instrument)
    _check_day(ex_date, clock)
    last = _last_price(instrument)
    if not (amount.is_finite() and amount > ZERO and is_multiple(amount, PRICE_UNIT)):
        raise InvalidInput.of("amount", "not_positive", "The dividend must be above zero.")
    if amount > PRICE_MAX or amount >= last:
        raise InvalidInput.of("amount", "too_large", f"The dividend must be below the price of {plain(last)}.")
    return _plan(instrument, CorporateKind.DIVIDEND, ex_date, amount=amount)


def schedule_split(
    instrument: Instrument, *, new_units: int, old_units: int, ex_date: date, clock: Clock = SYSTEM
) -> CorporateAction:
    """Plan that `old_units` shares become `new_units` when `ex_date` begins; both from 1 to 100.

    Raises InvalidInput for `instrument`, `ex_date`, `new_units` or `old_units`; nothing is planned then.
    """
    _check_instrument(instrument)
    _check_day(ex_date, clock)
    for field, units in (("new_units", new_units), ("old_units", old_units)):
        if not 1 <= units <= UNITS_MAX:
            raise InvalidInput.of(field, "out_of_range", f"Give a whole number from 1 to {UNITS_MAX}.")
    shared = math.gcd(new_units, old_units)
    if new_units == old_units:
        raise InvalidInput.of("new_units", "no_change", "A split changes the number of shares.")
    after = _last_price(instrument) * old_units / new_units
    if not instrument.price_increment <= after <= PRICE_MAX:
        raise InvalidInput.of("new_units", "price_out_of_range", f"The price would become {plain(after)}.")
    return _plan(instrument, CorporateKind.SPLIT, ex_date, new_units=new_units // shared, old_units=old_units // shared)


def cancel(action: CorporateAction) -> None:
    """Call off what has not begun. Raises InvalidInput `already_begun` where it has."""
    planned = CorporateAction.objects.filter(pk=action.pk, status=CorporateStatus.SCHEDULED)
    if not planned.update(status=CorporateStatus.CANCELED):
        raise InvalidInput.of("status", "already_begun", "It has taken effect, or was called off, already.")


def unfinished(now: datetime) -> list[CorporateAction]:
    """What has begun and is not finished, then what is due at this moment, the earliest first.

    An instrument that follows a tape waits until that is over: a tape's prices are history's, splits and all.
    """
    rows = CorporateAction.objects.filter(
        status__in=[CorporateStatus.SCHEDULED, CorporateStatus.APPLYING], ex_date__lte=hours.local_date(now)
    ).select_related("instrument")
    actions = list(rows.order_by("ex_date", "kind", "instrument_id"))
    if not actions:
        return []
    on_tape = set(Tape.objects.filter(is_playing=True).values_list("instrument_id", flat=True))
    begun = [action for action in actions if action.status == CorporateStatus.APPLYING]
    due = [
        action
        for action in actions
        if action.status == CorporateStatus.SCHEDULED and action.instrument_id not in on_tape
    ]
    return begun + due


def ratio_of(action: CorporateAction) -> Decimal:
    """New units for each old one, as exactly as a price column tells it; 1 for a dividend."""
    if action.new_units is None or action.old_units is None:
        return ONE
    return EXACT.divide(Decimal(action.new_units), Decimal(action.old_units)).quantize(PRICE_UNIT, context=EXACT)


def halt_reason(action: CorporateAction) -> str:
    """What a halt for this action says; a halt with other words is somebody else's and stays."""
    return f"The {CorporateKind(action.kind).label.lower()} of {action.ex_date} is being carried out."


def begin(action: CorporateAction) -> bool:
    """Halt the instrument and take the action into its prices, in one transaction; False where that was done before.

    A dividend lowers the quote. A split moves everything: the base price, the quote with its forming minute, all
    candles, and the terms of the options (strike by the ratio down, multiplier up), whose trading halts with it.
    """
    with transaction.atomic():
        planned = CorporateAction.objects.filter(pk=action.pk, status=CorporateStatus.SCHEDULED)
        if not planned.update(status=CorporateStatus.APPLYING):
            return False
        action.status = CorporateStatus.APPLYING
        instrument = Instrument.objects.select_for_update().get(pk=action.instrument_id)
        reason = halt_reason(action)
        if not instrument.is_halted:
            instrument.is_halted, instrument.halt_reason = True, reason
        quote = Quote.objects.select_for_update().filter(pk=instrument.pk).first()
        if action.kind == CorporateKind.DIVIDEND:
            _lower(instrument, quote, action.amount or ZERO)
        else:
            _split(instrument, quote, new=action.new_units or 1, old=action.old_units or 1, reason=reason)
        # The moving market reads an instrument again once this moment has changed.
        instrument.save(update_fields=["base_price", "is_halted", "halt_reason", "updated_at"])
    return True


def finish(action: CorporateAction, *, now: datetime) -> None:
    """Let the instrument and its options trade again, and note that all is done."""
    with transaction.atomic():
        begun = CorporateAction.objects.filter(pk=action.pk, status=CorporateStatus.APPLYING)
        if not begun.update(status=CorporateStatus.APPLIED, applied_at=now):
            return
        own = Instrument.objects.filter(pk=action.instrument_id)
        own |= Instrument.objects.filter(contract__underlying=action.instrument_id)
        for instrument in own.filter(is_halted=True, halt_reason=halt_reason(action)):
            instrument.is_halted, instrument.halt_reason = False, ""
            instrument.save(update_fields=["is_halted", "halt_reason", "updated_at"])


def scaled(value: Decimal, *, new: int, old: int, increment: Decimal) -> Decimal:
    """A price after a split, on the nearest step of its grid and at least one step."""
    after = EXACT.divide(EXACT.multiply(value, Decimal(old)), Decimal(new))
    return max(round_down(EXACT.add(after, increment / 2), increment), increment)


def _lower(instrument: Instrument, quote: Quote | None, amount: Decimal) -> None:
    """Take the dividend off bid, ask and last. The previous close stays: the fall against it is the dividend's."""
    if quote is None:
        return
    step = instrument.price_increment
    amount = round_down(amount, step)
    for field in ("bid", "ask", "last"):
        setattr(quote, field, max(getattr(quote, field) - amount, step))
    quote.minute_low = min(quote.minute_low, quote.last)
    quote.save(update_fields=["bid", "ask", "last", "minute_low"])


def _split(instrument: Instrument, quote: Quote | None, *, new: int, old: int, reason: str) -> None:
    instrument.base_price = scaled(instrument.base_price, new=new, old=old, increment=instrument.price_increment)
    _rescale_quote(quote, new=new, old=old, increment=instrument.price_increment, counts_units=True)
    _rescale_candles(instrument, new=new, old=old, counts_units=True)
    coverage.realign(instrument)
    contracts = OptionContract.objects.filter(underlying=instrument, settled_at=None).select_related("instrument")
    for contract in contracts:
        _split_contract(contract, new=new, old=old)
        listed = contract.instrument
        if not listed.is_halted:
            listed.is_halted, listed.halt_reason = True, reason
        listed.save(update_fields=["multiplier", "is_halted", "halt_reason", "updated_at"])


def _split_contract(contract: OptionContract, *, new: int, old: int) -> None:
    """The contract keeps its worth: more shares at a lower strike. Its count, and so its volume, stays."""
    strike = EXACT.divide(EXACT.multiply(contract.strike, Decimal(old)), Decimal(new))
    contract.strike = max(strike.quantize(PRICE_UNIT, context=EXACT), PRICE_UNIT)
    contract.save(update_fields=["strike"])
    listed = contract.instrument
    multiplier = EXACT.divide(EXACT.multiply(listed.multiplier, Decimal(new)), Decimal(old))
    listed.multiplier = max(multiplier.quantize(QUANTITY_UNIT, context=EXACT), QUANTITY_UNIT)
    quote = Quote.objects.filter(pk=listed.pk).first()
    _rescale_quote(quote, new=new, old=old, increment=listed.price_increment, counts_units=False)
    _rescale_candles(listed, new=new, old=old, counts_units=False)


def _rescale_quote(quote: Quote | None, *, new: int, old: int, increment: Decimal, counts_units: bool) -> None:
    if quote is None:
        return
    for field in (*_QUOTED, "bid", "ask"):
        setattr(quote, field, scaled(getattr(quote, field), new=new, old=old, increment=increment))
    if counts_units:
        for field in ("volume", "minute_volume"):
            after = EXACT.divide(EXACT.multiply(getattr(quote, field), Decimal(new)), Decimal(old))
            most = Decimal(_VOLUME_MAX) * QUANTITY_UNIT
            setattr(quote, field, min(round_down(after, QUANTITY_UNIT), most))
    quote.save()


def _rescale_candles(instrument: Instrument, *, new: int, old: int, counts_units: bool) -> None:
    """All stored candles in one statement; whole parts and rest apart, so that no product leaves 64 bits."""
    columns = [f'"{name}" = {_fraction(name, times=old, parts=new)}' for name in _PRICES]
    if counts_units:
        too_many = f'"volume" / {old} >= {_VOLUME_MAX // new}'
        whole = _fraction("volume", times=new, parts=old)
        columns.append(f'"volume" = CASE WHEN {too_many} THEN {_VOLUME_MAX} ELSE {whole} END')
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE marketdata_candle SET {", ".join(columns)} WHERE "instrument_id" = %s',  # noqa: S608  own numbers
            [instrument.pk],
        )


def _fraction(name: str, *, times: int, parts: int) -> str:
    """A column times `times` by `parts`, to the nearest whole number, in the arithmetic that both databases share."""
    rest = f'("{name}" - "{name}" / {parts} * {parts})'
    return f'"{name}" / {parts} * {times} + ({rest} * {2 * times} + {parts}) / {2 * parts}'


def _plan(instrument: Instrument, kind: CorporateKind, ex_date: date, **terms: object) -> CorporateAction:
    """Write the plan; one that was called off for that day is taken up again."""
    try:
        with transaction.atomic():
            CorporateAction.objects.filter(
                instrument=instrument, kind=kind, ex_date=ex_date, status=CorporateStatus.CANCELED
            ).delete()
            return CorporateAction.objects.create(instrument=instrument, kind=kind, ex_date=ex_date, **terms)
    except IntegrityError as error:
        detail = f"A {kind.label.lower()} of {instrument.symbol} is planned for {ex_date} already."
        raise InvalidInput.of("ex_date", "already_planned", detail) from error


def _check_instrument(instrument: Instrument) -> None:
    if instrument.asset_class not in (AssetClass.EQUITY, AssetClass.ETF):
        raise InvalidInput.of("instrument", "not_a_share", "Only shares and funds pay dividends and split.")
    if Tape.objects.filter(instrument=instrument, is_playing=True).exists():
        detail = f"{instrument.symbol} follows a tape, whose prices have it all in them."
        raise InvalidInput.of("instrument", "follows_tape", detail)


def _check_day(ex_date: date, clock: Clock) -> None:
    if ex_date <= hours.local_date(clock.now()):
        raise InvalidInput.of("ex_date", "not_in_future", "The first day without it must be after today.")
    if not hours.always_open(AssetClass.EQUITY) and timetable.current().day(ex_date) is None:
        raise InvalidInput.of("ex_date", "no_trading_day", f"The market is closed on {ex_date}.")


def _last_price(instrument: Instrument) -> Decimal:
    last = Quote.objects.filter(pk=instrument.pk).values_list("last", flat=True).first()
    return instrument.base_price if last is None else last
