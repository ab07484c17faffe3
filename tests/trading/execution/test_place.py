"""The road of an order from the instruction to the books."""

from __future__ import annotations

from decimal import Decimal

import pytest

from arbion.domain.enums import OrderStatus
from arbion.domain.errors import InvalidInput, NotFound
from marketdata.errors import UnknownSymbol
from trading.books.check import verify_books
from trading.errors import IdempotencyMismatch
from trading.execution.reconcile import reconcile
from trading.models import Hold, LedgerAccount, Order, Position


def cash_of(world) -> LedgerAccount:
    return LedgerAccount.objects.get(account=world.account, kind="cash")


def test_market_buy_fills_and_everything_adds_up(world):
    placed = world.place("buy", "AAPL", quantity="10")
    order = Order.objects.get(pk=placed.order.pk)
    assert order.status == OrderStatus.FILLED, order.reject_reason
    assert order.average_fill_price == Decimal("200.01")
    position = Position.objects.get(account=world.account)
    assert (position.quantity, position.cost) == (Decimal(10), Decimal("2000.10"))
    assert (cash_of(world).balance, cash_of(world).held) == (Decimal("97999.90"), Decimal(0))
    assert [(e.trigger, e.after) for e in order.events.order_by("id")] == [
        ("", "initialized"),
        ("submit", "submitted"),
        ("fill_all", "filled"),
    ]
    assert verify_books(world.account) == []
    assert reconcile(world.account, clock=world.clock) == []


def test_resting_limit_holds_its_cash_until_it_is_canceled(world):
    from trading.execution.cancel import request_cancel

    order = world.place("buy", "AAPL", quantity="10", limit_price="150").order
    order = Order.objects.get(pk=order.pk)
    assert order.status == OrderStatus.ACCEPTED
    assert cash_of(world).held == Decimal(1500)
    order = request_cancel(
        Order.objects.select_related("account").get(pk=order.pk), actor=world.alice, clock=world.clock
    )
    assert (order.status, order.pending_request) == (OrderStatus.CANCELED, "")
    assert cash_of(world).held == 0
    assert verify_books(world.account) == []


def test_sale_realizes_the_profit_of_the_oldest_lot(world):
    world.place("buy", "AAPL", quantity="10")
    world.quote("AAPL", "210")
    world.place("buy", "AAPL", quantity="10")
    world.place("sell", "AAPL", quantity="15")
    position = Position.objects.get(account=world.account)
    # 15 sold at 209.99: ten that cost 200.01 and five that cost 210.01.
    assert position.realized == Decimal("209.99") * 15 - Decimal("200.01") * 10 - Decimal("210.01") * 5
    assert (position.quantity, position.cost) == (Decimal(5), Decimal("1050.05"))
    assert verify_books(world.account) == []
    assert reconcile(world.account, clock=world.clock) == []


def test_same_key_is_the_same_order(world):
    first = world.place("buy", "AAPL", quantity="1", key="k")
    again = world.place("buy", "AAPL", quantity="1", key="k")
    assert (again.order.pk, again.is_repeat) == (first.order.pk, True)
    assert Order.objects.count() == 1


def test_same_key_with_another_body_is_refused_and_nothing_moves(world, counted):
    world.place("buy", "AAPL", quantity="1", key="k")
    before = counted()
    with pytest.raises(IdempotencyMismatch):
        world.place("buy", "AAPL", quantity="2", key="k")
    assert counted() == before


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"quantity": "0"}, "quantity", "not_positive"),
        ({"quantity": "-1"}, "quantity", "not_positive"),
        ({"quantity": "NaN"}, "quantity", "invalid_number"),
        ({"quantity": "Infinity"}, "quantity", "invalid_number"),
        ({"quantity": "1e30"}, "quantity", "too_large"),
        ({"quantity": "0.00001"}, "quantity", "size_increment"),
        ({"quantity": "0.000000001"}, "quantity", "too_fine"),
        ({"notional": "0.001"}, "notional", "too_small"),
        ({"quantity": "1", "limit_price": "150.005"}, "limit_price", "price_increment"),
        ({"quantity": "1", "notional": "5"}, "notional", "one_size"),
        ({}, "quantity", "required"),
        ({"percent_of_position": "50"}, "percent_of_position", "no_position"),
    ],
)
def test_bad_input_names_the_field_and_moves_nothing(world, counted, given, field, code):
    before = counted()
    with pytest.raises(InvalidInput) as caught:
        world.place("buy", "AAPL", **given)
    assert [(e.field, e.code) for e in caught.value.errors] == [(field, code)]
    assert counted() == before


def test_unknown_symbol_moves_nothing(world, counted):
    before = counted()
    with pytest.raises(UnknownSymbol) as caught:
        world.place("buy", "NOPE", quantity="1")
    assert caught.value.code == "unknown_symbol"
    assert counted() == before


def test_another_persons_account_is_not_found(world, counted):
    from accounts.models import User

    bob = User.objects.create_user("bob@example.com")
    before = counted()
    with pytest.raises(NotFound):
        world.place("buy", "AAPL", quantity="1", user=bob)
    assert counted() == before


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"quantity": "499"}, "risk_limit_exceeded"),
        ({"notional": "60000"}, "risk_limit_exceeded"),
        ({"quantity": "1", "limit_price": "260"}, "limit_too_far"),
    ],
)
def test_denied_order_is_kept_with_its_verdict_and_reserves_nothing(world, given, code):
    order = world.place("buy", "AAPL", **given).order
    assert (order.status, order.reject_code) == (OrderStatus.DENIED, code)
    assert order.decision.approved is False
    assert Hold.objects.count() == 0
    assert cash_of(world).held == 0
    assert verify_books(world.account) == []


def test_sale_of_more_than_is_held_is_denied(world):
    world.place("buy", "AAPL", quantity="5")
    order = world.place("sell", "AAPL", quantity="6").order
    assert (order.status, order.reject_code) == (OrderStatus.DENIED, "insufficient_position")
    assert Position.objects.get().quantity == 5


def test_half_of_the_position_and_then_all_of_it(world):
    world.place("buy", "AAPL", quantity="5")
    world.place("sell", "AAPL", percent_of_position="50")
    assert Position.objects.get().quantity == Decimal("2.5")
    world.place("sell", "AAPL", percent_of_position="100")
    assert Position.objects.get().quantity == 0
    assert verify_books(world.account) == []


def test_an_amount_of_money_becomes_whole_increments(world):
    order = Order.objects.get(pk=world.place("buy", "AAPL", notional="500").order.pk)
    assert (order.quantity, order.notional) == (Decimal("2.4998"), Decimal(500))
    assert order.filled_value == Decimal("499.984998")


def test_all_the_cash_leaves_room_for_the_cushion(world):
    from riskdesk.models import RiskLimit

    RiskLimit.objects.create(name="order_value_usd", value=Decimal(1_000_000))
    RiskLimit.objects.create(name="position_value_usd", value=Decimal(1_000_000))
    order = Order.objects.get(pk=world.place("buy", "AAPL", percent_of_cash="100").order.pk)
    assert order.status == OrderStatus.FILLED
    assert Decimal(98_900) < order.filled_value < Decimal(99_100)
    assert verify_books(world.account) == []
