"""One plain sentence that says what was understood."""

from collections.abc import Sequence

from trading.interpreter.interpretation import (
    Action,
    CancelOrders,
    ClosePosition,
    Condition,
    CreateAlert,
    ModifyOrder,
    PlaceOrder,
    Query,
    StrategyCommand,
    plain,
)

TOPICS = {
    "quote": "show the price",
    "analysis": "analyse",
    "positions": "show the positions",
    "portfolio": "show the portfolio",
    "orders": "show the orders",
    "buying_power": "show the buying power",
    "performance": "show the performance",
    "history": "show the history",
}
TIMES = {
    "gtc": "good till canceled",
    "ioc": "immediate or cancel",
    "fok": "fill or kill",
    "opg": "at the open",
    "cls": "at the close",
}


def explain(actions: Sequence[Action]) -> str:
    """What these actions do, in one sentence."""
    if not actions:
        return "Nothing to do."
    said = "; then ".join(_one(action) for action in actions)
    return said[0].upper() + said[1:] + "."


def _one(action: Action) -> str:
    if isinstance(action, PlaceOrder):
        return _order(action)
    if isinstance(action, CancelOrders):
        return f"cancel order {action.order_id}" if action.order_id else f"cancel all {action.symbol or 'open'} orders"
    if isinstance(action, ModifyOrder):
        return _modify(action)
    if isinstance(action, ClosePosition):
        part = "" if action.percent == 100 else f"{plain(action.percent)}% of "
        return f"close {part}{'the ' + action.symbol + ' position' if action.symbol else 'every position'}"
    if isinstance(action, CreateAlert):
        return f"tell you when {_condition(action.when)}"
    if isinstance(action, StrategyCommand):
        name = f"the {action.strategy} strategy" if action.strategy else "every strategy"
        on = f" on {action.symbol}" if action.symbol else ""
        return f"{action.command} {name}{on}" + (f" with ${plain(action.capital)}" if action.capital else "")
    if isinstance(action, Query):
        return TOPICS[action.topic] + (f" {_of(action)}{action.symbol}" if action.symbol else "")
    return "do that"


def _of(action: Query) -> str:
    return "" if action.topic == "analysis" else "of "


def _modify(action: ModifyOrder) -> str:
    fields = (("limit", action.limit_price), ("stop", action.stop_price), ("quantity", action.quantity))
    changes = ", ".join(f"{name} to {plain(value)}" for name, value in fields if value is not None)
    return f"change the {action.symbol or action.order_id or ''} order: {changes or 'what exactly is open'}"


def _order(action: PlaceOrder) -> str:
    order = action.order
    what = order.symbol or "something"
    if order.option:
        leg = order.option
        what = f"{what} {leg.expiration or '?'} {plain(leg.strike) or '?'} {leg.right or 'option'}"
    words = [f"{order.side or 'trade'} {_size(action)}{what}{_prices(action)}"]
    if order.time_in_force in TIMES:
        words.append(TIMES[order.time_in_force])
    if action.when:
        words.append(f"when {_condition(action.when)}")
    if action.bracket:
        words.append(_bracket(action))
    if action.every:
        words.append(f"every {action.every.weekday or action.every.interval}")
    return ", ".join(words)


def _size(action: PlaceOrder) -> str:
    order = action.order
    if order.quantity is not None:
        return f"{plain(order.quantity)} "
    if order.notional is not None:
        return f"${plain(order.notional)} of "
    if order.percent_of_position is not None:
        return f"{plain(order.percent_of_position)}% of "
    return (
        f"with {plain(order.percent_of_cash)}% of the cash "
        if order.percent_of_cash is not None
        else "an open amount of "
    )


def _prices(action: PlaceOrder) -> str:
    order = action.order
    parts = {
        "market": " at the market",
        "limit": "",
        "stop": "",
        "stop_limit": "",
        "trailing_stop": " with a trailing stop",
    }
    text = parts[order.order_type]
    if order.stop_price is not None:
        text += f" with a stop at {plain(order.stop_price)}"
    if order.limit_price is not None:
        text += f" at {plain(order.limit_price)} or better"
    if order.trail_percent is not None:
        text += f" of {plain(order.trail_percent)}%"
    return text + (f" of ${plain(order.trail_amount)}" if order.trail_amount is not None else "")


def _condition(when: Condition) -> str:
    side = "at or below" if when.operator == "<=" else "at or above"
    unit = "%" if when.metric == "percent_change" else ""
    return f"the {when.metric.replace('_', ' ')} of {when.symbol or 'it'} is {side} {plain(when.value)}{unit}"


def _bracket(action: PlaceOrder) -> str:
    bracket = action.bracket
    if bracket is None:
        return ""
    stop = plain(bracket.stop_loss_price) or (
        bracket.stop_loss_percent is not None and f"{plain(bracket.stop_loss_percent)}%"
    )
    profit = plain(bracket.take_profit_price) or (
        bracket.take_profit_percent is not None and f"{plain(bracket.take_profit_percent)}%"
    )
    return " and ".join(text for text in (stop and f"stop loss {stop}", profit and f"take profit {profit}") if text)
