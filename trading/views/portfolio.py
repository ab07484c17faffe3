"""The portfolio: totals, positions with their lots, allocation."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from arbion.domain.enums import AssetClass
from arbion.domain.numbers import ZERO
from arbion.lib.clock import SYSTEM
from trading import selectors
from trading.books.opening import ensure_simulated_account
from trading.selectors import PortfolioView
from trading.views.door import PersonRequest, door

CLASS_WORDS = {AssetClass.EQUITY: "Stocks", AssetClass.ETF: "ETFs", AssetClass.CRYPTO: "Crypto"}


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


def shares(view: PortfolioView) -> list[dict[str, Any]]:
    """Cash and each asset class as parts of the equity, largest first."""
    parts: list[tuple[str, Decimal]] = [("Cash", view.cash)]
    parts += [(CLASS_WORDS.get(AssetClass(name), name), value) for name, value in view.exposure().items()]
    rows = [
        {"label": label, "value": value, "percent": selectors.percent(value, view.equity) or ZERO}
        for label, value in parts
    ]
    return sorted(rows, key=lambda row: row["value"], reverse=True)


def _context(request: PersonRequest) -> dict[str, Any]:
    account = ensure_simulated_account(request.user)
    view = selectors.portfolio(account, at=SYSTEM.now())
    lots = selectors.open_lots(account)
    rows = [{"position": row, "lots": lots.get(row.instrument.pk, [])} for row in view.positions]
    return {"section": "portfolio", "account": account, "portfolio": view, "rows": rows, "allocation": shares(view)}
