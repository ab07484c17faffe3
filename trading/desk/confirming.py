"""The second look: what a confirmation would do now must be what was shown, at a price near the one that was shown."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from arbion.domain.errors import ArbionError
from arbion.domain.numbers import EXACT, HUNDRED, ZERO, plain
from arbion.lib.clock import Clock
from arbion.lib.ids import IdSource
from trading.desk import lines
from trading.desk.describing import money_in_words
from trading.desk.proposing import as_json, propose, show_all, steps_in
from trading.desk.sealing import is_genuine, sealed_steps
from trading.desk.showing import Shown
from trading.desk.steps import CancelStep, Json, Step
from trading.errors import PreviewChanged, PriceMoved, ProposalUsed
from trading.models import Alert, Message, Order, Proposal, RepeatingOrder

# What of an order's terms has a name of its own in a sentence.
_NAMES = {
    "symbol": "the symbol", "side": "the side", "order_type": "the kind of order", "quantity": "the size",
    "limit_price": "the limit", "stop_price": "the stop", "account": "the account", "effect": "opening or closing",
    "orders": "the orders to cancel", "changes": "the change", "order": "the order",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Move:
    """A price that left its band."""

    symbol: str
    shown: Decimal
    now: Decimal
    band: Decimal

    def in_words(self) -> str:
        """`AAPL was shown at $200.01 and is now at $204.02, more than 1% away.`"""
        was, now = money_in_words(self.shown), money_in_words(self.now)
        return f"{self.symbol} was shown at {was} and is now at {now}, more than {plain(self.band)}% away."

    def as_json(self) -> Json:
        """The same for a program."""
        figures = {"shown": plain(self.shown), "now": plain(self.now), "band_percent": plain(self.band)}
        return {"symbol": self.symbol, **figures}


def check_again(proposal: Proposal, *, clock: Clock, ids: IdSource) -> list[Step]:
    """The steps to carry out. Raises PreviewChanged or PriceMoved with a fresh preview; ProposalUsed where a second
    confirmation at the same moment has carried it out.

    What an earlier confirmation that was cut short has placed is not looked at again: it is there.
    """
    if not is_genuine(proposal):
        raise PreviewChanged("The preview that is kept here is not the one that was shown: ask again.")
    placed = _placed_keys(proposal)
    shown = {step["key"]: step for step in proposal.sealed["steps"]}
    fresh = show_all(proposal, clock=clock)
    steps = steps_in(fresh)
    now = {step["key"]: step for step in sealed_steps(steps)}
    changes, moves = _differences(shown, now, settled=placed)
    if not placed:
        changes += _newly_refused(fresh, proposal)
    if not changes and not moves:
        return [_only_what_was_shown(step, shown) for step, _ in steps if step.key in shown]
    if _placed_keys(proposal) - placed:
        raise ProposalUsed(orders=[str(pk) for pk in orders_of(proposal)])
    raise _refusal(proposal, changes, moves, clock=clock, ids=ids)


def orders_of(proposal: Proposal) -> list[UUID]:
    """The orders that a proposal led to."""
    prefix = f"desk:{proposal.pk}:"
    rows = Order.objects.filter(intent__user_id=proposal.user_id, intent__client_key__startswith=prefix)
    return list(rows.order_by("created_at").values_list("pk", flat=True))


def renew(proposal: Proposal, *, note: str, clock: Clock, ids: IdSource) -> Proposal:
    """The same wish at the prices of now, as a line of its own; the old preview can no longer be confirmed."""
    with transaction.atomic():
        at = clock.now()
        rows = Proposal.objects.filter(pk=proposal.pk, confirmed_at=None, executed_at=None, dismissed_at=None)
        if not rows.update(dismissed_at=at, note=note):
            # Somebody confirms it at this moment: a second card would be a second order.
            raise ProposalUsed(orders=[str(pk) for pk in orders_of(proposal)])
        fresh = propose(
            proposal.user, proposal.account, text=proposal.text, meaning=proposal.interpretation, clock=clock, ids=ids
        )
        asked = Message.objects.filter(proposal=proposal).select_related("answers").order_by("id").first()
        line = (asked.answers or asked) if asked else lines.store_person_line(proposal.user, proposal.text, at=at)
        lines.store_desk_line(line, note, at=at, proposal=fresh)
    return fresh


def _placed_keys(proposal: Proposal) -> set[str]:
    """The keys of what an earlier confirmation has set up already."""
    prefix, person = f"desk:{proposal.pk}:", proposal.user_id
    keys = set(
        Order.objects.filter(intent__user_id=person, intent__client_key__startswith=prefix).values_list(
            "intent__client_key", flat=True
        )
    )
    for model in (Alert, RepeatingOrder):
        keys |= set(
            model.objects.filter(user_id=person, client_key__startswith=prefix).values_list("client_key", flat=True)
        )
    return keys


def _differences(shown: dict[str, Json], now: dict[str, Json], *, settled: set[str]) -> tuple[list[str], list[_Move]]:
    """What has changed, in sentences, and which prices have left their band."""
    changes: list[str] = []
    moves: list[_Move] = []
    for key in [*shown, *(key for key in now if key not in shown)]:
        before, after = shown.get(key), now.get(key)
        if key in settled:
            continue
        if before is None or after is None:
            changes.append(_come_or_gone(before, after))
            continue
        changes += _changed_terms(before, after)
        if move := _move(before, after):
            moves.append(move)
    return changes, moves


def _come_or_gone(before: Json | None, after: Json | None) -> str:
    step = before or after or {}
    symbol = step["terms"].get("symbol") if step["kind"] == "order" else None
    what = f"{step['terms']['side'].capitalize()} {symbol}" if symbol else "A step"
    return f"{what} was shown and cannot be done now." if after is None else f"{what} was not shown."


def _changed_terms(before: Json, after: Json) -> list[str]:
    if before["kind"] == "cancel":
        return _changed_cancel(before, after)
    was, is_now = before["terms"], after["terms"]
    names = [_NAMES.get(name, name) for name in {**was, **is_now} if was.get(name) != is_now.get(name)]
    said = [f"What would be done has changed: {', '.join(names)}."] if names else []
    if before.get("is_in_money") is False and before["quantity"] != after["quantity"]:
        said.append(
            f"{before['quantity']} {before['terms']['symbol']} were shown; it would be {after['quantity']} now."
        )
    if before.get("is_in_money") and _is_larger(before, after):
        said.append(f"It would be {after['quantity']} {before['terms']['symbol']} now, worth more than was shown.")
    return said


def _is_larger(before: Json, after: Json) -> bool:
    """Whether a part of the cash has become more money than was shown, beyond what the price may move."""
    shown, now = _value(before), _value(after)
    return shown is not None and now is not None and now > shown * (1 + Decimal(before["band_percent"]) / HUNDRED)


def _value(step: Json) -> Decimal | None:
    price = step["estimated_price"]
    return None if price is None else EXACT.multiply(Decimal(price), Decimal(step["quantity"]))


def _changed_cancel(before: Json, after: Json) -> list[str]:
    """Fewer orders to cancel are no surprise; none at all is."""
    left = set(before["terms"]["orders"]) & set(after["terms"]["orders"])
    return [] if left else ["None of the orders that were shown is open any more."]


def _move(before: Json, after: Json) -> _Move | None:
    """Whether the price left the band around the one that was shown."""
    if before.get("estimated_price") is None or after.get("estimated_price") is None:
        return None
    shown, now = Decimal(before["estimated_price"]), Decimal(after["estimated_price"])
    # A spread that has widened allows no more than the one that was shown.
    band = Decimal(before["band_percent"])
    away = EXACT.divide(EXACT.multiply(abs(now - shown), HUNDRED), abs(shown)) if shown != ZERO else abs(now)
    if away <= band:
        return None
    return _Move(symbol=before["terms"]["symbol"], shown=shown, now=now, band=band)


def _newly_refused(fresh: list[list[Shown]], proposal: Proposal) -> list[str]:
    """What was shown as possible and is refused now, in the words of the refusal."""
    before = [[entry["kind"] for entry in entries] for entries in proposal.previews]
    return [
        str(entry["detail"])
        for entries, kinds in zip(fresh, before, strict=True)
        for _, entry in entries
        if entry["kind"] == "refused" and "refused" not in kinds
    ]


def _only_what_was_shown(step: Step, shown: dict[str, Json]) -> Step:
    """Orders that came since are not canceled: the person did not see them."""
    if not isinstance(step, CancelStep):
        return step
    seen = set(shown[step.key]["terms"]["orders"])
    return CancelStep(key=step.key, orders=tuple(order for order in step.orders if str(order.pk) in seen))


def _refusal(proposal: Proposal, changes: list[str], moves: list[_Move], *, clock: Clock, ids: IdSource) -> ArbionError:
    """The refusal with what changed, and a fresh preview to confirm instead."""
    said = " ".join(dict.fromkeys([*changes, *(move.in_words() for move in moves)]))
    note = f"{said} Nothing was placed."
    fresh = as_json(renew(proposal, note=note, clock=clock, ids=ids))
    if changes:
        return PreviewChanged(note, changes=changes, proposal=fresh)
    return PriceMoved(note, moves=[move.as_json() for move in moves], proposal=fresh)
