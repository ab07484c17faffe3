"""Holding an order for a condition: what it will meet as far as that is known now, and the row that is watched."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from arbion.domain.errors import InvalidInput
from arbion.domain.numbers import EXACT, round_down
from arbion.domain.reports import QuoteReport
from marketdata.conditions.condition import CHANGE, PRICE
from marketdata.conditions.words import waits_for
from trading.conditions import asking
from trading.conditions.asking import Asked
from trading.conditions.level import price_at
from trading.execution.facts import Facts
from trading.instruction import Instruction
from trading.models import Order, OrderCondition

# Of one person, over all accounts.
WAITING_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """A condition that an order may wait for, and until when."""

    asked: Asked
    until: datetime


def wait_of(instruction: Instruction, facts: Facts) -> Wait | None:
    """The condition of the instruction, where it has one. Raises InvalidInput or StaleQuote for what cannot be."""
    when = instruction.when
    if when is None:
        return None
    asked = asking.ask(when, account=facts.account, at=facts.at)
    end = asking.until(when, asked.instrument, said=instruction.when_until, at=facts.at)
    if instruction.expires_at is not None:
        end = min(end, instruction.expires_at)
    _refuse_too_many(instruction)
    return Wait(asked=asked, until=end)


def foreseen(facts: Facts, wait: Wait | None) -> Facts:
    """The facts with the order's own price where the condition will find it; what else will be then nobody knows."""
    if wait is None or facts.quote is None:
        return facts
    price = _price_then(wait.asked, facts)
    if price is None:
        return facts
    quote = moved(facts.quote, price, step=facts.instrument.price_increment)
    return replace(facts, quotes=facts.quotes | {facts.instrument.symbol: quote})


def moved(quote: QuoteReport, price: Decimal, *, step: Decimal) -> QuoteReport:
    """The quote at another last price, with the spread that it has."""
    half = EXACT.divide(quote.ask - quote.bid, Decimal(2))
    bid = max(round_down(price - half, step), step) if price > half else step
    return replace(quote, bid=min(bid, price), ask=max(price + half, price), last=price)


def in_words(wait: Wait) -> str:
    """What would be waited for: `AAPL down 5% from 240.10`."""
    return waits_for(wait.asked.condition, baseline=wait.asked.baseline)


def keep(order: Order, wait: Wait, *, is_sized_anew: bool, at: datetime) -> OrderCondition:
    """Write down what the order waits for. Needs the account's lock."""
    condition = wait.asked.condition
    return OrderCondition.objects.create(
        order=order,
        instrument=wait.asked.instrument,
        metric=condition.metric,
        operator=condition.operator,
        value=condition.value,
        reference=condition.reference or "",
        baseline=wait.asked.baseline,
        splits_until=at,
        expires_at=wait.until,
        is_sized_anew=is_sized_anew,
        created_at=at,
        updated_at=at,
    )


def _price_then(asked: Asked, facts: Facts) -> Decimal | None:
    """The price of the order's instrument at which the condition is true; None where that is not known."""
    if asked.instrument is None or asked.instrument.pk != facts.instrument.pk or facts.quote is None:
        return None
    condition = asked.condition
    if condition.metric == PRICE:
        return None if condition.holds(facts.quote.last) else condition.value
    if condition.metric != CHANGE:
        return None
    start = asking.start_of(asked, facts.quote, account=facts.account)
    if start is None or start <= 0:
        return None
    then = price_at(condition.value, start)
    is_there = facts.quote.last >= then if condition.is_at_least else facts.quote.last <= then
    return None if is_there or then <= 0 else then


def _refuse_too_many(instruction: Instruction) -> None:
    waiting = OrderCondition.objects.filter(order__account__user=instruction.user, order__status="held", fired_at=None)
    if waiting.count() >= WAITING_MAX:
        detail = f"{WAITING_MAX} of your orders wait for a condition already; cancel some first."
        raise InvalidInput.of("when", "too_many", detail)
