"""Reading the books: every selector begins with whose eyes are looking."""

from trading.selectors.guards import Guards, StopView, guards_of, is_unwatched, standing_views, view_of, where_guarded
from trading.selectors.ledger import (
    PeriodView,
    closures,
    dated_moves,
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
from trading.selectors.positions import lots_ever, lots_of, open_lots
from trading.selectors.sizing import TradeRecord, average_true_range, trade_record
from trading.selectors.stops import (
    Alarms,
    Whereabouts,
    count_standing,
    guarded_quantity,
    standing_stops,
    stop_of,
    stops,
    unguarded_positions,
    watch_age_max,
    watched_ago,
    where_guarded,
)
from trading.selectors.streaks import losses_in_a_row
from trading.selectors.views import PortfolioView, PositionView, percent, total

__all__ = [
    "Alarms",
    "Guards",
    "PeriodView",
    "PortfolioView",
    "PositionView",
<<<<<<< HEAD
    "StopView",
    "TradeRecord",
    "average_true_range",
=======
    "Whereabouts",
>>>>>>> 68d890b (Say over REST where each stop is guarded; try stops at venues in files of their own)
    "buying_power",
    "closures",
    "count_standing",
    "dated_moves",
    "dividends",
    "equity_at_day_start",
    "equity_of",
    "equity_points",
    "events",
    "fills",
    "guarded_quantity",
    "guards_of",
    "is_unwatched",
    "journals",
    "losses_in_a_row",
    "lots_ever",
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
    "standing_stops",
    "standing_views",
    "stop_of",
    "stops",
    "total",
    "trade_record",
    "transfers_of",
    "unguarded_positions",
    "view_of",
    "watch_age_max",
    "watched_ago",
    "where_guarded",
]
