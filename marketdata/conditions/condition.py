"""One condition: a figure, a bound and the way it must be passed, refused at once where nothing could come of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import TextChoices

from arbion.domain.errors import InvalidInput
from arbion.domain.numbers import HUNDRED, QUANTITY_MAX, QUANTITY_SCALE, ZERO, plain, read_decimal
from marketdata.indicators.registry import INDICATORS, Chosen, read_name

METRIC_LENGTH_MAX = 30
PRICE, CHANGE, VOLUME = "price", "percent_change", "volume"
MARKET = (PRICE, CHANGE, VOLUME)
# What is asked of a position, and of a whole account; orders wait for neither.
ABOUT_POSITION = ("position_value", "position_profit", "position_profit_percent")
ABOUT_ACCOUNT = ("equity", "day_profit", "buying_power")
# Those that may stand on either side of zero.
_SIGNED = ("position_value", "position_profit", "position_profit_percent", "day_profit", "macd")
# These read the highs and lows of the day, where one wild quote stays until the evening.
_UNWATCHED = frozenset({"atr"})
PERCENT_MAX = Decimal(10_000)


class Operator(TextChoices):
    """Which way the figure must have passed the bound."""

    AT_LEAST = ">=", "at or above"
    AT_MOST = "<=", "at or below"


class Reference(TextChoices):
    """What a change is counted from."""

    NOW = "now", "the price when it was asked"
    PREVIOUS_CLOSE = "previous_close", "the previous close"
    AVERAGE_PRICE = "average_price", "my average price"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What must become true: the figure `metric` of `symbol` at or beyond `value`.

    A fall of 5 % is -5 with `<=`. `reference` belongs to `percent_change` and to nothing else; `symbol` is empty for
    the figures of a whole account. Indicators are read on daily candles, today's included. Raises InvalidInput with
    the field, the code and the reason.
    """

    symbol: str | None
    metric: str
    operator: Operator
    value: Decimal
    reference: Reference | None = None

    def __post_init__(self) -> None:
        self._check_metric()
        if (self.symbol is None) != (self.metric in ABOUT_ACCOUNT):
            detail = "Name what is watched." if self.symbol is None else "This figure is of the whole account."
            raise InvalidInput.of("when.symbol", "required" if self.symbol is None else "not_allowed", detail)
        self._check_reference()
        self._check_value()

    @property
    def is_at_least(self) -> bool:
        """Whether the figure must rise to the bound."""
        return self.operator is Operator.AT_LEAST

    @property
    def is_of_books(self) -> bool:
        """Whether the figure is one of a person's books and not of the market."""
        return self.metric in ABOUT_POSITION or self.metric in ABOUT_ACCOUNT

    def holds(self, figure: Decimal) -> bool:
        """Whether the figure has reached the bound."""
        return figure >= self.value if self.is_at_least else figure <= self.value

    def body(self) -> dict[str, Any]:
        """The condition as JSON values, as the contract of instructions has it."""
        return {
            "symbol": self.symbol,
            "metric": self.metric,
            "operator": self.operator.value,
            "value": plain(self.value),
            "reference": None if self.reference is None else self.reference.value,
        }

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Condition:
        """The condition behind its JSON values; decimals as text. Raises InvalidInput."""
        operator, reference, value = said.get("operator"), said.get("reference"), said.get("value")
        if operator not in Operator.values:
            raise InvalidInput.of("when.operator", "invalid_choice", "Say >= or <=.")
        if reference is not None and reference not in Reference.values:
            detail = f"Say one of {', '.join(Reference.values)}, or nothing."
            raise InvalidInput.of("when.reference", "invalid_choice", detail)
        return cls(
            symbol=said.get("symbol") or None,
            metric=str(said.get("metric") or ""),
            operator=Operator(operator),
            value=value if isinstance(value, Decimal) else _number(value),
            reference=None if reference is None else Reference(reference),
        )

    def _check_metric(self) -> None:
        if self.metric in (*MARKET, *ABOUT_POSITION, *ABOUT_ACCOUNT):
            return
        if indicator_of(self.metric) is None:
            known = ", ".join((*MARKET, *(name for name in INDICATORS if name not in _UNWATCHED)))
            detail = f"“{self.metric[:METRIC_LENGTH_MAX]}” cannot be watched. What can: {known}."
            raise InvalidInput.of("when.metric", "unknown_metric", detail)

    def _check_reference(self) -> None:
        if self.metric == CHANGE and self.reference is None:
            detail = "Say what the change is counted from: now, the previous close or your average price."
            raise InvalidInput.of("when.reference", "required", detail)
        if self.metric != CHANGE and self.reference is not None:
            raise InvalidInput.of("when.reference", "not_allowed", "Only a change is counted from something.")

    def _check_value(self) -> None:
        if not self.value.is_finite():
            raise InvalidInput.of("when.value", "invalid_number", "This is not a number.")
        if abs(self.value) > (PERCENT_MAX if self.metric == CHANGE else QUANTITY_MAX):
            raise InvalidInput.of("when.value", "too_large", "This is more than can be counted here.")
        if -int(self.value.normalize().as_tuple().exponent) > QUANTITY_SCALE:
            raise InvalidInput.of("when.value", "too_fine", f"This can have at most {QUANTITY_SCALE} decimals.")
        if self.metric == CHANGE:
            self._check_change()
        elif self.value <= ZERO and not self.metric.startswith(_SIGNED):
            raise InvalidInput.of("when.value", "not_positive", "This must be above zero.")
        elif self.metric.startswith("rsi") and self.value >= HUNDRED:
            raise InvalidInput.of("when.value", "too_large", "An RSI lies between 0 and 100.")

    def _check_change(self) -> None:
        if self.value <= -HUNDRED:
            raise InvalidInput.of("when.value", "too_small", "A price cannot fall by 100 percent or more.")
        if self.reference is not Reference.AVERAGE_PRICE and self.holds(ZERO):
            detail = "A fall is below zero with <=, a rise above zero with >=."
            raise InvalidInput.of("when.value", "wrong_side", detail)


def indicator_of(metric: str) -> tuple[Chosen, str] | None:
    """The indicator behind a metric, and the series of it that is meant; None where it is none that can be watched."""
    if len(metric) > METRIC_LENGTH_MAX:
        return None
    suffixes = {suffix for indicator in INDICATORS.values() for suffix in indicator.suffixes if suffix}
    name = next((metric.removesuffix(suffix) for suffix in suffixes if metric.endswith(suffix)), metric)
    try:
        chosen = read_name(name)
    except InvalidInput:
        return None
    if chosen.indicator.name in _UNWATCHED or metric not in chosen.series_names:
        return None
    return chosen, metric


def is_indicator(metric: str) -> bool:
    """Whether the figure is reckoned from candles."""
    return metric not in (*MARKET, *ABOUT_POSITION, *ABOUT_ACCOUNT)


def _number(said: object) -> Decimal:
    try:
        return read_decimal(str(said))
    except ValueError:
        raise InvalidInput.of("when.value", "invalid_number", "This is not a number.") from None
