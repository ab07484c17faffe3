"""Cash in and out of the exchange, the closing of an account and the change of its terms."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arbion.domain.enums import FillModel, OrderStatus, PositionEffect, Side, TimeInForce
from arbion.domain.orders import CashRequest
from arbion.lib.clock import FrozenClock
from brokers.errors import VenueRejected
from brokers.models import VenueActivity, VenueCash
from brokers.port import InsideTransaction
from brokers.simulator.adapter import SimulatedBroker
from brokers.simulator.cash import close_account, move_cash, set_terms
from tests.brokers.factories import (
    NOON,
    REFERENCE,
    accepted,
    cash_of,
    known,
    list_option,
    open_account,
    quote,
    refused,
    request,
)
from tests.brokers.happenings import adds_up, owe, refuses, seen, survives_kills, told

PUT = "AAPL260417P00090000"


def move(clock: FrozenClock, amount: str, client_id: str = "one") -> None:
    """Move cash under an id."""
    move_cash(reference=REFERENCE, request=CashRequest(client_id=client_id, amount=Decimal(amount)), clock=clock)


def test_a_deposit_moves_once_however_often_it_is_asked(share: str, clock: FrozenClock) -> None:
    open_account(cash="100")
    broker = SimulatedBroker(clock=clock)

    with adds_up():
        for _ in range(3):
            broker.move_cash(REFERENCE, CashRequest(client_id="one", amount=Decimal("50.25")))

    assert cash_of() == Decimal("150.25")
    assert seen() == [("deposit", "", {"USD": "50.25"})]
    (activity,) = broker.activities(REFERENCE, after=0)
    assert (activity.client_id, activity.happened_at) == ("one", NOON)
    assert broker.activities(REFERENCE, after=activity.cursor) == []


def test_a_withdrawal_takes_all_that_is_free(share: str, clock: FrozenClock) -> None:
    open_account(cash="100")

    with adds_up():
        move(clock, "-100")

    assert cash_of() == 0
    assert seen() == [("withdrawal", "", {"USD": "-100"})]


@pytest.mark.parametrize("amount", ["0", "NaN", "Infinity", "0.000000001", "9000000001", "-9000000001"])
def test_an_amount_must_be_money(share: str, clock: FrozenClock, amount: str) -> None:
    open_account()

    with refuses("invalid_amount"):
        move(clock, amount)


@pytest.mark.parametrize("client_id", ["", "x" * 37, "naïve", "a\nb"])
def test_an_id_must_be_writable(share: str, clock: FrozenClock, client_id: str) -> None:
    open_account()

    with refuses("invalid_client_id"):
        move(clock, "1", client_id)


def test_what_cannot_be_counted_is_not_taken_in(share: str, clock: FrozenClock) -> None:
    open_account(cash="9000000000")

    with refuses("invalid_amount"):
        move(clock, "1")


def test_an_id_stands_for_one_amount(share: str, clock: FrozenClock) -> None:
    open_account()
    move(clock, "10")

    with refuses("duplicate_client_id"):
        move(clock, "11")


def test_an_account_that_is_not_there_or_closed_moves_nothing(share: str, clock: FrozenClock) -> None:
    open_account()
    move(clock, "10", "before")
    close_account(REFERENCE, clock=clock)

    with refuses("account_closed"):
        move(clock, "10")
    move(clock, "10", "before")
    with refuses("unknown_account"):
        move_cash(reference="nobody", request=CashRequest(client_id="one", amount=Decimal(1)), clock=clock)


def test_what_resting_orders_may_pay_stays(share: str, clock: FrozenClock) -> None:
    open_account(cash="1000")
    accepted(clock, request(limit_price="90", quantity="10"))

    with refuses("insufficient_cash"):
        move(clock, "-100.01")
    move(clock, "-100")
    assert cash_of() == 900


def test_what_secures_shares_that_are_owed_stays(share: str, clock: FrozenClock) -> None:
    open_account(cash="2000", allows_short=True)
    owe("AAPL", "10")
    # 150 percent of ten at 99.90.
    with refuses("insufficient_cash"):
        move(clock, "-501.51")
    move(clock, "-501.50")
    assert cash_of() == Decimal("1498.50")


def test_what_secures_a_put_that_is_owed_stays(share: str, clock: FrozenClock) -> None:
    list_option(PUT)
    quote(PUT, "1.00", "1.10")
    open_account(cash="9100")
    owe(PUT, "1")

    with refuses("insufficient_cash"):
        move(clock, "-100.01")
    move(clock, "-100")


def test_it_is_never_asked_inside_a_transaction(share: str, clock: FrozenClock) -> None:
    open_account()

    with transaction.atomic(), pytest.raises(InsideTransaction):
        SimulatedBroker(clock=clock).move_cash(REFERENCE, CashRequest(client_id="one", amount=Decimal(1)))
    assert told() == []


def test_a_kill_at_any_statement_moves_it_once(share: str, clock: FrozenClock) -> None:
    open_account()

    survives_kills(lambda: move(clock, "-10"), least=5)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 4), st.decimals(-300, 300, places=2)), max_size=12))
def test_cash_is_what_was_moved_and_never_below_what_is_claimed(
    share: str, clock: FrozenClock, wishes: list[tuple[int, Decimal]]
) -> None:
    VenueActivity.objects.all().delete()
    VenueCash.objects.filter(reference=REFERENCE).delete()
    open_account(cash="500")
    taken: dict[int, Decimal] = {}
    for number, amount in wishes:
        try:
            move(clock, str(amount), f"id-{number}")
            taken.setdefault(number, amount)
            assert taken[number] == amount
        except VenueRejected as error:
            assert error.reject_code in {"invalid_amount", "duplicate_client_id", "insufficient_cash"}  # noqa: PT017

    assert cash_of() == 500 + sum(taken.values(), Decimal(0)) >= 0


def test_a_closed_account_rests_no_order_and_takes_none(share: str, clock: FrozenClock) -> None:
    open_account(cash="5000", AAPL="10")
    resting = accepted(clock, request(limit_price="90", time_in_force=TimeInForce.GTC))

    close_account(REFERENCE, clock=clock)

    assert known(resting).status is OrderStatus.CANCELED
    assert known(resting).reject_code == "account_closed"
    assert refused(clock, request()) == "account_closed"
    closed_at = VenueCash.objects.get().closed_at
    clock.advance(seconds=60)
    close_account(REFERENCE, clock=clock)
    assert VenueCash.objects.get().closed_at == closed_at == NOON


def test_closing_survives_kills(share: str, clock: FrozenClock) -> None:
    open_account(cash="5000")
    for _ in range(2):
        accepted(clock, request(limit_price="90"))

    survives_kills(lambda: close_account(REFERENCE, clock=clock), least=4)


def test_terms_change_from_now_on(share: str) -> None:
    open_account()
    set_terms(REFERENCE, fill_model=FillModel.HARSH, allows_short=True)
    set_terms(REFERENCE)

    row = VenueCash.objects.get()
    assert (row.fill_model, row.allows_short) == (FillModel.HARSH, True)
    set_terms(REFERENCE, allows_short=False)
    assert not VenueCash.objects.get().allows_short


def test_short_sales_stay_allowed_while_shares_are_owed(share: str) -> None:
    open_account(allows_short=True)
    owe("AAPL", "1")

    with refuses("short_open"):
        set_terms(REFERENCE, allows_short=False, fill_model=FillModel.HARSH)


def test_short_sales_stay_allowed_while_an_order_rests_that_makes_one(share: str, clock: FrozenClock) -> None:
    open_account(allows_short=True)
    accepted(clock, request(Side.SELL, effect=PositionEffect.OPEN, limit_price="120"))

    with refuses("short_open"):
        set_terms(REFERENCE, allows_short=False)


def test_contracts_that_are_owed_need_no_short_sales(share: str) -> None:
    list_option(PUT)
    open_account(allows_short=True)
    owe(PUT, "1")
    set_terms(REFERENCE, allows_short=False)

    assert not VenueCash.objects.get().allows_short


def test_terms_of_a_closed_account_stay(share: str, clock: FrozenClock) -> None:
    open_account()
    close_account(REFERENCE, clock=clock)

    with refuses("account_closed"):
        set_terms(REFERENCE, fill_model=FillModel.HARSH)
