"""From an interpretation, whoever read it, to a proposal: its steps shown with their figures, and sealed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings

from accounts.models import User
from arbion.lib.clock import Clock
from arbion.lib.ids import IdSource, new_id
from brokers.models import BrokerAccount
from trading.desk.answers import answer
from trading.desk.own_topics import own_topic
from trading.desk.sealing import hash_of, sealed_steps
from trading.desk.showing import ACTS, Shown, can_execute, show
from trading.desk.steps import Json, Step
from trading.models import Proposal


def propose(
    user: User, account: BrokerAccount, *, text: str, meaning: Json, clock: Clock, ids: IdSource = new_id
) -> Proposal:
    """Keep what was understood of a sentence, with previews at the prices of now; nothing trades.

    `meaning` is an interpretation as JSON (`Interpretation.to_dict()`), from whichever interpreter.
    """
    now = clock.now()
    proposal = Proposal(
        id=ids(),
        user=user,
        account=account,
        text=text,
        interpretation=meaning,
        created_at=now,
        expires_at=now + timedelta(seconds=settings.PREVIEW_SECONDS),
    )
    shown = show_all(proposal, clock=clock)
    proposal.previews = [[entry for _, entry in entries] for entries in shown]
    if topic := own_topic(text, meaning):
        action = {"topic": topic, "symbol": None}
        proposal.previews = [[answer(action, account=account, user=user, clock=clock)]]
    if can_execute(proposal.previews, question=meaning["question"]):
        proposal.sealed = {"steps": sealed_steps(steps_in(shown))}
        proposal.hash = hash_of(proposal)
    proposal.save(force_insert=True)
    return proposal


def show_all(proposal: Proposal, *, clock: Clock) -> list[list[Shown]]:
    """Every action of a proposal as it would be carried out at this moment."""
    return [
        show(action, index=index, proposal=proposal, user=proposal.user, clock=clock)
        for index, action in enumerate(proposal.interpretation["actions"])
    ]


def steps_in(shown: list[list[Shown]]) -> list[tuple[Step, Json]]:
    """The steps with their entries, without what only answers."""
    return [(step, entry) for entries in shown for step, entry in entries if step is not None]


def as_json(proposal: Proposal) -> dict[str, Any]:
    """The interpretation with its id and hash, its previews (a list for each action) and the reply in words."""
    return {
        **proposal.interpretation,
        "id": str(proposal.pk),
        "hash": proposal.hash or None,
        "text": proposal.text,
        "account": str(proposal.account.public_id),
        "previews": proposal.previews,
        "can_execute": can_execute(proposal.previews, question=proposal.interpretation["question"]),
        "reply": reply_to(proposal),
        "expires_at": proposal.expires_at,
    }


def reply_to(proposal: Proposal) -> str:
    """What the desk says: its question, its answers, or what it understood; of a model's answer its words too."""
    if proposal.interpretation.get("text"):
        return _reply_of_model(proposal)
    if proposal.interpretation["question"]:
        return str(proposal.interpretation["question"])
    entries = [entry for shown in proposal.previews for entry in shown]
    said = [entry["text"] for entry in entries if entry["kind"] == "answer"]
    said += [entry["detail"] for entry in entries if entry["kind"] == "refused"]
    if any(entry["kind"] in ACTS for entry in entries):
        said.insert(0, proposal.interpretation["explanation"])
    return " ".join(said) or str(proposal.interpretation["explanation"])


def _reply_of_model(proposal: Proposal) -> str:
    """The model's words and what was refused; where something must be asked, our question alone."""
    if proposal.interpretation["question"]:
        return str(proposal.interpretation["question"])
    entries = [entry for shown in proposal.previews for entry in shown]
    refused = [entry["detail"] for entry in entries if entry["kind"] == "refused"]
    return "\n".join([str(proposal.interpretation["text"]), *refused])
