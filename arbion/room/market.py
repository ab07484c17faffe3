"""The market by hand: opening and closing it in an emergency, in two steps."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from accounts.api.authentication import signed_in
from accounts.roles import Ability, can
from arbion.domain.enums import OPEN, AssetClass
from arbion.domain.errors import ArbionError
from arbion.lib.clock import SYSTEM
from arbion.room.frame import seen_with, show
from marketdata import hours, override
from marketdata.models import MarketOverride
from trading.models import Order

HISTORY_MAX = 25


class OverrideForm(forms.Form):
    """What is to hold, why, and until when."""

    state = forms.ChoiceField(
        choices=[
            ("closed", "Closed: no order of stocks and funds trades"),
            ("open", "Open: as in the regular session"),
        ],
        widget=forms.RadioSelect,
        label="The market is to be",
    )
    reason = forms.CharField(
        max_length=override.REASON_LENGTH_MAX, label="Reason", help_text="Everybody reads it, on every page."
    )
    until = forms.DateTimeField(
        required=False,
        label="Until",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="By the market's clock; empty: until somebody lifts it.",
    )


@seen_with("marketdata.view_marketoverride")
@require_http_methods(["GET", "HEAD", "POST"])
def override_page(request: HttpRequest) -> HttpResponse:
    """The market's state, and the two steps that change it by hand."""
    if request.method != "POST":
        return _page(request, OverrideForm())
    if not can(signed_in(request), Ability.EDIT_MARKET):
        raise PermissionDenied
    step = request.POST.get("step")
    if step in {"lift", "lift-confirmed"}:
        return _lift(request) if step == "lift-confirmed" else _page(request, OverrideForm(), asks="lift")
    form = OverrideForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=400)
    if step != "confirmed":
        return _page(request, form, asks="impose")
    return _impose(request, form)


def _impose(request: HttpRequest, form: OverrideForm) -> HttpResponse:
    given = form.cleaned_data
    try:
        made = override.impose(
            is_open=given["state"] == "open", reason=given["reason"], by=signed_in(request), until=given["until"]
        )
    except ArbionError as error:
        for problem in error.errors:
            form.add_error(problem.field if problem.field in form.fields else None, problem.detail)
        return _page(request, form, status=400)
    messages.success(request, f"The market is held {'open' if made.is_open else 'closed'}; everybody has been told.")
    return redirect("admin:market_override")


def _lift(request: HttpRequest) -> HttpResponse:
    if override.lift(by=signed_in(request)):
        messages.success(request, "The market keeps its hours again; everybody has been told.")
    else:
        messages.info(request, "Nothing was in force any more.")
    return redirect("admin:market_override")


def _page(request: HttpRequest, form: OverrideForm, *, asks: str = "", status: int = 200) -> HttpResponse:
    now = SYSTEM.now()
    waiting = Order.objects.filter(status__in=OPEN).exclude(instrument__asset_class=AssetClass.CRYPTO).count()
    facts: dict[str, Any] = {
        "form": form,
        "asks": asks,
        "session": hours.session(now),
        "working": waiting,
        "rows": MarketOverride.objects.select_related("imposed_by", "lifted_by")[:HISTORY_MAX],
        "may_edit": can(signed_in(request), Ability.EDIT_MARKET),
    }
    return show(request, "override", "Market override", status=status, **facts)
