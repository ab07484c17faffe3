"""A line to a venue that fails on purpose, step by step, so that the road of an order can be proven over it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import datetime
from enum import Enum

from arbion.domain.orders import OrderRequest
from arbion.domain.reports import BalanceReport, FillReport, OrderReport, PositionReport
from brokers.errors import OutcomeUnknown, VenueError, VenueUnavailable
from brokers.port import Broker


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

    `place` and `cancel` take the first five faults, the reads NONE and UNAVAILABLE, and `fills` the last two besides.
    """

    def __init__(
        self,
        inner: Broker,
        *,
        place: Iterable[Fault] = (),
        cancel: Iterable[Fault] = (),
        reads: Iterable[Fault] = (),
        fills: Iterable[Fault] = (),
    ) -> None:
        self.venue = inner.venue  # type: ignore[misc]  the wrapped line's venue, not the class's
        self.placed: list[OrderRequest] = []
        self._inner = inner
        self._late: deque[tuple[str, OrderRequest | str]] = deque()
        self._place, self._cancel = deque(place), deque(cancel)
        self._reads, self._fills = deque(reads), deque(fills)

    def deliver(self) -> int:
        """Let everything arrive that is late, in its order; returns how many calls the venue took."""
        taken = 0
        while self._late:
            reference, what = self._late.popleft()
            try:
                if isinstance(what, OrderRequest):
                    self._inner.place(reference, what)
                else:
                    self._inner.cancel(reference, what)
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

    def _before(self, script: deque[Fault], call: tuple[str, OrderRequest | str]) -> Fault:
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
