"""The port that every venue speaks: one customer's line to one venue."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import UTC, datetime
from typing import ClassVar

from django.db import connection

from arbion.domain.enums import TERMINAL, Venue
from arbion.domain.orders import CashRequest, ExerciseRequest, OrderChange, OrderRequest
from arbion.domain.reports import ActivityReport, BalanceReport, FillReport, OrderReport, PositionReport
from brokers.errors import VenueRejected

EVER = datetime(1970, 1, 1, tzinfo=UTC)


class InsideTransaction(RuntimeError):
    """A venue was called inside a database transaction: a mistake in the program, not of a person."""


def outside_transaction() -> None:
    """Raise InsideTransaction if a database transaction is open.

    A venue's answer must never hang on a rollback of ours, nor a lock of ours on a venue's answer. The transaction
    that Django's TestCase wraps around a whole test does not count, as it does not for `atomic(durable=True)`.
    """
    blocks = connection.atomic_blocks
    if any(not getattr(block, "_from_testcase", False) for block in blocks):
        raise InsideTransaction("a venue must not be called inside a database transaction")


class Broker(ABC):
    """Speaks frozen dataclasses, raises VenueError, never touches the house's tables.

    No call may be made inside a database transaction. `place` with a client order id that the venue already knows
    returns the order that is there and places nothing (where the venue keeps client ids); the same id with other
    parameters is refused with the reject code `duplicate_client_order_id` and leaves the first order as it is.
    """

    venue: ClassVar[Venue]

    @abstractmethod
    def place(self, reference: str, request: OrderRequest) -> OrderReport:
        """Place one order. VenueRejected: refused for good. OutcomeUnknown: it may have arrived."""

    @abstractmethod
    def cancel(self, reference: str, client_order_id: str) -> OrderReport | None:
        """Ask for an order to be canceled and say what is true of it now (it may have filled first).

        None where a complete, successful look found no such order; nothing was canceled then.
        """

    @abstractmethod
    def replace(self, reference: str, client_order_id: str, change: OrderChange) -> OrderReport | None:
        """Change the size or the prices of a working order and say what is true of it now.

        The report's `revision` is the change's where the venue has answered it, with `revision_refused` where it was
        not made; the order then works on as it was. Its time in the queue is lost where a price changes or the size
        grows. None where a complete, successful look found no such order.
        """

    @abstractmethod
    def order(self, reference: str, client_order_id: str) -> OrderReport | None:
        """One order by our id, or None where a complete, successful look found no such order."""

    @abstractmethod
    def orders(self, reference: str, *, since: datetime) -> list[OrderReport]:
        """Every order that changed at or after the moment, oldest change first."""

    def working(self, reference: str) -> list[OrderReport]:
        """Every order that rests at the venue now; nothing is left out."""
        return [report for report in self.orders(reference, since=EVER) if report.status not in TERMINAL]

    @abstractmethod
    def fills(self, reference: str, *, after: int) -> list[FillReport]:
        """Every execution whose cursor is above `after`, in the venue's order."""

    @abstractmethod
    def positions(self, reference: str) -> list[PositionReport]:
        """What the venue holds for the account; nothing is left out."""

    @abstractmethod
    def balances(self, reference: str) -> list[BalanceReport]:
        """The cash the venue holds for the account."""

    def activities(self, reference: str, *, after: int) -> list[ActivityReport]:
        """What happened to the account without an order, whose cursor is above `after`, in the venue's order."""
        return []

    def move_cash(self, reference: str, request: CashRequest) -> None:
        """Put cash in or take it out; what came of it is an activity. The same client id again moves nothing."""
        raise VenueRejected("This venue's cash cannot be moved from here.", reject_code="not_offered")

    def exercise(self, reference: str, request: ExerciseRequest) -> None:
        """Exercise contracts that are held; what came of it is an activity. The same client id again does nothing."""
        raise VenueRejected("Options cannot be exercised from here.", reject_code="not_offered")
