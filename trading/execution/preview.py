"""Seeing what an order would cost and whether it would pass, without placing anything."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction

from arbion.domain.enums import Side, Waiting
from arbion.domain.numbers import ZERO, gross, plain
from arbion.domain.options import SHARES_A_CONTRACT
from arbion.domain.orders import OrderRequest
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.ids import IdSource, new_id
from riskdesk.decision import Decision
from trading.execution.admit import check_lots, instruments_of
from trading.execution.brackets import check_exits
from trading.execution.conditions.hold import Wait, foreseen, in_words, wait_of
from trading.execution.facts import gather
from trading.execution.judging import judge, price_of
from trading.execution.pricing import estimated_fees
from trading.execution.routing import plan_order, waits_for_open
from trading.instruction import Instruction


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The order as it would be sent, at the prices of this moment, in the account's currency.

    `gross` of a package is net: below zero where it brings money. `claims` is the cash that the order would bind while
    it is open, a cushion and security included; `waiting_for` says that it would be held here first, and `wait` for
    which condition: then the figures are those of the price that is waited for, where that is known.
    `cost` is what cash would change by: what is paid (positive) or received (negative), fees included.
    """

    request: OrderRequest
    price: Decimal | None
    gross: Decimal | None
    fees: Decimal | None
    claims: Decimal | None
    cash_free: Decimal
    waiting_for: Waiting
    decision: Decision
    wait: Wait | None = None

    @property
    def cost(self) -> Decimal | None:
        """What would be paid; negative where money comes in."""
        if self.gross is None or self.fees is None:
            return None
        is_paid = bool(self.request.legs) or self.request.side is Side.BUY
        return self.gross + self.fees if is_paid else self.fees - self.gross

    @property
    def cash_free_after(self) -> Decimal | None:
        """Buying power once the order has filled at that price."""
        if self.cost is None or self.claims is None:
            return None
        return self.cash_free - max(self.cost, self.claims if self.binds_security else self.cost)

    @property
    def binds_security(self) -> bool:
        """Whether cash stays bound for what the order comes to owe."""
        return self.decision.snapshot.adds_risk


def preview_order(instruction: Instruction, *, clock: Clock = SYSTEM, ids: IdSource = new_id) -> Preview:
    """Plan and judge as placing would, and keep nothing. Raises what placing raises for what cannot be planned."""
    with transaction.atomic():
        about, instruments = instruments_of(instruction)
        facts = gather(account=instruction.account, instruments=instruments, at=clock.now(), about=about, yields=True)
        wait = wait_of(instruction, facts)
        facts = foreseen(facts, wait)
        request = plan_order(instruction, facts=facts, client_order_id=str(ids()))
        check_lots(instruction, request, facts)
        if instruction.bracket is not None:
            check_exits(instruction, facts)
        waiting = Waiting.MARKET_OPEN if waits_for_open(request, facts=facts) else Waiting.NONE
        waiting = waiting if wait is None else Waiting.CONDITION
        has_stop = instruction.bracket is not None and instruction.bracket.has_stop_loss
        judged = judge(
            request, user=instruction.user, facts=facts, waiting_for=waiting, has_stop=has_stop,
            has_condition=wait is not None,
        )  # fmt: skip
        price = price_of(request, facts)
        value = fees = None
        if price is not None:
            multiplier = SHARES_A_CONTRACT if request.legs else facts.instrument.multiplier
            value = gross(request.quantity, price, multiplier)
            fees = estimated_fees(request, price=price, facts=facts)
        # Nothing of a look stays, not even a column that was opened to be read.
        transaction.set_rollback(True)
    return Preview(
        request=request,
        price=price,
        gross=value,
        fees=fees,
        claims=judged.claims.cash,
        cash_free=max(facts.cash_free, ZERO),
        waiting_for=waiting,
        decision=judged.decision,
        wait=wait,
    )


def as_json(preview: Preview) -> dict[str, Any]:
    """The preview with decimal text, as the REST interface and the Desk show it."""
    request, decision = preview.request, preview.decision
    figures = {
        "quantity": request.quantity,
        "limit_price": request.limit_price,
        "stop_price": request.stop_price,
        "trail_amount": request.trail_amount,
        "trail_percent": request.trail_percent,
        "estimated_price": preview.price,
        "estimated_value": preview.gross,
        "fees": preview.fees,
        "collateral": preview.claims,
        "cost": preview.cost,
        "buying_power_before": preview.cash_free,
        "buying_power_after": preview.cash_free_after,
    }
    return {
        "symbol": request.symbol,
        "side": request.side.value,
        "order_type": request.order_type.value,
        "time_in_force": request.time_in_force.value,
        "effect": None if request.effect is None else request.effect.value,
        "waiting_for": preview.waiting_for.value or None,
        "when": None if preview.wait is None else preview.wait.asked.condition.body(),
        "when_in_words": "" if preview.wait is None else in_words(preview.wait),
        "when_until": None if preview.wait is None else preview.wait.until.isoformat(),
        **{name: None if value is None else plain(value) for name, value in figures.items()},
        "approved": decision.is_approved,
        "reduces_position": decision.snapshot.is_exit,
        "checks": [check.as_json() for check in decision.checks],
    }
