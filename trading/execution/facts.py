"""What is known at one moment about an account, an instrument and the market: read under the lock, used once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db.models import Q

from arbion.domain.enums import TERMINAL, OrderStatus, Side
from arbion.domain.numbers import ZERO
from arbion.domain.reports import QuoteReport
from brokers.models import BrokerAccount
from marketdata import hours, quotes
from marketdata.models import Instrument
from riskdesk import halts
from riskdesk.limits import Limits, effective_limits
from trading import selectors
from trading.books.ledger import Columns
from trading.models import Discrepancy, LedgerAccount, LedgerKind, Order

# An order that was sent and has had no word for this long counts as unknown.
SILENCE_SECONDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that planning and judging one order need."""

    at: datetime
    account: BrokerAccount
    instrument: Instrument
    columns: Columns
    quote: QuoteReport | None
    quote_age_seconds: Decimal | None
    market_open: bool
    halts: tuple[str, ...]
    limits: Limits
    open_buy_quantity: Decimal
    unknown_orders: int
    orders_last_minute: int
    open_discrepancies: int
    equity: Decimal | None
    equity_at_day_start: Decimal | None

    @property
    def cash(self) -> LedgerAccount:
        """The cash column: its balance, and what open purchases have claimed of it."""
        return self.columns.peek(LedgerKind.CASH, self.account.currency)

    @property
    def units(self) -> LedgerAccount:
        """The column of the instrument's units: its balance, and what open sales have claimed of it."""
        return self.columns.peek(LedgerKind.UNITS, self.instrument.symbol)


def gather(*, account: BrokerAccount, instrument: Instrument, at: datetime) -> Facts:
    """Read the facts. Under the account's lock they stay true until the transaction ends."""
    columns = Columns.read(account, (account.currency, instrument.symbol))
    quote = quotes.latest_of(instrument)
    age = None if quote is None else Decimal(str(round((at - quote.at).total_seconds(), 3)))
    open_buys, unknown, recent = _orders(account, instrument, at)
    cash = columns.peek(LedgerKind.CASH, account.currency).balance
    return Facts(
        at=at,
        account=account,
        instrument=instrument,
        columns=columns,
        quote=quote,
        quote_age_seconds=age,
        market_open=hours.is_open(instrument, at),
        halts=halts.reasons_in_force(account),
        limits=effective_limits(account),
        open_buy_quantity=open_buys,
        unknown_orders=unknown,
        orders_last_minute=recent,
        open_discrepancies=Discrepancy.objects.filter(account=account, resolved_at=None).count(),
        equity=selectors.equity_of(account, cash=cash),
        equity_at_day_start=selectors.equity_at_day_start(account, at=at),
    )


def _orders(account: BrokerAccount, instrument: Instrument, at: datetime) -> tuple[Decimal, int, int]:
    """Units of open purchases, orders of unknown fate in the instrument, orders of the account in the last minute."""
    minute_ago, silent = at - timedelta(minutes=1), at - timedelta(seconds=SILENCE_SECONDS)
    rows = Order.objects.filter(account=account).filter(
        Q(created_at__gt=minute_ago) | (Q(instrument=instrument) & ~Q(status__in=TERMINAL))
    )
    open_buys, unknown, recent = ZERO, 0, 0
    for row in rows.only("status", "side", "quantity", "filled_quantity", "sent_at", "created_at", "instrument_id"):
        if row.created_at > minute_ago and row.status != OrderStatus.DENIED:
            recent += 1
        if row.instrument_id != instrument.pk or not row.is_open:
            continue
        if row.side == Side.BUY:
            open_buys += row.leaves_quantity
        is_silent = row.status == OrderStatus.SUBMITTED and row.sent_at is not None and row.sent_at < silent
        if row.status == OrderStatus.UNKNOWN or is_silent:
            unknown += 1
    return open_buys, unknown, recent


def quote_age_seconds_max() -> Decimal:
    """The oldest quote that is trusted."""
    return Decimal(settings.QUOTE_AGE_SECONDS_MAX)
