"""The port over the simulated exchange, which lives in the same database but speaks like any other venue."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import InterfaceError, OperationalError

from arbion.domain.enums import OrderStatus, Venue
from arbion.domain.orders import CashRequest, ExerciseRequest, OrderChange, OrderRequest
from arbion.domain.reports import ActivityReport, BalanceReport, FillReport, OrderReport, PositionReport
from arbion.lib.clock import SYSTEM, Clock
from brokers.errors import OutcomeUnknown, VenueRejected, VenueUnavailable
from brokers.port import Broker, outside_transaction
from brokers.simulator import activities, cash, exercise, venue
from brokers.simulator.terms import Terms


class SimulatedBroker(Broker):
    """One line to the simulated exchange; `terms` stand in for those of the account's own fill model."""

    venue = Venue.SIMULATED

    def __init__(self, *, clock: Clock = SYSTEM, terms: Terms | None = None) -> None:
        self._clock = clock
        self._terms = terms

    def place(self, reference: str, request: OrderRequest) -> OrderReport:
        """Place one order; a refusal is kept by the exchange and raised as VenueRejected."""
        with _changing():
            report = venue.place(reference=reference, request=request, clock=self._clock, terms=self._terms)
        if report.status is OrderStatus.REJECTED:
            raise VenueRejected(
                report.reject_reason, reject_code=report.reject_code, venue_order_id=report.venue_order_id
            )
        return report

    def cancel(self, reference: str, client_order_id: str) -> OrderReport | None:
        """Cancel what rests of an order and say what is true of it now."""
        with _changing():
            return venue.cancel(reference=reference, client_order_id=client_order_id, clock=self._clock)

    def replace(self, reference: str, client_order_id: str, change: OrderChange) -> OrderReport | None:
        """Change a working order and say what is true of it now."""
        with _changing():
            return venue.replace(
                reference=reference,
                client_order_id=client_order_id,
                change=change,
                clock=self._clock,
                terms=self._terms,
            )

    def order(self, reference: str, client_order_id: str) -> OrderReport | None:
        """One order by our id, or None."""
        with _reading():
            return venue.order_report(reference=reference, client_order_id=client_order_id)

    def orders(self, reference: str, *, since: datetime) -> list[OrderReport]:
        """Every order that changed at or after the moment, oldest change first."""
        with _reading():
            return venue.orders_since(reference=reference, since=since)

    def working(self, reference: str) -> list[OrderReport]:
        """Every order that rests at the exchange now."""
        with _reading():
            return venue.working_orders(reference=reference)

    def fills(self, reference: str, *, after: int) -> list[FillReport]:
        """Every execution whose cursor is above `after`, in the order of their commits."""
        with _reading():
            return venue.fills_after(reference=reference, after=after)

    def positions(self, reference: str) -> list[PositionReport]:
        """What the exchange holds for the account."""
        with _reading():
            return venue.positions(reference=reference)

    def balances(self, reference: str) -> list[BalanceReport]:
        """The cash the exchange holds for the account."""
        with _reading():
            return venue.balances(reference=reference)

    def activities(self, reference: str, *, after: int) -> list[ActivityReport]:
        """What happened to the account without an order, in the order of the commits."""
        with _reading():
            return activities.activities_after(reference=reference, after=after)

    def move_cash(self, reference: str, request: CashRequest) -> None:
        """Put cash in or take it out."""
        with _changing():
            cash.move_cash(reference=reference, request=request, clock=self._clock)

    def exercise(self, reference: str, request: ExerciseRequest) -> None:
        """Exercise contracts that are held, for shares."""
        with _changing():
            exercise.exercise(reference=reference, request=request, clock=self._clock)


@contextmanager
def _changing() -> Iterator[None]:
    """A database that fails half-way may have committed or not: only a look can tell."""
    outside_transaction()
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise OutcomeUnknown("The exchange's database did not answer.") from error


@contextmanager
def _reading() -> Iterator[None]:
    outside_transaction()
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise VenueUnavailable("The exchange's database did not answer.") from error
