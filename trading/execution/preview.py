"""Seeing what an order would cost and whether it would pass, without placing anything."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction

from arbion.domain.enums import Side
from arbion.domain.numbers import ZERO, gross, plain
from arbion.domain.orders import OrderRequest
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.ids import IdSource, new_id
from marketdata.instruments import get_instrument
from riskdesk.decision import Decision
from trading.execution.facts import gather
from trading.execution.judging import judge
from trading.execution.routing import estimated_fee, plan_order, price_seen
from trading.instruction import Instruction


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The order as it would be sent, at the prices of this moment, in the account's currency.

    `cost` is what cash would change by: what is paid (positive) or received (negative), fees included.
    """

    request: OrderRequest
    price: Decimal | None
    gross: Decimal | None
    fees: Decimal | None
    cash_free: Decimal
    decision: Decision

    @property
    def cost(self) -> Decimal | None:
        """What would be paid; negative where money comes in."""
        if self.gross is None or self.fees is None:
            return None
        return self.gross + self.fees if self.request.side is Side.BUY else self.fees - self.gross

    @property
    def cash_free_after(self) -> Decimal | None:
        """Buying power once the order has filled at that price."""
        return None if self.cost is None else self.cash_free - self.cost


def preview_order(instruction: Instruction, *, clock: Clock = SYSTEM, ids: IdSource = new_id) -> Preview:
    """Plan and judge as placing would, and keep nothing. Raises what placing raises for what cannot be planned."""
    with transaction.atomic():
        facts = gather(account=instruction.account, instrument=get_instrument(instruction.symbol), at=clock.now())
        request = plan_order(instruction, facts=facts, client_order_id=str(ids()))
        decision = judge(instruction, request, facts=facts)
        price = price_seen(instruction, facts=facts)
        value = None if price is None else gross(request.quantity, price)
        fees = None
        if price is not None:
            fees = estimated_fee(request.quantity, price=price, facts=facts)
        free = facts.cash.balance - facts.cash.held
        # Nothing of a look stays, not even a column that was opened to be read.
        transaction.set_rollback(True)
    return Preview(request=request, price=price, gross=value, fees=fees, cash_free=max(free, ZERO), decision=decision)


def as_json(preview: Preview) -> dict[str, Any]:
    """The preview with decimal text, as the REST interface and the Desk show it."""
    request, decision = preview.request, preview.decision
    figures = {
        "quantity": request.quantity,
        "limit_price": request.limit_price,
        "estimated_price": preview.price,
        "estimated_value": preview.gross,
        "fees": preview.fees,
        "cost": preview.cost,
        "buying_power_before": preview.cash_free,
        "buying_power_after": preview.cash_free_after,
    }
    return {
        "symbol": request.symbol,
        "side": request.side.value,
        "order_type": request.order_type.value,
        "time_in_force": request.time_in_force.value,
        **{name: None if value is None else plain(value) for name, value in figures.items()},
        "approved": decision.is_approved,
        "reduces_position": decision.snapshot.is_exit,
        "checks": [check.as_json() for check in decision.checks],
    }
