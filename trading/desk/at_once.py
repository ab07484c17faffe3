"""Running without a confirmation, for who chose that: small orders of a practice account, read without any doubt."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.passwords import prove_password
from arbion.domain.enums import RunMode
from arbion.domain.errors import ArbionError, InvalidInput
from arbion.domain.numbers import plain
from arbion.lib.clock import SYSTEM, Clock
from brokers.models import BrokerAccount
from trading import throttle
from trading.desk.carrying_out import execute
from trading.interpreter.interpretation import HIGH, Interpretation
from trading.models import DeskChoice, Proposal

AT_ONCE_MOST = Decimal(10_000)


def at_once_max(account: BrokerAccount) -> Decimal | None:
    """Up to which value an order of the account runs without a confirmation; None where every one is confirmed."""
    if account.mode != RunMode.PAPER:
        return None
    chosen = DeskChoice.objects.filter(account=account).first()
    return None if chosen is None else chosen.at_once_max


def choose(
    user: User, account: BrokerAccount, *, most: Decimal | None, password: str = "", clock: Clock = SYSTEM
) -> None:
    """Set, or with None take away, the value up to which orders run at once. Raises InvalidInput.

    Setting it needs the password; taking it away needs nothing.
    """
    if most is not None:
        if account.user_id != user.pk or account.archived_at or account.mode != RunMode.PAPER:
            raise InvalidInput.of("most", "not_paper", "Only orders of a practice account can run at once.")
        if not Decimal(0) < most <= AT_ONCE_MOST:
            detail = f"Name an amount above zero and up to {AT_ONCE_MOST:,} dollars."
            raise InvalidInput.of("most", "out_of_range", detail)
        prove_password(user, password)
    with transaction.atomic():
        DeskChoice.objects.update_or_create(account=account, defaults={"at_once_max": most, "changed_at": clock.now()})
        audit.record(
            actor=user,
            action="desk.at_once_chosen",
            subject=str(account.public_id),
            data={"most": None if most is None else plain(most)},
            clock=clock,
        )


def run(proposal: Proposal, meaning: Interpretation, *, clock: Clock) -> bool:
    """Carry the proposal out without a confirmation, where the person chose that and nothing of it is in doubt."""
    most = at_once_max(proposal.account)
    if most is None or not _is_beyond_doubt(proposal, meaning) or not _is_small(proposal, most):
        return False
    try:
        throttle.count_proposal(proposal, clock=clock)
        Proposal.objects.filter(pk=proposal.pk).update(at_once=True)
        execute(proposal.user, proposal.pk, seal=proposal.hash, clock=clock)
    except ArbionError:
        # It stays a card that can be confirmed, or is asked again.
        Proposal.objects.filter(pk=proposal.pk, executed_at=None).update(at_once=False)
        return False
    audit.record(
        actor=proposal.user,
        action="desk.ran_at_once",
        subject=str(proposal.pk),
        data={"words": proposal.text[:200], "most": plain(most)},
        clock=clock,
    )
    return True


def _is_beyond_doubt(proposal: Proposal, meaning: Interpretation) -> bool:
    """Whether every word was read by the embedded reader, with sure names, and nothing is left to ask.

    The choice is one account's: what is to happen in another one is confirmed.
    """
    here = {str(proposal.account.public_id)}
    is_here = all(set(action.accounts) <= here for action in meaning.actions)
    return bool(proposal.hash) and meaning.is_complete and meaning.confidence >= HIGH and is_here


def _is_small(proposal: Proposal, most: Decimal) -> bool:
    """Whether all of it are orders that pass every check now, each worth no more than was chosen."""
    entries = [entry for shown in proposal.previews for entry in shown]
    return bool(entries) and all(
        entry["kind"] == "order"
        and entry["approved"]
        and entry["waiting_for"] != "condition"
        and entry["estimated_value"] is not None
        and abs(Decimal(entry["estimated_value"])) <= most
        for entry in entries
    )
