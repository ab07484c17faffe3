"""Reading the books: every selector begins with whose eyes are looking."""

from trading.selectors.ledger import (
    PeriodView,
    closures,
    dividends,
    journals,
    moved_in,
    movements,
    period,
    put_in,
    transfers_of,
)
from trading.selectors.orders import events, fills, open_orders, order_of, orders
from trading.selectors.portfolio import (
    buying_power,
    equity_at_day_start,
    equity_of,
    equity_points,
    portfolio,
    position,
    positions,
)
from trading.selectors.positions import lots_of, open_lots
from trading.selectors.views import PortfolioView, PositionView, percent, total

__all__ = [
    "PeriodView",
    "PortfolioView",
    "PositionView",
    "buying_power",
    "closures",
    "dividends",
    "equity_at_day_start",
    "equity_of",
    "equity_points",
    "events",
    "fills",
    "journals",
    "lots_of",
    "moved_in",
    "movements",
    "open_lots",
    "open_orders",
    "order_of",
    "orders",
    "percent",
    "period",
    "portfolio",
    "position",
    "positions",
    "put_in",
    "total",
    "transfers_of",
]
