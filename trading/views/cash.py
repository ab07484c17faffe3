"""Cash: the balance and what is bound of it, money in and out, the ledger, the settings of the account, its reset."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings as configured
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from arbion.domain.enums import FillModel, LotMethod
from arbion.domain.errors import ArbionError, NotFound
from arbion.lib.clock import SYSTEM
from arbion.lib.templatetags.arbion import money
from brokers.accounts import configure
from brokers.models import BrokerAccount
from brokers.rules import rules_of
from trading import selectors
from trading.books.opening import ensure_simulated_account
from trading.execution.cash import deposit as put_in
from trading.execution.cash import limits_of
from trading.execution.cash import withdraw as take_out
from trading.execution.reset import reset_account
from trading.forms.cash import LedgerFilter, MoveForm, ResetForm, SettingsForm
from trading.models import CashMovement, Journal, WishStatus
from trading.views import ledger
from trading.views.door import PersonRequest, door

PAGE_LENGTH = 40
MOVES_SHOWN = 5
Move = Callable[..., Any]


@door
@require_GET
def cash(request: PersonRequest) -> HttpResponse:
    """The whole page."""
    return _page(request)


@door
@require_POST
def deposit(request: PersonRequest) -> HttpResponse:
    """Put practice money in."""
    return _move(request, put_in, name="deposit", said="{} goes into the account.")


@door
@require_POST
def withdraw(request: PersonRequest) -> HttpResponse:
    """Take practice money out."""
    return _move(request, take_out, name="withdraw", said="{} goes out of the account.")


@door
@require_GET
def journal(request: PersonRequest, number: int) -> HttpResponse:
    """One fact of the ledger with all that it moved; `number` counts the account's journals from 1."""
    account = ensure_simulated_account(request.user)
    found = _journals(request.user, account).filter(sequence=number).first()
    if found is None:
        raise NotFound("There is no such entry.")
    context = {"section": "cash", "account": account, "line": ledger.lines(account, [found])[0]}
    return render(request, "trading/journal.html", context)


@door
@require_http_methods(["GET", "POST"])
def settings(request: PersonRequest) -> HttpResponse:
    """How the account is called and treated; a POST changes it."""
    account = ensure_simulated_account(request.user)
    if request.method == "GET":
        return _settings(request, account, SettingsForm.of(account))
    form = SettingsForm(request.POST)
    if not form.is_valid():
        return _settings(request, account, form, status=422)
    values = form.cleaned_data
    try:
        configure(
            account,
            actor=request.user,
            name=values["name"],
            fill_model=FillModel(values["fill_model"]),
            margin=values["margin"],
            lot_method=LotMethod(values["lot_method"]),
        )
    except ArbionError as refusal:
        form.show(refusal)
        return _settings(request, account, form, status=422)
    messages.success(request, "The account's settings were changed.")
    return redirect("trading:cash_settings")


@door
@require_http_methods(["GET", "POST"])
def reset(request: PersonRequest) -> HttpResponse:
    """Start the account anew: what that will do, and the POST that does it."""
    account = ensure_simulated_account(request.user)
    form = ResetForm.fresh() if request.method == "GET" else ResetForm(request.POST)
    if request.method == "POST" and form.is_valid():
        try:
            reset_account(account, actor=request.user, client_key=form.cleaned_data["client_order_id"])
        except ArbionError as refusal:
            form.show(refusal)
        else:
            messages.success(request, "You have a new practice account. The old one is kept and can be looked at.")
            return redirect("trading:cash")
    context = {
        "section": "cash",
        "account": account,
        "form": form,
        "portfolio": selectors.portfolio(account, at=SYSTEM.now()),
        "open_count": selectors.open_orders(request.user).filter(account=account).count(),
        "opening": Decimal(configured.OPENING_CASH),
    }
    return render(request, "trading/reset.html", context, status=422 if form.errors else 200)


def _move(request: PersonRequest, verb: Move, *, name: str, said: str) -> HttpResponse:
    """Ask for a movement of cash; a refusal stands beside the amount that was typed."""
    account = ensure_simulated_account(request.user)
    form = MoveForm(request.POST)
    if not form.is_valid():
        return _page(request, status=422, **{name: form})
    values = form.cleaned_data
    try:
        made = verb(account, user=request.user, amount=values["amount"], client_key=values["client_order_id"])
    except ArbionError as refusal:
        form.show(refusal)
        return _page(request, status=422, **{name: form})
    if made.status == WishStatus.REFUSED:
        messages.error(request, f"The exchange refused it: {made.refusal_reason}")
    else:
        messages.success(request, said.format(money(values["amount"], account.currency)))
    return redirect("trading:cash")


def _page(request: PersonRequest, *, status: int = 200, **forms: MoveForm) -> HttpResponse:
    account = ensure_simulated_account(request.user)
    wanted = LedgerFilter(request.GET or None)
    page = Paginator(_wanted(_journals(request.user, account), wanted), PAGE_LENGTH).get_page(request.GET.get("page"))
    context = {
        "section": "cash",
        "account": account,
        "portfolio": selectors.portfolio(account, at=SYSTEM.now()),
        "offers_moves": rules_of(account.venue).offers_cash_moves,  # type: ignore[arg-type]
        "limits": limits_of(account),
        "moves": list(CashMovement.objects.filter(account=account)[:MOVES_SHOWN]),
        "deposit": MoveForm.fresh(),
        "withdraw": MoveForm.fresh(),
        "wanted": wanted,
        "is_filtered": any(request.GET.get(name) for name in wanted.fields),
        "page": page,
        "lines": ledger.lines(account, page.object_list),
        **forms,
    }
    return render(request, "trading/cash.html", context, status=status)


def _journals(user: User, account: BrokerAccount) -> QuerySet[Journal]:
    return selectors.journals(user).filter(account=account)


def _wanted(found: QuerySet[Journal], wanted: LedgerFilter) -> QuerySet[Journal]:
    """The journals that fit the filter; a filter that cannot be read shows everything."""
    if not wanted.is_valid():
        return found
    values, zone = wanted.cleaned_data, ZoneInfo(configured.MARKET_TIMEZONE)
    if values["code"]:
        found = found.filter(code=values["code"])
    if values["since"]:
        found = found.filter(at__gte=datetime.combine(values["since"], time(), zone))
    if values["until"]:
        found = found.filter(at__lt=datetime.combine(values["until"] + timedelta(days=1), time(), zone))
    return found


def _settings(request: PersonRequest, account: BrokerAccount, form: SettingsForm, *, status: int = 200) -> HttpResponse:
    context = {"section": "cash", "account": account, "form": form}
    return render(request, "trading/settings.html", context, status=status)
