"""The oracle sees what is wrong: each fault planted by hand is named, and the command fails for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.models import Model

from arbion.management.commands import check_books
from arbion.proofs import oracle
from brokers.models import VenueCash, VenueFill, VenueHolding, VenueOrder
from riskdesk.models import RiskDecision
from tests.trading.conftest import World
from trading.models import Hold, LedgerAccount, Lot, Order, Position


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_books, "PAUSE_SECONDS", 0.0)


@pytest.fixture
def busy_world(world: World) -> World:
    """A filled purchase, a sale of a part of it, and two orders that rest."""
    world.place("buy", "AAPL", quantity="10")
    world.place("sell", "AAPL", quantity="4")
    world.place("buy", "MSFT", quantity="2", limit_price="300")
    world.place("sell", "AAPL", quantity="1", limit_price="900")
    return world


def rules(world: World) -> set[str]:
    return {fault.rule for fault in oracle.faults_of(world.account)}


def test_a_house_in_order_has_no_fault(busy_world: World, counted: Callable[[], dict[str, int]]) -> None:
    before, out = counted(), StringIO()
    call_command("check_books", "--json", stdout=out)
    answer = json.loads(out.getvalue())
    assert (answer["ok"], answer["faults"]) == (True, [])
    assert answer["counts"] == {"accounts": 1, "orders": 4, "events": 12, "fills": 2, "transfers": 5}
    assert counted() == before
    assert oracle.unsettled(busy_world.account) == []


def set_field(model: type[Model], name: str, value: object, **which: object) -> None:
    assert model.objects.filter(**which).update(**{name: value}) == 1


def test_command_fails_with_the_fault_and_in_words(busy_world: World) -> None:
    set_field(LedgerAccount, "balance", Decimal(1), kind="cash")
    out = StringIO()
    with pytest.raises(CommandError, match="faults in the books"):
        call_command("check_books", stdout=out)
    assert "balance_is_sum_of_transfers" in out.getvalue()


def test_unknown_account_is_refused(busy_world: World) -> None:
    with pytest.raises(CommandError, match="no account"):
        call_command("check_books", "--account", "7", stdout=StringIO())


@pytest.mark.parametrize(
    ("model", "which", "change", "rule"),
    [
        (LedgerAccount, {"kind": "cash"}, ("balance", "1"), "balance_is_sum_of_transfers"),
        (LedgerAccount, {"kind": "cash"}, ("balance", "1"), "asset_sums_to_zero"),
        (LedgerAccount, {"kind": "cash"}, ("held", "99999999"), "held_within_balance"),
        (LedgerAccount, {"kind": "cash"}, ("held", "1"), "held_is_sum_of_holds"),
        (Position, {}, ("quantity", "7"), "position_is_sum_of_lots"),
        (Position, {}, ("realized", "7"), "position_is_sum_of_lots"),
        (Position, {}, ("quantity", "7"), "position_is_ledger_units"),
        (Lot, {}, ("remaining_quantity", "5"), "lot_is_what_was_not_closed"),
        (Order, {"side": "sell", "order_type": "market"}, ("filled_quantity", "3"), "order_is_sum_of_fills"),
        (Order, {"side": "sell", "order_type": "market"}, ("status", "canceled"), "filled_means_filled"),
        (Order, {"side": "sell", "order_type": "market"}, ("version", 9), "status_is_end_of_history"),
        (Order, {"side": "sell", "order_type": "limit"}, ("status", "canceled"), "closed_order_holds_nothing"),
        (VenueCash, {}, ("amount", "1"), "house_is_venue"),
        (VenueHolding, {}, ("quantity", "1"), "house_is_venue"),
        (VenueOrder, {"symbol": "MSFT"}, ("status", "canceled"), "statuses_agree"),
        (VenueOrder, {"symbol": "MSFT"}, ("quantity", "3"), "the_same_order_on_both_sides"),
        (VenueOrder, {"symbol": "MSFT"}, ("client_order_id", "of nobody"), "venue_order_has_an_intent"),
        (VenueOrder, {"symbol": "MSFT"}, ("client_order_id", "of nobody"), "venue_knows_the_order"),
        (VenueFill, {"quantity": Decimal(4)}, ("price", "1"), "booked_as_executed"),
        (VenueFill, {"quantity": Decimal(4)}, ("venue_fill_id", "another"), "every_execution_is_booked"),
        (VenueFill, {"quantity": Decimal(4)}, ("venue_fill_id", "another"), "every_fill_was_executed"),
    ],
)
def test_each_planted_fault_is_named(
    busy_world: World, model: type[Model], which: dict[str, object], change: tuple[str, object], rule: str
) -> None:
    field, value = change
    assert rules(busy_world) == set()
    is_number = field in {"balance", "held", "quantity", "realized", "remaining_quantity", "filled_quantity", "amount"}
    is_number |= field == "price"
    set_field(model, field, Decimal(value) if is_number else value, **which)
    assert rule in rules(busy_world)


def test_an_order_against_its_verdict_is_named(busy_world: World) -> None:
    order = Order.objects.get(instrument__symbol="MSFT")
    refused = RiskDecision.objects.create(
        account=busy_world.account, approved=False, checks=[], snapshot={}, decided_at=busy_world.clock.now()
    )
    set_field(Order, "decision", refused, pk=order.pk)
    assert "denied_never_leaves" in rules(busy_world)


def test_a_hold_that_nobody_has_is_named(busy_world: World) -> None:
    order = Order.objects.get(instrument__symbol="MSFT")
    assert Hold.objects.filter(order=order).update(remaining=Decimal(1)) == 1
    assert "held_is_sum_of_holds" in rules(busy_world)


def test_what_is_stuck_is_named(busy_world: World) -> None:
    assert Order.objects.filter(instrument__symbol="MSFT").update(status="unknown", pending_request="cancel") == 1
    found = {fault.rule for fault in oracle.unsettled(busy_world.account)}
    assert found == {"nothing_is_stuck", "nothing_is_unanswered"}
