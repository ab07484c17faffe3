"""Automatic halts: imposed once for a cause that is there, not again while in force, never on a calm account."""

from __future__ import annotations

from decimal import Decimal

import pytest

from arbion.domain.enums import OrderStatus
from marketdata.models import Instrument, Tape
from riskdesk import halts
from riskdesk.models import Halt, HaltCode, RiskLimit
from trading.execution.equity import mark_equity
from trading.execution.sweep import sweep
from trading.execution.watch import Memory, watch
from trading.models import Discrepancy, HaltReceipt, Order, ReceiptState


@pytest.fixture
def memory() -> Memory:
    """What a process that has just started has seen."""
    return Memory()


def codes() -> list[str]:
    """The codes of the halts in force."""
    return list(Halt.objects.filter(lifted_at=None).order_by("pk").values_list("code", flat=True))


def lose(world) -> None:
    """A position whose price falls by a quarter, seen at two minutes after it."""
    RiskLimit.objects.create(name="daily_loss_usd", account=world.account, value=Decimal(400))
    world.place("buy", "AAPL", quantity="10")
    mark_equity(at=world.clock.now())
    world.clock.advance(seconds=60)
    for step in ("190", "180", "170", "160", "155"):
        world.quote("AAPL", step)
    mark_equity(at=world.clock.now())
    world.clock.advance(seconds=60)
    world.quote("AAPL", "155")
    mark_equity(at=world.clock.now())


def test_a_price_that_is_wild_at_one_full_minute_halts_nobody(world, memory):
    RiskLimit.objects.create(name="daily_loss_usd", account=world.account, value=Decimal(400))
    world.place("buy", "AAPL", quantity="10")
    for price in ("200", "2", "200", "200"):
        world.quote("AAPL", price)
        mark_equity(at=world.clock.now())
        assert watch(clock=world.clock, memory=memory) == 0
        world.clock.advance(seconds=60)


def test_a_calm_account_is_left_alone(world, memory, django_assert_max_num_queries):
    world.place("buy", "AAPL", quantity="10")
    mark_equity(at=world.clock.now())
    watch(clock=world.clock, memory=memory)
    with django_assert_max_num_queries(4):
        assert watch(clock=world.clock, memory=memory) == 0
    assert codes() == []


def test_a_loss_over_the_limit_halts_once_and_cancels_what_rests(world, memory):
    order = world.place("buy", "MSFT", quantity="1", limit_price="350").order
    lose(world)
    assert watch(clock=world.clock, memory=memory) == 1
    order.refresh_from_db()
    receipt = HaltReceipt.objects.get()
    assert (codes(), order.status, receipt.state) == ([HaltCode.DAILY_LOSS], "canceled", ReceiptState.DONE)
    assert watch(clock=world.clock, memory=Memory()) == 0
    assert world.place("buy", "MSFT", quantity="1").order.reject_code == "halted"


def test_a_loss_that_an_operator_has_let_pass_halts_no_more_that_day(world, memory):
    lose(world)
    watch(clock=world.clock, memory=memory)
    halts.lift(Halt.objects.get(), actor=None, clock=world.clock)
    world.clock.advance(seconds=3600)
    mark_equity(at=world.clock.now())
    assert (watch(clock=world.clock, memory=memory), codes()) == (0, [])


def test_books_that_differ_for_long_halt(world, memory):
    Discrepancy.objects.create(account=world.account, asset="USD", ours=1, theirs=2, seen_at=world.clock.now())
    world.clock.advance(seconds=300)
    assert watch(clock=world.clock, memory=memory) == 0
    world.clock.advance(seconds=1)
    assert (watch(clock=world.clock, memory=memory), codes()) == (1, [HaltCode.RECONCILIATION])


def test_a_price_that_stands_still_halts_after_two_looks(world, memory):
    world.place("buy", "AAPL", quantity="1")
    world.clock.advance(seconds=301)
    assert watch(clock=world.clock, memory=memory) == 0
    world.clock.advance(seconds=60)
    assert (watch(clock=world.clock, memory=memory), codes()) == (1, [HaltCode.STALE_DATA])


def test_prices_that_come_back_after_a_start_halt_nobody(world, memory):
    world.place("buy", "AAPL", quantity="1")
    world.clock.advance(seconds=86_400)
    assert watch(clock=world.clock, memory=memory) == 0
    world.quote("AAPL", "200")
    world.clock.advance(seconds=60)
    assert watch(clock=world.clock, memory=memory) == 0


@pytest.mark.parametrize("why", ["closed", "halted", "paused"])
def test_a_price_that_has_a_reason_to_stand_still_halts_nobody(world, memory, settings, why):
    world.place("buy", "AAPL", quantity="1")
    if why == "closed":
        settings.MARKET_ALWAYS_OPEN = False
    elif why == "halted":
        Instrument.objects.filter(symbol="AAPL").update(is_halted=True)
    else:
        apple = Instrument.objects.get(symbol="AAPL")
        Tape.objects.create(instrument=apple, interval="1d", bars_count=9, is_paused=True, loaded_at=world.clock.now())
    for _ in range(3):
        world.clock.advance(seconds=8 * 3600 if why == "closed" else 400)
        assert watch(clock=world.clock, memory=memory) == 0


def rejected(world, count: int) -> None:
    """So many orders that the venue refused."""
    for _ in range(count):
        order = world.place("buy", "AAPL", quantity="1", limit_price="150").order
        Order.objects.filter(pk=order.pk).update(status=OrderStatus.REJECTED)
        world.clock.advance(seconds=1)


def test_five_rejections_in_a_row_halt(world, memory):
    rejected(world, 4)
    assert watch(clock=world.clock, memory=memory) == 0
    rejected(world, 1)
    assert (watch(clock=world.clock, memory=memory), codes()) == (1, [HaltCode.REJECTIONS])


def test_an_order_that_went_through_breaks_the_row(world, memory):
    rejected(world, 4)
    world.place("buy", "AAPL", quantity="1")
    world.clock.advance(seconds=1)
    rejected(world, 4)
    assert (watch(clock=world.clock, memory=memory), codes()) == (0, [])


def test_the_sweep_watches(world):
    Discrepancy.objects.create(account=world.account, asset="USD", ours=1, theirs=2, seen_at=world.clock.now())
    world.clock.advance(seconds=301)
    sweep(clock=world.clock)
    assert codes() == [HaltCode.RECONCILIATION]
