"""What the watch sees: the price of each thing that is guarded, what stands still, and what cannot be read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings

from riskdesk import ticks
from riskdesk.ticks import Tape, Tick
from trading.execution.protection.market import Thing, read_quotes, still_ones, things


@dataclass(slots=True)
class Sight:
    """The memory of prices, by instrument.

    `again` names those whose last price is compared again, although it is no news; None is all of them, at first.
    """

    known: dict[int, Thing] = field(default_factory=dict)
    tapes: dict[int, Tape] = field(default_factory=dict)
    waiting_since: dict[int, datetime] = field(default_factory=dict)
    still: set[int] = field(default_factory=set)
    again: set[int] | None = None

    def learn(self, watched: Collection[int]) -> None:
        """Know what is fixed of everything that is watched, and forget what is not watched any more."""
        new = set(watched) - self.known.keys()
        if new:
            self.known |= things(new)
        if len(self.known) > 2 * len(watched) + 100:
            self.known = {pk: thing for pk, thing in self.known.items() if pk in watched}

    def read(self, watched: Collection[int], now: datetime) -> dict[int, Tick]:
        """The newest quotes, and what stands still. Splits are to be read after this and before `follow`."""
        found = read_quotes(watched, now)
        # After the quotes: then no quote from after a split is met with terms from before it.
        self.still = still_ones({pk: self.known[pk] for pk in watched}, now) if watched else set()
        return found

    def follow(self, found: dict[int, Tick], watched: Collection[int], now: datetime) -> tuple[dict[int, Decimal], int]:
        """The prices that are believed, of those instruments that told something new; with them, how many did."""
        prices: dict[int, Decimal] = {}
        news = 0
        for pk in watched:
            tape = self.tapes.get(pk, Tape())
            if pk in self.still:
                self.tapes[pk] = ticks.paused(tape)
                self.waiting_since[pk] = now
                continue
            self.waiting_since.setdefault(pk, now)
            tick = found.get(pk)
            if tick is None or not _is_news(tick, tape, now, self.known[pk].step):
                continue
            news += 1
            self.tapes[pk], price = ticks.take(tape, tick, step=self.known[pk].step)
            if price is not None:
                prices[pk] = price
        return prices, news

    def old_prices(self, watched: Collection[int], now: datetime) -> dict[int, Decimal]:
        """The last prices that are still good, of those that are compared again; each is asked for once."""
        asked = self.tapes.keys() if self.again is None else self.again
        self.again = set()
        found = {}
        for pk in asked:
            if pk not in watched:
                continue
            tape = self.tapes.get(pk, Tape())
            is_young = tape.believed_at is not None and now - tape.believed_at <= age_max()
            if tape.prices and tape.suspect is None and is_young:
                found[pk] = tape.prices[-1]
        return found

    def compare_again(self, instrument_id: int) -> None:
        """Compare its last price once more in the next look."""
        self.again = {*(self.again or ()), instrument_id}

    def is_dark(self, instrument_id: int, now: datetime) -> bool:
        """Whether its price has not been readable for longer than a quote may be old, while it could have been."""
        seen = self.tapes[instrument_id].believed_at if instrument_id in self.tapes else None
        since = max(filter(None, (seen, self.waiting_since.get(instrument_id, now))))
        return instrument_id not in self.still and now - since > age_max()


def age_max() -> timedelta:
    """How old a quote may be."""
    return timedelta(seconds=settings.QUOTE_AGE_SECONDS_MAX)


def _is_news(tick: Tick, tape: Tape, now: datetime, step: Decimal) -> bool:
    is_new = tape.at is None or tick.at > tape.at
    return is_new and ticks.is_usable(tick, now=now, age_max=age_max(), step=step)
