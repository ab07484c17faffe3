"""Makes instruments and quotes for the tests of prices."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from arbion.domain.reports import QuoteReport
from marketdata.models import Instrument

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


def make_instrument(symbol: str = "AAPL", **fields: Any) -> Instrument:
    values = {
        "name": f"{symbol} Inc.",
        "asset_class": "equity",
        "exchange": "NASDAQ",
        "price_increment": Decimal("0.01"),
        "size_increment": Decimal("0.0001"),
        "base_price": Decimal(200),
        "volatility": 0.4,
        "rank": 1,
    }
    return Instrument.objects.create(symbol=symbol, **(values | fields))


def make_report(symbol: str = "AAPL", last: str = "200", *, at: datetime = NOON, **fields: Any) -> QuoteReport:
    price = Decimal(last)
    values: dict[str, Any] = {
        "bid": price - Decimal("0.01"),
        "ask": price + Decimal("0.01"),
        "last": price,
        "previous_close": Decimal(190),
        "volume": Decimal(1000),
        "source": "test",
    }
    return QuoteReport(symbol=symbol, at=at, **(values | fields))
