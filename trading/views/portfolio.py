"""The portfolio: totals, positions with their lots, allocation."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from arbion.domain.enums import AssetClass
from arbion.domain.numbers import HUNDRED, ZERO
from arbion.lib.clock import SYSTEM
from trading import selectors
from trading.books.opening import ensure_simulated_account
from trading.exports.taxes import tax_lines
from trading.selectors import PortfolioView
from trading.views import exports
from trading.views.door import PersonRequest, door

PAGE_LENGTH = 50
CLASS_WORDS = {
    AssetClass.EQUITY: "Stocks",
    AssetClass.ETF: "ETFs",
    AssetClass.CRYPTO: "Crypto",
    AssetClass.OPTION: "Options",
}


@door
@require_GET
def portfolio(request: PersonRequest) -> HttpResponse:
    """The whole page."""
    return render(request, "trading/portfolio.html", _context(request))


@door
@require_GET
def positions(request: PersonRequest) -> HttpResponse:
    """The positions alone, fetched again when one comes or goes."""
    return render(request, "trading/partials/positions.html", _context(request))


@door
@require_GET
def allocation(request: PersonRequest) -> HttpResponse:
    """The shares of the whole alone."""
    return render(request, "trading/partials/allocation.html", _context(request))


@door
@require_GET
def closed(request: PersonRequest) -> HttpResponse:
    """What was closed, newest first, with its gain as taxes count it; of one year or of all."""
    account = ensure_simulated_account(request.user)
    year = exports.read_year(request.GET.get("year", ""))
    since, until = exports.span_of(year)
    lines = list(tax_lines(account, since=since, until=until))
    context = {
        "section": "portfolio",
        "account": account,
        "page": Paginator(lines[::-1], PAGE_LENGTH).get_page(request.GET.get("page")),
        "totals": {
            "proceeds": sum((line.proceeds for line in lines), ZERO),
            "cost": sum((line.cost for line in lines), ZERO),
            "adjustment": sum((line.adjustment for line in lines), ZERO),
            "gain": sum((line.gain for line in lines), ZERO),
        },
        "year": year,
        "years": exports.years_of(account),
    }
    return render(request, "trading/closed.html", context)


def shares(view: PortfolioView) -> list[dict[str, Any]]:
    """Cash and each asset class as parts of the equity, largest first; what is owed is below zero and has no bar."""
    parts: list[tuple[str, Decimal]] = [("Cash", view.cash)]
    parts += [(CLASS_WORDS.get(AssetClass(name), name), value) for name, value in view.exposure().items()]
    rows = []
    for label, value in parts:
        share = selectors.percent(value, view.equity) or ZERO
        rows.append({"label": label, "value": value, "percent": share, "bar": min(max(share, ZERO), HUNDRED)})
    return sorted(rows, key=lambda row: row["value"], reverse=True)


def _context(request: PersonRequest) -> dict[str, Any]:
    account = ensure_simulated_account(request.user)
    view = selectors.portfolio(account, at=SYSTEM.now())
    lots = selectors.open_lots(account)
    rows = [{"position": row, "lots": lots.get(row.instrument.pk, [])} for row in view.positions]
    return {
        "section": "portfolio",
        "account": account,
        "portfolio": view,
        "rows": rows,
        "allocation": shares(view),
        "exports": exports.OFFERS,
        "years": exports.years_of(account),
    }
