"""Every guard on the road is asked: without it an order passes that it alone would have stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from django.db import IntegrityError, OperationalError, transaction

from arbion.domain.enums import OrderStatus, PositionEffect, Side
from brokers import registry
from brokers.errors import VenueUnavailable
from brokers.models import VenueFill, VenueOrder
from brokers.port import InsideTransaction
from brokers.simulator.adapter import SimulatedBroker
from marketdata.models import Instrument, Quote
from riskdesk import gate
from riskdesk.models import RiskDecision, RiskLimit
from riskdesk.rules.base import Rule
from riskdesk.snapshot import RiskSnapshot, UnitsNeeded
from tests.properties.occasions import ONLY, SMALL
from tests.trading.conftest import World
from trading.execution import dispatch, facts, judging
from trading.execution.admit import _create_order
from trading.execution.cancel import request_cancel
from trading.execution.routing import plan_order
from trading.execution.sweep import sweep
from trading.models import Hold, LedgerAccount, Order


@pytest.fixture(autouse=True)
def _sessions(settings: Any) -> None:
    """Markets that close, so that their being open can be asked."""
    settings.MARKET_ALWAYS_OPEN = False


def place(world: World, given: dict[str, str]) -> Order:
    """Place the order and read it again."""
    terms = {name: value for name, value in given.items() if name not in {"side", "symbol"}}
    if "effect" in terms:
        terms["effect"] = PositionEffect(terms["effect"])
    order = world.place(given.get("side", "buy"), given.get("symbol", "AAPL"), **terms).order
    return Order.objects.select_related("decision").get(pk=order.pk)


def test_every_rule_has_its_order() -> None:
    assert list(ONLY) == [rule.__name__ for rule in gate.RULES]
    assert set(gate.EXIT_RULES) <= set(gate.RULES)


@pytest.mark.parametrize("name", ONLY)
def test_without_the_rule_its_order_would_pass(world: World, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    prepare, given = ONLY[name]
    prepare(world)
    columns = {row.pk: (row.balance, row.held) for row in LedgerAccount.objects.all()}
    there, holds = VenueOrder.objects.count(), Hold.objects.count()
    denied = place(world, given)
    assert denied.status == OrderStatus.DENIED
    assert [check["name"] for check in denied.decision.checks if not check["passed"]] == [name]
    assert {row.pk: (row.balance, row.held) for row in LedgerAccount.objects.all()} == columns
    assert (VenueOrder.objects.count(), Hold.objects.count()) == (there, holds)

    monkeypatch.setattr(gate, "RULES", tuple(rule for rule in gate.RULES if rule.__name__ != name))
    passed = place(world, given)
    assert (passed.status, passed.decision.approved) != (OrderStatus.DENIED, False)
    # What nothing covers claims nothing either.
    assert Hold.objects.filter(order=passed).exists() or name == "options_are_covered"


@pytest.mark.parametrize("name", [rule.__name__ for rule in gate.EXIT_RULES])
def test_exits_ask_their_rules(world: World, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    world.place("buy", "AAPL", quantity="5")
    if name == "units_suffice":  # a sale beyond what is free is no exit, and meets every rule
        assert place(world, {"side": "sell", "quantity": "6"}).reject_code == "insufficient_position"
        return
    prepare, given = ONLY[name]
    prepare(world)
    sale = {"side": "sell", "quantity": "1", "tif": given.get("tif", "day")}
    denied = place(world, sale)
    assert denied.status == OrderStatus.DENIED
    assert [check["name"] for check in denied.decision.checks if not check["passed"]] == [name]
    monkeypatch.setattr(gate, "EXIT_RULES", tuple(rule for rule in gate.EXIT_RULES if rule.__name__ != name))
    assert place(world, sale).status != OrderStatus.DENIED


@pytest.mark.parametrize("name", sorted(set(ONLY) - {rule.__name__ for rule in gate.EXIT_RULES}))
def test_what_stops_new_risk_never_traps_a_position(world: World, name: str) -> None:
    world.place("buy", "AAPL", quantity="5")
    if name != "position_value_within_limit":
        ONLY[name][0](world)
    sold = place(world, {"side": "sell", "quantity": "5"})
    assert sold.decision.approved
    # The exchange itself needs a fresh price for an order at the market.
    assert sold.status == (OrderStatus.REJECTED if name == "quote_is_fresh" else OrderStatus.FILLED)


def breaking(rule: Rule, error: Exception) -> Rule:
    """A rule that fails instead of answering."""

    def broken(snapshot: RiskSnapshot) -> Any:
        raise error

    broken.__name__ = rule.__name__
    return broken


@pytest.mark.parametrize("rule", gate.RULES, ids=lambda rule: rule.__name__)
def test_a_rule_that_fails_is_a_refusal(world: World, monkeypatch: pytest.MonkeyPatch, rule: Rule) -> None:
    errors = (
        ValueError("x"),
        InvalidOperation("x"),
        OperationalError("timeout"),
        AssertionError("x"),
        RecursionError(),
    )
    for error in errors:
        rules = tuple(breaking(one, error) if one is rule else one for one in gate.RULES)
        monkeypatch.setattr(gate, "RULES", rules)
        denied = place(world, SMALL)
        assert (denied.status, denied.reject_code) == (OrderStatus.DENIED, "risk_unavailable")
    assert (Hold.objects.count(), VenueOrder.objects.count()) == (0, 0)
    assert LedgerAccount.objects.get(kind="cash").held == 0


def test_no_rules_are_no_approval(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "RULES", ())
    assert place(world, SMALL).status == OrderStatus.DENIED
    assert VenueOrder.objects.count() == 0


def snapshot(world: World) -> RiskSnapshot:
    """The picture of a small purchase."""
    instruction = world.say("buy", "AAPL", quantity="1", limit_price="200")
    instruments = [Instrument.objects.get(symbol="AAPL")]
    known = facts.gather(account=world.account, instruments=instruments, at=world.clock.now())
    request = plan_order(instruction, facts=known, client_order_id="x")
    return judging.judge(request, user=world.alice, facts=known).decision.snapshot


READ = (
    "last", "quote_age_seconds", "quote_age_seconds_max", "watch_age_seconds", "watch_age_seconds_max", "cash",
    "cash_held", "units", "cost_estimate",
    "opening_quantity", "equity", "equity_at_day_start", "limit_price", "quantity",
)  # fmt: skip


@pytest.mark.parametrize("value", [None, Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), Decimal("-Infinity")])
@pytest.mark.parametrize("name", READ)
def test_a_figure_that_is_missing_or_no_number_is_a_refusal(world: World, name: str, value: Decimal | None) -> None:
    picture = snapshot(world)
    assert gate.review(picture).is_approved
    if name == "limit_price" and value is None:
        return  # an order at the market
    assert not gate.review(replace(picture, **{name: value})).is_approved


@pytest.mark.parametrize("value", [None, Decimal("NaN"), Decimal("sNaN")])
@pytest.mark.parametrize("name", ["needed", "free"])
def test_a_sale_of_what_cannot_be_counted_is_a_refusal(world: World, name: str, value: Decimal | None) -> None:
    need = UnitsNeeded(symbol="AAPL", needed=Decimal(1), free=Decimal(5))
    sale = {"side": Side.SELL, "effect": PositionEffect.CLOSE, "units": Decimal(5)}
    picture = replace(snapshot(world), **sale, units_needed=(need,))
    assert gate.review(picture).is_approved
    assert not gate.review(replace(picture, units_needed=(replace(need, **{name: value}),))).is_approved


@pytest.mark.parametrize("value", [None, Decimal("NaN"), Decimal("Infinity")])
@pytest.mark.parametrize("name", ["order_value_usd", "position_value_usd", "daily_loss_usd", "orders_per_minute"])
def test_a_limit_that_cannot_be_read_is_a_refusal(world: World, name: str, value: Decimal | None) -> None:
    picture = snapshot(world)
    assert not gate.review(replace(picture, limits=replace(picture.limits, **{name: value}))).is_approved


def test_no_quote_is_a_refusal(world: World, counted: Callable[[], dict[str, int]]) -> None:
    Quote.objects.all().delete()
    denied = place(world, SMALL)
    assert (denied.status, denied.reject_code) == (OrderStatus.DENIED, "stale_quote")
    assert (Hold.objects.count(), VenueOrder.objects.count()) == (0, 0)


@pytest.mark.parametrize("what", ["effective_limits", "halts", "quotes", "selectors", "hours", "watched_ago"])
def test_facts_that_cannot_be_read_leave_nothing(
    world: World, counted: Callable[[], dict[str, int]], monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise OperationalError("canceling statement due to statement timeout")

    broken: Any = fail
    if what not in {"effective_limits", "watched_ago"}:
        names = ("reasons_in_force", "latest_of", "latest", "equity_of", "equity_at_day_start", "is_open", "risk_worth")
        broken = SimpleNamespace(**dict.fromkeys(names, fail))
    monkeypatch.setattr(facts, what, broken)
    before = counted()
    with pytest.raises(OperationalError):
        world.place("buy", "AAPL", quantity="1")
    assert counted() == before


def test_without_limits_of_their_own_everybody_has_the_houses(world: World) -> None:
    assert RiskLimit.objects.count() == 0
    assert place(world, {"quantity": "300"}).reject_code == "risk_limit_exceeded"


# The verdict and the sending ------------------------------------------------------------------------------------------


def unsent(world: World, **given: str) -> Order:
    """An order that was recorded and has not left."""
    with patch.object(dispatch, "_claim", return_value=None):
        order = world.place("buy", "AAPL", **(given or SMALL)).order
    return Order.objects.select_related("intent", "decision", "account", "instrument").get(pk=order.pk)


def assert_stays_home(world: World, order: Order) -> None:
    dispatch.send(str(order.pk), world.clock)
    assert (VenueOrder.objects.count(), VenueFill.objects.count()) == (0, 0)


def test_the_database_keeps_no_order_without_a_verdict(world: World) -> None:
    order = unsent(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(decision=None)
    with pytest.raises(TypeError):
        _create_order(order.intent, dispatch.request_of(order), facts=None)  # type: ignore[call-arg, arg-type]


def test_a_verdict_is_of_one_order(world: World) -> None:
    first, second = unsent(world), unsent(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        Order.objects.filter(pk=second.pk).update(decision=first.decision)


def test_an_order_against_its_verdict_does_not_leave(world: World) -> None:
    order = unsent(world)
    refused = RiskDecision.objects.create(
        account=world.account, approved=False, checks=[], snapshot={}, decided_at=world.clock.now()
    )
    Order.objects.filter(pk=order.pk).update(decision=refused)
    assert_stays_home(world, order)


@pytest.mark.parametrize("status", sorted(set(OrderStatus) - {OrderStatus.SUBMITTED}))
def test_only_a_submitted_order_leaves(world: World, status: OrderStatus) -> None:
    order = unsent(world)
    Order.objects.filter(pk=order.pk).update(status=status)
    assert_stays_home(world, order)


def test_an_order_that_was_sent_is_not_sent_again(world: World) -> None:
    order = unsent(world)
    Order.objects.filter(pk=order.pk).update(sent_at=world.clock.now())
    assert_stays_home(world, order)


@pytest.mark.parametrize("name", ["not_halted", "account_is_own"])
def test_a_halt_and_a_person_switched_off_hold_back_what_is_on_its_way(world: World, name: str) -> None:
    order = unsent(world)
    ONLY[name][0](world)
    assert_stays_home(world, order)
    order.refresh_from_db()
    assert order.status == OrderStatus.CANCELED
    assert LedgerAccount.objects.get(kind="cash").held == 0


def test_an_order_does_not_leave_from_inside_a_transaction(world: World) -> None:
    order = unsent(world)
    with pytest.raises(InsideTransaction), transaction.atomic():
        dispatch.send(str(order.pk), world.clock)
    assert VenueOrder.objects.count() == 0
    order.refresh_from_db()
    assert order.sent_at is None


def test_an_order_whose_cancel_was_asked_while_the_venue_was_away_is_not_sent_again(world: World) -> None:
    class Away(SimulatedBroker):
        def place(self, reference: str, request: object) -> Any:
            order = Order.objects.select_related("account").get(pk=request.client_order_id)  # type: ignore[attr-defined]
            request_cancel(order, actor=world.alice, clock=world.clock)
            raise VenueUnavailable

    with patch.object(registry, "connect", lambda account: Away(clock=world.clock)):
        order = world.place("buy", "AAPL", quantity="1").order
    world.clock.advance(seconds=5)
    world.quote("AAPL", "200")
    sweep(clock=world.clock)
    order.refresh_from_db()
    assert (order.status, order.pending_request) == (OrderStatus.CANCELED, "")
    assert VenueOrder.objects.count() == 0
    assert LedgerAccount.objects.get(kind="cash").held == 0
    assert timedelta(0) < world.clock.now() - order.created_at
