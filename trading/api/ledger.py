"""REST: the ledger, read only."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.authentication import signed_in
from arbion.domain.errors import InvalidInput
from arbion.lib.api import NewestFirst
from arbion.lib.openapi import described
from brokers.accounts import accounts_of
from marketdata.errors import UnknownSymbol
from trading import selectors
from trading.api import docs
from trading.api.reading import account_asked, one, span_asked
from trading.contracts import instrument_called
from trading.models import Journal, JournalCode, Transfer
from trading.wire.shapes import JournalSerializer


class JournalPages(NewestFirst):
    """Journals, newest first."""

    ordering: Any = ("-at", "-id")


class LedgerView(generics.ListAPIView[Journal]):
    """`ledger/`: what was booked, newest first; each entry with its transfers."""

    serializer_class = JournalSerializer
    pagination_class = JournalPages
    queryset = Journal.objects.none()

    def get_queryset(self) -> QuerySet[Journal]:
        """The person's journals within the filters."""
        rows = selectors.journals(signed_in(self.request)).select_related("account", "reverses")
        return within_filters(rows, self.request)

    @described(
        operation_id="ledger_list",
        parameters=[docs.CODE, docs.ASSET, docs.SINCE, docs.UNTIL, docs.ACCOUNT, docs.LIMIT],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One page of the ledger."""
        return super().get(request, *args, **kwargs)


def within_filters(rows: QuerySet[Journal], request: Request) -> QuerySet[Journal]:
    """The journals that the filters `account`, `code`, `asset`, `since` and `until` leave."""
    if named := one(request, "account"):
        rows = rows.filter(account=account_asked(signed_in(request), named))
    if code := one(request, "code"):
        if code not in JournalCode.values:
            raise InvalidInput.of("code", "invalid_choice", f"One of these: {', '.join(JournalCode.values)}.")
        rows = rows.filter(code=code)
    if asset := one(request, "asset"):
        moved = Transfer.objects.filter(journal=OuterRef("pk"), asset=asset_asked(request, asset))
        rows = rows.filter(Exists(moved))
    since, until = span_asked(request)
    if since is not None:
        rows = rows.filter(at__gte=since)
    return rows if until is None else rows.filter(at__lt=until)


def asset_asked(request: Request, name: str) -> str:
    """The currency or the symbol that the query names."""
    currencies = set(accounts_of(signed_in(request)).values_list("currency", flat=True))
    if name.upper() in currencies:
        return name.upper()
    try:
        return instrument_called(name).symbol
    except UnknownSymbol:
        raise InvalidInput.of("asset", "unknown_asset", "There is no currency and no symbol like this.") from None


ledger = LedgerView.as_view()
