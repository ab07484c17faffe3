"""The account's peak: deposits and withdrawals are no profit and no loss, and the past is counted once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from riskdesk.models import EquityPeak
from tests.trading.conftest import NOON, World
from trading.books.peaks import equity_peak
from trading.execution.cash import deposit, withdraw
from trading.models import EquityPoint

D = Decimal


def point(world: World, at: datetime, equity: int) -> None:
    EquityPoint.objects.create(account=world.account, at=at, equity=D(equity))


def peak(world: World, equity: int | None = 100_000, *, at: datetime | None = None) -> Decimal | None:
    return equity_peak(world.account, at=at or world.clock.now(), equity=None if equity is None else D(equity))


def test_the_largest_point_is_the_peak_or_the_worth_of_now(world):
    point(world, NOON - timedelta(days=40), 130_000)
    point(world, NOON - timedelta(minutes=5), 120_000)
    assert peak(world) == 130_000
    assert peak(world, 140_000) == 140_000
    assert peak(world, None) is None


def test_the_past_is_counted_once_and_may_be_lost(world):
    point(world, NOON - timedelta(days=40), 130_000)
    assert not EquityPeak.objects.exists()
    assert peak(world) == 130_000
    kept = EquityPeak.objects.get()
    assert (kept.equity, kept.counted_until) == (130_000, datetime(2026, 11, 20, 5, 0, tzinfo=UTC))
    with CaptureQueriesContext(connection) as seen:
        assert peak(world) == 130_000
    assert len(seen) == 3
    EquityPeak.objects.all().delete()
    assert peak(world) == 130_000


def test_the_next_day_adds_what_was_since(world):
    point(world, NOON - timedelta(days=1), 110_000)
    assert peak(world) == 110_000
    point(world, NOON + timedelta(minutes=5), 125_000)
    assert peak(world, at=NOON + timedelta(days=1)) == 125_000
    assert EquityPeak.objects.get().equity == 125_000
    assert peak(world, at=NOON + timedelta(days=2)) == 125_000


@pytest.mark.parametrize("days", [0, 1, 3])
def test_money_put_in_or_taken_out_moves_the_peak_with_it(world, days):
    point(world, NOON - timedelta(minutes=5), 110_000)
    deposit(world.account, user=world.alice, amount=D(50_000), client_key="in", clock=world.clock)
    world.clock.advance(seconds=600)
    point(world, world.clock.now(), 155_000)
    world.clock.advance(seconds=600)
    withdraw(world.account, user=world.alice, amount=D(120_000), client_key="out", clock=world.clock)
    at = world.clock.now() + timedelta(days=days)
    # 110,000 with 50,000 more and 120,000 less is 40,000; 155,000 with 120,000 less is 35,000.
    assert peak(world, 30_000, at=at) == 40_000
    assert peak(world, 30_000, at=at) == 40_000


def test_a_point_of_the_minute_in_which_money_moved_is_left_out(world):
    world.clock.advance(seconds=3600 + 30)
    deposit(world.account, user=world.alice, amount=D(50_000), client_key="in", clock=world.clock)
    point(world, world.clock.now().replace(second=0), 151_000)
    assert peak(world, 149_000) == 150_000


def test_many_movements_are_asked_about_in_a_few_statements(world, monkeypatch):
    monkeypatch.setattr("trading.books.peaks._SPANS_MAX", 5)
    for number in range(19):
        world.clock.advance(seconds=300)
        deposit(world.account, user=world.alice, amount=D(10), client_key=str(number), clock=world.clock)
    point(world, NOON + timedelta(minutes=2), 100_100)
    with CaptureQueriesContext(connection) as seen:
        assert peak(world, 100_190) == 100_290
    assert 4 < len(seen) <= 9


def test_anothers_points_do_not_count(world):
    from accounts.models import User
    from trading.books.opening import ensure_simulated_account

    bob = ensure_simulated_account(User.objects.create_user("bob@example.com"), clock=world.clock)
    EquityPoint.objects.create(account=bob, at=NOON - timedelta(days=1), equity=D(900_000))
    assert peak(world) == 100_000
