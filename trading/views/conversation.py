"""The conversation as a page shows it: its lines, what one may still do with a proposal, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from accounts.models import User
from arbion.domain.enums import Source
from arbion.domain.errors import NotFound
from arbion.lib.clock import SYSTEM
from marketdata.conditions.words import waits_for
from trading import selectors
from trading.desk import as_json, history, lines_of
from trading.models import Alert, Message, Order, Proposal, RepeatingOrder, RepeatingState
from trading.schedules.reading import RepeatingView, view_of

LOOKED_AT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView:
    """An alert with its condition in words."""

    row: Alert
    words: str


@dataclass(frozen=True, slots=True)
class _Made:
    """What the person's proposals led to, by the proposal in the key (`desk:<proposal>:<place>`)."""

    orders: dict[str, list[Order]] = field(default_factory=dict)
    alerts: dict[str, list[AlertView]] = field(default_factory=dict)
    repeating: dict[str, list[RepeatingView]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalView:
    """A proposal for the page. `state`: open, executed, dismissed, expired, or none where nothing can be confirmed."""

    id: str
    hash: str
    text: str
    state: str
    note: str
    at_once: bool
    seconds_left: int
    entries: list[dict[str, Any]]
    orders: list[Order]
    alerts: list[AlertView]
    repeating: list[RepeatingView]
    failures: list[str]

    @property
    def would_pass(self) -> bool:
        """Whether the risk desk has nothing against any of its orders."""
        return all(entry["approved"] for entry in self.entries if entry["kind"] == "order")

    @property
    def names_accounts(self) -> bool:
        """Whether accounts were named for any of it."""
        return any(entry.get("account_name") for entry in self.entries)

    @property
    def confirm_label(self) -> str:
        """What the button will do."""
        orders = [entry for entry in self.entries if entry["kind"] == "order"]
        kinds = [entry["kind"] for entry in self.entries if entry["kind"] != "answer"]
        if len(kinds) > 1:
            return f"Confirm {len(kinds)} orders" if len(orders) == len(kinds) else f"Confirm all {len(kinds)}"
        if orders:
            return f"Confirm {orders[0]['side']}"
        names = {"replace": "change", "alert": "alert", "repeat": "schedule"}
        return f"Confirm {names.get(kinds[0] if kinds else '', 'cancel')}"

    @property
    def confirm_class(self) -> str:
        """The button's colour: the side's, where there is one."""
        sides = {entry["side"] for entry in self.entries if entry["kind"] == "order"}
        return f"btn-{sides.pop()}" if len(sides) == 1 else "btn-primary"

    @property
    def standing(self) -> int:
        """How much of what it set up can still be taken back."""
        orders = sum(order.is_open for order in self.orders)
        return orders + len(self.alerts) + sum(one.repeating.state != RepeatingState.ENDED for one in self.repeating)

    @property
    def can_undo(self) -> bool:
        """Whether taking back is offered here: an order alone has a button of its own."""
        return self.standing > sum(order.is_open for order in self.orders) or self.standing > 1

    @property
    def undo_label(self) -> str:
        """What taking back will do."""
        if self.alerts and self.standing == len(self.alerts):
            return "Undo: delete the alert" if len(self.alerts) == 1 else "Undo: delete the alerts"
        if self.repeating and not self.orders and not self.alerts:
            return "Undo: end it"
        return "Undo: cancel what is still open"

    @property
    def is_gone(self) -> bool:
        """Whether it set up an alert that has been deleted since."""
        return not self.alerts and any(entry["kind"] == "alert" for entry in self.entries)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One line of the conversation."""

    id: int
    speaker: str
    speaker_name: str
    state: str
    text: str
    details: dict[str, Any]
    proposal: ProposalView | None


def turns(user: User, *, limit: int = 50) -> list[Turn]:
    """The newest lines, oldest first."""
    messages = history(user, limit=limit)
    made, now = _made(user), SYSTEM.now()
    return [_turn(message, made=made, now=now) for message in messages]


def turn_of(user: User, line_id: int) -> Turn:
    """One line of the person's. Raises NotFound for anybody else's."""
    message = lines_of(user).filter(pk=line_id).first()
    if message is None:
        raise NotFound("There is no such line.")
    return _turn(message, made=_made(user), now=SYSTEM.now())


def proposal_view(user: User, proposal: Proposal, failures: Sequence[str] = ()) -> ProposalView:
    """One proposal as it stands, with what went wrong when it was carried out."""
    return _view(proposal, made=_made(user), now=SYSTEM.now(), failures=failures)


def _turn(message: Message, *, made: _Made, now: datetime) -> Turn:
    return Turn(
        id=message.pk,
        speaker=message.speaker,
        speaker_name=message.details.get("assistant") or message.get_speaker_display(),
        state=message.state,
        text=message.text,
        details=message.details,
        proposal=_view(message.proposal, made=made, now=now) if message.proposal else None,
    )


def _view(proposal: Proposal, *, made: _Made, now: datetime, failures: Sequence[str] = ()) -> ProposalView:
    key = str(proposal.pk)
    return ProposalView(
        id=key,
        hash=proposal.hash,
        text=proposal.text,
        state=_state(proposal, now),
        note=proposal.note,
        at_once=proposal.at_once,
        seconds_left=max(0, int((proposal.expires_at - now).total_seconds())),
        entries=[entry for shown in proposal.previews for entry in shown],
        orders=made.orders.get(key, []),
        alerts=made.alerts.get(key, []),
        repeating=made.repeating.get(key, []),
        failures=list(failures),
    )


def _state(proposal: Proposal, now: datetime) -> str:
    if proposal.executed_at:
        return "executed"
    if proposal.dismissed_at:
        return "dismissed"
    if not as_json(proposal)["can_execute"]:
        return "none"
    return "expired" if now > proposal.expires_at else "open"


def _made(user: User) -> _Made:
    """The latest that the person's proposals set up."""
    made = _Made()
    for order in selectors.orders(user).filter(intent__source=Source.DESK)[:LOOKED_AT]:
        made.orders.setdefault(order.intent.client_key.split(":")[1], []).insert(0, order)
    alerts = Alert.objects.filter(user=user, client_key__startswith="desk:").select_related("instrument")
    for alert in alerts[:LOOKED_AT]:
        shown = AlertView(row=alert, words=waits_for(alert.condition, baseline=alert.baseline))
        made.alerts.setdefault(alert.client_key.split(":")[1], []).insert(0, shown)
    repeating = RepeatingOrder.objects.filter(user=user, client_key__startswith="desk:").select_related("instrument")
    for row in repeating[:LOOKED_AT]:
        made.repeating.setdefault(row.client_key.split(":")[1], []).insert(0, view_of(row))
    return made
