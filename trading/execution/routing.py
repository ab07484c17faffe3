"""From the instruction to the order: the size in units, checked against the instrument's increments."""

from __future__ import annotations

from decimal import Decimal

from arbion.domain.enums import OrderType, Side, Venue
from arbion.domain.errors import InvalidInput
from arbion.domain.numbers import EXACT, HUNDRED, ZERO, gross, is_multiple, money, plain, round_down
from arbion.domain.orders import OrderRequest
from brokers.fees import total_fee
from brokers.rules import rules_of
from trading.errors import StaleQuote
from trading.execution.facts import Facts
from trading.instruction import Instruction

# A market order may fill above the price that was seen; its hold is that much larger, and the rest is given back.
MARKET_CUSHION = Decimal("0.01")


def plan_order(instruction: Instruction, *, facts: Facts, client_order_id: str) -> OrderRequest:
    """The order for the instruction. Raises InvalidInput (field, code, reason) or StaleQuote; changes nothing."""
    instrument = facts.instrument
    rules = rules_of(Venue(facts.account.venue))
    if instruction.order_type not in rules.order_types:
        raise InvalidInput.of("order_type", "unsupported", "This venue does not take orders of this type.")
    if instruction.time_in_force not in rules.times_in_force:
        raise InvalidInput.of("time_in_force", "unsupported", "This venue does not offer this time in force.")
    price = instruction.limit_price
    if price is not None and not is_multiple(price, instrument.price_increment):
        step = plain(instrument.price_increment)
        raise InvalidInput.of("limit_price", "price_increment", f"The price must be a multiple of {step}.")
    quantity = _quantity(instruction, facts=facts)
    _refuse_worthless(instruction, quantity, facts=facts)
    return OrderRequest(
        client_order_id=client_order_id,
        symbol=instrument.symbol,
        side=instruction.side,
        order_type=instruction.order_type,
        time_in_force=instruction.time_in_force,
        quantity=quantity,
        limit_price=price,
    )


def price_seen(instruction: Instruction, *, facts: Facts) -> Decimal | None:
    """The price that the order is reckoned at: its limit, else the side of the quote it would meet."""
    if instruction.limit_price is not None:
        return instruction.limit_price
    if facts.quote is None:
        return None
    return facts.quote.ask if instruction.side is Side.BUY else facts.quote.bid


def hold_amount(request: OrderRequest, *, facts: Facts) -> Decimal | None:
    """What the order claims: units for a sale; for a purchase cash with fees and, at the market, a cushion.

    None where there is no price to reckon with.
    """
    if request.side is Side.SELL:
        return request.quantity
    price = request.limit_price
    if request.order_type is OrderType.MARKET:
        if facts.quote is None:
            return None
        price = EXACT.multiply(facts.quote.ask, 1 + MARKET_CUSHION)
    assert price is not None, "a limit order has a limit price"  # noqa: S101  checked where the request is born
    return gross(request.quantity, price) + estimated_fee(request.quantity, price=price, facts=facts)


def estimated_fee(quantity: Decimal, *, price: Decimal, facts: Facts) -> Decimal:
    """What the venue would charge for the whole order at that price."""
    schedule = rules_of(Venue(facts.account.venue)).fee_schedule
    return total_fee(schedule, quantity=quantity, value=gross(quantity, price))


def _quantity(instruction: Instruction, *, facts: Facts) -> Decimal:
    increment = facts.instrument.size_increment
    if instruction.quantity is not None:
        if not is_multiple(instruction.quantity, increment):
            raise InvalidInput.of("quantity", "size_increment", f"The size must be a multiple of {plain(increment)}.")
        return instruction.quantity
    if instruction.percent_of_position is not None:
        return _part_of_position(instruction.percent_of_position, facts=facts)
    price = price_seen(instruction, facts=facts)
    if price is None:
        raise StaleQuote
    field = "notional" if instruction.notional is not None else "percent_of_cash"
    amount = instruction.notional or _part_of_cash(instruction, facts=facts)
    quantity = round_down(EXACT.divide(amount, price), increment)
    if quantity <= ZERO:
        smallest = money(EXACT.multiply(price, increment))
        detail = f"This is less than the smallest size: {plain(increment)} costs about {smallest:,.2f}."
        raise InvalidInput.of(field, "too_small", detail)
    return quantity


def _refuse_worthless(instruction: Instruction, quantity: Decimal, *, facts: Facts) -> None:
    """A purchase must cost something: one below the smallest unit of money would be units for nothing."""
    price = price_seen(instruction, facts=facts)
    if instruction.side is Side.BUY and price is not None and gross(quantity, price) == ZERO:
        raise InvalidInput.of("quantity", "too_small", "This is worth less than the smallest amount of money.")


def _part_of_position(percent: Decimal, *, facts: Facts) -> Decimal:
    free: Decimal = facts.units.balance - facts.units.held
    if free <= ZERO:
        symbol = facts.instrument.symbol
        raise InvalidInput.of("percent_of_position", "no_position", f"You hold no {symbol} that is free to sell.")
    if percent == HUNDRED:
        return free
    part = round_down(EXACT.divide(EXACT.multiply(free, percent), HUNDRED), facts.instrument.size_increment)
    if part <= ZERO:
        raise InvalidInput.of("percent_of_position", "too_small", "This part of the position is less than one unit.")
    return part


def _part_of_cash(instruction: Instruction, *, facts: Facts) -> Decimal:
    percent = instruction.percent_of_cash
    assert percent is not None, "an instruction has exactly one size"  # noqa: S101  checked where it is born
    free = max(facts.cash.balance - facts.cash.held, ZERO)
    part = EXACT.divide(EXACT.multiply(free, percent), HUNDRED)
    if instruction.order_type is OrderType.MARKET:
        # All the cash at the market must leave room for the cushion of its own hold.
        part = min(part, EXACT.divide(free, 1 + MARKET_CUSHION))
    return part
