"""REST: the ledger, read only."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.authentication import signed_in
from arbion.lib.api import NewestFirst
from arbion.lib.openapi import described
from trading import selectors
from trading.api import docs
from trading.api.reading import account_asked, one
from trading.models import Journal
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
        """The person's journals, of one account where the query names one."""
        person = signed_in(self.request)
        rows = selectors.journals(person)
        named = one(self.request, "account")
        return rows.filter(account=account_asked(person, named)) if named else rows

    @described(operation_id="ledger_list", parameters=[docs.ACCOUNT, docs.LIMIT])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One page of the ledger."""
        return super().get(request, *args, **kwargs)


ledger = LedgerView.as_view()
