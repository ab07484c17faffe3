"""The risk desk's page: limits, what guards each position, what the desk decided, and what could happen to the book."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from arbion.domain.numbers import HUNDRED
from arbion.lib.clock import SYSTEM
from brokers.accounts import accounts_of
from riskdesk.analytics import history, picture
from riskdesk.analytics.beta import Correlations
from riskdesk.forms import LimitForm
from riskdesk.models import LimitName
from riskdesk.selectors import limits_with_usage
from trading.books.opening import ensure_simulated_account
from trading.execution.usage import usage_of
from trading.selectors.risk import book_of, decisions
from trading.views.door import PersonRequest, door, wants_fragment
from trading.views.stops import all_guards

BENCHMARK = "SPY"
PAGE_LENGTH = 25
HEAT_STEPS = 5  # shades from no correlation to a perfect one, each way


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One pair of the correlation map: the figure, and how deep its colour is, -5 to 5."""

    value: Decimal | None
    count: int
    shade: int


@door
@require_http_methods(["GET", "POST"])
def desk(request: PersonRequest) -> HttpResponse:
    """The page; what takes reckoning is fetched behind it. A POST sets one limit of the account."""
    account = ensure_simulated_account(request.user)
    form = LimitForm(request.POST) if request.method == "POST" else None
    if form is not None and form.is_valid() and form.save(actor=request.user, account=account):
        messages.success(request, f"{LimitName(form.cleaned_data['name']).label}: changed.")
        return redirect("trading:risk")
    at = SYSTEM.now()
    context = {
        "limits": limits_with_usage(account, at, usage=usage_of(account, at=at)),
        "limit_form": form,
        "section": "risk",
        "account": account,
        **all_guards(request),
        "decisions": decisions([account])[:8],
    }
    return render(request, "trading/risk.html", context, status=200 if form is None else 422)


@door
@require_GET
def assessment(request: PersonRequest) -> HttpResponse:
    """Value at risk, scenarios, beta, correlations and Greeks of the account; a part of the page, or one of its own."""
    account = ensure_simulated_account(request.user)
    at = SYSTEM.now()
    book = book_of(account, at=at)
    past = history.closes(picture.symbols_needed(book, BENCHMARK), until=at)
    found = picture.assess(book, past, BENCHMARK)
    context = {
        "section": "risk",
        "account": account,
        "book": book,
        "found": found,
        "confidence": found.confidence * HUNDRED,
        "methods": [("What prices did", found.historical), ("A normal curve", found.parametric)],
        "heat": heat_map(found.correlations),
        "has_options": any(line.option for line in book.lines),
        # Without options a volatility moves nothing.
        "scenarios": [one for one in found.scenarios if one.change],
        "betas": [{"symbol": symbol, "beta": value} for symbol, value in found.betas.items()],
    }
    name = "trading/partials/risk_assessment.html" if wants_fragment(request) else "trading/risk_assessment.html"
    return render(request, name, context)


@door
@require_GET
def verdicts(request: PersonRequest) -> HttpResponse:
    """Everything that the desk decided for the person's accounts, orders that were never sent included."""
    refused = request.GET.get("show") == "refused"
    found = decisions(accounts_of(request.user), refused=refused)
    context = {
        "section": "risk",
        "page": Paginator(found, PAGE_LENGTH).get_page(request.GET.get("page")),
        "refused": refused,
    }
    return render(request, "trading/risk_decisions.html", context)


def heat_map(found: Correlations) -> list[dict[str, Any]]:
    """A row for each symbol, with the shade of each pair."""
    rows = []
    for symbol, values, counts in zip(found.symbols, found.values, found.counts, strict=True):
        cells = [
            HeatCell(value=value, count=count, shade=0 if value is None else round(value * HEAT_STEPS))
            for value, count in zip(values, counts, strict=True)
        ]
        rows.append({"symbol": symbol, "cells": cells})
    return rows
