"""Margin calls: what is owed and no longer secured is bought back, at prices that are believed and at no others."""

from __future__ import annotations

from decimal import Decimal

import pytest

from accounts.models import Notification
from arbion.domain.enums import OrderStatus, PositionEffect, Side
from brokers.models import BrokerAccount, VenueCash
from marketdata.instruments import set_halted
from marketdata.models import CorporateAction, Instrument, Quote
from riskdesk.ticks import Tape
from trading.books.check import verify_books
from trading.execution import margin_calls
from trading.execution.engine import Memory, engine_step
from trading.execution.margin_calls import call_margins
from trading.execution.reconcile import compare
from trading.holdings import cash_of
from trading.models import Order, Position


class Street:
    """Alice owes 250 shares of AAPL at 200 and holds MSFT; one engine goes on from second to second."""

    def __init__(self, world) -> None:
        BrokerAccount.objects.update(margin=True)
        VenueCash.objects.update(allows_short=True)
        world.account = BrokerAccount.objects.get(pk=world.account.pk)
        self.world, self.memory = world, Memory()
        world.place("sell", "AAPL", quantity="250")
        world.place("buy", "MSFT", quantity="100")
        self.tick("200", "200")

    def tick(self, *prices: str | None, seconds: int = 2) -> None:
        """Time passes for each price; None where no quote comes."""
        for price in prices:
            self.world.clock.advance(seconds=seconds)
            if price is not None:
                self.world.quote("AAPL", price)
                self.world.quote("MSFT", "400")
            engine_step(memory=self.memory, clock=self.world.clock)

    @property
    def called(self) -> list[Order]:
        return list(Order.objects.filter(intent__source="risk").order_by("created_at"))

    @property
    def owed(self) -> Decimal:
        return -Position.objects.get(instrument__symbol="AAPL").quantity


@pytest.fixture
def street(world):
    return Street(world)


def test_what_outgrows_its_security_is_bought_back_by_an_ordinary_order(street):
    assert street.called == []
    street.tick("340", "340")
    (order,) = street.called
    assert (order.status, order.side, order.effect) == (OrderStatus.FILLED, Side.BUY, PositionEffect.CLOSE)
    assert 0 < street.owed < 250
    # As much as was asked at first, but for the spread.
    assert cash_of(street.world.account) >= Decimal("1.499") * street.owed * Decimal(340)
    street.tick("340", "340", "340", "340", seconds=20)
    assert len(street.called) == 1
    told = Notification.objects.get(kind="account")
    assert (told.user, told.title, told.urgency) == (street.world.alice, "AAPL: margin call", "critical")
    assert verify_books(street.world.account) == []
    assert compare(street.world.account) == []


@pytest.mark.parametrize("wild", ["20000", "2000", "340"])
def test_one_wild_tick_calls_nobody(street, counted, wild):
    before = counted()
    street.tick(wild, "200", wild, "201", "200")
    assert street.called == []
    assert {name: rows for name, rows in counted().items() if name != "trading.EquityPoint"} == {
        name: rows for name, rows in before.items() if name != "trading.EquityPoint"
    }
    street.tick("340", "340")
    assert len(street.called) == 1


def test_two_wild_ticks_on_different_sides_are_two_strays(street):
    street.tick("20000", "2", "200", "200")
    assert street.called == []


def test_a_price_that_climbs_step_by_step_calls(street):
    price = Decimal(200)
    while price < 370:
        price *= Decimal("1.028")
        street.tick(str(price.quantize(Decimal("0.01"))))
    assert street.called
    assert 0 < street.owed < 250


def test_a_gap_is_reckoned_at_the_milder_of_its_two_witnesses(street):
    # 110,000 secure 250 shares up to 338.46.
    street.tick("20000", "330", "330")
    assert street.called == []


def test_the_first_price_after_a_halt_is_believed_at_once(street):
    apple = Instrument.objects.get(symbol="AAPL")
    set_halted(apple, halted=True, actor=None, clock=street.world.clock)
    street.tick("340", "340")
    assert street.called == []
    set_halted(apple, halted=False, actor=None, clock=street.world.clock)
    street.tick("340")
    assert len(street.called) == 1


def test_an_old_price_calls_nobody(street):
    street.tick("340")
    street.tick(None, None, None, seconds=30)
    assert street.called == []


def test_an_engine_that_has_just_started_asks_for_two_quotes_that_agree(street):
    street.memory = Memory()
    street.tick("340")
    assert street.called == []
    street.tick("340")
    assert len(street.called) == 1


def test_a_last_price_outside_its_own_book_is_no_price(street):
    for _ in range(3):
        street.world.clock.advance(seconds=2)
        street.world.quote("AAPL", "340")
        Quote.objects.filter(instrument__symbol="AAPL").update(bid=Decimal(199), ask=Decimal(201))
        engine_step(memory=street.memory, clock=street.world.clock)
    assert street.called == []


def test_a_step_without_a_memory_believes_nothing_and_calls_nobody(street):
    for _ in range(3):
        street.world.clock.advance(seconds=2)
        street.world.quote("AAPL", "340")
        engine_step(clock=street.world.clock)
    assert street.called == []


def test_the_prices_from_before_a_split_reckon_nothing_after_it(street):
    """Twice the shares at half the price: the old price and the new units together would call."""
    apple, now = Instrument.objects.get(symbol="AAPL"), street.world.clock.now()
    CorporateAction.objects.create(
        instrument=apple, kind="split", new_units=2, old_units=1, ex_date=now.date(), status="applied", applied_at=now
    )
    Position.objects.filter(instrument=apple).update(quantity=Decimal(-500))
    assert call_margins(memory=street.memory.owed, clock=street.world.clock) == 0
    assert street.memory.owed.tapes == {apple.pk: Tape()}
    assert (street.memory.owed.known, street.memory.owed.last) == (frozenset(), {})
    for price in ("100", "100"):
        street.world.clock.advance(seconds=2)
        street.world.quote("AAPL", price)
        assert call_margins(memory=street.memory.owed, clock=street.world.clock) == 0
    assert street.memory.owed.last == {"AAPL": Decimal(100)}


def test_shares_that_nobody_owes_any_more_are_forgotten(street):
    street.world.place("buy", "AAPL", quantity="250")
    street.tick("200")
    assert street.memory.owed == margin_calls.Memory()


def test_of_two_shares_the_one_that_can_be_priced_is_bought_back(street):
    street.world.place("sell", "MSFT", quantity="100")
    street.world.place("sell", "MSFT", quantity="10")
    street.tick("200", "200")
    for _ in range(2):
        street.world.clock.advance(seconds=10)
        street.world.quote("AAPL", "480")
        engine_step(memory=street.memory, clock=street.world.clock)
    assert street.memory.owed.known == {"AAPL"}
    assert [order.instrument.symbol for order in street.called] == ["AAPL"]
