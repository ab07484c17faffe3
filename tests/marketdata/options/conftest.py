"""A share with a price, in the always-open market of tests."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from arbion.lib.clock import FrozenClock
from marketdata import quotes
from marketdata.models import Instrument
from tests.marketdata.factories import make_instrument, make_report

# A Tuesday at noon in New York; the third Friday of the month is the 18th.
NOW = datetime(2026, 12, 1, 17, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(NOW)


def give_price(symbol: str, last: str, clock: FrozenClock, *, previous_close: str = "228") -> None:
    quotes.record(
        [make_report(symbol, last, at=clock.at, previous_close=Decimal(previous_close), volume=Decimal(40_000_000))],
        clock=clock,
    )


@pytest.fixture
def apple(clock: FrozenClock) -> Instrument:
    instrument = make_instrument("AAPL", name="Apple Inc.", volatility=0.3, base_price=Decimal(230))
    give_price("AAPL", "230", clock)
    return instrument
