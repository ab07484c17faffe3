"""What accounts have taken together of the depth of each instrument's newest quote: kept in one row an instrument.

The row is locked after the account's, and several rows in the order of their symbols, so that nobody waits in a ring.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from arbion.domain.enums import Side
from arbion.domain.numbers import ZERO
from brokers.models import VenueLiquidity
from brokers.simulator.depth import without
from brokers.simulator.judging import Moment
from brokers.simulator.matching import Ladder


@dataclass(slots=True)
class Taken:
    """Units bought and sold of the depth of one quote."""

    quote_at: datetime
    bought: Decimal = ZERO
    sold: Decimal = ZERO


class Depths:
    """What is known to be taken: seen without a lock to know where to look, or locked and certain."""

    def __init__(self) -> None:
        self._seen: dict[str, Taken] = {}

    def look(self, symbols: Collection[str]) -> None:
        """Read what is taken of these, without a lock."""
        for row in VenueLiquidity.objects.filter(symbol__in=symbols):
            self._seen[row.symbol] = Taken(row.quote_at, row.bought, row.sold)

    def lock(self, symbols: Iterable[str], *, quoted_at: dict[str, datetime]) -> None:
        """Lock the rows of these until the transaction ends; a row of an older quote begins anew in memory."""
        for symbol in sorted(set(symbols)):
            at = quoted_at[symbol]
            VenueLiquidity.objects.get_or_create(symbol=symbol, defaults={"quote_at": at})
            row = VenueLiquidity.objects.select_for_update().get(symbol=symbol)
            is_older = row.quote_at < at
            self._seen[symbol] = Taken(at) if is_older else Taken(row.quote_at, row.bought, row.sold)

    def rest(self, moment: Moment, symbol: str) -> Moment:
        """The moment with what is still there; nothing of a quote that others have left behind already."""
        taken, ladder = self._seen.get(symbol), moment.ladder
        if taken is None or ladder is None or moment.quoted_at is None or taken.quote_at < moment.quoted_at:
            return moment
        if taken.quote_at > moment.quoted_at:
            return moment.showing(None)
        return moment.showing(Ladder(bids=without(ladder.bids, taken.sold), asks=without(ladder.asks, taken.bought)))

    def take(self, symbol: str, side: Side, quantity: Decimal) -> None:
        """Write down that so much more is taken; the row is locked."""
        taken = self._seen[symbol]
        if side is Side.BUY:
            taken.bought += quantity
        else:
            taken.sold += quantity
        VenueLiquidity.objects.filter(symbol=symbol).update(
            quote_at=taken.quote_at, bought=taken.bought, sold=taken.sold
        )
