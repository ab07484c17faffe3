"""The seal of a preview: what exactly was shown, signed, so that only that can be confirmed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC

from arbion.lib import crypto
from trading.desk.steps import Json, OrderStep, Step
from trading.models import Proposal

PURPOSE = "desk preview"


def sealed_steps(shown: Sequence[tuple[Step, Json]]) -> list[Json]:
    """Each step in its one spelling, with the size, the price and the band that were shown of it."""
    return [_sealed(step, entry) for step, entry in shown]


def hash_of(proposal: Proposal) -> str:
    """The seal of a proposal: over its steps, their prices and bands, the person, the account and the expiry."""
    return crypto.sign(_text(proposal), purpose=PURPOSE)


def is_genuine(proposal: Proposal) -> bool:
    """Whether the proposal still is what was sealed; a row that somebody changed is not."""
    return crypto.is_signed(_text(proposal), proposal.hash, purpose=PURPOSE)


def _sealed(step: Step, entry: Json) -> Json:
    sealed = {"key": step.key, "kind": entry["kind"], "terms": step.body()}
    if not isinstance(step, OrderStep):
        return sealed
    said = step.instruction
    is_in_money = said.quantity is None and said.percent_of_position is None
    figures = {name: entry[name] for name in ("quantity", "estimated_price", "band_percent")}
    return {**sealed, **figures, "is_in_money": is_in_money}


def _text(proposal: Proposal) -> str:
    """All that the seal covers, in one spelling."""
    covered = {
        "id": str(proposal.pk),
        "person": proposal.user_id,
        "account": proposal.account_id,
        "expires": proposal.expires_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "sealed": proposal.sealed,
    }
    return json.dumps(covered, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
