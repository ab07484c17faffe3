"""What was seen of a condition when it came true."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """The figure, for a change the price and where it was counted from, and the moment of the quote."""

    figure: Decimal
    price: Decimal | None
    start: Decimal | None
    at: datetime
