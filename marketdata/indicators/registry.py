"""The indicators there are, what their names may carry, and how many bars they need before they say something.

A name is the word, or the word with its parameters: `rsi`, `rsi_21`, `macd_8_21_5`, `bollinger_20_2.5`. An indicator of
several series answers under the asked name with a suffix: `macd`, `macd_signal`, `macd_histogram`; `bollinger_upper`,
`bollinger_middle`, `bollinger_lower`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from arbion.domain.errors import FieldError, InvalidInput
from marketdata.indicators import families

NAMES_MAX = 20
_NAME = re.compile(r"([a-z]+)((?:_[0-9]{1,4}(?:\.[0-9]{1,2})?)*)")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number of an indicator: its default and its bounds; `whole` numbers count bars."""

    name: str
    default: float
    least: float = 2
    most: float = 500
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator: how it is computed, from what, and the suffixes of its series."""

    name: str
    label: str
    function: Callable[..., families.Series]
    parameters: tuple[Parameter, ...]
    warm_up: Callable[..., int]
    suffixes: tuple[str, ...] = ("",)


@dataclass(frozen=True, slots=True)
class Chosen:
    """An indicator with its parameters, under the name it was asked by."""

    name: str
    indicator: Indicator
    values: tuple[float, ...]

    @property
    def warm_up(self) -> int:
        """How many bars come before the first that every series of it is defined on."""
        return self.indicator.warm_up(*self.values)

    @property
    def series_names(self) -> tuple[str, ...]:
        """The names of its series."""
        return tuple(self.name + suffix for suffix in self.indicator.suffixes)


def _length(default: float, *, least: float = 2) -> Parameter:
    return Parameter("length", default, least)


INDICATORS: dict[str, Indicator] = {
    indicator.name: indicator
    for indicator in (
        Indicator("sma", "Simple moving average", families.sma, (_length(20),), lambda n: int(n) - 1),
        Indicator("ema", "Exponential moving average", families.ema, (_length(20),), lambda n: int(n) - 1),
        Indicator("rsi", "Relative strength index", families.rsi, (_length(14),), int),
        Indicator("atr", "Average true range", families.atr, (_length(14),), int),
        Indicator(
            "macd",
            "Moving average convergence divergence",
            families.macd,
            (Parameter("fast", 12), Parameter("slow", 26), Parameter("signal", 9)),
            lambda fast, slow, signal: int(max(fast, slow) + signal) - 2,
            ("", "_signal", "_histogram"),
        ),
        Indicator(
            "bollinger",
            "Bollinger bands",
            families.bollinger,
            (_length(20), Parameter("deviations", 2, 0.1, 10, whole=False)),
            lambda n, _: int(n) - 1,
            ("_upper", "_middle", "_lower"),
        ),
    )
}


def read_names(text: str, *, field: str = "names") -> list[Chosen]:
    """The indicators of a comma-separated list, each once, in order; a bad name is refused by name."""
    names = list(dict.fromkeys(name for name in (part.strip().lower() for part in text.split(",")) if name))
    if not names:
        raise InvalidInput.of(field, "required", f"Name at least one indicator: {', '.join(INDICATORS)}.")
    if len(names) > NAMES_MAX:
        raise InvalidInput.of(field, "too_many", f"At most {NAMES_MAX} indicators at a time.")
    return [read_name(name, field=field) for name in names]


def read_name(name: str, *, field: str = "names") -> Chosen:
    """The indicator and parameters behind one name."""
    match = _NAME.fullmatch(name)
    indicator = INDICATORS.get(match[1]) if match else None
    if match is None or indicator is None:
        raise _refused(
            field, "unknown_indicator", f"There is no indicator “{name[:40]}”. Known: {', '.join(INDICATORS)}."
        )
    given = [float(part) for part in match[2].split("_")[1:]]
    if len(given) > len(indicator.parameters):
        raise _refused(field, "too_many_parameters", f"“{name[:40]}” has more numbers than {indicator.name} takes.")
    return Chosen(name, indicator, _values(indicator, given, field))


def _values(indicator: Indicator, given: list[float], field: str) -> tuple[float, ...]:
    values = []
    for number, parameter in enumerate(indicator.parameters):
        value = given[number] if number < len(given) else parameter.default
        if not parameter.least <= value <= parameter.most or (parameter.whole and value != int(value)):
            kind = "a whole number" if parameter.whole else "a number"
            bounds = f"{kind} from {parameter.least:g} to {parameter.most:g}"
            raise _refused(field, "parameter_out_of_range", f"The {parameter.name} of {indicator.name} is {bounds}.")
        values.append(value)
    if indicator.name == "macd" and values[0] >= values[1]:
        raise _refused(field, "parameter_out_of_range", "The fast length of macd is below its slow length.")
    return tuple(values)


def _refused(field: str, code: str, detail: str) -> InvalidInput:
    return InvalidInput(detail, errors=(FieldError(field, code, detail),))
