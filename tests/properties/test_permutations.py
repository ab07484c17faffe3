"""The same reports told in any order, in any batches and any number of times end in the same books."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import count
from unittest.mock import patch
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arbion.domain.enums import OrderStatus, Side
from arbion.domain.numbers import MONEY_UNIT, ZERO
from arbion.domain.reports import FillReport, OrderReport
from tests.properties.streams import fresh, list_fine_instruments
from tests.trading.conftest import World
from trading.books.check import verify_books
from trading.execution import dispatch
from trading.execution.apply import absorb
from trading.models import Fill, Hold, LedgerAccount, Order, Position

FREE = Decimal("12.5")
_numbers = count(1)


@dataclass(frozen=True)
class Told:
    """What an exchange made of one order: its parts with their prices and fees, and how it ended, if it did."""

    side: str
    parts: tuple[tuple[int, Decimal, Decimal], ...]
    rest: int
    end: OrderStatus | None


_prices = st.decimals(min_value=190, max_value=210, places=2)
_fees = st.decimals(min_value=0, max_value=3, places=4)
_parts = st.lists(st.tuples(st.integers(1, 40_000_000), _prices, _fees), max_size=4).map(tuple)
tales = st.builds(
    Told,
    side=st.sampled_from(["buy", "buy", "sell"]),
    parts=_parts,
    rest=st.integers(0, 20_000_000),
    end=st.sampled_from([None, OrderStatus.CANCELED, OrderStatus.EXPIRED]),
).filter(lambda tale: tale.parts or tale.rest)
plots = st.lists(tales, min_size=1, max_size=4)


@pytest.fixture
def market(world: World) -> World:
    list_fine_instruments(world)
    return world


def units(number: int) -> Decimal:
    """So many of the smallest units there are."""
    return Decimal(number).scaleb(-8)


def tell(world: World, plot: list[Told]) -> tuple[list[OrderReport], list[FillReport]]:
    """Place the orders of the plot without sending them, and everything that an exchange would say of them."""
    world.place("buy", "AAPL", quantity=FREE)
    reports, fills = [], []
    for tale in plot:
        quantity = units(sum(part for part, _, _ in tale.parts) + tale.rest)
        with patch.object(dispatch, "_claim", return_value=None):
            order = world.place(tale.side, "AAPL", quantity=quantity).order
        order.refresh_from_db()
        assert order.status == OrderStatus.SUBMITTED, order.reject_reason
        is_filled = tale.rest == 0
        statuses = [OrderStatus.ACCEPTED, OrderStatus.FILLED if is_filled else tale.end]
        reports += [_report(order, status, world) for status in statuses if status]
        fills += [_fill(order, part, world) for part in tale.parts]
    return reports, fills


def _report(order: Order, status: OrderStatus, world: World) -> OrderReport:
    return OrderReport(
        client_order_id=str(order.pk),
        venue_order_id=f"there-{order.pk}",
        status=status,
        filled_quantity=ZERO,
        reported_at=world.clock.now(),
    )


def _fill(order: Order, part: tuple[int, Decimal, Decimal], world: World) -> FillReport:
    number = next(_numbers)
    return FillReport(
        client_order_id=str(order.pk),
        venue_order_id=f"there-{order.pk}",
        venue_fill_id=f"fill-{number}",
        symbol="AAPL",
        side=Side(order.side),
        quantity=units(part[0]),
        price=part[1],
        fee=part[2],
        filled_at=world.clock.now() + timedelta(seconds=number),
        cursor=1000 + number,
    )


def books_of(world: World, orders: list[UUID]) -> dict[str, object]:
    """Everything that must not depend on the order of the telling."""
    found = {row.pk: row for row in Order.objects.filter(account=world.account)}
    position = Position.objects.get(account=world.account)
    columns = LedgerAccount.objects.filter(account=world.account)
    holds = Hold.objects.filter(order__account=world.account)
    rows = [found[key] for key in orders]
    return {
        "orders": [
            (row.status, row.filled_quantity, row.filled_value, row.fees, row.pending_request, bool(row.venue_order_id))
            for row in rows
        ],
        "columns": sorted((row.kind, row.asset, row.balance, row.held) for row in columns),
        "holds": [holds.get(order=key).remaining for key in orders],
        "fills": Fill.objects.filter(account=world.account).count(),
        "units": position.quantity,
        "cost less profit": position.cost - position.realized,
    }


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=25,
    deadline=None,
    print_blob=True,
)
@given(plot=plots, data=st.data())
def test_no_order_of_telling_changes_the_books(market: World, plot: list[Told], data: st.DataObject) -> None:
    straight, crooked = fresh(market), fresh(market)
    ends, profits = [], []
    for world in (straight, crooked):
        reports, fills = tell(world, plot)
        keys = [UUID(key) for key in dict.fromkeys(report.client_order_id for report in reports)]
        if world is straight:
            absorb(world.account.pk, reports=reports, fills=fills, clock=world.clock)
        else:
            tell_crookedly(world, [*reports, *fills], data)
        assert verify_books(world.account) == []
        ends.append(books_of(world, keys))
        profits.append(Position.objects.get(account=world.account).realized)
    assert ends[0] == ends[1]
    # A lot that is closed in parts gives its cost in parts, each rounded once: the split may move by a unit a part.
    parts = sum(len(tale.parts) for tale in plot)
    assert abs(profits[0] - profits[1]) <= MONEY_UNIT * parts


def tell_crookedly(world: World, said: list[OrderReport | FillReport], data: st.DataObject) -> None:
    """Everything at least once, in any order, in batches of any size, some of it again."""
    again = data.draw(st.lists(st.sampled_from(said), max_size=6))
    stream = data.draw(st.permutations([*said, *again]))
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        batch, stream = stream[:size], stream[size:]
        absorb(
            world.account.pk,
            reports=[one for one in batch if isinstance(one, OrderReport)],
            fills=[one for one in batch if isinstance(one, FillReport)],
            clock=world.clock,
        )


def test_an_order_filled_beyond_its_size_is_booked_as_it_is_and_named(market: World) -> None:
    world = fresh(market)
    reports, fills = tell(world, [Told("buy", ((100_000_000, Decimal(200), ZERO),), 0, None)])
    order = Order.objects.get(pk=reports[0].client_order_id)
    more = _fill(order, (50_000_000, Decimal(200), ZERO), world)
    absorb(world.account.pk, reports=reports, fills=[*fills, more], clock=world.clock)
    order.refresh_from_db()
    assert (order.status, order.filled_quantity) == (OrderStatus.FILLED, Decimal("1.5"))
    assert Position.objects.get(account=world.account).quantity == FREE + Decimal("1.5")
    assert {fault.rule for fault in verify_books(world.account)} == {"not_filled_beyond_size"}


def test_reports_of_orders_that_are_not_ours_change_nothing(market: World) -> None:
    world = fresh(market)
    reports, fills = tell(world, [Told("buy", ((100_000_000, Decimal(200), ZERO),), 0, None)])
    other = fresh(market)
    before = LedgerAccount.objects.get(account=other.account, kind="cash").balance
    absorb(other.account.pk, reports=reports, fills=fills, clock=world.clock)
    assert Fill.objects.filter(account=other.account).count() == 0
    assert LedgerAccount.objects.get(account=other.account, kind="cash").balance == before
    assert verify_books(other.account) == []
