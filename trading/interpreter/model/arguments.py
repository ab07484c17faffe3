"""Reads the arguments of a model's call strictly: what is malformed, unknown or impossible is told to the model."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from arbion.domain.errors import ArbionError
from marketdata.names import NameIndex
from trading.interpreter.interpretation import (
    Action,
    Bracket,
    CancelOrders,
    ClosePosition,
    Condition,
    CreateAlert,
    ModifyOrder,
    OptionLeg,
    OrderTerms,
    PlaceOrder,
    Schedule,
)
from trading.interpreter.model import schemas

Json = dict[str, Any]
ARGUMENTS_MAX = 4000
FIGURE = re.compile(r"-?\d{1,12}(\.\d{1,10})?")
TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
WEEKDAYS = frozenset({"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"})
SIZES = ("quantity", "notional", "percent_of_position", "percent_of_cash")
HUNDRED = Decimal(100)
# Which prices an order of each type has, and no others.
PRICES = {
    "market": frozenset[str](),
    "limit": frozenset({"limit_price"}),
    "stop": frozenset({"stop_price"}),
    "stop_limit": frozenset({"limit_price", "stop_price"}),
}


class BadCall(ArbionError):
    """The model's call cannot be used; it is told why."""

    code = "model_call_refused"
    http_status = 422
    title = "The call cannot be used"


def read_object(text: str) -> Json:
    """The arguments as an object. Raises BadCall."""
    if len(text) > ARGUMENTS_MAX:
        raise BadCall("The arguments are too long.")
    try:
        found = json.loads(text or "{}", parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise BadCall("The arguments are not valid JSON.") from None
    if not isinstance(found, dict):
        raise BadCall("The arguments must be one JSON object.")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(name)


@dataclass(frozen=True, slots=True)
class Arguments:
    """The arguments of one call, read field by field; a field that nobody knows is refused."""

    data: Json
    index: NameIndex

    @classmethod
    def of(cls, name: str, text: str, index: NameIndex) -> Arguments:
        """The arguments of a call of this tool. Raises BadCall."""
        return cls._known(read_object(text), schemas.BY_NAME[name].parameters, index)

    @classmethod
    def _known(cls, data: Json, schema: Any, index: NameIndex) -> Arguments:
        strange = sorted(str(key)[:40] for key in data.keys() - schema["properties"].keys())
        if strange:
            raise BadCall(f"There is no field {', '.join(strange)}.")
        return cls(data, index)

    def part(self, name: str, read: Callable[[Arguments], Any], schema: Any) -> Any:
        """A nested object, or None."""
        found = self.data.get(name)
        if found is None:
            return None
        if not isinstance(found, dict):
            raise BadCall(f"{name} must be an object or null.")
        return read(Arguments._known(found, schema, self.index))

    def text(self, name: str, *, most: int = 200) -> str:
        """A text that must be there."""
        found = self.data.get(name)
        if not isinstance(found, str) or not found.strip() or len(found) > most:
            raise BadCall(f"{name} must be a text of at most {most} characters.")
        return found.strip()

    def word(self, name: str, words: tuple[str, ...]) -> str:
        """One of these words."""
        found = self.data.get(name)
        if found not in words:
            raise BadCall(f"{name} must be one of {', '.join(words)}.")
        return str(found)

    def maybe_word(self, name: str, words: tuple[str, ...]) -> str | None:
        """One of these words, or nothing."""
        return None if self.data.get(name) is None else self.word(name, words)

    def symbol(self, name: str = "symbol") -> str:
        """A symbol that there is."""
        found = self.text(name, most=24).upper()
        if self.index.row(found) is None:
            raise BadCall(f"There is no instrument {found}. Search for it, or ask the person.")
        return found

    def maybe_symbol(self, name: str = "symbol") -> str | None:
        """A symbol that there is, or nothing."""
        return None if self.data.get(name) is None else self.symbol(name)

    def symbols(self, name: str, *, most: int) -> list[str]:
        """Several symbols."""
        found = self.data.get(name)
        if not isinstance(found, list) or not 1 <= len(found) <= most:
            raise BadCall(f"{name} must be a list of 1 to {most} symbols.")
        return [Arguments({"symbol": one}, self.index).symbol() for one in found]

    def texts(self, name: str, *, most: int) -> list[str]:
        """Several short texts."""
        found = self.data.get(name)
        if not isinstance(found, list) or not 1 <= len(found) <= most:
            raise BadCall(f"{name} must be a list of 1 to {most} names.")
        return [Arguments({"name": one}, self.index).text("name", most=30) for one in found]

    def whole(self, name: str, *, least: int, most: int) -> int:
        """A whole number within bounds."""
        found = self.data.get(name)
        if isinstance(found, bool) or not isinstance(found, int) or not least <= found <= most:
            raise BadCall(f"{name} must be a whole number from {least} to {most}.")
        return found

    def maybe_whole(self, name: str, *, least: int, most: int) -> int | None:
        """A whole number within bounds, or nothing."""
        return None if self.data.get(name) is None else self.whole(name, least=least, most=most)

    def figure(self, name: str, *, is_signed: bool = False) -> Decimal:
        """A decimal, more than zero unless it may be signed."""
        found = self.data.get(name)
        said = str(found).strip() if isinstance(found, str | int | Decimal) and not isinstance(found, bool) else ""
        if not said.isascii() or not FIGURE.fullmatch(said):
            raise BadCall(f"{name} must be a decimal as text, without signs and separators.")
        try:
            value = Decimal(said)
        except InvalidOperation:  # pragma: no cover  the pattern lets no such text through
            raise BadCall(f"{name} is no number.") from None
        if value <= 0 and not is_signed:
            raise BadCall(f"{name} must be more than zero.")
        return value

    def maybe_figure(self, name: str, *, most: Decimal | None = None) -> Decimal | None:
        """A decimal more than zero, or nothing."""
        if self.data.get(name) is None:
            return None
        value = self.figure(name)
        if most is not None and value > most:
            raise BadCall(f"{name} must be at most {most}.")
        return value


def read_trade(call: Arguments) -> PlaceOrder:
    """The order that `execute_trade` proposes. Raises BadCall."""
    properties = schemas.BY_NAME["execute_trade"].parameters["properties"]
    symbol, order_type = call.symbol(), call.word("order_type", schemas.ORDER_TYPES)
    row = call.index.row(symbol)
    if row is None or not row.tradable:
        raise BadCall(f"{symbol} is not traded here.")
    option = call.part("option", _option, properties["option"]["anyOf"][0])
    is_coin = row.asset_class == "crypto"
    order = OrderTerms(
        symbol=symbol,
        asset_class="option" if option else row.asset_class,
        side=call.word("side", schemas.SIDES),
        order_type=order_type,
        time_in_force=call.maybe_word("time_in_force", schemas.TIMES_IN_FORCE) or ("gtc" if is_coin else "day"),
        option=option,
        **_sizes(call),
        **_prices(call, order_type),
    )
    return PlaceOrder(
        order=order,
        when=call.part("when", _condition, schemas.BY_NAME["set_alerts"].parameters["properties"]["when"]),
        bracket=call.part("bracket", _bracket, properties["bracket"]["anyOf"][0]),
        every=call.part("every", _schedule, properties["every"]["anyOf"][0]),
    )


def _sizes(call: Arguments) -> dict[str, Any]:
    sizes = {name: call.maybe_figure(name, most=HUNDRED if name.startswith("percent") else None) for name in SIZES}
    if sum(size is not None for size in sizes.values()) != 1:
        raise BadCall("Set exactly one size. If the person named none, ask them instead of choosing one.")
    return sizes


def _prices(call: Arguments, order_type: str) -> dict[str, Any]:
    prices = {name: call.maybe_figure(name) for name in ("limit_price", "stop_price", "trail_amount", "trail_percent")}
    given = {name for name, value in prices.items() if value is not None}
    wanted = PRICES.get(order_type)
    is_right = given == wanted if wanted is not None else len(given) == 1 and given <= {"trail_amount", "trail_percent"}
    if not is_right:
        raise BadCall(f"These prices do not fit a {order_type} order.")
    return prices


def _option(part: Arguments) -> OptionLeg:
    try:
        day = date.fromisoformat(part.text("expiration", most=10))
    except ValueError:
        raise BadCall("expiration must be a date such as 2026-12-18.") from None
    return OptionLeg(
        right=part.word("right", ("call", "put")),
        strike=part.figure("strike"),
        expiration=day.isoformat(),
        effect=part.maybe_word("effect", ("open", "close")),
    )


def _condition(part: Arguments) -> Condition:
    return Condition(
        symbol=part.symbol(),
        metric=part.word("metric", schemas.METRICS),
        operator=part.word("operator", schemas.OPERATORS),
        value=part.figure("value", is_signed=True),
        reference=part.maybe_word("reference", schemas.REFERENCES),
    )


def _bracket(part: Arguments) -> Bracket | None:
    exits = {name: part.maybe_figure(name) for name in schemas_of_bracket()}
    return Bracket(**exits) if any(value is not None for value in exits.values()) else None


def schemas_of_bracket() -> tuple[str, ...]:
    """The fields of a bracket."""
    return ("stop_loss_price", "stop_loss_percent", "take_profit_price", "take_profit_percent")


def _schedule(part: Arguments) -> Schedule:
    weekday = part.data.get("weekday")
    if weekday is not None and weekday not in WEEKDAYS:
        raise BadCall("weekday must be a day such as monday, or null.")
    time = part.data.get("time")
    if time is not None and not (isinstance(time, str) and TIME.fullmatch(time)):
        raise BadCall("time must be HH:MM, or null.")
    return Schedule(
        interval=part.word("interval", ("day", "week", "month")),
        weekday=weekday,
        day_of_month=part.maybe_whole("day_of_month", least=1, most=31),
        time=time,
    )


def read_alert(call: Arguments) -> CreateAlert:
    """The alert that `set_alerts` proposes. Raises BadCall."""
    when = call.part("when", _condition, schemas.BY_NAME["set_alerts"].parameters["properties"]["when"])
    if when is None:
        raise BadCall("Say what the alert waits for.")
    return CreateAlert(when=when)


def read_managing(call: Arguments) -> Action:
    """What `manage_portfolio` proposes. Raises BadCall."""
    verb, symbol = call.word("action", schemas.PORTFOLIO_VERBS), call.maybe_symbol()
    if verb == "cancel_orders":
        return CancelOrders(symbol=symbol)
    if verb == "close_position":
        return ClosePosition(symbol=symbol, percent=call.maybe_figure("percent", most=HUNDRED) or HUNDRED)
    changes: dict[str, Any] = {name: call.maybe_figure(name) for name in ("quantity", "limit_price", "stop_price")}
    if symbol is None or not any(changes.values()):
        raise BadCall("Name the symbol of the order and what of it should change.")
    return ModifyOrder(symbol=symbol, **changes)
