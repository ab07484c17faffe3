"""What the Desk shows for each action before anything happens: a preview, a list of what would go, or an answer."""

from __future__ import annotations

from accounts.models import User
from arbion.domain.errors import ArbionError
from arbion.domain.numbers import plain
from arbion.domain.reports import QuoteReport
from arbion.lib.clock import Clock
from brokers.accounts import account_of
from marketdata import quotes
from marketdata.instruments import get_instrument
from trading.desk.alerting import show_alert
from trading.desk.answers import answer
from trading.desk.changes import FIELDS
from trading.desk.describing import contract_in_words, exits_in_words, lasts_in_words, terms_in_words
from trading.desk.outlook import band_percent, what_would_change
from trading.desk.repeating import show_repeat
from trading.desk.steps import (
    AlertStep,
    CancelStep,
    Json,
    OrderStep,
    Place,
    RepeatStep,
    ReplaceStep,
    Step,
    steps_of,
)
from trading.execution.preview import as_json, preview_order
from trading.models import Order, Proposal

# What confirming would do something about.
ACTS = frozenset({"order", "cancel", "replace", "alert", "repeat"})


Shown = tuple[Step | None, Json]


def show(action: Json, *, index: int, proposal: Proposal, user: User, clock: Clock) -> list[Shown]:
    """What one action comes to, in each account that was named for it: entries with the step that each shows.

    An entry that can not be carried out has no step. It has `kind`: order, cancel, replace, alert, repeat, answer,
    incomplete or refused; and `account_name`, that account's name, where one was named.
    """
    if action.get("missing") and action["type"] != "query":
        return [(None, {"kind": "incomplete", "missing": action["missing"]})]
    return [
        (step, entry | ({"account_name": place.account.name} if place.is_named else {}))
        for place in places_of(action, proposal=proposal)
        for step, entry in _show_in(place, action, index=index, user=user, clock=clock)
    ]


def places_of(action: Json, *, proposal: Proposal) -> list[Place]:
    """Where an action is carried out. Raises NotFound for an account that is not the person's."""
    named = action.get("accounts") or ()
    if not named:
        return [Place(proposal=proposal, account=proposal.account)]
    return [
        Place(proposal=proposal, account=account_of(proposal.user, public_id), is_named=True) for public_id in named
    ]


def _show_in(place: Place, action: Json, *, index: int, user: User, clock: Clock) -> list[Shown]:
    if action["type"] == "query":
        return [(None, _answer(place, action, user=user, clock=clock))]
    try:
        steps = list(steps_of(action, index=index, place=place))
        shown: list[Shown] = [(step, _show_step(step, user=user, clock=clock)) for step in steps]
    except ArbionError as refusal:
        return [(None, _refused(refusal, place=place))]
    if not shown:
        detail = f"{_in(place)}you hold nothing that could be closed."
        detail = detail[0].upper() + detail[1:]
        return [(None, {"kind": "refused", "code": "no_position", "detail": detail})]
    return shown


def _answer(place: Place, action: Json, *, user: User, clock: Clock) -> Json:
    """The answer, which begins with the account's name where one was named."""
    said = answer(action, account=place.account, user=user, clock=clock)
    return {**said, "text": f"{place.account.name}: {said['text']}"} if place.is_named else said


def _in(place: Place) -> str:
    return f"In {place.account.name} " if place.is_named else ""


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


def _refused(refusal: ArbionError, *, place: Place) -> Json:
    return {
        "kind": "refused",
        "code": refusal.errors[0].code if refusal.errors else refusal.code,
        "detail": f"{place.account.name}: {refusal.detail}" if place.is_named else refusal.detail,
        "field": refusal.errors[0].field if refusal.errors else None,
    }
