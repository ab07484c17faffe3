"""How complete the candles are, of all instruments and of one with its gaps; and making them anew from finer ones."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.api.authentication import signed_in
from accounts.roles import Ability, can
from arbion.domain.enums import Interval
from arbion.domain.errors import ArbionError
from arbion.lib.clock import SYSTEM
from arbion.room.frame import seen_with, show
from marketdata import coverage
from marketdata.models import Instrument


class RebuildForm(forms.Form):
    """From when to when."""

    since = forms.DateTimeField(
        label="From", widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    until = forms.DateTimeField(
        label="To", widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )


@seen_with("marketdata.view_candle")
@require_http_methods(["GET", "HEAD", "POST"])
def coverage_page(request: HttpRequest) -> HttpResponse:
    """What there is of each width, what is missing of one instrument, and the way to make it anew."""
    symbol = request.GET.get("symbol", "").strip().upper()[:24]
    instrument = Instrument.objects.filter(symbol=symbol).first() if symbol else None
    if request.method == "POST":
        return _rebuild(request, instrument)
    now = SYSTEM.now()
    return _page(request, symbol, instrument, RebuildForm(initial={"since": now - timedelta(days=1), "until": now}))


def _rebuild(request: HttpRequest, instrument: Instrument | None) -> HttpResponse:
    if not can(signed_in(request), Ability.EDIT_MARKET):
        raise PermissionDenied
    form = RebuildForm(request.POST)
    if instrument is None or not form.is_valid():
        return _page(request, instrument.symbol if instrument else "", instrument, form, status=400)
    given = form.cleaned_data
    try:
        done = coverage.rebuild(instrument, given["since"], given["until"], by=signed_in(request))
    except ArbionError as error:
        form.add_error(None, error.detail)
        return _page(request, instrument.symbol, instrument, form, status=400)
    written, removed = sum(one.written for one in done), sum(one.removed for one in done)
    messages.success(request, f"{instrument.symbol}: {written:,} candles written, {removed:,} removed.")
    return redirect(f"{reverse('admin:candle_coverage')}?symbol={instrument.symbol}")


def _page(
    request: HttpRequest, symbol: str, instrument: Instrument | None, form: RebuildForm, *, status: int = 200
) -> HttpResponse:
    problem = f"There is no instrument {symbol}." if symbol and instrument is None else ""
    totals = coverage.totals() if instrument is None else []
    facts: dict[str, Any] = {
        "symbol": symbol,
        "instrument": instrument,
        "problem": problem,
        "form": form,
        "rows": [{**row, "label": Interval(row["interval"]).label} for row in totals],
        "covered": [(one.interval.label, one) for one in coverage.coverage(instrument)] if instrument else [],
        "may_edit": can(signed_in(request), Ability.EDIT_MARKET),
    }
    return show(request, "coverage", "Candle coverage", status=status, **facts)
