"""What becomes of one order at one moment, without tables: phases, arrival, ends, triggers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from arbion.domain.enums import OrderStatus, OrderType, SessionPhase, Side, TimeInForce
from brokers.simulator.judging import NOTHING, Moment, judge
from brokers.simulator.matching import Ladder, Level, WorkingOrder
from tests.brokers.factories import NOON

MARKET = Ladder(bids=(Level(Decimal("99.90")),), asks=(Level(Decimal("100.10")),))
MOMENT = Moment(
    now=NOON, phase=SessionPhase.REGULAR, ladder=MARKET, last=Decimal(100), quoted_at=NOON,
    price_increment=Decimal("0.01"),
)  # fmt: skip
LIMIT = WorkingOrder(side=Side.BUY, order_type=OrderType.LIMIT, leaves_quantity=Decimal(10), limit_price=Decimal(101))
STOP = WorkingOrder(side=Side.SELL, order_type=OrderType.STOP, leaves_quantity=Decimal(10), stop_price=Decimal(105))


@pytest.mark.parametrize("phase", SessionPhase)
@pytest.mark.parametrize("extended", [False, True])
def test_who_takes_part_in_which_phase(phase: SessionPhase, extended: bool) -> None:
    verdict = judge(replace(LIMIT, extended_hours=extended), replace(MOMENT, phase=phase))

    takes_part = phase is SessionPhase.REGULAR or (extended and phase is not SessionPhase.CLOSED)
    assert bool(verdict.executions) is takes_part


@pytest.mark.parametrize("phase", [SessionPhase.PRE, SessionPhase.POST, SessionPhase.CLOSED])
def test_no_stop_is_reached_and_no_trail_moves_outside_the_session(phase: SessionPhase) -> None:
    trail = replace(STOP, order_type=OrderType.TRAILING_STOP, stop_price=Decimal(90), trail_amount=Decimal(5))

    assert judge(STOP, MOMENT).triggers
    assert judge(STOP, replace(MOMENT, phase=phase)) == NOTHING
    assert judge(trail, replace(MOMENT, phase=phase)) == NOTHING


@pytest.mark.parametrize(("late", "fills"), [(-1, True), (0, True), (1, False)])
def test_only_quotes_from_its_arrival_on_count(late: int, fills: bool) -> None:
    order = replace(LIMIT, eligible_at=NOON + timedelta(microseconds=late))

    assert bool(judge(order, MOMENT).executions) is fills


@pytest.mark.parametrize(("after", "ends"), [(-1, None), (0, OrderStatus.EXPIRED), (1, OrderStatus.EXPIRED)])
def test_an_order_ends_at_its_moment_and_fills_nothing_more(after: int, ends: OrderStatus | None) -> None:
    verdict = judge(replace(LIMIT, expires_at=NOON - timedelta(microseconds=after)), MOMENT)

    assert (verdict.ends, bool(verdict.executions)) == (ends, ends is None)


@pytest.mark.parametrize("tif", [TimeInForce.IOC, TimeInForce.FOK])
def test_what_never_rests_waits_only_on_its_way(tif: TimeInForce) -> None:
    closed = replace(MOMENT, ladder=None, quoted_at=None)

    assert judge(replace(LIMIT, time_in_force=tif), closed).ends is OrderStatus.CANCELED
    assert judge(replace(LIMIT, time_in_force=tif, eligible_at=NOON), closed) == NOTHING


def test_at_the_close_fills_nothing_before() -> None:
    order = replace(LIMIT, time_in_force=TimeInForce.CLS, expires_at=NOON + timedelta(hours=1))

    assert judge(order, MOMENT) == NOTHING
