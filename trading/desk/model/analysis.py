"""Arbion's own reading of one instrument: figures of the past, how far they agree, how risky it is, what is unknown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from arbion.domain.enums import Interval
from arbion.domain.numbers import plain
from marketdata import candles, indicators, quotes
from marketdata.candles import CandleView
from marketdata.models import Instrument
from trading.interpreter.model.answer import Facts, Source

DAYS = 260
LEAST_DAYS = 30
NAMES = ("rsi_14", "macd", "sma_20", "sma_50", "sma_200", "atr_14")
CANDLES = "daily candles of this market"
UNKNOWN = (
    "No company fundamentals: earnings, valuation and balance sheets are not in Arbion's data.",
    "No news and no sentiment: Arbion has no source of either.",
)
CALM, LIVELY = Decimal(2), Decimal(4)  # percent of the price that an average day moves
HOT, COLD = Decimal(70), Decimal(30)
AGREE = 3
HUNDRED = Decimal(100)
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign: whether it speaks for a rise (1), for a fall (-1) or for neither (0), and why."""

    points: int
    reason: str


def analyse(instrument: Instrument, *, at: datetime) -> Facts:
    """The reading with every figure's source and time; where there is too little to go by it says so."""
    days = [day for day in candles.candles(instrument, Interval.D1, end=at, limit=DAYS) if day.closed]
    quote = quotes.latest_of(instrument)
    if quote is None or len(days) < LEAST_DAYS:
        unknown = [f"Only {len(days)} days of prices are known: too few to say anything.", *UNKNOWN]
        return Facts(data={"symbol": instrument.symbol, "confidence": "none", "risk": "unknown", "unknown": unknown})
    last = quote.last
    figures = _newest(days)
    signs = _signs(last, figures, days)
    risk, reasons = _risk(last, figures, days, is_stale=quotes.is_stale(quote, at))
    agreed = abs(sum(sign.points for sign in signs))
    data = {
        "symbol": instrument.symbol,
        "name": instrument.name,
        "price": plain(last),
        "price_time": f"{quote.at:%Y-%m-%d %H:%M:%S} UTC",
        "price_source": quote.source,
        "figures": {name: plain(value) for name, value in figures.items()},
        "figures_from": f"{len(days)} {CANDLES}, the newest of {days[-1].time:%Y-%m-%d}",
        "signs": [sign.reason for sign in signs],
        "direction": _direction(signs),
        "confidence": "medium" if agreed >= AGREE else "low",
        "confidence_reason": f"{agreed} more of {len(signs)} signs point one way than the other; past prices only.",
        "risk": risk,
        "risk_reasons": reasons,
        "unknown": list(UNKNOWN),
        "advice": "This describes the past and advises nothing.",
    }
    return Facts(data=data, sources=_sources(instrument, quote.at, quote.source, figures, days[-1], last=last))


def _newest(days: list[CandleView]) -> dict[str, Decimal]:
    """The newest reading of each indicator that has one, and how far the price came."""
    series: dict[str, Any] = indicators.compute(NAMES, days)
    found = {
        name: Decimal(str(values[-1])).quantize(CENT)
        for name, values in series.items()
        if values and values[-1] is not None
    }
    closes = [day.close for day in days]
    for name, back in (("change_5_days_percent", 5), ("change_20_days_percent", 20)):
        found[name] = ((closes[-1] / closes[-1 - back] - 1) * HUNDRED).quantize(CENT)
    year = days[-252:]
    found["highest_of_year"], found["lowest_of_year"] = max(day.high for day in year), min(day.low for day in year)
    mean = sum((day.volume for day in days[-20:]), Decimal(0)) / 20
    if mean:
        found["volume_to_20_day_mean"] = (days[-1].volume / mean).quantize(CENT)
    return found


def _signs(last: Decimal, figures: dict[str, Decimal], days: list[CandleView]) -> list[Sign]:
    signs = []
    for name in ("sma_20", "sma_50", "sma_200"):
        if mean := figures.get(name):
            where, points = ("above", 1) if last > mean else ("below", -1)
            signs.append(Sign(points, f"The price is {where} its {name[4:]}-day average of {plain(mean)}."))
    if (rsi := figures.get("rsi_14")) is not None:
        points, word = (
            (-1, "overbought") if rsi > HOT else (1, "oversold") if rsi < COLD else (0, "neither hot nor cold")
        )
        signs.append(Sign(points, f"RSI 14 is {plain(rsi)}: {word}."))
    if (histogram := figures.get("macd_histogram")) is not None:
        points, word = (1, "rising") if histogram > 0 else (-1, "falling")
        signs.append(Sign(points, f"MACD momentum is {word}."))
    change = figures["change_20_days_percent"]
    signs.append(Sign(1 if change > 0 else -1, f"Over 20 days it moved {change:+}%."))
    return signs


def _direction(signs: list[Sign]) -> str:
    points = sum(sign.points for sign in signs)
    return "up" if points >= AGREE else "down" if points <= -AGREE else "mixed"


def _risk(
    last: Decimal, figures: dict[str, Decimal], days: list[CandleView], *, is_stale: bool
) -> tuple[str, list[str]]:
    """How risky, with the reasons: by how much an average day moves it, and where it stands in its year."""
    reasons = []
    share = (figures["atr_14"] / last * HUNDRED).quantize(CENT) if "atr_14" in figures and last else None
    rank = 2 if share is None else 1 if share < CALM else 2 if share < LIVELY else 3
    reasons.append("How much it moves a day is unknown." if share is None else f"An average day moves it {share}%.")
    fall = ((1 - last / figures["highest_of_year"]) * HUNDRED).quantize(CENT)
    if fall > 20:
        rank = min(3, rank + 1)
        reasons.append(f"It stands {fall}% below the highest price of the year.")
    if is_stale:
        rank = 3
        reasons.append("The latest price is stale.")
    if len(days) < 200:
        reasons.append(f"Only {len(days)} days of prices are known.")
    return {1: "low", 2: "medium", 3: "high"}[rank], reasons


def _sources(
    instrument: Instrument, seen: datetime, source: str, figures: dict[str, Decimal], day: CandleView, *, last: Decimal
) -> tuple[Source, ...]:
    price = Source(what=f"{instrument.symbol} price", value=plain(last), source=source, at=seen.isoformat())
    rest = [
        Source(
            what=f"{instrument.symbol} {name.replace('_', ' ')}",
            value=plain(value),
            source=CANDLES,
            at=day.time.isoformat(),
        )
        for name, value in figures.items()
    ]
    return (price, *rest)
