"""The conversation as a page shows it: its lines, what one may still do with a proposal, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import User
from arbion.domain.enums import Source
from arbion.lib.clock import SYSTEM
from trading import selectors
from trading.desk import as_json, history
from trading.models import Message, Order, Proposal

ORDERS_LOOKED_AT = 200
OrdersOf = dict[str, list[Order]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalView:
    """A proposal for the page. `state`: open, executed, dismissed, expired, or none where nothing can be confirmed."""

    id: str
    hash: str
    text: str
    state: str
    note: str
    seconds_left: int
    entries: list[dict[str, Any]]
    orders: list[Order]
    failures: list[str]

    @property
    def would_pass(self) -> bool:
        """Whether the risk desk has nothing against any of its orders."""
        return all(entry["approved"] for entry in self.entries if entry["kind"] == "order")

    @property
    def confirm_label(self) -> str:
        """What the button will do."""
        orders = [entry for entry in self.entries if entry["kind"] == "order"]
        if not orders:
            changes = any(entry["kind"] == "replace" for entry in self.entries)
            return "Confirm change" if changes else "Confirm cancel"
        return f"Confirm {orders[0]['side']}" if len(orders) == 1 else f"Confirm {len(orders)} orders"

    @property
    def confirm_class(self) -> str:
        """The button's colour: the side's, where there is one."""
        sides = {entry["side"] for entry in self.entries if entry["kind"] == "order"}
        return f"btn-{sides.pop()}" if len(sides) == 1 else "btn-primary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One line of the conversation."""

    speaker: str
    speaker_name: str
    text: str
    proposal: ProposalView | None


def turns(user: User, *, limit: int = 50) -> list[Turn]:
    """The newest lines, oldest first."""
    messages = history(user, limit=limit)
    orders = _orders_by_proposal(user)
    now = SYSTEM.now()
    return [_turn(message, orders=orders, now=now) for message in messages]


def proposal_view(user: User, proposal: Proposal, failures: Sequence[str] = ()) -> ProposalView:
    """One proposal as it stands, with what went wrong when it was carried out."""
    return _view(proposal, orders=_orders_by_proposal(user), now=SYSTEM.now(), failures=failures)


def _turn(message: Message, *, orders: OrdersOf, now: datetime) -> Turn:
    view = _view(message.proposal, orders=orders, now=now) if message.proposal else None
    return Turn(speaker=message.speaker, speaker_name=message.get_speaker_display(), text=message.text, proposal=view)


def _view(proposal: Proposal, *, orders: OrdersOf, now: datetime, failures: Sequence[str] = ()) -> ProposalView:
    return ProposalView(
        id=str(proposal.pk),
        hash=proposal.hash,
        text=proposal.text,
        state=_state(proposal, now),
        note=proposal.note,
        seconds_left=max(0, int((proposal.expires_at - now).total_seconds())),
        entries=[entry for shown in proposal.previews for entry in shown],
        orders=orders.get(str(proposal.pk), []),
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


def _orders_by_proposal(user: User) -> OrdersOf:
    """The person's latest orders from the desk, by the proposal in their key (`desk:<proposal>:<place>`)."""
    found: OrdersOf = {}
    for order in selectors.orders(user).filter(intent__source=Source.DESK)[:ORDERS_LOOKED_AT]:
        found.setdefault(order.intent.client_key.split(":")[1], []).insert(0, order)
    return found
