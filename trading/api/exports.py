"""REST: tables to take away as CSV, sent while they are read."""

from __future__ import annotations

from typing import ClassVar

from django.http import StreamingHttpResponse
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.api.authentication import signed_in
from arbion.lib.openapi import described
from trading.api import docs
from trading.api.reading import account_asked, one, span_asked
from trading.exports import csv_of, table

FILTERS = [docs.ACCOUNT, docs.SINCE, docs.UNTIL]


class TableRenderer(JSONRenderer):
    """For a program that asks for CSV and nothing else; a refusal is told in JSON all the same."""

    media_type = "text/csv"
    format = "csv"


class TableView(APIView):
    """One table of one account."""

    renderer_classes = (JSONRenderer, TableRenderer)
    table: ClassVar[str]

    def sent(self, request: Request) -> StreamingHttpResponse:
        """The table from `since` up to but not at `until`, of the account that the query names."""
        account = account_asked(signed_in(request), one(request, "account"))
        since, until = span_asked(request)
        lines = csv_of(table(self.table, account, since=since, until=until))
        headers = {"Content-Disposition": f'attachment; filename="{self.table}.csv"'}
        return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


class LedgerTable(TableView):
    """`ledger/export/`: every transfer, in the order of the chain."""

    table = "ledger"

    @described(operation_id="ledger_export", parameters=FILTERS, responses=docs.CSV)
    def get(self, request: Request) -> StreamingHttpResponse:
        """The ledger as CSV."""
        return self.sent(request)


class FillsTable(TableView):
    """`fills/export/`: every execution, oldest first."""

    table = "fills"

    @described(operation_id="fills_export", parameters=FILTERS, responses=docs.CSV)
    def get(self, request: Request) -> StreamingHttpResponse:
        """Executions as CSV."""
        return self.sent(request)


class ClosedLotsTable(TableView):
    """`tax/closed-lots/`: what was acquired and sold when, with cost, proceeds, gain and wash sales."""

    table = "closed-lots"

    @described(operation_id="tax_closed_lots", parameters=FILTERS, responses=docs.CSV)
    def get(self, request: Request) -> StreamingHttpResponse:
        """Closed lots as CSV."""
        return self.sent(request)


class DividendsTable(TableView):
    """`tax/dividends/`: what was received, and what was owed on short positions."""

    table = "dividends"

    @described(operation_id="tax_dividends", parameters=FILTERS, responses=docs.CSV)
    def get(self, request: Request) -> StreamingHttpResponse:
        """Dividends as CSV."""
        return self.sent(request)


ledger = LedgerTable.as_view()
fills = FillsTable.as_view()
closed_lots = ClosedLotsTable.as_view()
dividends = DividendsTable.as_view()
