"""Exercise before expiry, as the holder wishes: shares against the strike, once, or nothing at all."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from arbion.domain.enums import Side, TimeInForce
from arbion.domain.numbers import money
from arbion.domain.orders import ExerciseRequest
from arbion.lib.clock import FrozenClock
from brokers.errors import VenueRejected
from brokers.models import VenueCash, VenueHolding
from brokers.simulator.activities import settle_due
from brokers.simulator.adapter import SimulatedBroker
from brokers.simulator.assignment import is_chosen
from brokers.simulator.cash import close_account
from brokers.simulator.exercise import exercise
from marketdata.models import CorporateAction, Instrument, OptionContract, Quote
from tests.brokers.factories import (
    REFERENCE,
    accepted,
    cash_of,
    known,
    list_option,
    open_account,
    quote,
    request,
    units_of,
)
from tests.brokers.happenings import adds_up, owe, refuses, seen, state, survives_kills, told

CALL, PUT, FAR_CALL = "AAPL260417C00090000", "AAPL260417P00110000", "AAPL260417C00120000"


@pytest.fixture(autouse=True)
def chain(share: str) -> None:
    """A call and a put in the money, and a call that is not, at a last price of 99.90."""
    for symbol, price in ((CALL, "10.50"), (PUT, "11.00"), (FAR_CALL, "0.50")):
        list_option(symbol)
        quote(symbol, price, price)


def wish(clock: FrozenClock, symbol: str = CALL, quantity: str = "1", client_id: str = "one") -> None:
    """Exercise contracts under an id."""
    order = ExerciseRequest(client_id=client_id, symbol=symbol, quantity=Decimal(quantity))
    exercise(reference=REFERENCE, request=order, clock=clock)


def test_a_call_buys_its_shares_once(clock: FrozenClock) -> None:
    open_account(cash="20000", **{CALL: "3"})
    broker = SimulatedBroker(clock=clock)

    with adds_up():
        for _ in range(2):
            broker.exercise(REFERENCE, ExerciseRequest(client_id="one", symbol=CALL, quantity=Decimal(2)))

    assert (units_of(), units_of(CALL), cash_of()) == (200, 1, 2000)
    assert seen() == [("exercise", CALL, {CALL: "-2", "AAPL": "200", "USD": "-18000"})]
    (activity,) = told()
    assert (activity.price, activity.client_id) == (90, "one")


def test_a_put_sells_its_shares(clock: FrozenClock) -> None:
    open_account(cash="0", AAPL="100", **{PUT: "1"})

    with adds_up():
        wish(clock, PUT)

    assert seen() == [("exercise", PUT, {PUT: "-1", "AAPL": "-100", "USD": "11000"})]


def test_a_put_may_open_a_short_position_on_margin(clock: FrozenClock) -> None:
    # 150 percent of a hundred at 99.90, less the strike of 110 that comes in.
    open_account(cash="3984.99", allows_short=True, **{PUT: "1"})

    with refuses("insufficient_cash"):
        wish(clock, PUT)
    VenueCash.objects.update(amount=Decimal(3985))
    with adds_up():
        wish(clock, PUT)
    assert (units_of(), cash_of()) == (-100, 14985)


def test_a_fraction_of_a_share_is_settled_in_money(clock: FrozenClock) -> None:
    open_account(cash="20000", **{CALL: "1"})
    Instrument.objects.filter(symbol=CALL).update(multiplier=Decimal("33.33333333"))

    with adds_up():
        wish(clock)

    # 33 shares, and a third of one at 99.90 for the strike of 33.33333333.
    assert units_of() == 33
    assert cash_of() == 20000 - Decimal("2999.9999997") + money(Decimal("0.33333333") * Decimal("99.9"))


@pytest.mark.parametrize(
    ("symbol", "quantity", "code"),
    [
        ("AAPL", "1", "unknown_symbol"),
        ("AAPL260417C00091000", "1", "unknown_symbol"),
        (CALL, "0", "invalid_size"),
        (CALL, "-1", "invalid_size"),
        (CALL, "0.5", "invalid_size"),
        (CALL, "NaN", "invalid_size"),
        (CALL, "3", "insufficient_holdings"),
        (FAR_CALL, "1", "out_of_the_money"),
        (PUT, "1", "short_not_allowed"),
    ],
)
def test_what_cannot_be_exercised_is_refused(clock: FrozenClock, symbol: str, quantity: str, code: str) -> None:
    open_account(cash="50000", **{CALL: "2", FAR_CALL: "1", PUT: "1"})

    with refuses(code):
        wish(clock, symbol, quantity)


def test_nobody_exercises_what_is_not_held(clock: FrozenClock) -> None:
    open_account(cash="50000", AAPL="100")

    with refuses("insufficient_holdings"):
        wish(clock)


def test_shares_that_cannot_be_paid_are_not_bought(clock: FrozenClock) -> None:
    open_account(cash="8999.99", **{CALL: "1"})

    with refuses("insufficient_cash"):
        wish(clock)


def test_what_other_orders_claim_is_left_to_them(clock: FrozenClock) -> None:
    open_account(cash="9900", **{CALL: "2"})
    sale = accepted(clock, request(Side.SELL, "1", symbol=CALL, limit_price="15.00", time_in_force=TimeInForce.GTC))
    accepted(clock, request(limit_price="90", quantity="10"))

    with refuses("insufficient_holdings"):
        wish(clock, quantity="2")
    wish(clock)
    assert known(sale).status == "accepted"
    with refuses("insufficient_holdings"):
        wish(clock, client_id="two")


def test_a_call_that_covers_another_is_not_given_up_for_nothing(clock: FrozenClock) -> None:
    open_account(cash="9000", **{CALL: "1"})
    owe(FAR_CALL, "1")
    # Its shares cover as well as it did.
    with adds_up():
        wish(clock)
    assert units_of() == 100


def test_money_that_secures_a_put_buys_no_shares(clock: FrozenClock) -> None:
    open_account(cash="12000", **{CALL: "1"})
    owe(PUT, "1")

    with refuses("insufficient_cash"):
        wish(clock)


def test_expired_and_halted_contracts_are_not_exercised(clock: FrozenClock) -> None:
    open_account(cash="20000", **{CALL: "1"})
    Instrument.objects.filter(symbol="AAPL").update(is_halted=True)
    with refuses("instrument_halted"):
        wish(clock)
    Instrument.objects.filter(symbol="AAPL").update(is_halted=False)
    OptionContract.objects.update(expires_on=date(2026, 3, 17))
    with refuses("option_expired"):
        wish(clock)


def test_without_a_price_nothing_is_exercised(clock: FrozenClock) -> None:
    open_account(cash="20000", **{CALL: "1"})
    Quote.objects.filter(instrument__symbol="AAPL").delete()

    with refuses("no_quote"):
        wish(clock)


def test_a_closed_account_and_one_that_is_not_there_exercise_nothing(clock: FrozenClock) -> None:
    open_account(cash="20000", **{CALL: "1"})
    close_account(REFERENCE, clock=clock)

    with refuses("account_closed"):
        wish(clock)
    with pytest.raises(VenueRejected, match="no such account"):
        exercise(
            reference="nobody", request=ExerciseRequest(client_id="one", symbol=CALL, quantity=Decimal(1)), clock=clock
        )


def test_an_id_stands_for_one_wish(clock: FrozenClock) -> None:
    open_account(cash="50000", **{CALL: "3"})
    wish(clock)

    with refuses("duplicate_client_id"):
        wish(clock, quantity="2")
    with refuses("duplicate_client_id"):
        wish(clock, PUT)
    with refuses("invalid_client_id"):
        wish(clock, client_id="")


def test_a_kill_at_any_statement_exercises_once(clock: FrozenClock) -> None:
    open_account(cash="50000", **{CALL: "3"})

    survives_kills(lambda: wish(clock), least=10)


# Early assignment ----------------------------------------------------------------------------------------------------
def dividend(amount: str = "2") -> CorporateAction:
    """A dividend on the next day."""
    return CorporateAction.objects.create(
        instrument=Instrument.objects.get(symbol="AAPL"),
        kind="dividend",
        ex_date=date(2026, 3, 19),
        amount=Decimal(amount),
    )


def writers(**account: object) -> tuple[str, str]:
    """Two accounts that owe the call: one that is assigned, and one whose contract meets nobody who exercises."""
    action = CorporateAction.objects.get()
    names = [f"writer-{number}" for number in range(40)]
    assigned = next(name for name in names if is_chosen(action, CALL, name))
    spared = next(name for name in names if not is_chosen(action, CALL, name))
    for name in (assigned, spared):
        open_account(name, **account)  # type: ignore[arg-type]
        owe(CALL, "1", name)
    return assigned, spared


def test_a_covered_call_is_assigned_before_a_dividend_that_is_worth_more_than_its_time(clock: FrozenClock) -> None:
    dividend()
    assigned, spared = writers(cash="0", AAPL="100")
    clock.advance(seconds=14 * 3600)

    with adds_up(assigned), adds_up(spared):
        settle_due(clock=clock)

    # The shares go before the day on which the dividend is paid for them.
    assert seen(assigned) == [("assignment", CALL, {CALL: "1", "AAPL": "-100", "USD": "9000"})]
    assert seen(spared) == [("dividend", "AAPL", {"USD": "200"})]
    assert told(assigned)[0].price == 90


def test_without_shares_it_is_paid_where_the_money_is_there(clock: FrozenClock) -> None:
    dividend()
    assigned, _ = writers(cash="1000", **{FAR_CALL: "1"})
    VenueHolding.objects.filter(symbol=FAR_CALL).update(symbol="AAPL260417C00085000")
    list_option("AAPL260417C00085000")
    clock.advance(seconds=14 * 3600)

    with adds_up(assigned):
        settle_due(clock=clock)

    assert seen(assigned) == [("assignment", CALL, {CALL: "1", "USD": "-990"})]


def test_without_either_it_stays_owed(clock: FrozenClock) -> None:
    dividend()
    assigned, _ = writers(cash="989.99", **{FAR_CALL: "1"})
    clock.advance(seconds=14 * 3600)
    settle_due(clock=clock)

    assert seen(assigned) == []


@pytest.mark.parametrize("amount", ["0.50", "0.60"])
def test_a_dividend_below_its_time_value_assigns_nobody(clock: FrozenClock, amount: str) -> None:
    dividend(amount)
    assigned, _ = writers(cash="0", AAPL="100")
    clock.advance(seconds=14 * 3600)
    settle_due(clock=clock)

    assert [kind for kind, _, _ in seen(assigned)] == ["dividend"]


def test_orders_that_were_to_close_it_are_canceled(clock: FrozenClock) -> None:
    dividend()
    assigned, _ = writers(cash="1000", AAPL="100")
    order = request(symbol=CALL, quantity="1", limit_price="5.00", time_in_force=TimeInForce.GTC, effect="close")
    accepted(clock, order, assigned)
    clock.advance(seconds=14 * 3600)
    settle_due(clock=clock)

    assert units_of(CALL, assigned) == 0
    assert known(order.client_order_id, assigned).reject_code == "assigned"


def test_a_kill_at_any_statement_assigns_once(clock: FrozenClock) -> None:
    dividend()
    writers(cash="1000", AAPL="100")
    clock.advance(seconds=14 * 3600)
    before = state()

    survives_kills(lambda: settle_due(clock=clock), least=20)
    assert state() == before
