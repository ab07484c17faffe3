"""Cash in and out: within limits, held while it is on its way, booked once, whatever is lost on the way."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from unittest.mock import patch

import pytest

from accounts.models import User
from arbion.domain.errors import ArbionError, InvalidInput, NotFound
from brokers.accounts import AccountArchived
from brokers.errors import OutcomeUnknown, VenueUnavailable
from brokers.models import VenueActivity, VenueCash
from brokers.simulator.adapter import SimulatedBroker
from tests.trading.conftest import World
from trading import selectors
from trading.books.check import verify_books
from trading.errors import IdempotencyMismatch
from trading.execution import wishes
from trading.execution.cash import deposit, finish_cash_movements, limits_of, withdraw
from trading.execution.reconcile import compare
from trading.models import CashMovement, Journal, LedgerAccount

Counted = Callable[[], dict[str, int]]


def move(world: World, verb: Callable[..., CashMovement], amount: object, **given: object) -> CashMovement:
    key = str(given.pop("key", f"move-{next(world.keys)}"))
    arguments = {"user": world.alice, "amount": Decimal(str(amount)), "client_key": key, "clock": world.clock, **given}
    return verb(world.account, **arguments)


def cash_of(world: World) -> tuple[Decimal, Decimal]:
    row = LedgerAccount.objects.get(account=world.account, kind="cash")
    return row.balance, row.held


def test_what_is_put_in_and_taken_out_is_settled_on_both_sides(world: World) -> None:
    made = move(world, deposit, "2500.50")
    assert (made.status, made.kind, made.amount) == ("settled", "deposit", Decimal("2500.50"))
    assert move(world, withdraw, "500.50").status == "settled"
    assert cash_of(world) == (102_000, 0)
    assert VenueCash.objects.get().amount == 102_000
    assert compare(world.account) == []
    assert verify_books(world.account) == []
    assert selectors.portfolio(world.account, at=world.clock.now()).total_profit == 0


def test_the_same_key_is_the_same_movement(world: World) -> None:
    first = move(world, deposit, 100, key="once")
    assert move(world, deposit, 100, key="once").pk == first.pk
    assert cash_of(world)[0] == 100_100
    for verb, amount in ((deposit, 101), (withdraw, 100)):
        with pytest.raises(IdempotencyMismatch):
            move(world, verb, amount, key="once")
    assert cash_of(world)[0] == 100_100


@pytest.mark.parametrize(
    ("verb", "amount", "code"),
    [
        (deposit, "0", "not_positive"),
        (deposit, "-5", "not_positive"),
        (deposit, "NaN", "not_positive"),
        (deposit, "Infinity", "not_positive"),
        (deposit, "1.005", "too_fine"),
        (deposit, "1000000.01", "too_large"),
        (withdraw, "100000.01", "insufficient_cash"),
    ],
)
def test_amounts_that_cannot_be_moved_are_refused_and_move_nothing(
    world: World, verb: Callable[..., CashMovement], amount: str, code: str, counted: Counted
) -> None:
    before = counted()
    with pytest.raises(InvalidInput) as refusal:
        move(world, verb, amount)
    assert [(error.field, error.code) for error in refusal.value.errors] == [("amount", code)]
    assert counted() == before


def test_a_balance_and_a_days_movements_have_limits(world: World, settings: object, counted: Counted) -> None:
    settings.CASH_BALANCE_MAX, settings.CASH_MOVES_A_DAY = "100150", 2
    assert limits_of(world.account, clock=world.clock).deposit_max == 150
    with pytest.raises(InvalidInput, match="at most"):
        move(world, deposit, "150.01")
    move(world, deposit, 100)
    move(world, withdraw, 100)
    before = counted()
    with pytest.raises(InvalidInput) as refusal:
        move(world, withdraw, 1)
    assert refusal.value.errors[0].code == "too_many"
    assert counted() == before
    world.clock.advance(seconds=24 * 3600 + 1)
    assert move(world, withdraw, 1).status == "settled"


def test_cash_that_orders_have_claimed_cannot_be_taken_out(world: World) -> None:
    world.place("buy", "AAPL", quantity=400, limit_price="100", tif="gtc")
    with pytest.raises(InvalidInput, match="free"):
        move(world, withdraw, "60000.01")
    assert move(world, withdraw, "60000").status == "settled"
    assert cash_of(world) == (40_000, 40_000)


def test_what_is_on_its_way_out_is_spent_by_no_order(world: World) -> None:
    with patch.object(wishes, "_ask", side_effect=VenueUnavailable("away")):
        made = move(world, withdraw, 90_000)
    assert (made.status, made.held) == ("requested", 90_000)
    assert cash_of(world) == (100_000, 90_000)
    assert verify_books(world.account) == []
    assert world.place("buy", "AAPL", quantity=60).order.status == "denied"
    world.clock.advance(seconds=3)
    assert finish_cash_movements(clock=world.clock) == 1
    made.refresh_from_db()
    assert (made.status, made.held, cash_of(world)) == ("settled", 0, (10_000, 0))
    assert verify_books(world.account) == []


def test_an_answer_that_was_lost_moves_nothing_twice(world: World) -> None:
    truly = SimulatedBroker.move_cash

    def lost(self: object, *given: object) -> None:
        truly(self, *given)
        raise OutcomeUnknown("the answer was lost")

    with patch.object(SimulatedBroker, "move_cash", lost):
        made = move(world, withdraw, 1000)
    assert made.status == "requested"
    assert VenueActivity.objects.count() == 1
    for _ in range(3):
        world.clock.advance(seconds=3)
        finish_cash_movements(clock=world.clock)
    made.refresh_from_db()
    assert (made.status, cash_of(world)) == ("settled", (99_000, 0))
    assert Journal.objects.filter(code="withdrawal").count() == VenueActivity.objects.count() == 1


def test_what_the_venue_refuses_is_given_back_with_its_reason(world: World) -> None:
    VenueCash.objects.update(amount=500)
    made = move(world, withdraw, 1000)
    assert (made.status, made.refusal_code, made.held) == ("refused", "insufficient_cash", 0)
    assert made.refusal_reason
    assert cash_of(world) == (100_000, 0)
    assert verify_books(world.account) == []


def test_strangers_and_history_move_nothing(world: World, counted: Counted) -> None:
    bob = User.objects.create_user("bob@example.com")
    before = counted()
    with pytest.raises(NotFound):
        move(world, deposit, 5, user=bob)
    with pytest.raises(ArbionError):
        move(world, deposit, 5, key="")
    world.account.archived_at = world.clock.now()
    world.account.save()
    with pytest.raises(AccountArchived):
        move(world, deposit, 5)
    assert counted() == before
