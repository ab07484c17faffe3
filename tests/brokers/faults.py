"""A line to a venue that fails on purpose, step by step, so that the road of an order can be proven over it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import datetime
from enum import Enum

from arbion.domain.orders import CashRequest, ExerciseRequest, OrderChange, OrderRequest
from arbion.domain.reports import ActivityReport, BalanceReport, FillReport, OrderReport, PositionReport
from brokers.errors import OutcomeUnknown, VenueError, VenueUnavailable
from brokers.port import Broker

# An account and what was asked of it: an order, the id of one to cancel, or the id of one and its change.
Call = tuple[str, OrderRequest | str | tuple[str, OrderChange]]


class Fault(Enum):
    """What goes wrong with one call."""

    NONE = "nothing"
    LOST_REQUEST = "it never arrived; the caller cannot know"
    LOST_ANSWER = "it was done; the answer was lost"
    LATE = "the caller cannot know; it arrives when `deliver` is called"
    UNAVAILABLE = "it was surely not taken"
    DUPLICATED = "every fill is told twice"
    REORDERED = "fills are told newest first"


class FaultyBroker(Broker):
    """Wraps another line; each call of a kind takes the next fault of its script, and none once that is used up.

    `place`, `cancel` and `replace` take the first five faults, the reads NONE and UNAVAILABLE, and `fills` the last two
    besides. Cash moves and exercises go through as they are.
    """

    def __init__(
        self,
        inner: Broker,
        *,
        place: Iterable[Fault] = (),
        cancel: Iterable[Fault] = (),
        replace: Iterable[Fault] = (),
        reads: Iterable[Fault] = (),
        fills: Iterable[Fault] = (),
    ) -> None:
        self.venue = inner.venue  # type: ignore[misc]  the wrapped line's venue, not the class's
        self.placed: list[OrderRequest] = []
        self._inner = inner
        self._late: deque[Call] = deque()
        self._place, self._cancel, self._replace = deque(place), deque(cancel), deque(replace)
        self._reads, self._fills = deque(reads), deque(fills)

    def deliver(self) -> int:
        """Let everything arrive that is late, in its order; returns how many calls the venue took."""
        taken = 0
        while self._late:
            reference, what = self._late.popleft()
            try:
                if isinstance(what, OrderRequest):
                    self._inner.place(reference, what)
                elif isinstance(what, str):
                    self._inner.cancel(reference, what)
                else:
                    self._inner.replace(reference, *what)
                taken += 1
            except VenueError:
                continue  # nobody is there any more to hear the refusal
        return taken

    def place(self, reference: str, request: OrderRequest) -> OrderReport:
        """Place, or fail as the script says; `placed` keeps every request that was tried."""
        self.placed.append(request)
        fault = self._before(self._place, (reference, request))
        try:
            report = self._inner.place(reference, request)
        except VenueError:
            _lose(fault)
            raise
        _lose(fault)
        return report

    def cancel(self, reference: str, client_order_id: str) -> OrderReport | None:
        """Cancel, or fail as the script says."""
        fault = self._before(self._cancel, (reference, client_order_id))
        report = self._inner.cancel(reference, client_order_id)
        _lose(fault)
        return report

    def replace(self, reference: str, client_order_id: str, change: OrderChange) -> OrderReport | None:
        """Replace, or fail as the script says."""
        fault = self._before(self._replace, (reference, (client_order_id, change)))
        report = self._inner.replace(reference, client_order_id, change)
        _lose(fault)
        return report

    def order(self, reference: str, client_order_id: str) -> OrderReport | None:
        """Look one order up, or fail as the script says."""
        self._read()
        return self._inner.order(reference, client_order_id)

    def orders(self, reference: str, *, since: datetime) -> list[OrderReport]:
        """Look all orders up, or fail as the script says."""
        self._read()
        return self._inner.orders(reference, since=since)

    def fills(self, reference: str, *, after: int) -> list[FillReport]:
        """Tell the fills: twice, backwards or not at all, as the script says."""
        fault = self._fills.popleft() if self._fills else Fault.NONE
        if fault is Fault.UNAVAILABLE:
            raise VenueUnavailable
        told = self._inner.fills(reference, after=after)
        if fault is Fault.DUPLICATED:
            return [fill for fill in told for _ in range(2)]
        return told[::-1] if fault is Fault.REORDERED else told

    def positions(self, reference: str) -> list[PositionReport]:
        """Look holdings up, or fail as the script says."""
        self._read()
        return self._inner.positions(reference)

    def balances(self, reference: str) -> list[BalanceReport]:
        """Look cash up, or fail as the script says."""
        self._read()
        return self._inner.balances(reference)

    def activities(self, reference: str, *, after: int) -> list[ActivityReport]:
        """Look activities up, or fail as the script says."""
        self._read()
        return self._inner.activities(reference, after=after)

    def move_cash(self, reference: str, request: CashRequest) -> None:
        """Move cash."""
        self._inner.move_cash(reference, request)

    def exercise(self, reference: str, request: ExerciseRequest) -> None:
        """Exercise contracts."""
        self._inner.exercise(reference, request)

    def _before(self, script: deque[Fault], call: Call) -> Fault:
        fault = script.popleft() if script else Fault.NONE
        if fault is Fault.UNAVAILABLE:
            raise VenueUnavailable
        if fault is Fault.LATE:
            self._late.append(call)
        if fault in (Fault.LATE, Fault.LOST_REQUEST):
            raise OutcomeUnknown
        return fault

    def _read(self) -> None:
        if self._reads and self._reads.popleft() is Fault.UNAVAILABLE:
            raise VenueUnavailable


def _lose(fault: Fault) -> None:
    if fault is Fault.LOST_ANSWER:
        raise OutcomeUnknown
