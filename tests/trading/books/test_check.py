"""The check of the books catches what it says it catches: each rule, broken by hand, is named."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from unittest.mock import patch

import pytest
from django.db import connection

from arbion.domain.enums import PositionEffect
from arbion.lib.append_only import let_changes, refuse_changes
from brokers.errors import VenueUnavailable
from riskdesk.models import RiskDecision
from tests.trading.books.conftest import Teller
from trading.books.check import verify_books
from trading.execution import wishes
from trading.execution.cash import withdraw
from trading.models import CashMovement, Fill, Hold, LedgerAccount, LedgerHead, Lot, Order, OrderEvent, Position


@pytest.fixture
def busy(teller: Teller) -> Teller:
    """An account with a long and a short position, a dividend, an open order and cash on its way out."""
    teller.fill("buy", "AAPL", 10, 200, fee=1)
    teller.fill("sell", "AAPL", 4, 210, effect=PositionEffect.CLOSE)
    teller.fill("sell", "MSFT", 2, 400)
    teller.happen("dividend", {"USD": 3}, symbol="AAPL")
    teller.world.place("buy", "AAPL", quantity=2, limit_price="160", tif="gtc")
    with patch.object(wishes, "_ask", side_effect=VenueUnavailable("away")):
        account, person = teller.world.account, teller.world.alice
        withdraw(account, user=person, amount=Decimal(50), client_key="w", clock=teller.world.clock)
    assert verify_books(teller.world.account) == []
    return teller


def column(kind: str, asset: str = "USD") -> LedgerAccount:
    return LedgerAccount.objects.get(kind=kind, asset=asset)


def change(row: object, **values: object) -> None:
    type(row).objects.filter(pk=row.pk).update(**values)


def swap_fill() -> None:
    with connection.schema_editor() as editor:
        let_changes("trading_fill").code(None, editor)
    change(Fill.objects.earliest("id"), venue_fill_id="another")
    with connection.schema_editor() as editor:
        refuse_changes("trading_fill").code(None, editor)


def lose_event() -> None:
    with connection.schema_editor() as editor:
        let_changes("trading_orderevent").code(None, editor)
    OrderEvent.objects.filter(order__status="filled", version=1).delete()
    with connection.schema_editor() as editor:
        refuse_changes("trading_orderevent").code(None, editor)


def refuse_afterwards() -> None:
    order = Order.objects.filter(status="accepted").get()
    refused = RiskDecision.objects.create(
        account=order.account, approved=False, checks=[], snapshot={}, decided_at=order.created_at
    )
    Order.objects.filter(pk=order.pk).update(decision=refused)


BREAKS: dict[str, Callable[[], object]] = {
    "balance_is_sum_of_transfers": lambda: change(column("cash"), balance=column("cash").balance + 1),
    "asset_sums_to_zero": lambda: change(column("fees"), balance=Decimal(2)),
    "held_within_balance": lambda: change(column("cash"), held=Decimal(200_000)),
    "held_is_sum_of_holds": lambda: change(column("cash"), held=Decimal(1)),
    "closed_order_holds_nothing": lambda: Hold.objects.filter(order__status="filled").update(
        remaining=Decimal("0.001")
    ),
    "closed_wish_holds_nothing": lambda: CashMovement.objects.update(status="settled"),
    "order_is_sum_of_fills": lambda: Order.objects.filter(status="filled").update(filled_value=1),
    "not_filled_beyond_size": lambda: Order.objects.filter(status="filled").update(quantity=1),
    "filled_means_filled": lambda: Order.objects.filter(status="filled").update(quantity=100),
    "denied_never_leaves": refuse_afterwards,
    "history_without_gap": lose_event,
    "status_is_end_of_history": lambda: Order.objects.filter(status="accepted").update(version=9),
    "position_is_sum_of_lots": lambda: change(Position.objects.get(instrument__symbol="AAPL"), realized=Decimal(9)),
    "position_is_ledger_units": lambda: change(column("units", "AAPL"), balance=Decimal(7)),
    "lot_is_what_was_not_closed": lambda: change(Lot.objects.get(quantity=10), cost=Decimal(5000)),
    "lots_are_of_one_sign": lambda: Lot.objects.filter(quantity=-2).update(
        instrument=Lot.objects.get(quantity=10).instrument
    ),
    "short_only_where_opened": lambda: Order.objects.filter(side="sell").update(effect=PositionEffect.CLOSE),
    "money_is_accounted_for": lambda: change(Position.objects.get(instrument__symbol="AAPL"), cost=Decimal(1)),
    "fill_is_in_the_ledger": swap_fill,
    "chain_ends_at_its_head": lambda: LedgerHead.objects.update(sequence=99),
}


@pytest.mark.parametrize("rule", BREAKS)
def test_what_is_broken_is_named(busy: Teller, rule: str) -> None:
    BREAKS[rule]()
    assert rule in busy.faults()
