"""A line to the simulated exchange that misbehaves by chance: answers are lost, fills are told twice or backwards."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from arbion.domain.orders import CashRequest, ExerciseRequest, OrderChange, OrderRequest
from arbion.domain.reports import ActivityReport, BalanceReport, FillReport, OrderReport, PositionReport
from brokers.errors import OutcomeUnknown, VenueUnavailable
from brokers.models import BrokerAccount
from brokers.port import Broker
from brokers.simulator.adapter import SimulatedBroker

# Named and not imported: only the road may open a line; a proof puts one of its own in its place.
CONNECT = "brokers.registry.connect"


@dataclass(frozen=True, slots=True)
class Moods:
    """How often each thing goes wrong, as a share of the calls."""

    lost_request: float = 0.02
    lost_answer: float = 0.04
    unavailable: float = 0.03
    told_twice: float = 0.15
    told_backwards: float = 0.15
    told_later: float = 0.1


class Line:
    """Makes lines that misbehave by one generator; `counts` says what went wrong."""

    def __init__(self, moods: Moods, chance: random.Random) -> None:
        self.moods, self.chance = moods, chance
        self.counts: Counter[str] = Counter()

    def to(self, account: BrokerAccount) -> Broker:
        """What `registry.connect` answers."""
        return _Faulty(self)

    def happens(self, name: str) -> bool:
        """Whether it goes wrong this time."""
        does: bool = self.chance.random() < getattr(self.moods, name)
        if does:
            self.counts[name.replace("_", " ")] += 1
        return does


class _Faulty(SimulatedBroker):
    """One line; what it does reaches the exchange or does not, whatever it says."""

    def __init__(self, line: Line) -> None:
        super().__init__()
        self._line = line

    def _before(self) -> None:
        if self._line.happens("unavailable"):
            raise VenueUnavailable
        if self._line.happens("lost_request"):
            raise OutcomeUnknown

    def _after(self) -> None:
        if self._line.happens("lost_answer"):
            raise OutcomeUnknown

    def place(self, reference: str, request: OrderRequest) -> OrderReport:
        """Place, and perhaps lose the way there or back."""
        self._before()
        report = super().place(reference, request)
        self._after()
        return report

    def cancel(self, reference: str, client_order_id: str) -> OrderReport | None:
        """Cancel, and perhaps lose the way there or back."""
        self._before()
        report = super().cancel(reference, client_order_id)
        self._after()
        return report

    def replace(self, reference: str, client_order_id: str, change: OrderChange) -> OrderReport | None:
        """Replace, and perhaps lose the way there or back."""
        self._before()
        report = super().replace(reference, client_order_id, change)
        self._after()
        return report

    def move_cash(self, reference: str, request: CashRequest) -> None:
        """Move cash, and perhaps lose the way there or back."""
        self._before()
        super().move_cash(reference, request)
        self._after()

    def exercise(self, reference: str, request: ExerciseRequest) -> None:
        """Exercise, and perhaps lose the way there or back."""
        self._before()
        super().exercise(reference, request)
        self._after()

    def order(self, reference: str, client_order_id: str) -> OrderReport | None:
        """Look one order up, where the venue answers."""
        self._read()
        return super().order(reference, client_order_id)

    def orders(self, reference: str, *, since: datetime) -> list[OrderReport]:
        """Look orders up, where the venue answers."""
        self._read()
        return super().orders(reference, since=since)

    def fills(self, reference: str, *, after: int) -> list[FillReport]:
        """Tell the fills: twice, backwards, or only the next time they are asked for."""
        self._read()
        told = super().fills(reference, after=after)
        if told and self._line.happens("told_later"):
            raise VenueUnavailable
        if told and self._line.happens("told_twice"):
            told = [fill for fill in told for _ in range(2)]
        if len(told) > 1 and self._line.happens("told_backwards"):
            told = told[::-1]
        return told

    def activities(self, reference: str, *, after: int) -> list[ActivityReport]:
        """Tell what happened without an order, perhaps twice."""
        self._read()
        told = super().activities(reference, after=after)
        return [one for one in told for _ in range(2)] if told and self._line.happens("told_twice") else told

    def positions(self, reference: str) -> list[PositionReport]:
        """Tell the holdings, where the venue answers."""
        self._read()
        return super().positions(reference)

    def balances(self, reference: str) -> list[BalanceReport]:
        """Tell the cash, where the venue answers."""
        self._read()
        return super().balances(reference)

    def _read(self) -> None:
        if self._line.happens("unavailable"):
            raise VenueUnavailable
