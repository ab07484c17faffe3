"""People are told of halts, orders and books: once each, with the event or not at all, and only whom it concerns."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import Notification, User
from accounts.notifications.preferences import KINDS
from arbion.domain.enums import OrderStatus, Source
from brokers import registry
from brokers.models import VenueHolding
from tests.trading.execution.test_halt import Silent
from tests.trading.execution.test_watch import lose
from trading.execution.engine import engine_step
from trading.execution.halt import halt, resume, work_on_halts
from trading.execution.halt import impose as imposing
from trading.execution.place import place_order
from trading.execution.reconcile import reconcile, reconcile_all
from trading.execution.watch import Memory, watch
from trading.models import HaltReceipt, HaltScope, Order

ALICE, ADA = "alice@example.com", "ada@example.com"
Told = list[tuple[str, str, str]]


def told(*kinds: str) -> Told:
    """Who was told what, and how urgently, oldest first."""
    rows = Notification.objects.filter(kind__in=kinds).order_by("pk")
    assert set(kinds) <= KINDS.keys()
    return list(rows.values_list("user__email", "title", "urgency"))


@pytest.fixture
def ada(world) -> User:
    return User.objects.create_user(ADA, role="superadmin")


def test_ones_own_halt_is_a_note_its_receipt_and_its_end_too(world, ada) -> None:
    world.place("buy", "AAPL", quantity="1", limit_price="150", tif="gtc")
    for _ in range(2):
        receipt = halt(scope=HaltScope.PERSON, user=world.alice, actor=world.alice, reason="enough", clock=world.clock)
    work_on_halts(clock=world.clock)
    resume(receipt, reason="calm again", actor=world.alice, clock=world.clock)
    resume(receipt, reason="calm again", actor=world.alice, clock=world.clock)
    assert told("halt") == [
        (ALICE, "All your trading is halted", "info"),
        (ALICE, "All your trading: the halt is complete", "info"),
        (ALICE, "All your trading may go on", "warning"),
    ]
    first = Notification.objects.order_by("pk").first()
    assert "Because: enough." in first.body
    assert first.link == f"/risk/halt/{receipt.pk}/"


def test_a_halt_for_a_loss_is_critical_and_told_once(world) -> None:
    lose(world)
    assert watch(clock=world.clock, memory=Memory()) == 1
    watch(clock=world.clock, memory=Memory())
    assert told("halt")[0] == (ALICE, "Trading in “Practice” is halted", "critical")
    assert len(told("halt")) == 2
    assert "the loss of the day" in Notification.objects.get(key__endswith=":imposed").body


def test_a_halt_that_is_not_recorded_is_not_told(world, monkeypatch) -> None:
    def cut_off(*given: object, **named: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(imposing, "tell", cut_off)
    with pytest.raises(ZeroDivisionError):
        halt(scope=HaltScope.PERSON, user=world.alice, actor=None, reason="x", clock=world.clock)
    assert (told("halt"), HaltReceipt.objects.count()) == ([], 0)


def test_the_houses_halt_is_told_to_whom_it_concerns(world, ada) -> None:
    User.objects.create_user("idle@example.com")
    world.place("buy", "AAPL", quantity="1")
    halt(scope=HaltScope.HOUSE, actor=ada, reason="fire", clock=world.clock)
    by_title = told("halt")
    assert sorted(by_title[:2]) == [
        (ADA, "All trading in this house is halted", "info"),
        (ALICE, "All trading in this house is halted", "critical"),
    ]
    assert {email for email, _, _ in by_title} == {ADA, ALICE}


def test_a_halt_that_cannot_finish_is_told_once(world, monkeypatch) -> None:
    world.place("buy", "AAPL", quantity="1", limit_price="150", tif="gtc")
    monkeypatch.setattr(registry, "connect", lambda account: Silent(clock=world.clock))
    halt(scope=HaltScope.PERSON, user=world.alice, actor=world.alice, reason="x", clock=world.clock)
    for _ in range(6):
        world.clock.advance(seconds=30)
        work_on_halts(clock=world.clock)
    assert told("halt")[1:] == [(ALICE, "All your trading: the halt is not finished", "critical")]


def test_an_order_that_the_venue_refuses_is_told(world) -> None:
    world.place("buy", "AAPL", quantity="1")
    world.clock.advance(seconds=16)
    order = world.place("sell", "AAPL", quantity="1").order
    assert Order.objects.get(pk=order.pk).status == OrderStatus.REJECTED
    assert told("order") == [(ALICE, "AAPL: the venue refused an order", "warning")]


def test_a_fill_is_told_where_nobody_waited_for_it(world) -> None:
    world.place("buy", "AAPL", quantity="1")
    order = world.place("buy", "AAPL", quantity="2", limit_price="190", tif="gtc").order
    assert told("order") == []
    world.clock.advance(seconds=11)
    world.quote("AAPL", "189")
    engine_step(clock=world.clock)
    assert Order.objects.get(pk=order.pk).status == OrderStatus.FILLED
    assert told("order") == [(ALICE, "AAPL: an order was filled", "info")]
    assert Notification.objects.get().body.startswith("2 AAPL bought at 189")
    engine_step(clock=world.clock)
    assert len(told("order")) == 1


def test_what_acts_alone_is_told_of_its_fills_and_once_a_day_of_what_is_refused(world) -> None:
    def act(quantity: str) -> Order:
        asked = replace(world.say("buy", "AAPL", quantity=quantity), source=Source.STRATEGY)
        return place_order(asked, clock=world.clock).order

    act("1")
    assert told("order") == [(ALICE, "AAPL: an order was filled", "info")]
    for _ in range(3):
        assert act("400").status == OrderStatus.DENIED
    world.place("buy", "AAPL", quantity="400")
    assert told("limit") == [(ALICE, "Strategy: an order was refused", "warning")]
    world.clock.advance(seconds=24 * 3600)
    world.quote("AAPL", "200")
    assert act("400").status == OrderStatus.DENIED
    assert len(told("limit")) == 2


def test_books_that_differ_are_told_once_and_so_is_their_agreeing(world, ada) -> None:
    world.place("buy", "AAPL", quantity="10")
    holding = VenueHolding.objects.get()
    holding.quantity += 1
    holding.save()
    for _ in range(3):
        reconcile_all(clock=world.clock)
    assert sorted(told("reconciliation")) == [(email, "AAPL: the books differ", "critical") for email in (ADA, ALICE)]
    assert "our books say 10 AAPL, the venue says 11" in Notification.objects.filter(kind="reconciliation")[0].body
    holding.quantity -= 1
    holding.save()
    reconcile(world.account, clock=world.clock)
    reconcile(world.account, clock=world.clock)
    assert sorted(told("reconciliation")[2:]) == [
        (email, "AAPL: the books agree again", "warning") for email in (ADA, ALICE)
    ]


def test_nobody_else_is_told_of_ones_orders(world) -> None:
    User.objects.create_user("bob@example.com")
    world.place("buy", "AAPL", quantity="2", limit_price="190", tif="gtc")
    world.clock.advance(seconds=timedelta(minutes=1).total_seconds())
    world.quote("AAPL", "189")
    engine_step(clock=world.clock)
    assert {email for email, _, _ in told("order", "halt", "account")} == {ALICE}
    assert Decimal(2) == Order.objects.get().filled_quantity
