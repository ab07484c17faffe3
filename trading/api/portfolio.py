"""REST: accounts, positions, the portfolio and its curve."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.authentication import signed_in
from arbion.lib.api import NewestFirst, refuse_cursor
from arbion.lib.clock import SYSTEM
from arbion.lib.openapi import described
from brokers.accounts import account_of, accounts_of
from brokers.models import BrokerAccount
from trading import selectors
from trading.api import docs
from trading.api.reading import account_asked, instrument_asked, moment_asked, one
from trading.books.opening import ensure_simulated_account
from trading.selectors import PortfolioView
from trading.wire.shapes import (
    AccountSerializer,
    EquityCurveSerializer,
    PortfolioSerializer,
    PositionPageSerializer,
)

POINTS_MAX = 500
CURVE_SPAN = timedelta(days=1)


class AccountPages(NewestFirst):
    """Accounts, oldest first: the first one is what everything uses where no account is named."""

    ordering: Any = ("created_at", "id")


class AccountsView(generics.ListAPIView[BrokerAccount]):
    """`accounts/`: the person's brokerage accounts; the simulated one is opened at first sight."""

    serializer_class: Any = AccountSerializer
    pagination_class = AccountPages
    queryset = BrokerAccount.objects.none()

    def get_queryset(self) -> QuerySet[BrokerAccount]:
        """The person's accounts."""
        person = signed_in(self.request)
        ensure_simulated_account(person)
        return accounts_of(person)

    def paginate_queryset(self, queryset: Any) -> list[Any] | None:
        """A page of accounts at the prices of this moment."""
        page = super().paginate_queryset(queryset) or []
        return [valued(account) for account in page]

    @described(operation_id="accounts_list", parameters=[docs.LIMIT])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One page of accounts."""
        return super().get(request, *args, **kwargs)


class AccountView(APIView):
    """`accounts/{id}/`: one of the person's own."""

    @described(operation_id="accounts_read", responses=AccountSerializer)
    def get(self, request: Request, account_id: UUID) -> Response:
        """The account at the prices of this moment."""
        return Response(AccountSerializer(valued(account_of(signed_in(request), account_id))).data)


class PositionsView(APIView):
    """`positions/`: what the person holds, valued; all on one page, since they belong together."""

    @described(operation_id="positions_list", parameters=[docs.SYMBOL, docs.ACCOUNT], responses=PositionPageSerializer)
    def get(self, request: Request) -> Response:
        """All open positions."""
        refuse_cursor(request)
        rows = [row for account in accounts_shown(request) for row in selectors.positions(account)]
        if symbol := one(request, "symbol"):
            wanted = instrument_asked(symbol)
            rows = [row for row in rows if row.instrument.pk == wanted.pk]
        return Response(PositionPageSerializer({"results": rows}).data)


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


def valued(account: BrokerAccount) -> PortfolioView:
    """The account at the prices of this moment."""
    return selectors.portfolio(account, at=SYSTEM.now())


def accounts_shown(request: Request) -> list[BrokerAccount]:
    """The account that the query names, or all of the person's."""
    person = signed_in(request)
    named = one(request, "account")
    return [account_asked(person, named)] if named else list(accounts_of(person))


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


account_list = AccountsView.as_view()
account_detail = AccountView.as_view()
position_list = PositionsView.as_view()
portfolio = WorthView.as_view()
portfolio_history = CurveView.as_view()
