"""Tables for a spreadsheet: the orders that a page shows, and those of the books, of one year or of all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_GET

from arbion.domain.errors import InvalidInput
from brokers.models import BrokerAccount
from trading.books.opening import ensure_simulated_account
from trading.exports import Table, csv_of
from trading.exports import table as table_of
from trading.exports.cells import cell
from trading.models import Journal, Order
from trading.templatetags.orders import lasts, side_words, terms
from trading.views.door import PersonRequest, door
from trading.views.orders import filters_of, found_orders

ORDER_COLUMNS = (
    "placed", "account", "symbol", "side", "terms", "works", "quantity", "filled", "average_price", "fees", "status",
    "source", "group", "refused_because", "words", "id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Offer:
    """One table that can be taken away."""

    name: str
    label: str
    text: str


OFFERS = (
    Offer("ledger", "Ledger", "every transfer of cash and units, with its entry and seal."),
    Offer("fills", "Fills", "every execution with its price, value and fee."),
    Offer("closed-lots", "Closed lots, for taxes", "what was bought and sold when, cost, proceeds, gain, wash sales."),
    Offer("dividends", "Dividends", "what was received, and what was owed on short positions."),
)


def years_of(account: BrokerAccount) -> list[int]:
    """The years in which something was booked for the account, newest first, in the market's own time."""
    zone = ZoneInfo(settings.MARKET_TIMEZONE)
    journals = Journal.objects.filter(account=account).order_by("id").values_list("at", flat=True)
    first, last = journals.first(), journals.last()
    if first is None or last is None:
        return []
    return list(range(last.astimezone(zone).year, first.astimezone(zone).year - 1, -1))


def read_year(text: str) -> int | None:
    """The year of an address; None where it names none. Raises InvalidInput for what is no year."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) == 4 and 1970 <= int(text) <= 9998):
        raise InvalidInput.of("year", "invalid", "Choose a year, or all of them.")
    return int(text)


def span_of(year: int | None) -> tuple[datetime | None, datetime | None]:
    """When the year begins and ends in the market's own time; no bounds without a year."""
    if year is None:
        return None, None
    zone = ZoneInfo(settings.MARKET_TIMEZONE)
    return datetime(year, 1, 1, tzinfo=zone), datetime(year + 1, 1, 1, tzinfo=zone)


@door
@require_GET
def table(request: PersonRequest) -> HttpResponseBase:
    """One of the tables of the person's account, of one year or of all."""
    name, year = request.GET.get("table", ""), request.GET.get("year", "")
    if name not in {offer.name for offer in OFFERS}:
        raise InvalidInput.of("table", "unknown", "There is no such table.")
    since, until = span_of(read_year(year))
    made = table_of(name, ensure_simulated_account(request.user), since=since, until=until)
    return _file(f"{name}{'-' if year else ''}{year}.csv", made)


@door
@require_GET
def orders(request: PersonRequest) -> HttpResponseBase:
    """The orders that the filters of the page find, newest first."""
    found = found_orders(request, filters_of(request)).select_related("group")
    return _file("orders.csv", Table(ORDER_COLUMNS, _orders(found)))


def _file(name: str, made: Table) -> HttpResponseBase:
    """The table as a file that is sent while it is written."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(csv_of(made), content_type="text/csv; charset=utf-8", headers=headers)


def _orders(found: QuerySet[Order]) -> Iterator[list[str]]:
    for order in found.iterator(chunk_size=500):
        group = "" if order.group is None else f"{order.group.kind}:{order.group_role}"
        values = (
            order.created_at, order.account.name, order.instrument.symbol, side_words(order), terms(order),
            lasts(order), order.quantity, order.filled_quantity, order.average_fill_price, order.fees, order.status,
            order.intent.source, group, order.reject_reason, order.intent.words, str(order.pk),
        )  # fmt: skip
        yield [cell(value) for value in values]
