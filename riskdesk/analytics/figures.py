"""Between exact figures and the floats that statistics are made with, and the answer that is no number.

Decimals come in and go out; in between are columns of floats. Money goes out at money scale, every other figure with
six digits after the point.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from statistics import NormalDist

import numpy as np

from arbion.domain.errors import InvalidInput
from arbion.domain.numbers import EXACT, money
from marketdata.batch import Floats

# Fewer observations than this say nothing about how far a price moves.
OBSERVATIONS_LEAST = 20
FIGURE_UNIT = Decimal(1).scaleb(-6)
CONFIDENCE_LEAST, CONFIDENCE_MOST = Decimal("0.5"), Decimal("0.9999")
HORIZON_MOST = 250
NORMAL = NormalDist()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """Why there is no number: a stable code, a sentence for a person, what there was and what it would take.

    Codes: `too_little_history`, `nothing_held`, `stands_still`, `no_equity`, `no_benchmark`.
    """

    code: str
    detail: str
    count: int = 0
    needed: int = 0


def too_little(count: int, needed: int) -> Unanswered:
    """The answer where history is too short: `count` observations of the `needed`."""
    detail = f"Too little history: {count} observations, and at least {needed} are needed."
    return Unanswered(code="too_little_history", detail=detail, count=count, needed=needed)


def column(values: Iterable[Decimal]) -> Floats:
    """Decimals as a column of floats."""
    return np.array([float(value) for value in values], np.float64)


def amount(value: float) -> Decimal:
    """A float as money, at money scale. Raises ArithmeticError where it is not a finite number."""
    return money(_finite(value))


def figure(value: float) -> Decimal:
    """A float as a Decimal with six digits after the point. Raises ArithmeticError where it is not finite."""
    return _finite(value).quantize(FIGURE_UNIT, ROUND_HALF_EVEN, EXACT)


def check_confidence(confidence: Decimal) -> None:
    """Refuse a confidence that is not between a half and 0.9999. Raises InvalidInput."""
    if not confidence.is_finite() or not CONFIDENCE_LEAST <= confidence <= CONFIDENCE_MOST:
        raise InvalidInput.of("confidence", "out_of_range", "The confidence is between 0.5 and 0.9999.")


def check_horizon(horizon_days: int) -> None:
    """Refuse a horizon that is not 1 to 250 days. Raises InvalidInput."""
    if not 1 <= horizon_days <= HORIZON_MOST:
        raise InvalidInput.of("horizon_days", "out_of_range", f"The horizon is 1 to {HORIZON_MOST} days.")


def normal_quantile(confidence: Decimal) -> float:
    """How many standard deviations the standard normal stays below with this confidence: 1.645 for 0.95."""
    return NORMAL.inv_cdf(float(confidence))


def normal_shortfall(confidence: Decimal) -> float:
    """The mean of the standard normal beyond that quantile: density(z) / (1 - confidence)."""
    return NORMAL.pdf(normal_quantile(confidence)) / (1.0 - float(confidence))


def _finite(value: float) -> Decimal:
    if not math.isfinite(value):
        raise ArithmeticError("not a finite figure")
    return Decimal(repr(float(value)))
