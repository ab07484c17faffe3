"""Closed lots as the tax form asks for them (IRS Form 8949): one line a closure, with wash sales."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings

from arbion.domain.enums import AssetClass
from arbion.domain.numbers import ZERO, plain
from brokers.models import BrokerAccount
from trading import selectors
from trading.books.washes import Acquired, Closed, Washes, find
from trading.exports.cells import cell
from trading.models import Lot, LotClosure

WASH_CODE = "W"
COLUMNS = (
    "description", "acquired", "sold", "proceeds", "cost", "code", "adjustment", "gain", "term", "symbol", "quantity",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxLot:
    """One line: dates in the market's time zone; `cost` holds what wash sales added to it; gain after adjustment.

    A short position is dated by the day on which it was covered, both as acquired and as sold, and is short-term.
    """

    symbol: str
    quantity: Decimal
    is_short: bool
    acquired: date
    sold: date
    proceeds: Decimal
    cost: Decimal
    adjustment: Decimal

    @property
    def description(self) -> str:
        """What it was, as the form's first column has it."""
        return f"{plain(self.quantity)} {self.symbol}{' (short sale)' if self.is_short else ''}"

    @property
    def gain(self) -> Decimal:
        """Proceeds less cost, and the loss that does not count added back."""
        return self.proceeds - self.cost + self.adjustment

    @property
    def term(self) -> str:
        """`long` where it was held for more than a year, from the day after it was acquired (IRS Publication 550)."""
        return "long" if self.sold > _a_year_after(self.acquired) else "short"


def tax_lots(
    account: BrokerAccount, since: datetime | None = None, until: datetime | None = None
) -> Iterator[list[str]]:
    """The lines as the rows of a table."""
    for row in tax_lines(account, since=since, until=until):
        values = (
            row.description, row.acquired, row.sold, row.proceeds, row.cost, WASH_CODE if row.adjustment else "",
            row.adjustment, row.gain, row.term, row.symbol, row.quantity,
        )  # fmt: skip
        yield [cell(value) for value in values]


def tax_lines(
    account: BrokerAccount, *, since: datetime | None = None, until: datetime | None = None
) -> Iterator[TaxLot]:
    """What was closed from `since` up to but not at `until`, oldest first.

    Wash sales are found over all that the account ever did: what was bought afterwards counts as well.
    """
    zone = ZoneInfo(settings.MARKET_TIMEZONE)
    washes = washes_of(account)
    for row in selectors.closures(account, since=since, until=until):
        washed = washes.of(row.pk)
        is_short = row.lot.quantity < ZERO
        sold = row.happened_at.astimezone(zone).date()
        yield TaxLot(
            symbol=row.lot.instrument.symbol,
            quantity=row.quantity,
            is_short=is_short,
            acquired=sold if is_short else row.lot.opened_at.astimezone(zone).date(),
            sold=sold,
            proceeds=row.proceeds,
            cost=row.cost + washed.added_cost,
            adjustment=washed.disallowed,
        )


def washes_of(account: BrokerAccount) -> Washes:
    """The wash sales of an account: shares, funds and options; the rule knows no coins."""
    zone = ZoneInfo(settings.MARKET_TIMEZONE)
    lots = Lot.objects.filter(account=account).exclude(instrument__asset_class=AssetClass.CRYPTO)
    closures = [row for row in selectors.closures(account) if row.lot.instrument.asset_class != AssetClass.CRYPTO]
    return find(
        [
            Acquired(
                key=lot.pk,
                instrument=_name(lot),
                quantity=abs(lot.quantity),
                on=lot.opened_at.astimezone(zone).date(),
            )
            for lot in lots
        ],
        [_closed(row, zone) for row in closures],
    )


def _closed(row: LotClosure, zone: ZoneInfo) -> Closed:
    return Closed(
        key=row.pk,
        lot=row.lot_id,
        instrument=_name(row.lot),
        quantity=row.quantity,
        profit=row.profit,
        on=row.happened_at.astimezone(zone).date(),
    )


def _name(lot: Lot) -> str:
    return f"{lot.instrument_id} {'short' if lot.quantity < ZERO else 'long'}"


def _a_year_after(day: date) -> date:
    """The same day of the next year; 28 February after 29 February."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)
