"""From the instruction to the order: the size in units and what it does to the position, before anybody judges."""

from __future__ import annotations

from decimal import Decimal

from arbion.domain.enums import AUCTION, AssetClass, OrderType, PositionEffect, Side, TimeInForce, Venue
from arbion.domain.errors import InvalidInput
from arbion.domain.numbers import EXACT, HUNDRED, ONE, ZERO, gross, is_multiple, money, plain, round_down
from arbion.domain.orders import LegRequest, OrderRequest
from brokers.rules import VenueRules, rules_of
from marketdata.models import Instrument
from trading.errors import StaleQuote
from trading.execution.facts import Facts
from trading.execution.pricing import cushion_of, price_seen
from trading.instruction import Instruction
from trading.models import Order

_PRICES = ("limit_price", "stop_price", "trail_amount")
_WITH_CUSHION = frozenset({OrderType.MARKET, OrderType.STOP, OrderType.TRAILING_STOP})


def plan_order(
    instruction: Instruction, *, facts: Facts, client_order_id: str, oco_group: str = "", is_follower: bool = False
) -> OrderRequest:
    """The order for the instruction. Raises InvalidInput (field, code, reason) or StaleQuote; changes nothing.

    Of a follower whose effect is said the position is not asked: it is about what another order will have opened.
    """
    _refuse_what_the_venue_lacks(instruction, facts)
    _refuse_past_dates(instruction, facts)
    legs = _legs(instruction, facts)
    effect = instruction.effect if is_follower and instruction.effect else _effect(instruction, facts)
    if not legs:
        check_increments(facts.instrument, {name: getattr(instruction, name) for name in _PRICES})
    quantity = _quantity(instruction, effect=effect, facts=facts)
    _refuse_worthless(instruction, quantity, facts=facts)
    return OrderRequest(
        client_order_id=client_order_id,
        symbol=facts.instrument.symbol,
        side=instruction.side,
        order_type=instruction.order_type,
        time_in_force=instruction.time_in_force,
        quantity=quantity,
        limit_price=instruction.limit_price,
        stop_price=instruction.stop_price,
        trail_amount=instruction.trail_amount,
        trail_percent=instruction.trail_percent,
        expires_at=instruction.expires_at,
        extended_hours=instruction.extended_hours,
        effect=effect,
        legs=legs,
        oco_group=oco_group,
    )


def check_increments(instrument: Instrument, prices: dict[str, Decimal | None]) -> None:
    """Raise InvalidInput for a price that is no whole number of the instrument's price steps."""
    step = instrument.price_increment
    for field, price in prices.items():
        if price is not None and not is_multiple(price, step):
            raise InvalidInput.of(field, "price_increment", f"The price must be a multiple of {plain(step)}.")


def check_size(instrument: Instrument, quantity: Decimal) -> None:
    """Raise InvalidInput for a size that is no whole number of the instrument's size steps."""
    increment = instrument.size_increment
    if not is_multiple(quantity, increment):
        raise InvalidInput.of("quantity", "size_increment", f"The size must be a multiple of {plain(increment)}.")


def _refuse_what_the_venue_lacks(instruction: Instruction, facts: Facts) -> None:
    rules: VenueRules = rules_of(Venue(facts.account.venue))
    if instruction.order_type not in rules.order_types:
        raise InvalidInput.of("order_type", "unsupported", "This venue does not take orders of this type.")
    if instruction.time_in_force not in rules.times_in_force:
        raise InvalidInput.of("time_in_force", "unsupported", "This venue does not offer this time in force.")
    kinds = {one.asset_class for one in facts.instruments}
    if instruction.time_in_force in AUCTION and AssetClass.CRYPTO in kinds:
        raise InvalidInput.of("time_in_force", "not_allowed", "Coins trade around the clock: no opening, no close.")
    if instruction.extended_hours and not rules.offers_extended_hours:
        raise InvalidInput.of("extended_hours", "unsupported", "This venue trades in regular hours only.")
    if instruction.extended_hours and kinds & {AssetClass.OPTION, AssetClass.CRYPTO}:
        raise InvalidInput.of("extended_hours", "not_allowed", "Extended hours are for shares and funds.")
    if AssetClass.OPTION in kinds and not rules.offers_options:
        raise InvalidInput.of("symbol", "unsupported", "This venue does not trade options.")


def _refuse_past_dates(instruction: Instruction, facts: Facts) -> None:
    if instruction.expires_at is not None and instruction.expires_at <= facts.at:
        raise InvalidInput.of("expires_at", "past", "This date has passed.")


def _legs(instruction: Instruction, facts: Facts) -> tuple[LegRequest, ...]:
    """The legs of a package, each with its effect; they must be of one underlying."""
    if not instruction.legs:
        return ()
    made = []
    for leg, instrument in zip(instruction.legs, facts.instruments, strict=True):
        check_size(instrument, Decimal(leg.ratio))
        if instrument.pk != facts.instrument.pk and _underlying(instrument) != facts.instrument.symbol:
            detail = f"{instrument.symbol} is no option on {facts.instrument.symbol}."
            raise InvalidInput.of("legs", "other_underlying", detail)
        effect = _effect_on(instrument, leg.side, leg.effect, facts=facts, field="legs")
        made.append(LegRequest(symbol=instrument.symbol, side=leg.side, ratio=leg.ratio, effect=effect))
    return tuple(made)


def _underlying(instrument: Instrument) -> str:
    if instrument.asset_class != AssetClass.OPTION:
        return ""
    return instrument.contract.underlying.symbol


def _effect(instruction: Instruction, facts: Facts) -> PositionEffect:
    if not instruction.legs:
        return _effect_on(facts.instrument, instruction.side, instruction.effect, facts=facts, field="effect")
    effects = [
        _effect_on(instrument, leg.side, leg.effect, facts=facts, field="legs")
        for leg, instrument in zip(instruction.legs, facts.instruments, strict=True)
    ]
    return PositionEffect.OPEN if PositionEffect.OPEN in effects else PositionEffect.CLOSE


def effect_now(order: Order, facts: Facts) -> PositionEffect:
    """What an order of one instrument would do to the position as it is now."""
    return _effect_on(facts.instrument, Side(order.side), None, facts=facts, field="effect")


def _effect_on(
    instrument: Instrument, side: Side, said: PositionEffect | None, *, facts: Facts, field: str
) -> PositionEffect:
    """Whether the order makes the position larger or smaller; never both, and what was said must be so."""
    units = facts.units(instrument.symbol)
    closes = units > ZERO if side is Side.SELL else units < ZERO
    may_be_short = facts.account.margin or instrument.asset_class == AssetClass.OPTION
    if not closes and side is Side.SELL and not may_be_short and said is None:
        # Without margin a sale can only be of what is held: the desk says how much that is.
        return PositionEffect.CLOSE
    real = PositionEffect.CLOSE if closes else PositionEffect.OPEN
    if said is None or said is real:
        return real
    holding = f"You hold {plain(units)} {instrument.symbol}" if units else f"You hold no {instrument.symbol}"
    doing = {"buy": "buying", "sell": "selling"}[side.value]
    verb = "closes" if closes else "opens"
    raise InvalidInput.of(field, "effect_mismatch", f"{holding}, so {doing} it {verb} a position.")


def _quantity(instruction: Instruction, *, effect: PositionEffect, facts: Facts) -> Decimal:
    increment = ONE if instruction.legs else facts.instrument.size_increment
    if instruction.quantity is not None:
        if not is_multiple(instruction.quantity, increment):
            raise InvalidInput.of("quantity", "size_increment", f"The size must be a multiple of {plain(increment)}.")
        return instruction.quantity
    if instruction.percent_of_position is not None:
        return _part_of_position(instruction, effect=effect, facts=facts)
    price = price_seen(instruction.terms, instruction.side, facts.quote)
    if price is None:
        raise StaleQuote
    field = "notional" if instruction.notional is not None else "percent_of_cash"
    amount = instruction.notional or _part_of_cash(instruction, facts=facts)
    unit_price = EXACT.multiply(price, facts.instrument.multiplier)
    quantity = round_down(EXACT.divide(amount, unit_price), increment)
    if quantity <= ZERO:
        smallest = money(EXACT.multiply(unit_price, increment))
        detail = f"This is less than the smallest size: {plain(increment)} costs about {smallest:,.2f}."
        raise InvalidInput.of(field, "too_small", detail)
    return quantity


def _refuse_worthless(instruction: Instruction, quantity: Decimal, *, facts: Facts) -> None:
    """A purchase must cost something: one below the smallest unit of money would be units for nothing."""
    if instruction.legs or instruction.side is not Side.BUY:
        return
    price = price_seen(instruction.terms, instruction.side, facts.quote)
    if price is not None and gross(quantity, price, facts.instrument.multiplier) == ZERO:
        raise InvalidInput.of("quantity", "too_small", "This is worth less than the smallest amount of money.")


def _part_of_position(instruction: Instruction, *, effect: PositionEffect, facts: Facts) -> Decimal:
    symbol, percent = facts.instrument.symbol, instruction.percent_of_position or ZERO
    owed = facts.units(symbol) < ZERO
    free = facts.units_free(symbol) if effect is PositionEffect.CLOSE else ZERO
    if free <= ZERO or owed != (instruction.side is Side.BUY):
        verb = "buy back" if instruction.side is Side.BUY else "sell"
        raise InvalidInput.of("percent_of_position", "no_position", f"You hold no {symbol} that is free to {verb}.")
    if percent == HUNDRED:
        return free
    part = round_down(EXACT.divide(EXACT.multiply(free, percent), HUNDRED), facts.instrument.size_increment)
    if part <= ZERO:
        raise InvalidInput.of("percent_of_position", "too_small", "This part of the position is less than one unit.")
    return part


def _part_of_cash(instruction: Instruction, *, facts: Facts) -> Decimal:
    percent = instruction.percent_of_cash or ZERO
    free = max(facts.cash_free, ZERO)
    part = EXACT.divide(EXACT.multiply(free, percent), HUNDRED)
    if instruction.order_type in _WITH_CUSHION:
        # All the cash at the market must leave room for the cushion of its own hold.
        part = min(part, EXACT.divide(free, ONE + cushion_of(facts)))
    return part


def waits_for_open(request: OrderRequest, *, facts: Facts) -> bool:
    """Whether the order is kept here until its market opens. One that trades at once or not at all never waits."""
    if request.time_in_force in {TimeInForce.IOC, TimeInForce.FOK}:
        return False
    if request.time_in_force is TimeInForce.OPG:
        return True
    return not (facts.extended_open if request.extended_hours else facts.market_open)
