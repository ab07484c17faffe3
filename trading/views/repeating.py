"""Repeating orders on their page: the list, a new one with what it would do, one with its history, and its changes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from arbion.domain.errors import ArbionError
from brokers.accounts import account_of, accounts_of
from brokers.models import BrokerAccount
from trading import schedules, selectors, throttle
from trading.books.opening import ensure_simulated_account
from trading.forms.repeating import ChangeForm, RepeatingForm
from trading.models import RepeatingOrder, RepeatingState
from trading.schedules.reading import view_of
from trading.schedules.rule import zone_words
from trading.views.door import PersonRequest, door

PAGE_LENGTH = 20
RUNS_SHOWN = 3
RUNS_A_PAGE = 50
KEEP = "keep"


@door
@require_GET
def listed(request: PersonRequest) -> HttpResponse:
    """All of the person's, those that run first."""
    page = Paginator(selectors.repeating_orders(request.user), PAGE_LENGTH).get_page(request.GET.get("page"))
    rows = [(view_of(row), list(selectors.runs_of(row)[:RUNS_SHOWN])) for row in page.object_list]
    return render(request, "trading/repeating.html", {"section": "orders", "page": page, "rows": rows})


@door
@require_http_methods(["GET", "POST"])
def new(request: PersonRequest) -> HttpResponse:
    """The form; a POST shows what it would do, and with the step `keep` keeps it."""
    if request.method == "GET":
        return _form(request, RepeatingForm.fresh(symbol=request.GET.get("symbol", "")))
    form = RepeatingForm(request.POST)
    if not form.is_valid():
        return _form(request, form, status=422)
    try:
        account = _account(request.user, form.cleaned_data["account"])
        asked: Any = (request.user, account, form.order(), form.every())
        until = form.until()
        if request.POST.get("step") != KEEP:
            return _form(request, form, outlook=schedules.propose(*asked, until=until))
        throttle.count_request(request.user)
        key = form.cleaned_data["client_key"]
        kept = schedules.create(*asked, words="", client_key=key, until=until)
    except ArbionError as refusal:
        form.show(refusal)
        return _form(request, form, status=422)
    messages.success(request, f"{view_of(kept).what}: it repeats from now on.")
    return redirect("trading:repeating_one", kept.pk)


@door
@require_GET
def one(request: PersonRequest, repeating_id: str) -> HttpResponse:
    """One of them with its whole history."""
    return _one(request, selectors.repeating_of(request.user, repeating_id))


@door
@require_POST
def change(request: PersonRequest, repeating_id: str) -> HttpResponse:
    """Another size, rule or end from now on."""
    repeating = selectors.repeating_of(request.user, repeating_id)
    form = ChangeForm(request.POST)
    if not form.is_valid():
        return _one(request, repeating, form=form, status=422)
    try:
        throttle.count_request(request.user)
        size = {view_of(repeating).size_in: form.cleaned_data["size"]}
        schedules.change(repeating, size=size, every=form.every(), until=form.until(was_at=repeating.ends_at))
    except ArbionError as refusal:
        form.show(refusal)
        return _one(request, repeating, form=form, status=422)
    messages.success(request, "Changed. It holds from now on.")
    return redirect("trading:repeating_one", repeating.pk)


@door
@require_POST
def pause(request: PersonRequest, repeating_id: str) -> HttpResponse:
    """Place nothing until it is resumed."""
    repeating = schedules.pause(selectors.repeating_of(request.user, repeating_id))
    messages.success(request, "Paused. Nothing is placed until you resume it.")
    return redirect("trading:repeating_one", repeating.pk)


@door
@require_POST
def resume(request: PersonRequest, repeating_id: str) -> HttpResponse:
    """Go on from now."""
    repeating = schedules.resume(selectors.repeating_of(request.user, repeating_id))
    messages.success(request, "Resumed. What was due meanwhile is not made up for.")
    return redirect("trading:repeating_one", repeating.pk)


@door
@require_POST
def end(request: PersonRequest, repeating_id: str) -> HttpResponse:
    """End it for good."""
    repeating = schedules.end(selectors.repeating_of(request.user, repeating_id))
    messages.success(request, "Ended. The orders that it placed stay as they are.")
    return redirect("trading:repeating_one", repeating.pk)


def _account(user: User, public_id: str) -> BrokerAccount:
    return account_of(user, public_id) if public_id else ensure_simulated_account(user)


def _form(request: PersonRequest, form: RepeatingForm, *, outlook: Any = None, status: int = 200) -> HttpResponse:
    context = {
        "section": "orders",
        "form": form,
        "outlook": outlook,
        "zone": zone_words(),
        "accounts": list(accounts_of(request.user)),
    }
    return render(request, "trading/repeating_new.html", context, status=status)


def _one(
    request: PersonRequest, repeating: RepeatingOrder, *, form: ChangeForm | None = None, status: int = 200
) -> HttpResponse:
    view = view_of(repeating)
    page = Paginator(selectors.runs_of(repeating), RUNS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "section": "orders",
        "view": view,
        "page": page,
        "form": form or ChangeForm.of(view),
        "zone": zone_words(),
        "is_over": repeating.state == RepeatingState.ENDED,
    }
    return render(request, "trading/repeating_one.html", context, status=status)
