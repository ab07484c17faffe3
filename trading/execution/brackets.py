"""Brackets: an entry with a stop loss, a take profit or both, which come into force when it has filled."""

from __future__ import annotations

import hashlib
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from arbion.domain.enums import GroupKind, GroupRole, OrderStatus, OrderType, PositionEffect, Side, TimeInForce
from arbion.domain.errors import InvalidInput
from arbion.domain.numbers import EXACT, HUNDRED, ONE, ZERO, plain
from arbion.lib.ids import IdSource
from brokers.models import BrokerAccount
from marketdata.instruments import get_instrument
from marketdata.models import Instrument
from trading.errors import StaleQuote
from trading.execution.admit import Membership, admit, new_group
from trading.execution.conditions.hold import foreseen, wait_of
from trading.execution.facts import Facts, gather
from trading.execution.pricing import price_seen
from trading.execution.routing import check_increments, plan_order
from trading.instruction import Bracket, Instruction
from trading.models import Order

ROLES = (GroupRole.STOP_LOSS, GroupRole.TAKE_PROFIT)


def admit_bracket(
    instruction: Instruction, *, account: BrokerAccount, order_id: UUID, at: datetime, ids: IdSource
) -> Order:
    """Admit the entry and hold its exits; where the entry is denied there are none. Needs the account's lock."""
    bracket = instruction.bracket
    assert bracket is not None, "the caller has looked"  # noqa: S101  an impossibility, not a refusal
    instrument = get_instrument(instruction.symbol)
    facts = gather(account=account, instruments=[instrument], at=at)
    facts = foreseen(facts, wait_of(instruction, facts))
    entry_price = check_exits(instruction, facts)
    quantity = _opened(instruction, facts, order_id)
    group = new_group(account, GroupKind.BRACKET, at=at, ids=ids)
    entry = admit(
        instruction,
        account=account,
        order_id=order_id,
        at=at,
        ids=ids,
        member=Membership(group=group, role=GroupRole.ENTRY),
    )
    if entry.status == OrderStatus.DENIED:
        return entry
    for role in ROLES:
        price = exit_price(bracket, role, instruction.side, entry_price, instrument=instrument)
        if price is None:
            continue
        admit(
            exit_instruction(instruction, role, price=price, quantity=quantity),
            account=account,
            order_id=ids(),
            at=at,
            ids=ids,
            member=Membership(group=group, role=role),
        )
    return entry


def _opened(instruction: Instruction, facts: Facts, order_id: UUID) -> Decimal:
    """The units that the entry opens. Raises InvalidInput where it would close a position instead."""
    request = plan_order(instruction, facts=facts, client_order_id=str(order_id))
    if request.effect is not PositionEffect.OPEN:
        detail = "This order makes a position smaller; a bracket goes with an order that opens one."
        raise InvalidInput.of("bracket", "not_allowed", detail)
    return request.quantity


def check_exits(instruction: Instruction, facts: Facts) -> Decimal:
    """The price that the entry is reckoned at, once the bracket fits it. Raises InvalidInput or StaleQuote."""
    entry_price = price_seen(instruction.terms, instruction.side, facts.quote)
    if entry_price is None:
        raise StaleQuote
    if instruction.bracket is not None:
        _check_bracket(instruction.bracket, instruction.side, entry_price, instrument=facts.instrument)
    return entry_price


def _check_bracket(bracket: Bracket, side: Side, entry_price: Decimal, *, instrument: Instrument) -> None:
    """Raise InvalidInput for exits on the wrong side of the entry, or off the instrument's price steps."""
    check_increments(
        instrument, {"stop_loss_price": bracket.stop_loss_price, "take_profit_price": bracket.take_profit_price}
    )
    is_long = side is Side.BUY
    shown = plain(entry_price)
    stop, target = bracket.stop_loss_price, bracket.take_profit_price
    if stop is not None and (stop >= entry_price if is_long else stop <= entry_price):
        where = "below" if is_long else "above"
        raise InvalidInput.of("stop_loss_price", "wrong_side", f"The stop loss must be {where} the entry at {shown}.")
    if target is not None and (target <= entry_price if is_long else target >= entry_price):
        where = "above" if is_long else "below"
        detail = f"The take profit must be {where} the entry at {shown}."
        raise InvalidInput.of("take_profit_price", "wrong_side", detail)
    if not is_long and (bracket.take_profit_percent or ZERO) >= HUNDRED:
        raise InvalidInput.of("take_profit_percent", "too_large", "A price cannot fall by 100 percent or more.")


def exit_price(
    bracket: Bracket, role: GroupRole, side: Side, entry_price: Decimal, *, instrument: Instrument
) -> Decimal | None:
    """The price of one exit: as it was given, or so many percent from the entry, rounded to the nearest price step."""
    name = role.value
    price: Decimal | None = getattr(bracket, f"{name}_price")
    percent: Decimal | None = getattr(bracket, f"{name}_percent")
    if price is not None or percent is None:
        return price
    away = EXACT.divide(percent, HUNDRED)
    is_below = (side is Side.BUY) == (role is GroupRole.STOP_LOSS)
    exact = EXACT.multiply(entry_price, ONE - away if is_below else ONE + away)
    step: Decimal = instrument.price_increment
    return max(EXACT.multiply(EXACT.divide(exact, step).to_integral_value(), step), step)


def exit_instruction(entry: Instruction, role: GroupRole, *, price: Decimal, quantity: Decimal) -> Instruction:
    """The instruction of one exit, under a key made of the entry's; it works until it is canceled."""
    is_stop = role is GroupRole.STOP_LOSS
    return Instruction(
        user=entry.user,
        account=entry.account,
        source=entry.source,
        client_key=key_beside(entry.client_key, role.value),
        symbol=entry.symbol,
        side=Side.SELL if entry.side is Side.BUY else Side.BUY,
        order_type=OrderType.STOP if is_stop else OrderType.LIMIT,
        time_in_force=TimeInForce.GTC,
        quantity=quantity,
        stop_price=price if is_stop else None,
        limit_price=None if is_stop else price,
        effect=PositionEffect.CLOSE,
        words=entry.words,
    )


def key_beside(key: str, name: str) -> str:
    """The key of an order that comes with another: as good as chosen by the caller, and never too long."""
    return f"{hashlib.sha256(key.encode()).hexdigest()[:48]}:{name}"
