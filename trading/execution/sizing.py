"""How much to enter with: the desk's four ways to a size, on the account, the price and the limits of this moment."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from django.db.models import TextChoices

from arbion.domain.enums import OrderType, Side
from arbion.domain.errors import InvalidInput
from arbion.domain.numbers import EXACT, HUNDRED, ONE, ZERO, gross, plain
from arbion.domain.orders import Terms
from arbion.lib.clock import SYSTEM, Clock
from brokers.models import BrokerAccount
from marketdata import quotes
from marketdata.models import Instrument
from riskdesk import sizing
from riskdesk.sizing import Ceilings, Size, Unit
from riskdesk.terms import Bound
from trading import selectors
from trading.errors import StaleQuote
from trading.execution.facts import Facts, gather
from trading.execution.pricing import cushion_of, estimated_fee, price_seen

# Odds that are read off fewer trades than this are luck.
TRADES_MIN = 20
# Kelly's own fraction ruins who is a little wrong about the odds; half of it is the custom.
KELLY_PART = Decimal("0.5")
_WITH_LIMIT = frozenset({OrderType.LIMIT, OrderType.STOP_LIMIT})


class Method(TextChoices):
    """By what a size is found."""

    FIXED = "fixed", "Risk a part of equity, down to a stop"
    VOLATILITY = "volatility", "Risk a part of equity, by volatility"
    KELLY = "kelly", "Kelly, by your own trades"
    EQUAL = "equal", "An equal part of equity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be sized by: `risk_percent` is of equity, of Kelly its cap; `multiple` counts average true ranges.

    The stop is a price, or `stop_percent` from the entry. What the method does not use is ignored.
    """

    method: Method
    risk_percent: Decimal | None = None
    stop: Decimal | None = None
    stop_percent: Decimal | None = None
    multiple: Decimal | None = None
    positions: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sized:
    """The size, and what it was found from: the entry's price, the equity, the step of sizes.

    `stop` is the price down to which the loss was reckoned, where there is one.
    """

    size: Size
    price: Decimal
    equity: Decimal
    step: Decimal
    stop: Decimal | None


def size_entry(
    account: BrokerAccount, *, instrument: Instrument, side: Side, terms: Terms, wish: Wish, clock: Clock = SYSTEM
) -> Sized:
    """How much an order of this side and these terms should be; nothing is changed.

    Raises StaleQuote without a price, and InvalidInput on the field of the wish, on `side` for what would close, or on
    `equity`, with the reason why there is no size.
    """
    facts = gather(account=account, instruments=[instrument], at=clock.now())
    price = _price(facts, side=side, terms=terms)
    _refuse_exit(facts, side)
    if facts.equity is None:
        raise InvalidInput.of("equity", "unknown", "Something you hold has no price, so your equity is not known.")
    unit = Unit(price=price, step=instrument.size_increment, multiplier=instrument.multiplier)
    ceilings = _ceilings(facts, side=side, price=price, has_limit=terms.order_type in _WITH_LIMIT)
    stop, size = _found(facts, wish, side=side, unit=unit, ceilings=ceilings)
    return Sized(size=size, price=price, equity=facts.equity, step=unit.step, stop=stop)


def _found(facts: Facts, wish: Wish, *, side: Side, unit: Unit, ceilings: Ceilings) -> tuple[Decimal | None, Size]:
    """The size by the wish's method, and the stop that it was reckoned with."""
    equity = facts.equity or ZERO
    if wish.method is Method.EQUAL:
        if wish.positions is None:
            raise InvalidInput.of("positions", "required", "Say among how many positions equity is divided.")
        return None, sizing.equal_weight(equity=equity, positions=wish.positions, unit=unit, ceilings=ceilings)
    fraction = _fraction(wish)
    if wish.method is Method.VOLATILITY:
        multiple = wish.multiple or ONE * 2
        ranges = selectors.average_true_range(facts.instrument, at=facts.at)
        if ranges is None:
            detail = f"There are too few daily candles of {facts.instrument.symbol} to tell how far its price ranges."
            raise InvalidInput.of("method", "no_candles", detail)
        size = sizing.volatility(
            equity=equity, fraction=fraction, unit=unit, average_true_range=ranges, multiple=multiple, ceilings=ceilings
        )
        return _away(unit.price, EXACT.multiply(ranges, multiple), side, facts.instrument), size
    stop = _stop(wish, side=side, price=unit.price, is_needed=wish.method is Method.FIXED)
    if wish.method is Method.FIXED and stop is not None:
        return stop, sizing.fixed_fractional(equity=equity, fraction=fraction, unit=unit, stop=stop, ceilings=ceilings)
    win_rate, payoff = _odds(facts)
    size = sizing.kelly(
        equity=equity, win_rate=win_rate, payoff=payoff, unit=unit, stop=stop, part=KELLY_PART, cap=fraction,
        ceilings=ceilings,
    )  # fmt: skip
    return stop, size


def _price(facts: Facts, *, side: Side, terms: Terms) -> Decimal:
    quote = facts.quote
    price = price_seen(terms, side, quote)
    if price is None or quote is None or (facts.market_open and quotes.is_stale(quote, facts.at)):
        raise StaleQuote
    return price


def _refuse_exit(facts: Facts, side: Side) -> None:
    held = facts.units(facts.instrument.symbol)
    if (held > ZERO and side is Side.SELL) or (held < ZERO and side is Side.BUY):
        detail = (
            f"This order closes what you have: its size is {plain(abs(held))} or a part of it, not a matter of risk."
        )
        raise InvalidInput.of("side", "closes", detail)


def _fraction(wish: Wish) -> Decimal:
    if wish.risk_percent is None:
        raise InvalidInput.of("risk_percent", "required", "Say how much of equity may be lost, such as 1.")
    if not ZERO < wish.risk_percent <= HUNDRED:
        raise InvalidInput.of("risk_percent", "out_of_range", "This is above 0 and at most 100.")
    return EXACT.divide(wish.risk_percent, HUNDRED)


def _stop(wish: Wish, *, side: Side, price: Decimal, is_needed: bool) -> Decimal | None:
    """The stop as a price, on the side where it ends a loss."""
    stop = wish.stop
    if stop is None and wish.stop_percent is not None:
        away = EXACT.divide(EXACT.multiply(price, wish.stop_percent), HUNDRED)
        stop = price - away if side is Side.BUY else price + away
    if stop is None:
        if is_needed:
            raise InvalidInput.of("stop", "required", "Say where the stop is: the loss is reckoned down to it.")
        return None
    is_beyond = stop >= price if side is Side.BUY else stop <= price
    if is_beyond:
        word = "below" if side is Side.BUY else "above"
        detail = f"The stop is on the wrong side: it must be {word} the entry at {plain(price)}."
        raise InvalidInput.of("stop", "wrong_side", detail)
    return stop


def _odds(facts: Facts) -> tuple[Decimal, Decimal]:
    """The chance to win and what is won for what is lost, by the account's own closed trades."""
    record = selectors.trade_record(facts.account)
    if record.count < TRADES_MIN:
        word = "trade" if record.count == 1 else "trades"
        detail = f"Kelly needs a record: you have closed {record.count} {word}, and it takes {TRADES_MIN}."
        raise InvalidInput.of("method", "no_history", detail)
    payoff = record.payoff
    if payoff is None:
        word = "won" if not record.won else "lost"
        raise InvalidInput.of("method", "no_odds", f"None of your trades has {word} anything: there are no odds yet.")
    return record.win_rate, payoff


def _ceilings(facts: Facts, *, side: Side, price: Decimal, has_limit: bool) -> Ceilings:
    """The limits that a size must keep, less the room that a price without a limit needs until the order fills."""
    instrument, limits = facts.instrument, facts.limits
    room = ONE if has_limit else ONE + cushion_of(facts)
    units = abs(facts.units(instrument.symbol)) + facts.opening_quantity[side]
    free = max(facts.cash_free, ZERO)
    most = EXACT.divide(free, EXACT.multiply(price, instrument.multiplier))
    fee = estimated_fee(most, price=price, instrument=instrument, facts=facts)
    share = _money(limits.instrument_percent)
    by_share = None if share is None else EXACT.divide(EXACT.multiply(facts.equity or ZERO, share), HUNDRED)
    positions = [bound for bound in (_money(limits.position_value_usd), by_share) if bound is not None]
    return Ceilings(
        order_value=_within(_money(limits.order_value_usd), room),
        position_value=_within(min(positions, default=None), room),
        position_held=gross(units, price, instrument.multiplier),
        cash=_within(max(free - fee, ZERO), room),
    )


def _money(bound: Bound) -> Decimal | None:
    return bound if isinstance(bound, Decimal) else None


def _within(bound: Decimal | None, room: Decimal) -> Decimal | None:
    return None if bound is None else EXACT.divide(bound, room)


def _away(price: Decimal, distance: Decimal, side: Side, instrument: Instrument) -> Decimal | None:
    """So far from the entry on the losing side, at a price that can be quoted; None where that is below zero."""
    exact = price - distance if side is Side.BUY else price + distance
    steps = EXACT.divide(exact, instrument.price_increment)
    # Towards the entry: no more is lost than was reckoned.
    whole = steps.to_integral_value(ROUND_CEILING if side is Side.BUY else ROUND_FLOOR)
    found = EXACT.multiply(whole, instrument.price_increment)
    return found if found > ZERO else None
