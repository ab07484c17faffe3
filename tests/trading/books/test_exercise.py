"""Exercising options: the contracts are kept from orders, the venue decides, the shares cost strike and premium."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from unittest.mock import patch

import pytest

from arbion.domain.enums import PendingRequest, PositionEffect
from arbion.domain.errors import ArbionError, InvalidInput
from brokers.errors import VenueUnavailable
from brokers.models import VenueCash, VenueHolding
from tests.trading.books.conftest import CALL, PUT, Teller
from trading.errors import IdempotencyMismatch
from trading.execution import wishes
from trading.execution.exercise import exercise
from trading.execution.reconcile import compare
from trading.models import LedgerAccount, OptionExercise, Order, Stop


@pytest.fixture
def holder(teller: Teller) -> Teller:
    """Two calls at 5, which the exchange holds as well; the share stands at 210."""
    teller.fill("buy", CALL, 2, 5)
    VenueHolding.objects.create(reference=teller.world.account.reference, symbol=CALL, quantity=2)
    VenueCash.objects.update(amount=Decimal(99_000))
    teller.world.quote("AAPL", "210")
    return teller


def wish(teller: Teller, symbol: str = CALL, quantity: object = 1, key: str = "one") -> OptionExercise:
    return exercise(
        teller.world.account,
        symbol=symbol,
        quantity=Decimal(str(quantity)),
        client_key=key,
        actor=teller.world.alice,
        clock=teller.world.clock,
    )


def test_shares_cost_the_strike_and_the_premium(holder: Teller) -> None:
    assert wish(holder).status == "settled"
    assert wish(holder).status == "settled"
    assert holder.position("AAPL") == (100, 20_500, 0)
    assert holder.position(CALL) == (1, 500, 0)
    assert holder.faults() == set()
    assert compare(holder.world.account) == []
    with pytest.raises(IdempotencyMismatch):
        wish(holder, quantity=2)


def test_contracts_are_kept_from_orders_until_the_venue_has_answered(holder: Teller) -> None:
    with patch.object(wishes, "_ask", side_effect=VenueUnavailable("away")):
        made = wish(holder, quantity=2)
    assert LedgerAccount.objects.get(kind="units", asset=CALL).held == made.held == 2
    assert holder.faults() == set()
    with pytest.raises(InvalidInput, match="free"):
        wish(holder, key="two")
    holder.world.clock.advance(seconds=3)
    assert wishes.finish_wishes(clock=holder.world.clock) == 1
    assert holder.position("AAPL") == (200, 41_000, 0)
    assert LedgerAccount.objects.get(kind="units", asset=CALL).held == 0


def test_what_the_venue_refuses_gives_the_contracts_back(holder: Teller) -> None:
    holder.world.quote("AAPL", "199")
    made = wish(holder)
    assert (made.status, made.refusal_code, made.held) == ("refused", "out_of_the_money", 0)
    assert holder.position(CALL) == (2, 1000, 0)
    assert holder.faults() == set()


@pytest.mark.parametrize(
    ("symbol", "quantity", "field", "code"),
    [
        ("AAPL", 1, "symbol", "not_an_option"),
        (CALL, 0, "quantity", "not_positive"),
        (CALL, "0.5", "quantity", "size_increment"),
        (CALL, "NaN", "quantity", "not_positive"),
        (CALL, 3, "quantity", "insufficient_holdings"),
        (PUT, 1, "quantity", "insufficient_holdings"),
    ],
)
def test_what_cannot_be_exercised_is_refused_and_moves_nothing(
    holder: Teller, symbol: str, quantity: object, field: str, code: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        wish(holder, symbol, quantity)
    assert [(error.field, error.code) for error in refusal.value.errors] == [(field, code)]
    assert OptionExercise.objects.count() == 0


@pytest.mark.parametrize(("pending", "code"), [("", "guarded_by_stop"), (PendingRequest.CANCEL, "stop_leaving")])
def test_what_a_stop_holds_at_the_venue_is_not_exercised_and_it_is_said(
    holder: Teller, counted: Callable[[], dict[str, int]], pending: str, code: str
) -> None:
    world = holder.world
    world.quote(CALL, "5")
    resting = world.place("sell", CALL, quantity="2", effect=PositionEffect.CLOSE, limit_price="50").order
    assert resting.is_open
    Order.objects.filter(pk=resting.pk).update(pending_request=pending)
    now = world.clock.now()
    Stop.objects.create(
        account=world.account, instrument=resting.instrument, client_key="s", kind="take_profit", is_long=True,
        price=Decimal(50), entry=Decimal(5), resting=resting, splits_until=now, created_at=now, updated_at=now,
    )  # fmt: skip
    before = counted()
    with pytest.raises(InvalidInput) as refusal:
        wish(holder)
    assert [(error.field, error.code) for error in refusal.value.errors] == [("quantity", code)]
    with pytest.raises(InvalidInput) as refusal:
        wish(holder, quantity=3)
    assert refusal.value.errors[0].code == "insufficient_holdings"
    assert counted() == before
    assert holder.position(CALL) == (2, 1000, 0)


def test_unknown_symbols_are_refused(holder: Teller, counted: Callable[[], dict[str, int]]) -> None:
    before = counted()
    with pytest.raises(ArbionError):
        wish(holder, "NOPE")
    assert counted() == before
