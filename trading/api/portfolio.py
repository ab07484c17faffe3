"""REST: the portfolio and its curve."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import signed_in
from arbion.lib.clock import SYSTEM
from arbion.lib.openapi import described
from brokers.models import BrokerAccount
from trading import selectors
from trading.api import docs
from trading.api.accounts import valued
from trading.api.reading import account_asked, moment_asked, one
from trading.wire.shapes import EquityCurveSerializer, PortfolioSerializer

POINTS_MAX = 500
CURVE_SPAN = timedelta(days=1)


class WorthView(APIView):
    """`portfolio/`: one account's equity, cash, profit and exposure."""

    @described(operation_id="portfolio", parameters=[docs.ACCOUNT], responses=PortfolioSerializer)
    def get(self, request: Request) -> Response:
        """The account at the prices of this moment."""
        account = account_asked(signed_in(request), one(request, "account"))
        return Response(PortfolioSerializer(valued(account)).data)


class CurveView(APIView):
    """`portfolio/history/`: one account's equity over time."""

    @described(operation_id="portfolio_history", parameters=[docs.ACCOUNT, docs.START], responses=EquityCurveSerializer)
    def get(self, request: Request) -> Response:
        """At most 500 points, oldest first, ending with this moment."""
        account = account_asked(signed_in(request), one(request, "account"))
        now = SYSTEM.now()
        since = moment_asked(request, "start") or now - CURVE_SPAN
        return Response(EquityCurveSerializer({"points": curve(account, since=since, now=now)}).data)


def curve(account: BrokerAccount, *, since: datetime, now: datetime) -> list[dict[str, Any]]:
    """Evenly thinned points since then, and what the account is worth now where every price is known."""
    kept = selectors.equity_points(account, since=since)
    step = -(-len(kept) // (POINTS_MAX - 1)) or 1
    # Counted from the newest, so that the end of the curve is never what is thinned away.
    points = [{"time": point.at, "equity": point.equity} for point in kept[::-1][::step][::-1]]
    equity = selectors.portfolio(account, at=now).equity
    if equity is not None and (not points or points[-1]["time"] < now):
        points.append({"time": now, "equity": equity})
    return points


portfolio = WorthView.as_view()
portfolio_history = CurveView.as_view()
