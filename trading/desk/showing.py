"""What the Desk shows for each action before anything happens: a preview, a list of what would go, or an answer."""

from __future__ import annotations

from accounts.models import User
from arbion.domain.errors import ArbionError
from arbion.domain.numbers import plain
from arbion.domain.reports import QuoteReport
from arbion.lib.clock import Clock
from marketdata import quotes
from marketdata.instruments import get_instrument
from trading.desk.alerting import show_alert
from trading.desk.answers import answer
from trading.desk.changes import FIELDS
from trading.desk.describing import contract_in_words, exits_in_words, lasts_in_words, terms_in_words
from trading.desk.outlook import band_percent, what_would_change
from trading.desk.repeating import show_repeat
from trading.desk.steps import AlertStep, CancelStep, Json, OrderStep, RepeatStep, ReplaceStep, Step, steps_of
from trading.execution.preview import as_json, preview_order
from trading.models import Order, Proposal

# What confirming would do something about.
ACTS = frozenset({"order", "cancel", "replace", "alert", "repeat"})


Shown = tuple[Step | None, Json]


def show(action: Json, *, index: int, proposal: Proposal, user: User, clock: Clock) -> list[Shown]:
    """What one action comes to: each entry with the step that it shows, or with none where nothing can be done.

    The entry has `kind`: order, cancel, replace, alert, repeat, answer, incomplete or refused.
    """
    if action["type"] == "query":
        return [(None, answer(action, account=proposal.account, user=user, clock=clock))]
    if action.get("missing"):
        return [(None, {"kind": "incomplete", "missing": action["missing"]})]
    try:
        steps = list(steps_of(action, index=index, proposal=proposal, user=user))
        shown: list[Shown] = [(step, _show_step(step, user=user, clock=clock)) for step in steps]
    except ArbionError as refusal:
        return [(None, _refused(refusal))]
    if not shown:
        detail = "You hold nothing that could be closed."
        return [(None, {"kind": "refused", "code": "no_position", "detail": detail})]
    return shown


def can_execute(previews: list[list[Json]], *, question: str | None) -> bool:
    """Whether confirming would do something: no question is open and every entry can be carried out."""
    kinds = {entry["kind"] for shown in previews for entry in shown}
    return question is None and bool(kinds & ACTS) and kinds <= ACTS | {"answer"}


def _show_step(step: Step, *, user: User, clock: Clock) -> Json:
    if isinstance(step, CancelStep):
        return _show_cancel(step)
    if isinstance(step, ReplaceStep):
        return _show_replace(step)
    if isinstance(step, AlertStep):
        return show_alert(step, user=user, clock=clock)
    if isinstance(step, RepeatStep):
        return show_repeat(step, user=user, clock=clock)
    return _show_order(step, clock=clock)


def _show_order(step: OrderStep, *, clock: Clock) -> Json:
    instrument, said = get_instrument(step.instruction.symbol), step.instruction
    preview, quote = preview_order(said, clock=clock), quotes.latest_of(instrument)
    return {
        "kind": "order",
        "name": instrument.name,
        "asset_class": instrument.asset_class,
        **as_json(preview),
        "quote": None if quote is None else _quote_in_short(quote),
        "band_percent": plain(band_percent(quote, instrument.asset_class)),
        "is_about": said.quantity is None and said.percent_of_position is None,
        "would_change": what_would_change(preview, said, instrument=instrument, quote=quote, at=clock.now()),
        "terms_in_words": terms_in_words(said),
        "lasts_in_words": lasts_in_words(said),
        "exits_in_words": exits_in_words(said.bracket),
        "contract_in_words": contract_in_words(instrument, said),
    }


def _quote_in_short(quote: QuoteReport) -> Json:
    figures = {"last": quote.last, "bid": quote.bid, "ask": quote.ask}
    said = {name: None if value is None else plain(value) for name, value in figures.items()}
    return {**said, "source": quote.source, "at": quote.at.isoformat()}


def _show_replace(step: ReplaceStep) -> Json:
    order = step.order
    changes = [
        {"field": name, "label": FIELDS[name], "old": plain(getattr(order, name)), "new": plain(value)}
        for name, value in step.change.given().items()
    ]
    return {"kind": "replace", "order": _order_in_short(order), "changes": changes}


def _show_cancel(step: CancelStep) -> Json:
    if not step.orders:
        return {"kind": "refused", "code": "no_open_orders", "detail": "There is no open order to cancel."}
    return {
        "kind": "cancel",
        "orders": [_order_in_short(order) for order in step.orders],
    }


def _order_in_short(order: Order) -> Json:
    return {
        "id": str(order.pk),
        "symbol": order.instrument.symbol,
        "name": order.instrument.name,
        "side": order.side,
        "quantity": plain(order.quantity),
        "order_type": order.order_type,
        "status": order.status,
    }


def _refused(refusal: ArbionError) -> Json:
    return {
        "kind": "refused",
        "code": refusal.errors[0].code if refusal.errors else refusal.code,
        "detail": refusal.detail,
        "field": refusal.errors[0].field if refusal.errors else None,
    }
