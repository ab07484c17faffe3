"""The halt: what is stopped now, the button in two steps, the receipt that shows what the venues confirmed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from accounts.proof import prove_password
from arbion.domain.errors import ArbionError
from brokers.accounts import account_of
from brokers.models import BrokerAccount
from riskdesk import halts as records
from trading.books.opening import ensure_simulated_account
from trading.execution.halt import halt as impose
from trading.execution.halt import resume
from trading.forms.halt import HOUSE, MINE, HaltForm, LiftForm
from trading.models import HaltReceipt, HaltScope
from trading.selectors import halts as reading
from trading.views.door import PersonRequest, door

RECENT = 10
CONFIRM = "confirm"


@door
@require_http_methods(["GET", "POST"])
def halt(request: PersonRequest) -> HttpResponse:
    """What is halted, and the button: a POST shows what would happen, and a second one does it."""
    ensure_simulated_account(request.user)
    if request.method == "GET":
        return _page(request, HaltForm(user=request.user, initial={"scope": MINE}))
    form = HaltForm(request.POST, user=request.user)
    if not form.is_valid():
        return _page(request, form, status=422)
    scope, account = _about(request.user, form.cleaned_data["scope"])
    if request.POST.get("step") != CONFIRM:
        word = HOUSE if scope is HaltScope.HOUSE else MINE
        found = reading.consequences(reading.accounts_in(word, request.user, account))
        chosen = dict(form.fields["scope"].choices)[form.cleaned_data["scope"]]  # type: ignore[attr-defined]
        context = {"section": "risk", "form": form, "consequences": found, "chosen": chosen}
        return render(request, "trading/halt_confirm.html", context)
    try:
        made = impose(
            scope=scope,
            reason=form.cleaned_data["reason"],
            actor=request.user,
            user=request.user if scope is HaltScope.PERSON else None,
            account=account,
            flatten=form.cleaned_data["flatten"],
        )
    except ArbionError as refusal:
        form.show(refusal)
        return _page(request, form, status=422)
    return redirect("trading:halt_receipt", made.pk)


@door
@require_GET
def receipt(request: PersonRequest, receipt_id: str) -> HttpResponse:
    """One receipt; it renews itself while something may still change."""
    return _receipt(request, reading.receipt_of(request.user, receipt_id), LiftForm())


@door
@require_GET
def status(request: PersonRequest, receipt_id: str) -> HttpResponse:
    """The part of a receipt that changes."""
    found = reading.receipt_of(request.user, receipt_id)
    return render(request, "trading/partials/halt_status.html", _facts(request, found))


@door
@require_POST
def lift(request: PersonRequest, receipt_id: str) -> HttpResponse:
    """Lift the halt of a receipt; a refusal stands beside what was typed."""
    found = reading.receipt_of(request.user, receipt_id)
    form = LiftForm(request.POST)
    if not form.is_valid():
        return _receipt(request, found, form, status=422)
    try:
        is_proven = records.is_of_house(found.halt) and prove_password(
            request, user=request.user, password=form.cleaned_data["password"]
        )
        resume(found, reason=form.cleaned_data["reason"], actor=request.user, is_proven=is_proven)
    except ArbionError as refusal:
        form.show(refusal)
        return _receipt(request, found, form, status=422)
    messages.success(request, "The halt was lifted. Orders that were canceled stay canceled.")
    return redirect("trading:halt_receipt", found.pk)


def _about(user: User, word: str) -> tuple[HaltScope, BrokerAccount | None]:
    """The scope and the account behind a choice of the form."""
    if word == HOUSE:
        return HaltScope.HOUSE, None
    return (HaltScope.PERSON, None) if word == MINE else (HaltScope.ACCOUNT, account_of(user, word))


def _page(request: PersonRequest, form: HaltForm, *, status: int = 200) -> HttpResponse:
    context = {
        "section": "risk",
        "form": form,
        "in_force": [_told(row, request.user) for row in reading.in_force(request.user)],
        "recent": [_told(row, request.user) for row in reading.receipts(request.user)[:RECENT]],
    }
    return render(request, "trading/halt.html", context, status=status)


def _receipt(request: PersonRequest, found: HaltReceipt, form: LiftForm, *, status: int = 200) -> HttpResponse:
    context = {"section": "risk", "form": form, **_facts(request, found)}
    return render(request, "trading/halt_receipt.html", context, status=status)


def _facts(request: PersonRequest, found: HaltReceipt) -> dict[str, Any]:
    return {"shown": reading.shown(found, request.user), **_told(found, request.user)}


def _told(found: HaltReceipt, user: User) -> dict[str, Any]:
    return {
        "receipt": found,
        "whom": reading.whom(found.halt),
        "by_whom": reading.by_whom(found.halt, user),
    }
