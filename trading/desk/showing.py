"""What the Desk shows for each action before anything happens: a preview, a list of what would go, or an answer."""

from __future__ import annotations

from accounts.models import User
from arbion.domain.errors import ArbionError
from arbion.lib.clock import Clock
from marketdata.instruments import get_instrument
from trading.desk.answers import answer
from trading.desk.steps import CancelStep, Json, OrderStep, Step, steps_of
from trading.execution.preview import as_json, preview_order
from trading.models import Proposal


def show(action: Json, *, index: int, proposal: Proposal, user: User, clock: Clock) -> list[Json]:
    """What one action comes to; each entry has `kind`: order, cancel, answer, incomplete or refused."""
    if action["type"] == "query":
        return [answer(action, account=proposal.account, user=user, clock=clock)]
    if action.get("missing"):
        return [{"kind": "incomplete", "missing": action["missing"]}]
    try:
        steps = list(steps_of(action, index=index, proposal=proposal, user=user))
        shown = [_show_step(step, clock=clock) for step in steps]
    except ArbionError as refusal:
        return [_refused(refusal)]
    if not shown:
        return [{"kind": "refused", "code": "no_position", "detail": "You hold nothing that could be closed."}]
    return shown


def can_execute(previews: list[list[Json]], *, question: str | None) -> bool:
    """Whether confirming would do something: no question is open and every entry can be carried out."""
    kinds = {entry["kind"] for shown in previews for entry in shown}
    return question is None and bool(kinds & {"order", "cancel"}) and kinds <= {"order", "cancel", "answer"}


def _show_step(step: Step, *, clock: Clock) -> Json:
    if isinstance(step, CancelStep):
        return _show_cancel(step)
    return _show_order(step, clock=clock)


def _show_order(step: OrderStep, *, clock: Clock) -> Json:
    instrument = get_instrument(step.instruction.symbol)
    return {
        "kind": "order",
        "name": instrument.name,
        "asset_class": instrument.asset_class,
        **as_json(preview_order(step.instruction, clock=clock)),
    }


def _show_cancel(step: CancelStep) -> Json:
    if not step.orders:
        return {"kind": "refused", "code": "no_open_orders", "detail": "There is no open order to cancel."}
    return {
        "kind": "cancel",
        "orders": [
            {
                "id": str(order.pk),
                "symbol": order.instrument.symbol,
                "side": order.side,
                "quantity": str(order.quantity.normalize()),
                "status": order.status,
            }
            for order in step.orders
        ],
    }


def _refused(refusal: ArbionError) -> Json:
    return {
        "kind": "refused",
        "code": refusal.errors[0].code if refusal.errors else refusal.code,
        "detail": refusal.detail,
        "field": refusal.errors[0].field if refusal.errors else None,
    }
