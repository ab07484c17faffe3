"""Figures that contradict each other, cannot be meant, or say more than was said."""

from decimal import Decimal

from trading.interpreter.built import Build
from trading.interpreter.frame import Frame
from trading.interpreter.reader import Reader

MOST_SHARES = Decimal(10_000_000)
MOST_CONTRACTS = Decimal(10_000)
MOST_COINS = Decimal(10**12)
MOST_MONEY = Decimal(10**9)


def may_be_a_part(reader: Reader, frame: Frame) -> bool:
    """Whether "all my stocks" leaves out something that closing everything would sell."""
    said = set(reader.said(frame.start, frame.end).lower().split())
    meant = {"equity", "etf"} if said & {"share", "shares"} else {"equity"}
    if not said & {"share", "shares", "stock", "stocks", "equity"}:
        return False
    rows = [reader.index.row(symbol) for symbol in reader.context.held]
    return not rows or any(row is None or row.asset_class not in meant for row in rows)


def check(state: Build, order_type: str) -> None:
    """Figures that contradict each other or cannot be meant."""
    frame = state.frame
    prices = (frame.limit, frame.stop, frame.stop_loss_price, frame.take_profit_price, frame.trail_amount)
    if any(price is not None and price <= 0 for price in prices):
        frame.doubt("A price has to be more than zero. Which price do you mean?")
    if frame.limit is not None and frame.limit_direction not in {"", frame.side}:
        frame.doubt("Is that the most you would pay, or the least you would take?")
    most = MOST_COINS if state.asset_class == "crypto" else MOST_CONTRACTS if frame.is_option else MOST_SHARES
    if (frame.quantity or 0) > most or (frame.notional or 0) > MOST_MONEY:
        frame.doubt("That is a very large order. How much do you mean?")
    if frame.time_in_force in {"opg", "cls"} and order_type not in {"market", "limit"}:
        frame.doubt("At the open or the close only market and limit orders can be placed.")
    if frame.side == "buy":
        _check_exits(frame, frame.limit if order_type == "limit" else None)


def _check_exits(frame: Frame, entry: Decimal | None) -> None:
    """A purchase is left below its price with a loss and above it with a profit."""
    low, high = frame.stop_loss_price, frame.take_profit_price
    if low is not None and high is not None and low >= high:
        frame.doubt("The stop loss is not below the take profit. Which prices do you mean?")
    if entry is not None and ((low is not None and low >= entry) or (high is not None and high <= entry)):
        frame.doubt("The exits do not lie around your price. Which prices do you mean?")
