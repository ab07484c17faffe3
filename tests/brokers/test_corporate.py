"""Dividends and splits at the exchange: every account once, every resting order, and no kill that shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arbion.domain.enums import OrderStatus, Side, TimeInForce
from arbion.lib.clock import FrozenClock
from brokers.models import VenueCash, VenueOrder
from brokers.simulator import venue
from brokers.simulator.activities import settle_due
from brokers.simulator.cash import close_account
from brokers.simulator.corporate import effect_of
from marketdata import corporate
from marketdata.models import CorporateAction, Instrument, OptionContract, Quote
from tests.brokers.factories import (
    REFERENCE,
    accepted,
    cash_of,
    known,
    list_option,
    open_account,
    quote,
    refused,
    request,
    units_of,
)
from tests.brokers.happenings import adds_up, owe, seen, state, survives_kills, told

EX_DATE = date(2026, 3, 19)
CALL = "AAPL260417C00110000"
GTC = TimeInForce.GTC


@pytest.fixture
def tomorrow(clock: FrozenClock) -> Callable[[], set[str]]:
    """Let the ex-date begin and the exchange do what is due."""

    def begin() -> set[str]:
        clock.advance(seconds=14 * 3600)
        return settle_due(clock=clock)

    return begin


def dividend(amount: str = "2.50") -> CorporateAction:
    """A dividend on the next day."""
    return CorporateAction.objects.create(
        instrument=Instrument.objects.get(symbol="AAPL"), kind="dividend", ex_date=EX_DATE, amount=Decimal(amount)
    )


def split(new: int = 2, old: int = 1) -> CorporateAction:
    """A split on the next day."""
    return CorporateAction.objects.create(
        instrument=Instrument.objects.get(symbol="AAPL"), kind="split", ex_date=EX_DATE, new_units=new, old_units=old
    )


def resting(clock: FrozenClock, side: Side, quantity: str = "10", **fields: object) -> str:
    """A good-till-canceled order that rests."""
    return accepted(clock, request(side, quantity, time_in_force=GTC, **fields))


def prices(client_order_id: str) -> tuple[str, ...]:
    """Quantity, limit and stop of a resting order, as the exchange tells them."""
    report = known(client_order_id)
    assert report.status in {OrderStatus.ACCEPTED, OrderStatus.PARTIALLY_FILLED}, report
    assert report.terms is not None
    terms = (report.terms.quantity, report.terms.limit_price, report.terms.stop_price)
    return tuple("" if value is None else f"{value:.2f}" for value in terms)


def test_nothing_is_due_in_two_queries(share: str, clock: FrozenClock) -> None:
    dividend()
    with CaptureQueriesContext(connection) as queries:
        assert settle_due(clock=clock) == set()

    assert len(queries) <= 2


def test_a_dividend_is_paid_to_who_holds_and_charged_to_who_owes(
    share: str, clock: FrozenClock, tomorrow: Callable[[], set[str]]
) -> None:
    action = dividend()
    open_account(AAPL="10")
    open_account("short", allows_short=True)
    owe("AAPL", "4", "short")
    open_account("nobody")

    with adds_up(), adds_up("short"):
        assert tomorrow() == {REFERENCE, "short"}

    assert seen() == [("dividend", "AAPL", {"USD": "25"})]
    assert seen("short") == [("dividend", "AAPL", {"USD": "-10"})]
    assert told()[0].price == Decimal("2.5")
    assert told("nobody") == []
    found = Quote.objects.get()
    assert (found.bid, found.ask, found.last) == (Decimal("97.40"), Decimal("97.60"), Decimal("97.40"))
    assert found.previous_close == Decimal("99.90")
    action.refresh_from_db()
    assert (action.status, action.applied_at) == ("applied", clock.now())
    instrument = Instrument.objects.get()
    assert (instrument.is_halted, instrument.halt_reason, instrument.base_price) == (False, "", 100)
    before = state()
    assert settle_due(clock=clock) == set()
    assert state() == before


def test_a_dividend_lowers_lasting_buy_limits_and_sell_stops(
    share: str, clock: FrozenClock, tomorrow: Callable[[], set[str]]
) -> None:
    dividend("2.505")
    open_account(cash="50000", AAPL="100")
    buy_limit = resting(clock, Side.BUY, limit_price="90")
    buy_stop = resting(clock, Side.BUY, stop_price="110")
    sell_limit = resting(clock, Side.SELL, limit_price="110")
    sell_stop = resting(clock, Side.SELL, stop_price="90")
    stop_limit = resting(clock, Side.SELL, stop_price="90", limit_price="89")
    trailing = resting(clock, Side.SELL, trail_amount="5")
    for_a_day = accepted(clock, request(limit_price="90"))
    changed_at = VenueOrder.objects.get(client_order_id=buy_stop).updated_at

    tomorrow()

    assert prices(buy_limit) == ("10.00", "87.49", "")
    assert prices(sell_stop) == ("10.00", "", "87.49")
    assert prices(stop_limit) == ("10.00", "86.49", "87.49")
    assert prices(trailing) == ("10.00", "", "92.39")
    assert prices(buy_stop) == ("10.00", "", "110.00")
    assert prices(sell_limit) == ("10.00", "110.00", "")
    assert prices(for_a_day) == ("10.00", "90.00", "")
    assert known(buy_stop).reported_at == changed_at
    assert known(buy_limit).reported_at == clock.now()
    assert known(buy_limit).revision == 0


def test_an_order_that_the_dividend_lowers_to_nothing_is_canceled(
    share: str, clock: FrozenClock, tomorrow: Callable[[], set[str]]
) -> None:
    dividend()
    open_account()
    order = resting(clock, Side.BUY, limit_price="2.50")

    tomorrow()

    assert (known(order).status, known(order).reject_code) == (OrderStatus.CANCELED, "corporate_action")
    assert seen() == []


def test_a_split_multiplies_what_is_held_and_divides_every_price(
    share: str, clock: FrozenClock, tomorrow: Callable[[], set[str]]
) -> None:
    split(4)
    open_account(cash="50000", AAPL="10")
    open_account("short", allows_short=True)
    owe("AAPL", "4", "short")

    with adds_up(), adds_up("short"):
        tomorrow()

    assert units_of() == 40
    assert seen() == [("split", "AAPL", {"AAPL": "30"})]
    assert seen("short") == [("split", "AAPL", {"AAPL": "-12"})]
    assert told()[0].ratio == 4
    found = Quote.objects.get()
    assert (found.bid, found.ask, found.last) == (Decimal("24.98"), Decimal("25.03"), Decimal("24.98"))
    assert Instrument.objects.get().base_price == 25


def test_a_fraction_that_a_split_leaves_is_paid_in_money(
    share: str, clock: FrozenClock, tomorrow: Callable[[], set[str]]
) -> None:
    split(1, 4)
    open_account(cash="0", AAPL="10")
    open_account("short", cash="1000", allows_short=True)
    owe("AAPL", "3", "short")

    with adds_up(), adds_up("short"):
        tomorrow()

    assert (units_of(), cash_of()) == (2, Decimal("199.80"))
    assert seen() == [("split", "AAPL", {"AAPL": "-8", "USD": "199.8"})]
    assert (units_of(reference="short"), cash_of("short")) == (0, Decimal("700.30"))
    assert told()[0].price == Decimal("399.60")


def test_a_split_gives_resting_orders_new_terms(
    share: str, clock: FrozenClock, tomorrow: Callable[[], set[str]]
) -> None:
    split(3, 2)
    open_account(cash="50000", AAPL="100")
    buy = resting(clock, Side.BUY, "5", limit_price="90.01")
    sell = resting(clock, Side.SELL, "10", limit_price="110.01")
    stop = resting(clock, Side.SELL, "10", stop_price="90")
    trailing = resting(clock, Side.SELL, "10", trail_amount="6")

    tomorrow()

    # Seven and a half are seven; a buyer pays no more than was offered, a seller gets no less than was asked.
    assert prices(buy) == ("7.00", "60.00", "")
    assert prices(sell) == ("15.00", "73.34", "")
    assert prices(stop) == ("15.00", "", "60.00")
    assert prices(trailing) == ("15.00", "", "62.60")
    row = VenueOrder.objects.get(client_order_id=trailing)
    assert (row.trail_amount, row.extreme_price) == (4, Decimal("66.60"))


def test_what_is_filled_of_an_order_stays_as_it_was_filled(
    share: str, clock: FrozenClock, tomorrow: Callable[[], set[str]]
) -> None:
    split(2)
    open_account(cash="50000")
    order = resting(clock, Side.BUY, "10", limit_price="90")
    VenueOrder.objects.update(filled_quantity=4, filled_gross=Decimal(360), status=OrderStatus.PARTIALLY_FILLED)

    tomorrow()

    assert prices(order) == ("16.00", "45.00", "")
    assert known(order).filled_quantity == 4


def test_a_reverse_split_cancels_resting_orders(
    share: str, clock: FrozenClock, tomorrow: Callable[[], set[str]]
) -> None:
    split(1, 10)
    open_account()
    order = resting(clock, Side.BUY, limit_price="90")

    tomorrow()

    report = known(order)
    assert (report.status, report.reject_code) == (OrderStatus.CANCELED, "corporate_action")
    assert report.reject_reason == "AAPL was split 1 for 10: order it anew."


def test_a_split_changes_the_terms_of_options_and_cancels_their_orders(
    share: str, clock: FrozenClock, tomorrow: Callable[[], set[str]]
) -> None:
    split(3, 2)
    option = list_option(CALL)
    quote(CALL, "3.00", "3.30")
    open_account(**{CALL: "2"})
    order = resting(clock, Side.SELL, "1", symbol=CALL, limit_price="5.00")

    tomorrow()

    option.refresh_from_db()
    contract = OptionContract.objects.get()
    assert (contract.strike, option.multiplier) == (Decimal("73.3333333333"), 150)
    assert units_of(CALL) == 2
    assert not option.is_halted
    assert Quote.objects.get(instrument=option).bid == 2
    assert known(order).status is OrderStatus.CANCELED
    assert told() == []


def test_security_follows_the_new_terms(share: str, clock: FrozenClock, tomorrow: Callable[[], set[str]]) -> None:
    split(2)
    list_option(CALL)
    quote(CALL, "3.00", "3.30")
    open_account(AAPL="100")
    owe(CALL, "1")

    tomorrow()
    quote("AAPL", "49.90", "50.10", at=clock.now())

    # All two hundred shares cover the one call that is for two hundred now.
    assert refused(clock, request(Side.SELL, "1")) == "uncovered"


def test_trading_stands_still_while_it_is_carried_out(share: str, clock: FrozenClock) -> None:
    action = split(2)
    list_option(CALL)
    quote(CALL, "3.00", "3.30")
    open_account(cash="50000", AAPL="10")
    corporate.begin(action)

    assert not corporate.begin(action)
    assert refused(clock, request()) == "instrument_halted"
    assert refused(clock, request(symbol=CALL, quantity="1")) == "instrument_halted"
    clock.advance(seconds=14 * 3600)
    settle_due(clock=clock)
    quote("AAPL", "49.90", "50.10", at=clock.now())
    assert venue.place(reference=REFERENCE, request=request(), clock=clock).status is OrderStatus.FILLED


def test_somebody_elses_halt_stays(share: str, clock: FrozenClock, tomorrow: Callable[[], set[str]]) -> None:
    dividend()
    Instrument.objects.update(is_halted=True, halt_reason="News is pending.")

    tomorrow()

    instrument = Instrument.objects.get()
    assert (instrument.is_halted, instrument.halt_reason) == (True, "News is pending.")
    assert CorporateAction.objects.get().status == "applied"


def test_a_closed_account_is_history(share: str, clock: FrozenClock, tomorrow: Callable[[], set[str]]) -> None:
    dividend()
    open_account(AAPL="10")
    close_account(REFERENCE, clock=clock)

    assert tomorrow() == set()
    assert (told(), cash_of()) == ([], 10000)


@pytest.mark.parametrize("kind", ["dividend", "split", "reverse"])
def test_a_kill_at_any_statement_does_not_show(share: str, clock: FrozenClock, kind: str) -> None:
    if kind == "dividend":
        dividend()
    else:
        split(*((3, 2) if kind == "split" else (2, 3)))
    list_option(CALL)
    quote(CALL, "3.00", "3.30")
    open_account(cash="50000", AAPL="11")
    open_account("short", allows_short=True)
    owe("AAPL", "5", "short")
    resting(clock, Side.BUY, limit_price="90")
    resting(clock, Side.SELL, stop_price="90")
    clock.advance(seconds=14 * 3600)

    survives_kills(lambda: settle_due(clock=clock), least=20)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(-50_000, 50_000), st.integers(1, 20), st.integers(1, 20), st.sampled_from(["1", "0.001"]))
def test_a_split_loses_nothing(share: str, held: int, new: int, old: int, step: str) -> None:
    instrument = Instrument(symbol="AAPL", size_increment=Decimal(step))
    action = CorporateAction(instrument=instrument, kind="split", ex_date=EX_DATE, new_units=new, old_units=old)
    quantity = held * Decimal(step)
    effect = effect_of(action, instrument, VenueCash(currency="USD"), quantity, last=Decimal(1_000_000))

    after, money = quantity + effect.changes["AAPL"], effect.changes["USD"]
    assert after % Decimal(step) == 0
    assert after * quantity >= 0
    assert abs(after + money / 1_000_000 - quantity * new / old) < Decimal("1e-12")
