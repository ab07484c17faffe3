"""What a model may look at: the port of the toolbox. Whoever fills it sees to it that it holds one person's things."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from trading.interpreter.model.answer import Facts


class Toolbox(Protocol):
    """Facts about the market and about one person's own account. Nothing here changes anything but `remember`.

    Each raises an ArbionError, whose sentence the model is told, where there is nothing to tell.
    """

    def quotes(self, symbols: Sequence[str]) -> Facts:
        """The newest prices."""
        ...

    def candles(self, symbol: str, *, interval: str, count: int) -> Facts:
        """Open, high, low, close and volume, oldest first."""
        ...

    def indicators(self, symbol: str, *, names: Sequence[str], interval: str) -> Facts:
        """The newest readings of indicators."""
        ...

    def option_chain(self, symbol: str, *, expiration: str | None) -> Facts:
        """Options on a share near its price."""
        ...

    def positions(self) -> Facts:
        """What the account holds."""
        ...

    def orders(self, symbol: str | None) -> Facts:
        """The account's open orders."""
        ...

    def portfolio(self) -> Facts:
        """Worth, cash and profit of the account."""
        ...

    def risk(self) -> Facts:
        """Limits, what is used of them, and halts."""
        ...

    def search(self, text: str) -> Facts:
        """Instruments by name or symbol."""
        ...

    def analysis(self, symbol: str) -> Facts:
        """Our own reading of an instrument with confidence, risk and what is not known."""
        ...

    def remember(self, line: str) -> Facts:
        """Keep one line of memory that the person reads, edits and clears."""
        ...
