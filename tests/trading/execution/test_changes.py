"""Changing working orders: judged like new ones, answered by the venue, harmless to repeat, never twice at once."""

from __future__ import annotations

from decimal import Decimal

import pytest

from arbion.domain.enums import OrderStatus, PendingRequest
from arbion.domain.errors import InvalidInput, NotFound
from arbion.domain.reports import OrderReport
from brokers import registry
from brokers.errors import OutcomeUnknown
from brokers.models import VenueOrder
from brokers.simulator.adapter import SimulatedBroker
from trading.books.check import verify_books
from trading.errors import OrderNotOpen, ReplacePending, RiskDenied
from trading.execution.apply import absorb
from trading.execution.cancel import request_cancel
from trading.execution.engine import engine_step
from trading.execution.replace import request_replace
from trading.execution.sweep import sweep
from trading.models import LedgerAccount, Order


def fresh(order: Order) -> Order:
    return Order.objects.get(pk=order.pk)


def held(world, kind: str = "cash") -> Decimal:
    return LedgerAccount.objects.get(account=world.account, kind=kind).held


@pytest.fixture
def resting(world):
    """Ten shares wanted at 190, which the market does not give."""
    return world.place("buy", "AAPL", quantity="10", limit_price="190", tif="gtc").order


class Deaf(SimulatedBroker):
    """A venue that does what it is asked and whose answer to a change is lost."""

    def replace(self, reference, client_order_id, change):
        super().replace(reference, client_order_id, change)
        raise OutcomeUnknown


def test_change_is_made_at_the_venue_and_the_claim_follows(world, resting):
    order = request_replace(
        resting, actor=world.alice, quantity=Decimal(20), limit_price=Decimal(180), clock=world.clock
    )
    assert (order.quantity, order.limit_price, order.pending_request, order.wanted) == (20, 180, "", None)
    there = VenueOrder.objects.get()
    assert (there.quantity, there.limit_price, there.revision) == (20, 180, 1)
    assert held(world) == Decimal(3600)
    causes = list(order.events.values_list("cause", flat=True))
    assert causes[-2:] == ["change asked", "changed at the venue"]
    assert verify_books(world.account) == []


def test_change_that_makes_it_marketable_fills_it(world, resting):
    order = fresh(request_replace(resting, actor=world.alice, limit_price=Decimal(205), clock=world.clock))
    assert order.status == OrderStatus.FILLED
    assert order.average_fill_price == Decimal("200.01")
    assert held(world) == 0
    assert verify_books(world.account) == []


def test_lost_answer_stays_pending_with_the_larger_claim_and_is_asked_again(world, resting, monkeypatch):
    with monkeypatch.context() as away:
        away.setattr(registry, "connect", lambda account: Deaf())
        order = request_replace(resting, actor=world.alice, quantity=Decimal(20), clock=world.clock)
    assert (order.pending_request, order.quantity) == (PendingRequest.REPLACE, 10)
    assert held(world) == Decimal(3800)
    with pytest.raises(ReplacePending):
        request_replace(order, actor=world.alice, quantity=Decimal(30), clock=world.clock)
    world.clock.advance(seconds=11)
    sweep(clock=world.clock)
    order = fresh(order)
    assert (order.pending_request, order.quantity) == ("", 20)
    assert VenueOrder.objects.get().revision == 1
    assert verify_books(world.account) == []


def test_fill_that_crosses_a_change_is_booked_and_the_change_is_refused(world, resting, monkeypatch):
    class Quick(SimulatedBroker):
        def replace(self, reference, client_order_id, change):
            world.clock.advance(seconds=1)
            world.quote("AAPL", "189")
            from brokers.simulator import venue

            venue.match_all(clock=world.clock)
            return super().replace(reference, client_order_id, change)

    monkeypatch.setattr(registry, "connect", lambda account: Quick())
    order = fresh(request_replace(resting, actor=world.alice, quantity=Decimal(20), clock=world.clock))
    assert (order.status, order.quantity, order.filled_quantity) == (OrderStatus.FILLED, 10, 10)
    assert (order.pending_request, order.wanted) == ("", None)
    assert held(world) == 0
    assert verify_books(world.account) == []


def test_report_from_before_the_change_says_nothing(world, resting):
    before = SimulatedBroker().order(world.account.reference, str(resting.pk))
    order = request_replace(resting, actor=world.alice, limit_price=Decimal(180), clock=world.clock)
    assert isinstance(before, OrderReport)
    absorb(world.account.pk, reports=[before], clock=world.clock)
    assert fresh(order).limit_price == 180


def test_larger_size_that_is_filled_before_its_answer_is_taken_in_whole(world, resting, monkeypatch):
    with monkeypatch.context() as away:
        away.setattr(registry, "connect", lambda account: Deaf())
        order = request_replace(resting, actor=world.alice, quantity=Decimal(20), clock=world.clock)
    world.clock.advance(seconds=2)
    world.quote("AAPL", "189")
    engine_step(clock=world.clock)
    order = fresh(order)
    assert (order.status, order.quantity, order.filled_quantity) == (OrderStatus.FILLED, 20, 20)
    assert verify_books(world.account) == []


def test_larger_size_that_a_cancel_gave_up_does_not_keep_a_filled_order_open(world, resting, monkeypatch):
    class Lost(SimulatedBroker):
        def replace(self, reference, client_order_id, change):
            raise OutcomeUnknown

        def cancel(self, reference, client_order_id):
            raise OutcomeUnknown

    with monkeypatch.context() as away:
        away.setattr(registry, "connect", lambda account: Lost())
        request_replace(resting, actor=world.alice, quantity=Decimal(20), clock=world.clock)
        # What the venue says while the change is lost is in force all the same.
        VenueOrder.objects.update(limit_price=Decimal("189.63"))
        told = SimulatedBroker().order(world.account.reference, str(resting.pk))
        absorb(world.account.pk, reports=[told], clock=world.clock)
        request_cancel(resting, actor=world.alice, clock=world.clock)
        VenueOrder.objects.update(limit_price=Decimal("189.26"))
        told = SimulatedBroker().order(world.account.reference, str(resting.pk))
        absorb(world.account.pk, reports=[told], clock=world.clock)
        assert fresh(resting).limit_price == Decimal("189.26")
        assert fresh(resting).pending_request == PendingRequest.CANCEL
    world.clock.advance(seconds=2)
    world.quote("AAPL", "189")
    for _ in range(2):
        engine_step(clock=world.clock)
        world.clock.advance(seconds=20)
        sweep(clock=world.clock)
    order = fresh(resting)
    assert (order.status, order.filled_quantity, order.pending_request) == (OrderStatus.FILLED, 10, "")
    assert (order.quantity, order.limit_price) == (10, Decimal("189.26"))
    assert held(world) == 0
    assert verify_books(world.account) == []


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"quantity": "0"}, ("quantity", "not_positive")),
        ({"quantity": "NaN"}, ("quantity", "not_positive")),
        ({"quantity": "0.00001"}, ("quantity", "size_increment")),
        ({"quantity": "1e30"}, ("quantity", "too_large")),
        ({"limit_price": "-1"}, ("limit_price", "not_positive")),
        ({"limit_price": "190.005"}, ("limit_price", "price_increment")),
        ({"stop_price": "180"}, ("stop_price", "not_allowed")),
        ({}, ("quantity", "required")),
    ],
)
def test_terms_that_cannot_be_are_refused_and_move_nothing(world, counted, resting, given, refusal):
    before = counted()
    numbers = {name: Decimal(value) for name, value in given.items()}
    with pytest.raises(InvalidInput) as caught:
        request_replace(resting, actor=world.alice, clock=world.clock, **numbers)
    assert [(error.field, error.code) for error in caught.value.errors] == [refusal]
    assert counted() == before


def test_change_that_the_desk_refuses_leaves_the_order_as_it_was(world, resting):
    with pytest.raises(RiskDenied) as caught:
        request_replace(resting, actor=world.alice, quantity=Decimal(300), clock=world.clock)
    assert caught.value.extra["reject_code"] == "risk_limit_exceeded"
    order = fresh(resting)
    assert (order.status, order.quantity, order.pending_request) == (OrderStatus.ACCEPTED, 10, "")
    assert VenueOrder.objects.get().revision == 0
    assert held(world) == Decimal(1900)
    assert verify_books(world.account) == []


def test_gate_is_really_asked_about_a_change(world, resting, monkeypatch):
    from riskdesk import gate

    asked = []
    real = gate.review
    monkeypatch.setattr(gate, "review", lambda snapshot: asked.append(snapshot.quantity) or real(snapshot))
    request_replace(resting, actor=world.alice, quantity=Decimal(12), clock=world.clock)
    assert asked == [12]


def test_nobody_changes_what_is_closed_or_another_persons(world, resting):
    from accounts.models import User

    with pytest.raises(NotFound):
        request_replace(
            resting, actor=User.objects.create_user("bob@example.com"), quantity=Decimal(1), clock=world.clock
        )
    done = world.place("buy", "AAPL", quantity="1").order
    with pytest.raises(OrderNotOpen):
        request_replace(done, actor=world.alice, quantity=Decimal(2), clock=world.clock)


def test_the_same_terms_again_ask_nothing(world, resting):
    order = request_replace(resting, actor=world.alice, quantity=Decimal(10), clock=world.clock)
    assert order.revision == 0
