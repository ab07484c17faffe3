"""How much to trade: four ways to a size, each cut by the limits that are given and explained in a sentence.

A size is never rounded up: what is risked is never more than was asked, and what it costs never more than there is.
Money is in the account's currency, prices are per unit, fractions are of one (0.01 is 1 %).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from arbion.domain.errors import InvalidInput
from arbion.domain.numbers import (
    EXACT,
    HUNDRED,
    MONEY_MAX,
    MONEY_UNIT,
    ONE,
    PRICE_MAX,
    PRICE_UNIT,
    QUANTITY_MAX,
    QUANTITY_UNIT,
    ZERO,
    gross,
    plain,
)

KELLY_CAP = Decimal("0.25")
POSITIONS_MAX = 1000
# The limits by which a size can be cut, with how a sentence calls each.
CUTS = {
    "order_value": "the largest order value",
    "position_value": "the largest position value",
    "cash": "the cash that is there",
    "quantity": "the largest quantity that can be kept",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """What is sized: the price of a unit, the step of sizes, and how many units one contract stands for."""

    price: Decimal
    step: Decimal = ONE
    multiplier: Decimal = ONE

    def __post_init__(self) -> None:
        _check("price", self.price, least=PRICE_UNIT, most=PRICE_MAX)
        _check("step", self.step, least=QUANTITY_UNIT, most=QUANTITY_MAX)
        _check("multiplier", self.multiplier, least=QUANTITY_UNIT, most=QUANTITY_MAX)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceilings:
    """What a size may not pass, in money; None is no limit. `position_held` is what the position is worth already."""

    order_value: Decimal | None = None
    position_value: Decimal | None = None
    position_held: Decimal = ZERO
    cash: Decimal | None = None

    def __post_init__(self) -> None:
        for name in ("order_value", "position_value", "position_held"):
            value = getattr(self, name)
            if value is not None:
                _check(name, value, least=ZERO, most=MONEY_MAX)
        if self.cash is not None:
            _check("cash", self.cash, least=-MONEY_MAX, most=MONEY_MAX)

    def rooms(self) -> dict[str, Decimal]:
        """How much money fits under each ceiling that there is, not below zero."""
        found = {"order_value": self.order_value, "cash": self.cash}
        if self.position_value is not None:
            found["position_value"] = self.position_value - self.position_held
        return {name: max(room, ZERO) for name, room in found.items() if room is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Units to trade (contracts of an option), what they cost, and the money lost if the stop is met at its price.

    Without a stop all of the value is at risk. `stop_distance` is from the entry to the stop, per unit. `cut_by` is
    the limit that made it smaller (a key of `CUTS`) or None; `sentence` explains it to a person.
    """

    units: Decimal
    value: Decimal
    at_risk: Decimal
    stop_distance: Decimal | None
    cut_by: str | None
    sentence: str


def fixed_fractional(
    *, equity: Decimal, fraction: Decimal, unit: Unit, stop: Decimal, ceilings: Ceilings | None = None
) -> Size:
    """Risk this fraction of equity between the entry and the stop: units = equity x fraction / |entry - stop|.

    Tharp, Trade Your Way to Financial Freedom (1998), the percent risk model. A stop above the entry is that of a
    short sale. Raises InvalidInput naming the field: `equity`, `fraction` (above 0, at most 1), `stop`.
    """
    _check_risk(equity, fraction)
    distance = _distance(unit, stop)
    why = (
        f"{_percent(fraction)} of {_money(equity)} is risked between {plain(unit.price)} and the stop at {plain(stop)}"
    )
    return _sized(
        unit, budget=EXACT.multiply(equity, fraction), distance=distance, stop=distance, ceilings=ceilings, why=why
    )


def volatility(
    *,
    equity: Decimal,
    fraction: Decimal,
    unit: Unit,
    average_true_range: Decimal,
    multiple: Decimal,
    ceilings: Ceilings | None = None,
) -> Size:
    """Risk this fraction of equity on a move of so many average true ranges: units = equity x fraction / (n x ATR).

    The average true range is Wilder's (New Concepts in Technical Trading Systems, 1978), in money per unit; sizing by
    it is the Turtles' rule (Faith, Way of the Turtle, 2007). Raises InvalidInput naming the field: `equity`,
    `fraction`, `average_true_range`, `multiple` (above 0, at most 100).
    """
    _check_risk(equity, fraction)
    _check("average_true_range", average_true_range, least=PRICE_UNIT, most=PRICE_MAX)
    _check("multiple", multiple, least=Decimal("0.01"), most=HUNDRED)
    distance = EXACT.multiply(average_true_range, multiple)
    why = (
        f"{_percent(fraction)} of {_money(equity)} is risked on a move of {plain(multiple)} average true ranges"
        f" of {plain(average_true_range)}"
    )
    return _sized(
        unit, budget=EXACT.multiply(equity, fraction), distance=distance, stop=distance, ceilings=ceilings, why=why
    )


def kelly(
    *,
    equity: Decimal,
    win_rate: Decimal,
    payoff: Decimal,
    unit: Unit,
    stop: Decimal | None = None,
    part: Decimal = ONE,
    cap: Decimal = KELLY_CAP,
    ceilings: Ceilings | None = None,
) -> Size:
    """Risk the fraction that makes equity grow fastest, times `part` (a half is common), never more than `cap`.

    The fraction is p - (1 - p) / b for a chance p to win b times what is lost otherwise (Kelly, "A new interpretation
    of information rate", 1956; Thorp, "The Kelly criterion in blackjack, sports betting, and the stock market", 2006,
    part 2). With no edge it is nothing. What can be lost is the distance to the stop, without one the whole price.
    Raises InvalidInput naming the field: `equity`, `win_rate` (0 to 1), `payoff` (above 0), `stop`, `part`, `cap`.
    """
    _check("equity", equity, least=MONEY_UNIT, most=MONEY_MAX)
    _check("win_rate", win_rate, least=ZERO, most=ONE)
    _check("payoff", payoff, least=Decimal("0.0001"), most=Decimal(10_000))
    _check("part", part, least=Decimal("0.01"), most=ONE)
    _check("cap", cap, least=Decimal("0.0001"), most=ONE)
    distance = unit.price if stop is None else _distance(unit, stop)
    best = kelly_fraction(win_rate=win_rate, payoff=payoff)
    odds = f"winning {_percent(win_rate)} of the time and {plain(payoff)} times what is lost otherwise"
    if best <= 0:
        sentence = f"Nothing: {odds} has no edge."
        return Size(
            units=ZERO,
            value=ZERO,
            at_risk=ZERO,
            stop_distance=None if stop is None else distance,
            cut_by=None,
            sentence=sentence,
        )
    wanted = EXACT.multiply(best, part)
    fraction = min(wanted, cap)
    held = f", held to the cap of {_percent(cap)}" if wanted > cap else ""
    why = f"{_percent(fraction)} of {_money(equity)} is risked: {odds}{held}"
    budget = EXACT.multiply(equity, fraction)
    return _sized(
        unit, budget=budget, distance=distance, stop=None if stop is None else distance, ceilings=ceilings, why=why
    )


def kelly_fraction(*, win_rate: Decimal, payoff: Decimal) -> Decimal:
    """Kelly's fraction, below zero where the odds are against: p - (1 - p) / b."""
    return EXACT.subtract(win_rate, EXACT.divide(EXACT.subtract(ONE, win_rate), payoff))


def equal_weight(
    *,
    equity: Decimal,
    positions: int,
    unit: Unit,
    stop: Decimal | None = None,
    ceilings: Ceilings | None = None,
) -> Size:
    """The same money for each of so many positions: units = equity / n / price (DeMiguel, Garlappi and Uppal, 2009).

    Raises InvalidInput naming the field: `equity`, `positions` (1 to 1,000), `stop`.
    """
    _check("equity", equity, least=MONEY_UNIT, most=MONEY_MAX)
    if not 1 <= positions <= POSITIONS_MAX:
        raise InvalidInput.of("positions", "out_of_range", f"The number of positions is 1 to {POSITIONS_MAX}.")
    distance = None if stop is None else _distance(unit, stop)
    why = f"One of {positions} equal parts of {_money(equity)}" if positions > 1 else f"All of {_money(equity)}"
    budget = EXACT.divide(equity, Decimal(positions))
    return _sized(unit, budget=budget, distance=unit.price, stop=distance, ceilings=ceilings, why=why)


def _sized(
    unit: Unit, *, budget: Decimal, distance: Decimal, stop: Decimal | None, ceilings: Ceilings | None, why: str
) -> Size:
    """The most steps of which each unit puts `distance` at stake, within the budget and every ceiling."""
    wanted = _steps(unit, budget, distance)
    fits = {name: _steps(unit, room, unit.price) for name, room in (ceilings.rooms() if ceilings else {}).items()}
    fits["quantity"] = EXACT.divide_int(QUANTITY_MAX, unit.step)
    cut_by = min(fits, key=lambda name: fits[name])
    steps = min(wanted, fits[cut_by])
    units = EXACT.multiply(steps, unit.step)
    value = gross(units, unit.price, unit.multiplier)
    at_risk = value if stop is None else gross(units, stop, unit.multiplier)
    cut = cut_by if steps < wanted else None
    return Size(
        units=units,
        value=value,
        at_risk=at_risk,
        stop_distance=stop,
        cut_by=cut,
        sentence=_sentence(unit, units, at_risk=at_risk, cut=cut, why=why),
    )


def _steps(unit: Unit, room: Decimal, each: Decimal) -> Decimal:
    """How many whole steps fit into this money where each unit takes `each`; the money is first rounded down."""
    room = room.quantize(MONEY_UNIT, ROUND_DOWN, EXACT)
    return EXACT.divide_int(room, EXACT.multiply(EXACT.multiply(each, unit.multiplier), unit.step))


def _sentence(unit: Unit, units: Decimal, *, at_risk: Decimal, cut: str | None, why: str) -> str:
    limit = f" It was cut by {CUTS[cut]}." if cut else ""
    if not units:
        return f"Nothing: {why}, and not even {plain(unit.step)} fits.{limit}"
    return f"{plain(units)}: {why}. At stake is {_money(at_risk)}.{limit}"


def _distance(unit: Unit, stop: Decimal) -> Decimal:
    _check("stop", stop, least=PRICE_UNIT, most=PRICE_MAX)
    if stop == unit.price:
        raise InvalidInput.of("stop", "same_as_entry", "The stop is at the entry: there is nothing between them.")
    return abs(EXACT.subtract(unit.price, stop))


def _check_risk(equity: Decimal, fraction: Decimal) -> None:
    _check("equity", equity, least=MONEY_UNIT, most=MONEY_MAX)
    _check("fraction", fraction, least=Decimal("0.000001"), most=ONE)


def _check(field: str, value: Decimal, *, least: Decimal, most: Decimal) -> None:
    """Refuse what is no number, or not within these bounds."""
    name = field.replace("_", " ")
    if not value.is_finite():
        raise InvalidInput.of(field, "not_a_number", f"The {name} is not a number.")
    if not least <= value <= most:
        raise InvalidInput.of(field, "out_of_range", f"The {name} is between {plain(least)} and {plain(most)}.")


def _percent(fraction: Decimal) -> str:
    return f"{plain(EXACT.multiply(fraction, HUNDRED).quantize(Decimal('0.01'), context=EXACT))} %"


def _money(value: Decimal) -> str:
    return f"{value.quantize(Decimal('0.01'), ROUND_DOWN, EXACT):,}"
