"""Reading a sentence: the interpretation, its proposal and the reply, kept as two lines of the conversation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import User
from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.ids import IdSource, new_id
from brokers.models import BrokerAccount
from marketdata.instruments import name_index
from marketdata.names import fold
from trading import selectors
from trading.books.opening import ensure_simulated_account
from trading.desk import at_once, lines
from trading.desk.accounts_named import Heard, hear, with_accounts
from trading.desk.naming import underlying_of
from trading.desk.proposing import propose, reply_to
from trading.desk.steps import Json
from trading.interpreter.interpretation import Context, Interpretation, PlaceOrder, Query
from trading.interpreter.service import interpret
from trading.models import Proposal

# So long an unsettled order can be completed or corrected in words; whatever comes of it is previewed anew.
REMEMBERED = timedelta(minutes=10)


def interpret_for(
    user: User,
    text: str,
    *,
    account: BrokerAccount | None = None,
    clock: Clock = SYSTEM,
    ids: IdSource = new_id,
) -> Proposal:
    """Read one sentence for a person. Raises InvalidInput for an empty or overlong text.

    Nothing trades, but for a small order of who chose that such orders run at once; then `executed_at` is set.
    """
    said = lines.checked(text)
    account = account or ensure_simulated_account(user, clock=clock)
    meaning = read(user, said, account=account, clock=clock)
    with transaction.atomic():
        line = lines.store_person_line(user, said, at=clock.now())
        proposal = propose_for(user, account, text=said, meaning=meaning.to_dict(), clock=clock, ids=ids)
        lines.store_desk_line(line, reply_to(proposal), at=clock.now(), proposal=proposal)
    if at_once.run(proposal, meaning, clock=clock):
        proposal.refresh_from_db()
    return proposal


def read(user: User, text: str, *, account: BrokerAccount, clock: Clock) -> Interpretation:
    """What the embedded reader makes of a sentence, after what was said before; keeps nothing."""
    now, index = clock.now(), name_index()
    heard = accounts_in(user, text)
    context = context_for(user, account, at=now)
    if heard.accounts[1:] == () and heard.accounts not in {(), (account,)}:
        context = replace(context, held=_held(heard.accounts[0]))
    meaning = interpret(heard.text, index=index, as_of=now, context=context)
    if heard.kept and (not meaning.actions or meaning.question):
        other = interpret(heard.kept, index=index, as_of=now, context=context)
        meaning = other if other.actions and not other.question else meaning
    return with_accounts(meaning, heard)


def accounts_in(user: User, text: str) -> Heard:
    """Which of the person's accounts the sentence names, and the sentence without them."""
    index = name_index()
    return hear(user, text, is_instrument=lambda name: bool(index.ticker(name) or index.exact(fold(name)).candidates))


def propose_for(
    user: User, account: BrokerAccount, *, text: str, meaning: Json, clock: Clock, ids: IdSource = new_id
) -> Proposal:
    """A proposal that knows of the one before: of a card and its correction only one may still be confirmed."""
    last, now = _last(user, account), clock.now()
    proposal = propose(user, account, text=text, meaning=meaning, clock=clock, ids=ids)
    if last and order_in_question(last, at=now) and _is_said_of_the_last(text, meaning["actions"]):
        Proposal.objects.filter(pk=last.pk, confirmed_at=None, executed_at=None).update(dismissed_at=now)
    return proposal


def context_of(user: User, account: BrokerAccount, last: Proposal | None, *, at: datetime) -> Context:
    """What "it" and "half of it" can mean: what is held, and what was last spoken of."""
    newest = selectors.open_orders(user).filter(account=account).first()
    return Context(
        held=_held(account),
        last_symbol=_symbol_in(_own_actions(last)) if last else None,
        last_order_id=str(newest.pk) if newest else None,
        last_order=order_in_question(last, at=at) if last else None,
        recent_order=_recent_order(last, at=at) if last else None,
        last_query=_question_before(last, at=at) if last else None,
    )


def _held(account: BrokerAccount) -> tuple[str, ...]:
    instruments = [position.instrument for position in selectors.positions(account)]
    return tuple(dict.fromkeys(name for one in instruments for name in (one.symbol, underlying_of(one)) if name))


def context_for(user: User, account: BrokerAccount, *, at: datetime) -> Context:
    """The same after the person's latest sentence about this account."""
    return context_of(user, account, _last(user, account), at=at)


def order_in_question(last: Proposal, *, at: datetime) -> PlaceOrder | None:
    """The one order that was just spoken of and not settled yet: an answer completes it, a correction changes it."""
    return None if last.confirmed_at or last.executed_at or last.dismissed_at else _recent_order(last, at=at)


def _recent_order(last: Proposal, *, at: datetime) -> PlaceOrder | None:
    """The one order that was spoken of last, whatever became of it."""
    actions = _own_actions(last)
    if at > last.created_at + REMEMBERED or len(actions) != 1 or actions[0]["type"] != "place_order":
        return None
    return PlaceOrder.from_dict(actions[0])


def _question_before(last: Proposal, *, at: datetime) -> Query | None:
    """The one question about one instrument that was asked last."""
    actions = _own_actions(last)
    if at > last.created_at + REMEMBERED or len(actions) != 1 or actions[0]["type"] != "query":
        return None
    asked = actions[0]
    if asked["symbol"] is None:
        return None
    return Query(topic=asked["topic"], symbol=asked["symbol"], accounts=tuple(asked.get("accounts", ())))


def _own_actions(last: Proposal) -> list[Json]:
    """What the person themselves spoke of: what a model proposed beyond their words gives none of theirs a meaning."""
    actions: list[Json] = last.interpretation["actions"]
    if last.interpretation.get("reader") != "model":
        return actions
    return [action for action in actions if not action.get("missing")]


def _last(user: User, account: BrokerAccount) -> Proposal | None:
    return Proposal.objects.filter(user=user, account=account).order_by("-created_at").first()


def _is_said_of_the_last(said: str, actions: Sequence[Json]) -> bool:
    """Whether the words that made the symbol stand in the sentence before: "no, make it 5" names none itself."""
    if len(actions) != 1 or actions[0]["type"] != "place_order":
        return False
    named = actions[0]["spans"].get("symbol")
    return named is not None and named.lower() not in said.lower()


def _symbol_in(actions: Sequence[Json]) -> str | None:
    for action in reversed(actions):
        order = action["order"] if action["type"] == "place_order" else {}
        if order.get("option"):
            return None  # "it" was a contract, and a contract has no name to go on with
        symbol = order.get("symbol") or action.get("symbol")
        if symbol:
            return str(symbol)
    return None
