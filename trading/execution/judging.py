"""From the facts to the verdict: the frozen picture that the gate sees."""

from __future__ import annotations

from arbion.domain.orders import OrderRequest
from riskdesk import gate
from riskdesk.decision import Decision
from riskdesk.snapshot import RiskSnapshot
from trading.execution.facts import Facts, quote_age_seconds_max
from trading.execution.routing import hold_amount
from trading.instruction import Instruction


def judge(instruction: Instruction, request: OrderRequest, *, facts: Facts) -> Decision:
    """The desk's verdict on the order, on these facts."""
    return gate.review(take_snapshot(instruction, request, facts=facts))


def take_snapshot(instruction: Instruction, request: OrderRequest, *, facts: Facts) -> RiskSnapshot:
    """The picture of one order on these facts."""
    quote = facts.quote
    return RiskSnapshot(
        at=facts.at,
        symbol=request.symbol,
        side=request.side,
        quantity=request.quantity,
        limit_price=request.limit_price,
        is_owner=facts.account.user_id == instruction.user.pk and instruction.user.is_active,
        halts=facts.halts,
        limits=facts.limits,
        instrument_tradable=facts.instrument.tradable and facts.instrument.currency == facts.account.currency,
        instrument_halted=facts.instrument.is_halted,
        market_open=facts.market_open,
        bid=quote.bid if quote else None,
        ask=quote.ask if quote else None,
        last=quote.last if quote else None,
        quote_age_seconds=facts.quote_age_seconds,
        quote_age_seconds_max=quote_age_seconds_max(),
        cash=facts.cash.balance,
        cash_held=facts.cash.held,
        units=facts.units.balance,
        units_held=facts.units.held,
        cost_estimate=hold_amount(request, facts=facts),
        open_buy_quantity=facts.open_buy_quantity,
        orders_last_minute=facts.orders_last_minute,
        unknown_orders=facts.unknown_orders,
        open_discrepancies=facts.open_discrepancies,
        equity=facts.equity,
        equity_at_day_start=facts.equity_at_day_start,
    )
