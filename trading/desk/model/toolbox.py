"""The model's toolbox: facts of the market, and of one account of the person who asks. It can change nothing of either.

What stands here cannot reach the placing of orders; an import contract sees to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from accounts.models import User
from arbion.domain.enums import Interval, OrderStatus
from arbion.domain.errors import InvalidInput
from arbion.domain.numbers import plain
from arbion.lib.clock import Clock
from brokers.models import BrokerAccount
from marketdata import candles, indicators, quotes
from marketdata.instruments import get_instrument, search
from marketdata.options.chain import Side, chain
from riskdesk import halts
from riskdesk.selectors import Usage, limits_with_usage
from trading import selectors
from trading.desk.model.analysis import analyse
from trading.desk.naming import about, called
from trading.interpreter.model.answer import Facts, Source

ROWS_MAX = 40
STRIKES_SHOWN = 12
FOUND_MAX = 8
WARM_UP_BARS = 320
OURS = "your account in Arbion"
UsageOf = Callable[[BrokerAccount, datetime], Usage]
Keep = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountToolbox:
    """Facts for one person about one account of theirs; `usage` and `keep` come from above."""

    user: User
    account: BrokerAccount
    clock: Clock
    usage: UsageOf
    keep: Keep

    def quotes(self, symbols: Sequence[str]) -> Facts:
        """The newest prices."""
        found = quotes.latest(symbols)
        now = self.clock.now()
        rows = [
            {
                "symbol": quote.symbol, "last": plain(quote.last), "bid": plain(quote.bid), "ask": plain(quote.ask),
                "previous_close": plain(quote.previous_close), "change_percent": plain(quotes.change_percent(quote)),
                "volume": plain(quote.volume), "time": quote.at.isoformat(), "source": quote.source,
                "stale": quotes.is_stale(quote, now),
            }
            for quote in found.values()
        ]  # fmt: skip
        missing = [symbol for symbol in symbols if symbol not in found]
        sources = tuple(
            Source(
                what=f"{row['symbol']} price", value=str(row["last"]), source=str(row["source"]), at=str(row["time"])
            )
            for row in rows
        )
        return Facts(data={"quotes": rows, "no_price": missing}, sources=sources)

    def candles(self, symbol: str, *, interval: str, count: int) -> Facts:
        """Open, high, low, close and volume, oldest first."""
        rows = candles.candles(get_instrument(symbol), Interval(interval), end=self.clock.now(), limit=count)
        shown = [
            [row.time.isoformat(), *map(plain, (row.open, row.high, row.low, row.close, row.volume))] for row in rows
        ]
        columns = ["time", "open", "high", "low", "close", "volume"]
        sources = _newest_close(symbol, interval, rows[-1].close, rows[-1].time) if rows else ()
        return Facts(data={"symbol": symbol, "columns": columns, "candles": shown}, sources=sources)

    def indicators(self, symbol: str, *, names: Sequence[str], interval: str) -> Facts:
        """The newest readings of indicators. Raises InvalidInput for a name there is not."""
        rows = candles.candles(get_instrument(symbol), Interval(interval), end=self.clock.now(), limit=WARM_UP_BARS)
        series: dict[str, Any] = indicators.compute(names, rows)
        readings = {
            name: None if not values or values[-1] is None else f"{values[-1]:.4f}" for name, values in series.items()
        }
        at = rows[-1].time.isoformat() if rows else ""
        source = f"{interval} candles of this market"
        sources = tuple(
            Source(what=f"{symbol} {name}", value=value, source=source, at=at)
            for name, value in readings.items()
            if value
        )
        return Facts(data={"symbol": symbol, "readings": readings, "of_candle": at, "from": source}, sources=sources)

    def option_chain(self, symbol: str, *, expiration: str | None) -> Facts:
        """Options near the price of the underlying. Raises InvalidInput for a day on which nothing expires."""
        found = chain(get_instrument(symbol), _day(expiration), self.clock.now())
        last = found.last or Decimal(0)
        near = sorted(found.rows, key=lambda row: abs(row.strike - last))[:STRIKES_SHOWN]
        rows = [
            {"strike": plain(row.strike), "call": _side(row.call), "put": _side(row.put)}
            for row in sorted(near, key=lambda row: row.strike)
        ]
        at = found.at.isoformat() if found.at else ""
        data = {
            "symbol": symbol,
            "expiration": str(found.expiration) if found.expiration else None,
            "other_expirations": [str(day) for day in found.expirations[:10]],
            "underlying": plain(last),
            "time": at,
            "rows": rows,
        }
        source = Source(what=f"{symbol} options", value=f"{len(rows)} strikes", source="Arbion's option model", at=at)
        return Facts(data=data, sources=(source,) if rows else ())

    def positions(self) -> Facts:
        """What the account holds."""
        held = selectors.positions(self.account)[:ROWS_MAX]
        rows = [
            {
                "holding": called(row.instrument),
                "quantity": plain(row.quantity),
                "average_price": plain(row.average_price),
                "value": _money(row.value),
                "unrealized": _money(row.unrealized),
            }
            for row in held
        ]
        return Facts(data={"positions": rows}, sources=(self._of_account("Positions", f"{len(rows)}"),))

    def orders(self, symbol: str | None) -> Facts:
        """The account's open orders."""
        found = selectors.open_orders(self.user).filter(account=self.account)
        if symbol:
            found = found.filter(about(symbol))
        rows = [
            {
                "side": order.side, "quantity": plain(order.quantity), "what": called(order.instrument),
                "type": order.order_type, "limit_price": _money(order.limit_price),
                "stop_price": _money(order.stop_price), "status": OrderStatus(order.status).label,
            }
            for order in found[:ROWS_MAX]
        ]  # fmt: skip
        return Facts(data={"open_orders": rows}, sources=(self._of_account("Open orders", f"{len(rows)}"),))

    def portfolio(self) -> Facts:
        """Worth, cash and profit of the account."""
        view = selectors.portfolio(self.account, at=self.clock.now())
        figures = {
            "equity": view.equity, "cash": view.cash, "buying_power": view.buying_power,
            "holdings": view.holdings_value, "profit_today": view.day_profit, "unrealized": view.unrealized,
            "realized": view.realized, "profit_since_start": view.total_profit,
        }  # fmt: skip
        shown = {name: _money(value) for name, value in figures.items()}
        sources = tuple(
            self._of_account(name.replace("_", " ").capitalize(), value) for name, value in shown.items() if value
        )
        return Facts(data={"currency": self.account.currency, "mode": self.account.mode, **shown}, sources=sources)

    def risk(self) -> Facts:
        """Limits, what is used of them, and halts."""
        at = self.clock.now()
        lines = limits_with_usage(self.account, at, usage=self.usage(self.account, at))
        rows = [
            {"limit": line.label, "value": "off" if line.is_off else str(line.value), "used": _money(line.used)}
            for line in lines
        ]
        halted = list(halts.reasons_in_force(self.account))
        return Facts(data={"limits": rows, "halts": halted}, sources=(self._of_account("Risk limits", f"{len(rows)}"),))

    def search(self, text: str) -> Facts:
        """Instruments by name or symbol."""
        rows = [
            {"symbol": one.symbol, "name": one.name, "kind": one.asset_class, "tradable": one.tradable}
            for one in search(text, FOUND_MAX)
        ]
        return Facts(data={"found": rows})

    def analysis(self, symbol: str) -> Facts:
        """Our own reading of an instrument with confidence, risk and what is not known."""
        return analyse(get_instrument(symbol), at=self.clock.now())

    def remember(self, line: str) -> Facts:
        """Keep one line of memory."""
        self.keep(line)
        return Facts(data={"kept": line})

    def _of_account(self, what: str, value: str) -> Source:
        return Source(what=what, value=value, source=OURS, at=self.clock.now().isoformat())


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput.of("expiration", "invalid", "Say the expiration as a date such as 2026-12-18.") from None


def _side(side: Side | None) -> dict[str, str] | None:
    if side is None:
        return None
    names = ("bid", "ask", "implied_volatility", "delta", "theta")
    return {name: plain(getattr(side, name)) for name in names}


def _money(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


def _newest_close(symbol: str, interval: str, close: Decimal, at: datetime) -> tuple[Source, ...]:
    return (
        Source(
            what=f"{symbol} close", value=plain(close), source=f"{interval} candles of this market", at=at.isoformat()
        ),
    )
