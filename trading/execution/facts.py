"""What is known at one moment about an account, its instruments and the market: read under the lock, used once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db.models import Q

from arbion.domain.enums import TERMINAL, AssetClass, OrderStatus, PositionEffect, Side, Waiting
from arbion.domain.numbers import ZERO, gross
from arbion.domain.reports import QuoteReport
from brokers.margin import Holding, Requirement, requirement
from brokers.models import BrokerAccount
from brokers.rules import venues_that_rest
from marketdata import hours, quotes
from marketdata.models import Instrument
from riskdesk import halts
from riskdesk.limits import Limits, effective_limits
from riskdesk.terms import LOSING_STREAK_MAX, Off
from trading import selectors
from trading.books.ledger import Columns
from trading.books.peaks import equity_peak
from trading.execution.exposures import Exposures, exposures_of
from trading.holdings import added, holding_of, last_price, needs_collateral, pending_options, position_rows
from trading.models import Discrepancy, Hold, LedgerKind, Order, Position
from trading.selectors import watched_ago

# An order that was sent and has had no word for this long counts as unknown.
SILENCE_SECONDS = 10
# What is read of the orders of the last minute and of the open ones in the instrument.
_READ = (
    "status", "side", "effect", "quantity", "filled_quantity", "sent_at", "created_at", "instrument_id", "waiting_for",
    "is_package", "order_type", "limit_price", "stop_price", "trail_amount", "trail_percent",
)  # fmt: skip
NOTHING = Requirement(cash=ZERO, units={}, uncovered=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that planning and judging one order need.

    `instrument` is the order's, `instruments` its legs (or itself alone). `holdings` are the positions; `base` is what
    they become where open orders sell the options that cover others. `own_holds` is what the order that is judged
    again has claimed already, by kind and asset: it counts as free. `yielding` are units that orders which stand for
    stops at their venue would give up: they count as free too. `recent` are the orders of the last minute. The
    peak, the day's trades and the losses in a row are None where no limit asks for them.
    """

    at: datetime
    account: BrokerAccount
    instrument: Instrument
    instruments: tuple[Instrument, ...]
    columns: Columns
    quotes: dict[str, QuoteReport]
    market_open: bool
    extended_open: bool
    watched_ago: timedelta | None
    halts: tuple[str, ...]
    limits: Limits
    holdings: tuple[Holding, ...]
    base: tuple[Holding, ...]
    required: Requirement
    own_holds: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    yielding: dict[str, Decimal] = field(default_factory=dict)
    opening_quantity: dict[Side, Decimal]
    unknown_orders: int
    recent: tuple[Order, ...]
    open_discrepancies: int
    equity: Decimal | None
    equity_at_day_start: Decimal | None
    equity_peak: Decimal | None
    exposures: Exposures
    trades_today: int | None
    losses: tuple[int, datetime | None] | None

    @property
    def orders_last_minute(self) -> int:
        """How many orders came in the last minute."""
        return len(self.recent)

    @property
    def quote(self) -> QuoteReport | None:
        """The quote of the order's instrument."""
        return self.quotes.get(self.instrument.symbol)

    @property
    def quote_age_seconds(self) -> Decimal | None:
        """The age of the oldest quote that the order needs; None where one is missing."""
        ages = []
        for instrument in self.instruments:
            quote = self.quotes.get(instrument.symbol)
            if quote is None:
                return None
            ages.append(Decimal(str(round((self.at - quote.at).total_seconds(), 3))))
        return max(ages)

    @property
    def watch_age_seconds(self) -> Decimal | None:
        """How long ago the stops of everybody were last looked at; None where they never were."""
        return None if self.watched_ago is None else Decimal(str(round(self.watched_ago.total_seconds(), 3)))

    @property
    def cash(self) -> Decimal:
        """The cash column's balance."""
        balance: Decimal = self.columns.peek(LedgerKind.CASH, self.account.currency).balance
        return balance

    @property
    def cash_held(self) -> Decimal:
        """What other open orders have claimed of it."""
        return self._held(LedgerKind.CASH, self.account.currency)

    @property
    def cash_free(self) -> Decimal:
        """Cash that neither open orders nor what is owed have claimed."""
        return self.cash - self.cash_held - self.required.cash

    def units(self, symbol: str) -> Decimal:
        """Units held of an instrument, below zero where they are owed."""
        balance: Decimal = self.columns.peek(LedgerKind.UNITS, symbol).balance
        return balance

    def units_held(self, symbol: str) -> Decimal:
        """Units that open orders have claimed, to deliver or to bring back."""
        return self._held(LedgerKind.UNITS, symbol)

    def units_free(self, symbol: str) -> Decimal:
        """Units that can still be sold, or bought back where they are owed; never below zero."""
        covering = self.required.units.get(symbol, ZERO)
        return max(abs(self.units(symbol)) - self.units_held(symbol) - covering, ZERO)

    def units_free_now(self, symbol: str) -> Decimal:
        """The same, while no order that stands for a stop has given up any."""
        covering = self.required.units.get(symbol, ZERO)
        held = self.units_held(symbol) + self.yielding.get(symbol, ZERO)
        return max(abs(self.units(symbol)) - held - covering, ZERO)

    def _held(self, kind: LedgerKind, asset: str) -> Decimal:
        held: Decimal = self.columns.peek(kind, asset).held
        given_up = self.yielding.get(asset, ZERO) if kind == LedgerKind.UNITS else ZERO
        return held - self.own_holds.get((kind, asset), ZERO) - given_up


def gather(
    *,
    account: BrokerAccount,
    instruments: Sequence[Instrument],
    at: datetime,
    about: Instrument | None = None,
    judged_again: Order | None = None,
    sharing: Order | None = None,
    yields: bool = False,
) -> Facts:
    """Read the facts. Under the account's lock they stay true until the transaction ends.

    `about` is the underlying of a package, `judged_again` an order whose own claims count as free, `sharing` one whose
    claims the order may use too, because only one of the two can fill. `yields` lets orders that stand for stops at
    their venue give way: whoever claims what they would give up must then let them (`yielding.make_way`).
    """
    instrument = about or instruments[0]
    rows = position_rows(account)
    holdings = [holding_of(row) for row in rows]
    is_about_options = any(one.asset_class == AssetClass.OPTION for one in instruments)
    base = list(holdings)
    if is_about_options or any(held.option and held.quantity < 0 for held in holdings):
        base = added(holdings, pending_options(account, excluding=judged_again or sharing))
    assets = {account.currency, *(one.symbol for one in instruments), *(held.symbol for held in holdings)}
    columns = Columns.read(account, assets)
    opening, unknown, recent = _orders(account, instrument, at, excluding=judged_again)
    regular = all(hours.is_open(one, at) for one in instruments)
    limits = effective_limits(account)
    own = [order for order in (judged_again, sharing) if order is not None]
    own_holds = _own_holds(own)
    cash = columns.peek(LedgerKind.CASH, account.currency)
    cash_key = (LedgerKind.CASH, account.currency)
    equity = equity_in(rows, cash=cash.balance)
    return Facts(
        at=at,
        account=account,
        instrument=instrument,
        instruments=tuple(instruments),
        columns=columns,
        quotes=quotes.latest([one.symbol for one in {instrument, *instruments}]),
        market_open=regular,
        extended_open=regular or all(hours.is_open(one, at, extended=True) for one in instruments),
        watched_ago=watched_ago(at),
        halts=halts.reasons_in_force(account),
        limits=limits,
        holdings=tuple(holdings),
        base=tuple(base),
        required=requirement(holdings) if needs_collateral(holdings) else NOTHING,
        own_holds=own_holds,
        yielding=_yielding(account, assets, excluding=own) if yields else {},
        opening_quantity=opening,
        unknown_orders=unknown,
        recent=recent,
        open_discrepancies=Discrepancy.objects.filter(account=account, resolved_at=None).count(),
        equity=equity,
        equity_at_day_start=selectors.equity_at_day_start(account, at=at),
        equity_peak=None if _is_off(limits.drawdown_percent) else equity_peak(account, at=at, equity=equity),
        exposures=exposures_of(account, rows, cash_held=cash.held - own_holds.get(cash_key, ZERO), excluding=own),
        trades_today=None if _is_off(limits.trades_per_day) else trades_on_day(account, at, excluding=judged_again),
        losses=None if _is_off(limits.losing_streak) else selectors.losses_in_a_row(account, most=LOSING_STREAK_MAX),
    )


def _is_off(limit: object) -> bool:
    return isinstance(limit, Off)


def equity_in(rows: Sequence[Position], *, cash: Decimal) -> Decimal | None:
    """Cash and positions at the last prices, what is owed taken off; None while a price is missing."""
    worth = cash
    for row in rows:
        last = last_price(row.instrument)
        if last is None:
            return None
        worth += gross(row.quantity, last, row.instrument.multiplier)
    return worth


def trades_on_day(account: BrokerAccount, at: datetime, *, excluding: Order | None = None) -> int:
    """Orders of the market's day that have traded, or still may."""
    midnight = hours.local_midnight(at)
    rows = Order.objects.filter(account=account)
    rows = rows.filter(Q(created_at__gte=midnight) | Q(condition__fired_at__gte=midnight))
    rows = rows.filter(Q(filled_quantity__gt=0) | ~Q(status__in=TERMINAL)).exclude(waiting_for=Waiting.CONDITION)
    return (rows if excluding is None else rows.exclude(pk=excluding.pk)).count()


def _own_holds(orders: Sequence[Order]) -> dict[tuple[str, str], Decimal]:
    if not orders:
        return {}
    found: dict[tuple[str, str], Decimal] = {}
    keys = [order.pk for order in orders]
    for hold in Hold.objects.filter(order__in=keys, remaining__gt=0).select_related("ledger_account"):
        key = (hold.ledger_account.kind, hold.ledger_account.asset)
        found[key] = found.get(key, ZERO) + hold.remaining
    return found


def _yielding(account: BrokerAccount, assets: set[str], *, excluding: Sequence[Order]) -> dict[str, Decimal]:
    """Units that orders which stand for stops claim, by symbol."""
    if account.venue not in venues_that_rest():
        return {}
    rests = Hold.objects.filter(order__account=account, order__rested_stops__isnull=False, remaining__gt=0)
    rests = rests.filter(ledger_account__kind=LedgerKind.UNITS, ledger_account__asset__in=assets)
    found: dict[str, Decimal] = {}
    keys = [order.pk for order in excluding]
    for hold in rests.exclude(order__in=keys).select_related("ledger_account").distinct():
        asset = hold.ledger_account.asset
        found[asset] = found.get(asset, ZERO) + hold.remaining
    return found


def _orders(
    account: BrokerAccount, instrument: Instrument, at: datetime, *, excluding: Order | None
) -> tuple[dict[Side, Decimal], int, tuple[Order, ...]]:
    """Units of open orders that open a position, by side; orders of unknown fate here; orders of the last minute."""
    minute_ago, silent = at - timedelta(minutes=1), at - timedelta(seconds=SILENCE_SECONDS)
    rows = Order.objects.filter(account=account).filter(
        Q(created_at__gt=minute_ago) | (Q(instrument=instrument) & ~Q(status__in=TERMINAL))
    )
    opening = {Side.BUY: ZERO, Side.SELL: ZERO}
    unknown = 0
    recent: list[Order] = []
    for row in rows.only(*_READ):
        if excluding is not None and row.pk == excluding.pk:
            continue
        waits = row.status == OrderStatus.HELD and row.waiting_for == Waiting.CONDITION
        if row.created_at > minute_ago and row.status != OrderStatus.DENIED and not waits:
            recent.append(row)
        if row.instrument_id != instrument.pk or not row.is_open or waits:
            continue
        if row.effect == PositionEffect.OPEN and not row.is_package:
            opening[Side(row.side)] += row.leaves_quantity
        is_silent = row.status == OrderStatus.SUBMITTED and row.sent_at is not None and row.sent_at < silent
        if row.status == OrderStatus.UNKNOWN or is_silent:
            unknown += 1
    return opening, unknown, tuple(recent)


def quote_age_seconds_max() -> Decimal:
    """The oldest quote that is trusted."""
    return Decimal(settings.QUOTE_AGE_SECONDS_MAX)
