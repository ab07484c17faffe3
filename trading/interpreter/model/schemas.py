"""The tools that a model may call, as strict JSON schemas: none of them trades, changes limits or reads settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from arbion.lib.llm.port import Tool

Json = dict[str, Any]

TEXT: Json = {"type": "string"}
MAYBE: Json = {"type": ["string", "null"]}
SIDES = ("buy", "sell")
ORDER_TYPES = ("market", "limit", "stop", "stop_limit", "trailing_stop")
TIMES_IN_FORCE = ("day", "gtc", "ioc", "fok", "opg", "cls")
INTERVALS = ("1m", "5m", "1h", "4h", "1d")
OPERATORS = (">=", "<=")
REFERENCES = ("now", "previous_close", "average_price")
METRICS = ("price", "percent_change", "rsi", "sma_50", "sma_200", "volume")
PORTFOLIO_VERBS = ("cancel_orders", "modify_order", "close_position")


def _object(**fields: Json) -> Json:
    """A strict object: every key is required, and there are no others."""
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def _or_null(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


def _one_of(words: Sequence[str]) -> Json:
    return {"type": "string", "enum": list(words)}


_WHEN = _object(
    symbol=TEXT,
    metric=_one_of(METRICS),
    operator=_one_of(OPERATORS),
    value=TEXT,
    reference=_or_null(_one_of(REFERENCES)),
)
_OPTION = _object(
    right=_one_of(("call", "put")), strike=TEXT, expiration=TEXT, effect=_or_null(_one_of(("open", "close")))
)
_BRACKET = _object(stop_loss_price=MAYBE, stop_loss_percent=MAYBE, take_profit_price=MAYBE, take_profit_percent=MAYBE)
_EVERY = _object(
    interval=_one_of(("day", "week", "month")),
    weekday=MAYBE,
    day_of_month={"type": ["integer", "null"]},
    time=MAYBE,
)

ALL: tuple[Tool, ...] = (
    Tool(
        name="execute_trade",
        description=(
            "Propose one order that the person has just asked for in their own words. It is shown to them and trades "
            "only once they confirm. Exactly one size is set; figures are decimal strings as the person said them."
        ),
        parameters=_object(
            symbol=TEXT,
            side=_one_of(SIDES),
            quantity=MAYBE,
            notional=MAYBE,
            percent_of_position=MAYBE,
            percent_of_cash=MAYBE,
            order_type=_one_of(ORDER_TYPES),
            limit_price=MAYBE,
            stop_price=MAYBE,
            trail_amount=MAYBE,
            trail_percent=MAYBE,
            time_in_force=_or_null(_one_of(TIMES_IN_FORCE)),
            option=_or_null(_OPTION),
            when=_or_null(_WHEN),
            bracket=_or_null(_BRACKET),
            every=_or_null(_EVERY),
        ),
    ),
    Tool(
        name="manage_portfolio",
        description="Propose to cancel or change open orders, or to close a position; the person confirms it.",
        parameters=_object(
            action=_one_of(PORTFOLIO_VERBS),
            symbol=MAYBE,
            percent=MAYBE,
            quantity=MAYBE,
            limit_price=MAYBE,
            stop_price=MAYBE,
        ),
    ),
    Tool(
        name="set_alerts",
        description="Propose an alert that tells the person when something becomes true; the person confirms it.",
        parameters=_object(when=_WHEN),
    ),
    Tool(
        name="analyze_market",
        description="Arbion's own reading of one instrument: trend, momentum, volatility, confidence, risk, unknowns.",
        parameters=_object(symbol=TEXT),
    ),
    Tool(
        name="get_quotes",
        description="The newest prices of up to ten symbols.",
        parameters=_object(symbols={"type": "array", "items": TEXT}),
    ),
    Tool(
        name="get_candles",
        description="Open, high, low, close and volume of up to 60 periods.",
        parameters=_object(symbol=TEXT, interval=_one_of(INTERVALS), count={"type": "integer"}),
    ),
    Tool(
        name="get_indicators",
        description="Newest readings such as rsi_14, sma_50, ema_20, macd, atr_14, bollinger.",
        parameters=_object(symbol=TEXT, names={"type": "array", "items": TEXT}, interval=_one_of(INTERVALS)),
    ),
    Tool(
        name="get_option_chain",
        description="Options on a share near its price, with Greeks; without an expiration the nearest one.",
        parameters=_object(symbol=TEXT, expiration=MAYBE),
    ),
    Tool(name="get_positions", description="What the person's account holds.", parameters=_object()),
    Tool(name="get_orders", description="The account's open orders.", parameters=_object(symbol=MAYBE)),
    Tool(name="get_portfolio", description="Worth, cash, buying power and profit.", parameters=_object()),
    Tool(name="get_risk", description="The account's risk limits, what is used, and halts.", parameters=_object()),
    Tool(
        name="search_instruments",
        description="Symbols by name.",
        parameters=_object(text=TEXT),
    ),
    Tool(
        name="remember",
        description="Keep one short line about the person's wishes that they asked you to remember.",
        parameters=_object(line=TEXT),
    ),
)
NAMES: tuple[str, ...] = tuple(tool.name for tool in ALL)
BY_NAME = {tool.name: tool for tool in ALL}


def allowed(names: Sequence[str]) -> tuple[Tool, ...]:
    """The tools of these names, in our sequence; names that are none of ours are nothing."""
    return tuple(tool for tool in ALL if tool.name in names)
