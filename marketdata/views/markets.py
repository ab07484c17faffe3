"""The markets page: what can be traded, what it costs now and how it moved."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from arbion.domain.enums import AssetClass
from arbion.lib.clock import SYSTEM
from marketdata import listing

PAGE_LENGTH = 40
KINDS = [("", "All"), (AssetClass.EQUITY, "Stocks"), (AssetClass.ETF, "ETFs"), (AssetClass.CRYPTO, "Crypto")]


@login_required
@require_GET
def markets(request: HttpRequest) -> HttpResponse:
    """The list by text and kind, sorted, a page at a time."""
    text = request.GET.get("search", "").strip()[:60]
    kind, sort = request.GET.get("kind", ""), request.GET.get("sort", "")
    found = listing.instruments(text=text, asset_class=kind, sort=sort)
    page = Paginator(found, PAGE_LENGTH).get_page(request.GET.get("page"))
    context = {
        "section": "markets",
        "page": page,
        "rows": listing.rows(list(page.object_list), at=SYSTEM.now()),
        "text": text,
        "kind": kind,
        "kinds": KINDS,
        "sort": sort,
    }
    return render(request, "marketdata/markets.html", context)
