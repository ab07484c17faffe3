"""Orders that wait for a condition: held without a claim, judged for what no waiting mends, canceled and repeated."""

from __future__ import annotations

from decimal import Decimal

import pytest

from arbion.domain.enums import OrderStatus, Waiting
from arbion.domain.errors import InvalidInput
from brokers.models import VenueOrder
from marketdata.conditions import Condition
from riskdesk.models import RiskDecision
from trading.books.check import verify_books
from trading.execution.cancel import request_cancel
from trading.execution.preview import preview_order
from trading.instruction import Bracket
from trading.models import LedgerAccount, Order, OrderCondition


def falls_to(value: str, symbol: str = "AAPL") -> Condition:
    return Condition.of({"symbol": symbol, "metric": "price", "operator": "<=", "value": value})


def drops(percent: str, symbol: str = "AAPL", reference: str = "now") -> Condition:
    said = {"symbol": symbol, "metric": "percent_change", "operator": "<=", "value": percent, "reference": reference}
    return Condition.of(said)


def held_cash(world) -> Decimal:
    return LedgerAccount.objects.get(account=world.account, kind="cash").held


def test_order_with_a_condition_is_held_and_claims_nothing(world):
    order = Order.objects.get(pk=world.place("buy", "AAPL", quantity="10", when=drops("-5")).order.pk)
    assert (order.status, order.waiting_for, order.sent_at) == (OrderStatus.HELD, Waiting.CONDITION, None)
    assert (order.condition.baseline, order.condition.fired_at) == (Decimal(200), None)
    assert (order.condition.expires_at - order.created_at).days == 90
    assert held_cash(world) == 0
    assert VenueOrder.objects.count() == 0
    assert verify_books(world.account) == []


def test_repeat_is_the_same_order(world):
    first = world.place("buy", "AAPL", quantity="10", when=drops("-5"), key="again")
    again = world.place("buy", "AAPL", quantity="10", when=drops("-5"), key="again")
    assert (again.is_repeat, again.order.pk) == (True, first.order.pk)
    assert OrderCondition.objects.count() == 1


def test_move_of_the_day_is_waited_for_until_the_close(world, settings):
    settings.MARKET_ALWAYS_OPEN = False
    order = world.place("buy", "AAPL", quantity="10", when=drops("-5", reference="previous_close")).order
    assert order.condition.expires_at.isoformat() == "2026-11-20T21:00:00+00:00"


def test_size_in_money_is_planned_at_the_price_that_is_waited_for(world):
    order = world.place("buy", "AAPL", notional="1000", when=falls_to("100")).order
    assert order.condition.is_sized_anew
    assert order.quantity == Decimal("9.999")
    seen = preview_order(world.say("buy", "AAPL", notional="1000", when=falls_to("100")), clock=world.clock)
    assert (seen.price, seen.waiting_for) == (Decimal("100.01"), Waiting.CONDITION)


def test_what_the_limits_forbid_is_refused_at_once(world):
    order = world.place("buy", "AAPL", quantity="100000", when=falls_to("190")).order
    assert (order.status, order.reject_code) == (OrderStatus.DENIED, "risk_limit_exceeded")
    assert OrderCondition.objects.count() == 0


def test_cash_that_is_not_there_yet_is_not_held_against_it(world):
    for symbol, size in (("MSFT", "120"), ("BTC-USD", "0.3")):
        assert world.place("buy", symbol, quantity=size).order.status != OrderStatus.DENIED
    order = world.place("buy", "AAPL", quantity="240", when=falls_to("190")).order
    assert order.status == OrderStatus.HELD


def test_bracket_is_checked_against_the_price_that_is_waited_for(world, counted):
    bracket = Bracket(stop_loss_price=Decimal(160), take_profit_price=Decimal(190))
    entry = world.place("buy", "AAPL", quantity="10", when=falls_to("170"), bracket=bracket).order
    assert entry.group.orders.filter(status=OrderStatus.HELD).count() == 3
    before = counted()
    wrong = Bracket(stop_loss_price=Decimal(175))
    with pytest.raises(InvalidInput) as caught:
        world.place("buy", "AAPL", quantity="10", when=falls_to("170"), bracket=wrong)
    assert caught.value.errors[0].code == "wrong_side"
    assert counted() == before


@pytest.mark.parametrize(
    ("when", "field", "code"),
    [
        ({"symbol": "NOPE", "metric": "price", "value": "1"}, "when.symbol", "unknown_symbol"),
        ({"symbol": None, "metric": "equity", "value": "1"}, "when.metric", "not_allowed"),
        ({"symbol": "AAPL", "metric": "position_value", "value": "1"}, "when.metric", "not_allowed"),
    ],
)
def test_what_cannot_be_watched_is_refused_and_nothing_moves(world, counted, when, field, code):
    before = counted()
    with pytest.raises(InvalidInput) as caught:
        world.place("buy", "AAPL", quantity="1", when=Condition.of({"operator": "<=", **when}))
    assert [(error.field, error.code) for error in caught.value.errors] == [(field, code)]
    assert counted() == before


def test_it_is_canceled_here(world):
    order = world.place("buy", "AAPL", quantity="10", when=drops("-5")).order
    gone = request_cancel(order, actor=world.alice, clock=world.clock)
    assert (gone.status, gone.waiting_for) == (OrderStatus.CANCELED, "")
    assert RiskDecision.objects.count() == 1
