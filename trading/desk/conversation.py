"""Reading a sentence: the interpretation, its previews and the reply, kept as a proposal and two lines of history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.models import User
from arbion.domain.errors import InvalidInput
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.ids import IdSource, new_id
from brokers.models import BrokerAccount
from marketdata.instruments import name_index
from trading import selectors
from trading.books.opening import ensure_simulated_account
from trading.desk.naming import underlying_of
from trading.desk.showing import ACTS, can_execute, show
from trading.desk.steps import Json
from trading.interpreter.interpretation import Context, PlaceOrder
from trading.interpreter.service import interpret
from trading.models import Message, Proposal, Speaker

TEXT_LENGTH_MAX = 1000
PROPOSAL_LIFE = timedelta(seconds=120)
HISTORY_LENGTH = 50


def interpret_for(
    user: User,
    text: str,
    *,
    account: BrokerAccount | None = None,
    clock: Clock = SYSTEM,
    ids: IdSource = new_id,
) -> Proposal:
    """Read one sentence for a person; nothing trades. Raises InvalidInput for an empty or overlong text."""
    said = text.strip()
    if not said:
        raise InvalidInput.of("text", "required", "Say what you want to do.")
    if len(said) > TEXT_LENGTH_MAX:
        raise InvalidInput.of("text", "too_long", f"Say it in at most {TEXT_LENGTH_MAX} characters.")
    account = account or ensure_simulated_account(user, clock=clock)
    now = clock.now()
    last = Proposal.objects.filter(user=user, account=account).order_by("-created_at").first()
    context = _context(user, account, last, at=now)
    meaning = interpret(said, index=name_index(), as_of=now, context=context).to_dict()
    proposal = Proposal(
        id=ids(),
        user=user,
        account=account,
        text=said,
        interpretation=meaning,
        created_at=now,
        expires_at=now + PROPOSAL_LIFE,
    )
    proposal.previews = [
        show(action, index=index, proposal=proposal, user=user, clock=clock)
        for index, action in enumerate(meaning["actions"])
    ]
    with transaction.atomic():
        proposal.save(force_insert=True)
        if last and context.last_order and _is_said_of_the_last(said, meaning["actions"]):
            # The earlier card is answered or corrected by this one: only one of the two may still be confirmed.
            Proposal.objects.filter(pk=last.pk, executed_at=None).update(dismissed_at=now)
        Message.objects.create(user=user, speaker=Speaker.PERSON, text=said, created_at=now)
        Message.objects.create(
            user=user, speaker=Speaker.DESK, text=reply_to(proposal), proposal=proposal, created_at=now
        )
    return proposal


def as_json(proposal: Proposal) -> dict[str, Any]:
    """The interpretation with its id, its previews (a list for each action) and the reply in words."""
    return {
        **proposal.interpretation,
        "id": str(proposal.pk),
        "text": proposal.text,
        "account": str(proposal.account.public_id),
        "previews": proposal.previews,
        "can_execute": can_execute(proposal.previews, question=proposal.interpretation["question"]),
        "reply": reply_to(proposal),
        "expires_at": proposal.expires_at,
    }


def reply_to(proposal: Proposal) -> str:
    """What the desk says: its question, its answers, or what it understood."""
    if proposal.interpretation["question"]:
        return str(proposal.interpretation["question"])
    entries = [entry for shown in proposal.previews for entry in shown]
    said = [entry["text"] for entry in entries if entry["kind"] == "answer"]
    said += [entry["detail"] for entry in entries if entry["kind"] == "refused"]
    if any(entry["kind"] in ACTS for entry in entries):
        said.insert(0, proposal.interpretation["explanation"])
    return " ".join(said) or str(proposal.interpretation["explanation"])


def history(user: User, *, limit: int = HISTORY_LENGTH) -> list[Message]:
    """The newest lines of the conversation, oldest first."""
    rows = Message.objects.filter(user=user).select_related("proposal__account").order_by("-id")[:limit]
    return list(reversed(rows))


def _is_said_of_the_last(said: str, actions: Sequence[Json]) -> bool:
    """Whether the words that made the symbol stand in the sentence before: "no, make it 5" names none itself."""
    if len(actions) != 1 or actions[0]["type"] != "place_order":
        return False
    named = actions[0]["spans"].get("symbol")
    return named is not None and named.lower() not in said.lower()


def _context(user: User, account: BrokerAccount, last: Proposal | None, *, at: datetime) -> Context:
    """What "it" and "half of it" can mean: what is held, and what was last spoken of."""
    instruments = [position.instrument for position in selectors.positions(account)]
    names = [name for one in instruments for name in (one.symbol, underlying_of(one)) if name]
    newest = selectors.open_orders(user).filter(account=account).first()
    return Context(
        held=tuple(dict.fromkeys(names)),
        last_symbol=_symbol_in(last.interpretation["actions"]) if last else None,
        last_order_id=str(newest.pk) if newest else None,
        last_order=_order_in_question(last, at=at) if last else None,
    )


def _order_in_question(last: Proposal, *, at: datetime) -> PlaceOrder | None:
    """The one order that was just spoken of and not settled yet: an answer completes it, a correction changes it."""
    if last.executed_at or last.dismissed_at or at > last.expires_at:
        return None
    actions = last.interpretation["actions"]
    if len(actions) != 1 or actions[0]["type"] != "place_order":
        return None
    return PlaceOrder.from_dict(actions[0])


def _symbol_in(actions: Sequence[Json]) -> str | None:
    for action in reversed(actions):
        order = action["order"] if action["type"] == "place_order" else {}
        if order.get("option"):
            return None  # "it" was a contract, and a contract has no name to go on with
        symbol = order.get("symbol") or action.get("symbol")
        if symbol:
            return str(symbol)
    return None
