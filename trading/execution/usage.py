"""How much of its limits an account uses at this moment, from the same books and by the same sums as a verdict.

It stands beside the facts of the gate, and not among the selectors, because the peak of an account is kept by the
books: what a page shows must be the figure that the next order would be judged on, so there is one sum for both.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from arbion.domain.enums import TERMINAL, AssetClass, OrderStatus, PositionEffect, Waiting
from arbion.domain.numbers import ZERO, gross
from brokers.models import BrokerAccount
from riskdesk.selectors import Usage, drawdown
from riskdesk.terms import LOSING_STREAK_MAX
from trading import selectors
from trading.books.ledger import Columns
from trading.books.peaks import equity_peak
from trading.execution.exposures import exposures_of, worth_of
from trading.execution.facts import equity_in, trades_on_day
from trading.holdings import last_price, position_rows
from trading.models import LedgerKind, Order, Position


def usage_of(account: BrokerAccount, *, at: datetime) -> Usage:
    """How the account stands now; a figure that cannot be known while a price is missing is None."""
    rows = position_rows(account)
    cash = Columns.read(account, {account.currency}).peek(LedgerKind.CASH, account.currency)
    equity = equity_in(rows, cash=cash.balance)
    start = selectors.equity_at_day_start(account, at=at)
    peak = equity_peak(account, at=at, equity=equity)
    exposures = exposures_of(account, rows, cash_held=cash.held)
    return Usage(
        at=at,
        equity=equity,
        gross_value=exposures.gross,
        instrument_value=_most_in_one(account, rows),
        sector_value=max((worth for sector, worth in exposures.by_sector.items() if sector), default=ZERO),
        equity_value=exposures.by_class.get(AssetClass.EQUITY, ZERO),
        option_value=exposures.by_class.get(AssetClass.OPTION, ZERO),
        crypto_value=exposures.by_class.get(AssetClass.CRYPTO, ZERO),
        day_loss=None if equity is None or start is None else max(start - equity, ZERO),
        drawdown_percent=None if equity is None or peak is None else drawdown(peak, equity),
        trades_today=trades_on_day(account, at),
        orders_last_minute=_orders_last_minute(account, at),
        losses_in_a_row=selectors.losses_in_a_row(account, most=LOSING_STREAK_MAX)[0],
    )


def _most_in_one(account: BrokerAccount, rows: list[Position]) -> Decimal | None:
    """The worth of the instrument with the most in it, at last prices, open orders that open included."""
    found = {row.instrument_id: worth_of(row) for row in rows}
    opening = Order.objects.filter(account=account, effect=PositionEffect.OPEN, is_package=False)
    opening = opening.exclude(status__in=TERMINAL).select_related("instrument__quote")
    for order in opening:
        if order.status == OrderStatus.HELD and order.waiting_for == Waiting.CONDITION:
            continue
        last = last_price(order.instrument)
        if last is None:
            return None
        more = gross(order.leaves_quantity, last, order.instrument.multiplier)
        found[order.instrument_id] = found.get(order.instrument_id, ZERO) + more
    return max(found.values(), default=ZERO)


def _orders_last_minute(account: BrokerAccount, at: datetime) -> int:
    rows = Order.objects.filter(account=account, created_at__gt=at - timedelta(minutes=1))
    waiting = rows.filter(status=OrderStatus.HELD, waiting_for=Waiting.CONDITION)
    return rows.exclude(status=OrderStatus.DENIED).exclude(pk__in=waiting.values("pk")).count()
