"""What the exchange's tests share: a clock that stands still and one listed, quoted share in an open market."""

from __future__ import annotations

import pytest

from arbion.lib.clock import FrozenClock
from tests.brokers.factories import NOON, list_instrument, quote


@pytest.fixture
def clock() -> FrozenClock:
    """A clock at half past ten in New York on a trading day."""
    return FrozenClock(NOON)


@pytest.fixture
def share(db: None) -> str:
    """One share at 99.90 to 100.10."""
    list_instrument()
    quote()
    return "AAPL"
