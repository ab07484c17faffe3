"""Held orders: what waits for its market is judged again when that opens, and ends when its time is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from arbion.domain.enums import OrderStatus, Waiting
from arbion.domain.errors import InvalidInput
from brokers.models import VenueOrder
from trading.books.check import verify_books
from trading.execution.cancel import request_cancel
from trading.execution.collect import collect
from trading.execution.held import release_due
from trading.execution.replace import request_replace
from trading.models import LedgerAccount, Order, OrderEvent

SATURDAY = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
MONDAY_OPEN = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)


@pytest.fixture
def closed(world, settings):
    """The world on a Saturday, with the exchange's own hours."""
    settings.MARKET_ALWAYS_OPEN = False
    world.until(SATURDAY)
    return world


def fresh(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def held_cash(world) -> Decimal:
    return LedgerAccount.objects.get(account=world.account, kind="cash").held


def test_order_for_a_closed_market_is_held_with_its_claim_and_nothing_leaves(closed):
    order = fresh(closed.place("buy", "AAPL", quantity="10").order)
    assert (order.status, order.waiting_for) == (OrderStatus.HELD, Waiting.MARKET_OPEN)
    assert held_cash(closed) == Decimal("2020.101")
    assert order.sent_at is None
    assert VenueOrder.objects.count() == 0
    assert release_due(clock=closed.clock) == 0
    assert verify_books(closed.account) == []


def test_it_goes_at_the_open_with_a_verdict_of_its_own(closed):
    order = closed.place("buy", "AAPL", quantity="10").order
    first = order.decision_id
    closed.until(MONDAY_OPEN)
    closed.quote("AAPL", "210")
    assert release_due(clock=closed.clock) == 1
    order = fresh(order)
    assert (order.status, order.waiting_for) == (OrderStatus.FILLED, "")
    assert order.average_fill_price == Decimal("210.01")
    assert order.decision_id != first
    event = OrderEvent.objects.get(order=order, cause="its market opened")
    assert event.data["verdict_before"] == str(first)
    assert held_cash(closed) == 0
    assert verify_books(closed.account) == []


def test_gap_that_the_cash_does_not_cover_is_denied_at_the_open_and_gives_back_the_claim(closed):
    order = closed.place("buy", "AAPL", quantity="245", tif="gtc").order
    assert fresh(order).status == OrderStatus.HELD
    closed.until(MONDAY_OPEN)
    closed.quote("AAPL", "500")
    release_due(clock=closed.clock)
    order = fresh(order)
    assert (order.status, order.reject_code) == (OrderStatus.DENIED, "risk_limit_exceeded")
    assert VenueOrder.objects.count() == 0
    assert held_cash(closed) == 0
    assert verify_books(closed.account) == []


def test_day_order_whose_session_went_by_expires(closed):
    order = closed.place("buy", "AAPL", quantity="10").order
    closed.until(datetime(2026, 11, 23, 21, 1, tzinfo=UTC))
    assert release_due(clock=closed.clock) == 1
    assert fresh(order).status == OrderStatus.EXPIRED
    assert held_cash(closed) == 0
    assert verify_books(closed.account) == []


def test_order_that_trades_at_once_or_never_does_not_wait(closed):
    order = fresh(closed.place("buy", "AAPL", quantity="10", limit_price="200", tif="ioc").order)
    assert (order.status, order.reject_code) == (OrderStatus.DENIED, "market_closed")
    assert held_cash(closed) == 0


def test_order_for_the_opening_waits_for_the_next_one_and_misses_it_a_minute_later(closed):
    closed.until(MONDAY_OPEN.replace(hour=16))
    closed.quote("AAPL", "200")
    order = closed.place("buy", "AAPL", quantity="10", tif="opg").order
    assert fresh(order).status == OrderStatus.HELD
    assert release_due(clock=closed.clock) == 0
    closed.until(datetime(2026, 11, 24, 14, 31, 1, tzinfo=UTC))
    closed.quote("AAPL", "200")
    assert release_due(clock=closed.clock) == 1
    assert fresh(order).status == OrderStatus.EXPIRED


def test_coins_have_no_opening(world, counted):
    before = counted()
    with pytest.raises(InvalidInput) as caught:
        world.place("buy", "BTC-USD", quantity="0.1", tif="opg")
    assert [(e.field, e.code) for e in caught.value.errors] == [("time_in_force", "not_allowed")]
    assert counted() == before


def test_held_order_is_canceled_here(closed):
    order = request_cancel(closed.place("buy", "AAPL", quantity="10").order, actor=closed.alice, clock=closed.clock)
    assert (order.status, order.waiting_for) == (OrderStatus.CANCELED, "")
    assert held_cash(closed) == 0
    assert verify_books(closed.account) == []


def test_held_order_is_changed_here_and_claims_anew(closed):
    order = closed.place("buy", "AAPL", quantity="10", limit_price="190").order
    assert held_cash(closed) == Decimal(1900)
    changed = request_replace(order, actor=closed.alice, quantity=Decimal(20), clock=closed.clock)
    assert (changed.status, changed.quantity, changed.pending_request) == (OrderStatus.HELD, 20, "")
    assert held_cash(closed) == Decimal(3800)
    assert verify_books(closed.account) == []


def test_order_that_was_changed_while_held_follows_what_its_venue_changes_later(closed):
    order = closed.place("buy", "AAPL", quantity="10", limit_price="190", tif="gtc").order
    request_replace(order, actor=closed.alice, limit_price=Decimal(180), clock=closed.clock)
    closed.until(MONDAY_OPEN)
    closed.quote("AAPL", "200")
    assert release_due(clock=closed.clock) == 1
    VenueOrder.objects.update(limit_price=Decimal("179.75"), updated_at=closed.clock.now())  # as for a dividend
    collect(closed.account, clock=closed.clock)
    order = fresh(order)
    assert (order.status, order.limit_price) == (OrderStatus.ACCEPTED, Decimal("179.75"))


def test_changed_order_that_the_desk_refuses_stays_as_it_was(closed):
    from trading.errors import RiskDenied

    order = closed.place("buy", "AAPL", quantity="10", limit_price="190").order
    with pytest.raises(RiskDenied):
        request_replace(order, actor=closed.alice, quantity=Decimal(600), clock=closed.clock)
    order = fresh(order)
    assert (order.status, order.quantity) == (OrderStatus.HELD, 10)
    assert held_cash(closed) == Decimal(1900)
    assert verify_books(closed.account) == []


def test_held_orders_follow_a_split_once_with_size_and_prices(world):
    from marketdata.corporate import schedule_split
    from marketdata.models import Instrument
    from trading.execution.engine import engine_step
    from trading.instruction import Bracket

    exits = Bracket(stop_loss_price=Decimal(150), take_profit_price=Decimal(240))
    world.place("buy", "AAPL", quantity="10", limit_price="160", tif="gtc", bracket=exits)
    tomorrow = world.clock.now().date() + timedelta(days=1)
    schedule_split(Instrument.objects.get(symbol="AAPL"), new_units=2, old_units=1, ex_date=tomorrow, clock=world.clock)
    world.clock.advance(seconds=86_400)
    for _ in range(2):
        engine_step(clock=world.clock)
        world.clock.advance(seconds=5)
    found = {order.group_role: order for order in Order.objects.all()}
    assert (found["entry"].quantity, found["entry"].limit_price) == (20, 80)
    assert (found["stop_loss"].quantity, found["stop_loss"].stop_price) == (20, 75)
    assert (found["take_profit"].quantity, found["take_profit"].limit_price) == (20, 120)
    assert OrderEvent.objects.filter(cause="split 2 for 1").count() == 2
    assert verify_books(world.account) == []


def test_exits_of_an_entry_that_a_split_parted_have_the_size_and_price_of_today(world):
    from brokers.models import VenueCash
    from marketdata.corporate import schedule_split
    from marketdata.models import Instrument, Quote
    from trading.execution.engine import engine_step
    from trading.instruction import Bracket

    def tick(price: str) -> None:
        # Nobody has traded yet: behind the quote stands what 10,000 buys.
        world.clock.advance(seconds=2)
        world.quote("AAPL", price)
        Quote.objects.update(volume=0)
        engine_step(clock=world.clock)

    VenueCash.objects.update(fill_model="realistic")
    exits = Bracket(stop_loss_percent=Decimal(10), take_profit_price=Decimal(240))
    entry = world.place("buy", "AAPL", quantity="100", limit_price="200.02", tif="gtc", bracket=exits).order
    tick("200.01")
    entry = fresh(entry)
    first = entry.filled_quantity
    assert 0 < first < 100
    tomorrow = world.clock.now().date() + timedelta(days=1)
    schedule_split(Instrument.objects.get(symbol="AAPL"), new_units=2, old_units=1, ex_date=tomorrow, clock=world.clock)
    world.clock.advance(seconds=86_400)
    engine_step(clock=world.clock)
    for _ in range(8):
        tick("99.95")
    entry = fresh(entry)
    assert entry.status == OrderStatus.FILLED
    held = LedgerAccount.objects.get(account=world.account, kind="units", asset="AAPL")
    assert held.balance == 200
    found = {order.group_role: order for order in Order.objects.exclude(pk=entry.pk)}
    assert {order.quantity for order in found.values()} == {200}
    # Half of it was bought before the split, at twice today's price; ten percent below the average of today's units.
    average = entry.filled_value / 200
    assert abs(found["stop_loss"].stop_price - average * Decimal("0.9")) < Decimal("0.01")
    assert found["take_profit"].limit_price == 120
    assert held.held == 200
    assert verify_books(world.account) == []


@pytest.mark.parametrize(("new", "old", "left"), [(1, 10, 0), (1, 2, 2), (3, 2, 7)])
def test_what_an_entry_has_opened_is_counted_in_units_of_today(world, new, old, left):
    from datetime import timedelta as span

    from marketdata.models import CorporateAction, Instrument
    from trading.execution.entries import opened_by

    order = fresh(world.place("buy", "AAPL", quantity="5").order)
    assert opened_by(order) == (5, order.average_fill_price)
    share = Instrument.objects.get(symbol="AAPL")
    Instrument.objects.filter(pk=share.pk).update(size_increment=1)
    now = world.clock.now()
    CorporateAction.objects.create(
        instrument=share, kind="split", ex_date=now.date(), new_units=new, old_units=old, status="applied",
        applied_at=now + span(seconds=1),
    )  # fmt: skip
    assert opened_by(fresh(order))[0] == left


def test_what_waits_for_its_market_waits_for_its_first_price_too(closed, counted):
    order = closed.place("buy", "AAPL", quantity="10").order
    closed.until(MONDAY_OPEN)
    before = counted()
    assert release_due(clock=closed.clock) == 0
    assert fresh(order).status == OrderStatus.HELD
    assert counted() == before
    closed.clock.advance(seconds=2)
    closed.quote("AAPL", "200")
    assert release_due(clock=closed.clock) == 1
    assert fresh(order).status == OrderStatus.FILLED
    assert verify_books(closed.account) == []
