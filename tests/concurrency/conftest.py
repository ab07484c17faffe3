"""The small world of trading, for the proofs about it."""

from tests.trading.conftest import counted, world

__all__ = ["counted", "world"]
