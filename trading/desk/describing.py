"""An order in plain words for its card: how it meets the market, how long it works, what comes with it."""

from __future__ import annotations

from decimal import Decimal

from arbion.domain.enums import AssetClass, OrderType, Side, TimeInForce
from arbion.domain.numbers import plain
from marketdata.models import Instrument
from trading.instruction import Bracket, Instruction

_LASTS = {
    TimeInForce.DAY: "good today",
    TimeInForce.GTC: "good until canceled",
    TimeInForce.IOC: "at once, and what is left is canceled",
    TimeInForce.FOK: "whole and at once, or not at all",
    TimeInForce.OPG: "at the open",
    TimeInForce.CLS: "at the close",
}


def terms_in_words(instruction: Instruction) -> str:
    """How the order meets the market: `Stop at $180.00, then at the market`."""
    limit, stop = instruction.limit_price, instruction.stop_price
    rises_or_falls = "rises" if instruction.side is Side.BUY else "falls"
    match instruction.order_type:
        case OrderType.LIMIT if limit is not None:
            return f"At {money_in_words(limit)} or better"
        case OrderType.STOP if stop is not None:
            return f"Stop: at the market once the price {rises_or_falls} to {money_in_words(stop)}"
        case OrderType.STOP_LIMIT if stop is not None and limit is not None:
            reached = f"once the price {rises_or_falls} to {money_in_words(stop)}"
            return f"Stop limit: at {money_in_words(limit)} or better {reached}"
        case OrderType.TRAILING_STOP:
            where = "below the highest" if instruction.side is Side.SELL else "above the lowest"
            return f"Trailing stop: {_trail(instruction)} {where} price from now on"
    return "At the market"


def _trail(instruction: Instruction) -> str:
    if instruction.trail_percent is not None:
        return f"{plain(instruction.trail_percent)}%"
    return money_in_words(instruction.trail_amount or Decimal(0))


def lasts_in_words(instruction: Instruction) -> str:
    """How long the order works: `good today`."""
    if instruction.expires_at is not None:
        return f"good until {instruction.expires_at:%d %b %Y %H:%M} UTC"
    return _LASTS[instruction.time_in_force]


def exits_in_words(bracket: Bracket | None) -> list[str]:
    """What comes into force once the order has filled: `Stop loss at $180.00`."""
    if bracket is None:
        return []
    said = []
    for label, price, percent, where in (
        ("Stop loss", bracket.stop_loss_price, bracket.stop_loss_percent, "worse"),
        ("Take profit", bracket.take_profit_price, bracket.take_profit_percent, "better"),
    ):
        if price is not None:
            said.append(f"{label} at {money_in_words(price)}")
        elif percent is not None:
            said.append(f"{label} {plain(percent)}% {where} than the price it fills at")
    return said


def contract_in_words(instrument: Instrument, instruction: Instruction) -> str | None:
    """An option as people say it: `AAPL 18 Dec 2026 200 call, to open`; None of anything else."""
    if instrument.asset_class != AssetClass.OPTION:
        return None
    return f"{instrument.name}, to {instruction.effect.value}" if instruction.effect else instrument.name


def money_in_words(value: Decimal) -> str:
    """`$1,872.00`; below one dollar as exact as it is."""
    return f"${value:,.2f}" if abs(value) >= 1 and value == round(value, 2) else f"${plain(value)}"
