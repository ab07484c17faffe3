"""The port that every venue speaks: one customer's line to one venue."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime
from typing import ClassVar

from arbion.domain.enums import Venue
from arbion.domain.orders import OrderRequest
from arbion.domain.reports import BalanceReport, FillReport, OrderReport, PositionReport


class Broker(ABC):
    """Speaks frozen dataclasses, raises VenueError, never touches the house's tables.

    No call may be made inside a database transaction. `place` with a client order id that the venue already knows
    returns the order that is there and places nothing (where the venue keeps client ids).
    """

    venue: ClassVar[Venue]

    @abstractmethod
    def place(self, reference: str, request: OrderRequest) -> OrderReport:
        """Place one order. VenueRejected: refused for good. OutcomeUnknown: it may have arrived."""

    @abstractmethod
    def cancel(self, reference: str, client_order_id: str) -> OrderReport:
        """Ask for an order to be canceled and say what is true of it now (it may have filled first)."""

    @abstractmethod
    def order(self, reference: str, client_order_id: str) -> OrderReport | None:
        """One order by our id, or None where a complete, successful look found no such order."""

    @abstractmethod
    def orders(self, reference: str, *, since: datetime) -> list[OrderReport]:
        """Every order that changed at or after the moment, oldest change first."""

    @abstractmethod
    def fills(self, reference: str, *, after: int) -> list[FillReport]:
        """Every execution whose cursor is above `after`, in the venue's order."""

    @abstractmethod
    def positions(self, reference: str) -> list[PositionReport]:
        """What the venue holds for the account; nothing is left out."""

    @abstractmethod
    def balances(self, reference: str) -> list[BalanceReport]:
        """The cash the venue holds for the account."""
