"""The desk: what the person owns, and the conversation in which a sentence becomes an order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.llm import provider
from arbion.lib.clock import SYSTEM
from brokers.accounts import account_of, accounts_of
from brokers.models import BrokerAccount
from trading import desk as talk
from trading import selectors
from trading.books.opening import ensure_simulated_account
from trading.desk import Outcome
from trading.desk.at_once import at_once_max
from trading.desk.carrying_out import proposal_of
from trading.desk.model import assistants, talking
from trading.errors import PreviewChanged, PriceMoved, ProposalExpired, ProposalUsed
from trading.models import Assistant, Proposal
from trading.selectors.alerts import Nearest
from trading.throttle import count_proposal
from trading.views.conversation import proposal_view, turn_of, turns
from trading.views.door import PersonRequest, door, wants_fragment

NEAREST_SHOWN = 4


@door
@require_GET
def desk(request: PersonRequest) -> HttpResponse:
    """The whole page."""
    talking.mend(request.user)
    context = {
        "section": "desk",
        "assistants": assistants.mine(request.user),
        "turns": turns(request.user),
        "draft": request.GET.get("text", "")[:500],
        "open_orders": selectors.open_orders(request.user),
        "nearest": _nearest(request),
        "accounts": accounts_of(request.user),
        "can_transcribe": provider.is_there_for(request.user),
        **_portfolio(request),
    }
    context["at_once"] = at_once_max(context["account"])
    return render(request, "trading/desk.html", context)


@door
@require_GET
def holdings(request: PersonRequest) -> HttpResponse:
    """The holdings alone, fetched again when one comes or goes."""
    return render(request, "trading/partials/holdings.html", _portfolio(request))


@door
@require_GET
def working(request: PersonRequest) -> HttpResponse:
    """The open orders alone, fetched again when one changes."""
    return render(request, "trading/partials/open_orders.html", {"open_orders": selectors.open_orders(request.user)})


@door
@require_GET
def alerts(request: PersonRequest) -> HttpResponse:
    """What comes true next, fetched again when an alert or a waiting order changes."""
    return render(request, "trading/partials/nearest.html", {"nearest": _nearest(request)})


@door
@require_POST
def say(request: PersonRequest) -> HttpResponse:
    """One sentence to the desk; it and the answer come back as lines of the conversation."""
    spoken = talking.speak(
        request.user,
        request.POST.get("text", ""),
        account=_account_asked(request),
        assistant=_assistant_asked(request),
        key=_key_of(request),
    )
    talking.begin(spoken)
    if not wants_fragment(request):
        return redirect("trading:desk")
    return render(request, "trading/partials/turns.html", {"turns": turns(request.user, limit=2)})


@door
@require_GET
def line(request: PersonRequest, line_id: int) -> HttpResponse:
    """One line of the conversation as it stands: fetched when an answer ends, and while no socket tells of it."""
    talking.mend(request.user)
    return render(request, "trading/partials/turns.html", {"turns": [turn_of(request.user, line_id)]})


@door
@require_POST
def stop(request: PersonRequest) -> HttpResponse:
    """Stop an answer that is being worked on; nothing of it counts."""
    line_id = int(request.POST.get("line", "0")) if request.POST.get("line", "").isdecimal() else 0
    talking.stop(request.user, line_id)
    if not wants_fragment(request):
        return redirect("trading:desk")
    return render(request, "trading/partials/turns.html", {"turns": [turn_of(request.user, line_id)]})


@door
@require_POST
def execute(request: PersonRequest) -> HttpResponse:
    """Carry out what was proposed and confirmed, once; a second time, or too late, shows how it stands."""
    proposal = proposal_of(request.user, request.POST.get("id", ""))
    try:
        count_proposal(proposal)
        outcomes = talk.execute(request.user, proposal.pk, seal=request.POST.get("hash", ""))
    except (PreviewChanged, PriceMoved, ProposalExpired, ProposalUsed) as refusal:
        messages.warning(request, refusal.detail)
        is_told = "proposal" in refusal.extra or not isinstance(refusal, PreviewChanged)
        return _answer(
            request, proposal, is_fresh="proposal" in refusal.extra, failures=() if is_told else (refusal.detail,)
        )
    return _answer(request, proposal, outcomes)


@door
@require_POST
def again(request: PersonRequest) -> HttpResponse:
    """The same wish at the prices of now, where its preview has become too old."""
    proposal = proposal_of(request.user, request.POST.get("id", ""))
    try:
        talk.ask_again(request.user, proposal.pk)
    except ProposalUsed as refusal:
        messages.warning(request, refusal.detail)
        return _answer(request, proposal)
    return _answer(request, proposal, is_fresh=True)


@door
@require_POST
def dismiss(request: PersonRequest) -> HttpResponse:
    """Let a proposal go; nothing is placed."""
    return _answer(request, talk.dismiss(request.user, request.POST.get("id", "")))


def _answer(
    request: PersonRequest,
    proposal: Proposal,
    outcomes: Sequence[Outcome] = (),
    *,
    is_fresh: bool = False,
    failures: Sequence[str] = (),
) -> HttpResponse:
    """The proposal as it stands now, with the fresh one that takes its place where there is one; or the whole page."""
    proposal.refresh_from_db()
    failures = [*failures, *(outcome.error.detail for outcome in outcomes if outcome.error)]
    view = proposal_view(request.user, proposal, failures)
    if wants_fragment(request):
        list(messages.get_messages(request))  # said in the answer itself
        newest = turns(request.user, limit=1) if is_fresh else []
        return render(request, "trading/partials/answered.html", {"proposal": view, "turns": newest})
    for failure in view.failures:
        messages.error(request, failure)
    return redirect("trading:desk")


def _assistant_asked(request: PersonRequest) -> Assistant | None:
    """The assistant that the picker names; None for the desk itself."""
    asked = request.POST.get("assistant", "")
    return assistants.assistant_of(request.user, asked) if asked else None


def _key_of(request: PersonRequest) -> UUID | None:
    """The key that the page gave the sentence, so that one that is sent twice is one line."""
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError:
        return None


def _account_asked(request: PersonRequest) -> BrokerAccount | None:
    """The account that the picker names; None where there is nothing to pick."""
    asked = request.POST.get("account", "")
    return account_of(request.user, asked) if asked else None


def _nearest(request: PersonRequest) -> Nearest:
    return selectors.nearest(request.user, at=SYSTEM.now(), most=NEAREST_SHOWN)


def _portfolio(request: PersonRequest) -> dict[str, Any]:
    account = ensure_simulated_account(request.user)
    return {"account": account, "portfolio": selectors.portfolio(account, at=SYSTEM.now())}
