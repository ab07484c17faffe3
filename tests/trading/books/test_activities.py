"""Activities: booked once, into the ledger, the lots and the position; figures by hand."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from unittest.mock import patch

import pytest

from accounts.models import Notification
from arbion.domain.enums import Side
from arbion.domain.reports import FillReport
from arbion.proofs import oracle
from brokers.simulator import venue
from brokers.simulator.activities import settle_due
from marketdata.models import CorporateAction, Instrument
from tests.trading.books.conftest import CALL, PUT, Teller
from trading import selectors
from trading.books.arithmetic import Unbookable
from trading.execution import dispatch
from trading.execution.activities import absorb_activities, absorb_all
from trading.execution.collect import collect
from trading.models import Journal, Lot, Order, VenueCursor


def test_cash_that_came_or_went_is_booked_once_however_often_it_is_told(teller: Teller) -> None:
    told = [teller.activity("deposit", {"USD": "500.25"}), teller.activity("withdrawal", {"USD": "-100"})]
    for _ in range(3):
        absorb_activities(teller.world.account.pk, told, clock=teller.world.clock)
    assert teller.balance("cash") == Decimal("100400.25")
    assert VenueCursor.objects.get(account=teller.world.account).activities_after == told[1].cursor
    assert list(Journal.objects.order_by("id").values_list("code", flat=True)) == ["opening", "deposit", "withdrawal"]
    assert teller.faults() == set()


def test_a_dividend_is_income_and_part_of_the_positions_profit(teller: Teller) -> None:
    teller.fill("buy", "AAPL", 10, 200)
    teller.happen("dividend", {"USD": "2.4"}, symbol="AAPL", price=Decimal("0.24"))
    assert teller.position("AAPL") == (10, 2000, Decimal("2.4"))
    assert teller.balance("income") == Decimal("-2.4")
    assert teller.faults() == set()


def test_whoever_owes_shares_owes_their_dividend(teller: Teller) -> None:
    teller.fill("sell", "AAPL", 10, 200)
    teller.happen("dividend", {"USD": "-2.4"}, symbol="AAPL", price=Decimal("0.24"))
    assert teller.position("AAPL") == (-10, -2000, Decimal("-2.4"))
    assert teller.faults() == set()


@pytest.mark.parametrize(("side", "sign"), [("buy", 1), ("sell", -1)])
def test_a_split_multiplies_units_and_leaves_cost(teller: Teller, side: str, sign: int) -> None:
    teller.fill(side, "AAPL", "1.5", 200)
    teller.fill(side, "AAPL", 2, 210)
    teller.happen("split", {"AAPL": 14 * sign}, symbol="AAPL", ratio=Decimal(5))
    assert teller.lots("AAPL") == [(sign * Decimal("7.5"), sign * 300), (sign * 10, sign * 420)]
    assert teller.position("AAPL") == (sign * Decimal("17.5"), sign * 720, 0)
    assert teller.faults() == set()


def test_a_reverse_split_sells_the_fraction_for_the_cash_that_came(teller: Teller) -> None:
    teller.fill("buy", "AAPL", 25, 10)
    teller.happen("split", {"AAPL": -23, "USD": 50}, symbol="AAPL", ratio=Decimal("0.1"))
    assert teller.lots("AAPL") == [(2, 200)]
    assert teller.closures("AAPL") == [(Decimal("0.5"), 50, 50)]
    assert teller.faults() == set()


def test_lots_too_small_for_a_new_unit_are_closed_for_nothing(teller: Teller) -> None:
    teller.fill("buy", "AAPL", "0.00000004", 100)
    teller.fill("buy", "AAPL", 10, 100)
    teller.happen("split", {"AAPL": "-9.00000004"}, symbol="AAPL", ratio=Decimal("0.1"))
    assert teller.position("AAPL")[0] == 1
    assert teller.lots("AAPL") == [(1, 1000)]
    assert teller.position("AAPL")[2] == Decimal("-0.000004")
    assert teller.faults() == set()


def test_a_split_spares_what_was_bought_after_it_and_counts_what_was_bought_before(teller: Teller) -> None:
    order = teller.fill("buy", "AAPL", 1, 200)
    split = teller.activity("split", {"AAPL": 1}, symbol="AAPL", ratio=Decimal(2), later=10)
    account, clock = teller.world.account, teller.world.clock
    later = order.fills.get()
    teller.fill("buy", "AAPL", 1, 100, later=20)
    absorb_all(account.pk, activities=[split], clock=clock)
    assert teller.lots("AAPL") == [(2, 200), (1, 100)]
    assert Lot.objects.get(fill=later).quantity == 2
    assert teller.faults() == set()


@pytest.mark.parametrize(("side", "option", "cost"), [("buy", CALL, 40_000 + 1010), ("sell", PUT, 40_000 - 990)])
def test_the_premium_goes_into_what_the_shares_cost(teller: Teller, side: str, option: str, cost: int) -> None:
    teller.fill(side, option, 2, 5, fee=10)
    kind, sign = ("exercise", -1) if side == "buy" else ("assignment", 1)
    teller.happen(kind, {option: 2 * sign, "AAPL": 200, "USD": -40_000}, symbol=option, price=Decimal(200))
    assert teller.position(option) == (0, 0, 0)
    assert teller.position("AAPL") == (200, cost, 0)
    assert teller.faults() == set()


@pytest.mark.parametrize(("side", "option", "profit"), [("sell", CALL, 2990), ("buy", PUT, 988)])
def test_the_premium_goes_into_what_the_shares_brought(teller: Teller, side: str, option: str, profit: int) -> None:
    teller.fill("buy", "AAPL", 200, 190)
    teller.fill(side, option, 2, 5, fee=10 if side == "sell" else 12)
    kind, sign = ("exercise", -1) if side == "buy" else ("assignment", 1)
    teller.happen(kind, {option: 2 * sign, "AAPL": -200, "USD": 40_000}, symbol=option, price=Decimal(200))
    # 40,000 less 38,000, and the premium with its fee: 990 more for what was written, 1,012 less for what was bought.
    assert teller.position("AAPL") == (0, 0, profit)
    assert teller.position(option) == (0, 0, 0)
    assert teller.faults() == set()


def test_an_option_that_is_settled_in_cash_makes_its_profit_itself(teller: Teller) -> None:
    teller.fill("buy", CALL, 2, 5)
    teller.happen("exercise", {CALL: -1, "USD": 700}, symbol=CALL, price=Decimal(207))
    teller.happen("expiry", {CALL: -1}, symbol=CALL)
    assert teller.closures(CALL) == [(1, 500, 700), (1, 500, 0)]
    assert teller.position(CALL) == (0, 0, -300)
    assert teller.faults() == set()


def test_a_written_option_that_expires_leaves_its_premium(teller: Teller) -> None:
    teller.fill("sell", PUT, 1, 5, fee=1)
    teller.happen("expiry", {PUT: 1}, symbol=PUT)
    assert teller.closures(PUT) == [(1, 0, 499)]
    assert teller.faults() == set()


def test_an_assigned_call_without_shares_leaves_them_owed_and_the_books_say_why(teller: Teller) -> None:
    teller.fill("sell", CALL, 1, 5)
    teller.happen("assignment", {CALL: 1, "AAPL": -100, "USD": 20_000}, symbol=CALL, price=Decimal(200))
    told = Notification.objects.filter(kind="account")
    assert [(one.user, one.title, one.urgency) for one in told] == [
        (teller.world.alice, f"{CALL}: assigned", "warning")
    ]
    assert teller.position("AAPL") == (-100, -20_500, 0)
    assert teller.faults() == set()


def test_shares_never_cost_less_than_nothing(teller: Teller) -> None:
    teller.fill("sell", PUT, 1, 201)
    teller.happen("assignment", {PUT: 1, "AAPL": 100, "USD": -20_000}, symbol=PUT, price=Decimal(200))
    assert teller.position("AAPL") == (100, 0, 0)
    assert teller.position(PUT) == (0, 0, 100)
    assert teller.faults() == set()


@pytest.mark.parametrize(
    ("kind", "changes", "symbol"),
    [
        ("deposit", {"AAPL": 5}, ""),
        ("dividend", {"USD": 5}, "NONE"),
        ("split", {"AAPL": 5, "MSFT": 5}, "AAPL"),
        ("expiry", {CALL: -3}, CALL),
        ("expiry", {CALL: 1}, CALL),
        ("exercise", {CALL: -1, "AAPL": 100, "MSFT": 100, "USD": -1}, CALL),
    ],
)
def test_what_does_not_fit_the_books_moves_nothing(
    teller: Teller, kind: str, changes: dict[str, object], symbol: str, everything: object
) -> None:
    teller.fill("buy", CALL, 2, 5)
    before = everything()
    with pytest.raises(Unbookable):
        teller.happen(kind, changes, symbol=symbol)
    assert everything() == before
    assert teller.faults() == set()


def test_money_of_a_split_that_no_fraction_stands_for_is_income(teller: Teller) -> None:
    teller.fill("buy", "AAPL", "3000000.0001", "0.01")
    teller.happen("split", {"AAPL": "-2000000.0001", "USD": "0.005"}, symbol="AAPL", ratio=Decimal("0.3333333333"))
    assert teller.position("AAPL") == (1_000_000, Decimal("30000.000001"), Decimal("0.005"))
    assert teller.balance("income") == Decimal("-0.005")
    assert teller.faults() == set()


@pytest.mark.parametrize("kind", ["dividend", "split"])
def test_what_changes_nothing_is_booked_once_all_the_same(teller: Teller, kind: str) -> None:
    report = teller.happen(kind, {}, symbol="AAPL")
    absorb_activities(teller.world.account.pk, [report], clock=teller.world.clock)
    assert Journal.objects.count() == 2
    assert selectors.dividends(teller.world.account) == []
    assert teller.faults() == set()


@pytest.mark.parametrize(("new", "old", "held"), [(2, 1, 21), (3, 2, Decimal("15.75")), (1, 4, Decimal("2.625"))])
def test_a_split_at_the_exchange_comes_to_the_same_in_both_books(
    teller: Teller, new: int, old: int, held: Decimal
) -> None:
    world = teller.world
    world.place("buy", "AAPL", quantity="10.5")
    world.place("sell", "AAPL", quantity=5, limit_price="230", tif="gtc")
    share = Instrument.objects.get(symbol="AAPL")
    today = world.clock.now().date()
    CorporateAction.objects.create(instrument=share, kind="split", ex_date=today, new_units=new, old_units=old)
    changed = settle_due(clock=world.clock)
    assert world.account.reference in changed
    collect(world.account, clock=world.clock)
    assert teller.position("AAPL")[0] == held
    assert oracle.faults_of(world.account) == []


def test_all_that_happened_at_one_moment_and_was_told_late_is_booked_in_its_order(teller: Teller) -> None:
    """A resting purchase, its option and two activities between them: read in one look, hours afterwards."""
    world = teller.world
    world.place("buy", "AAPL", quantity="10")
    order = world.place("buy", "AAPL", quantity="6", limit_price="190", tif="gtc").order
    share = Instrument.objects.get(symbol="AAPL")
    today = world.clock.now().date()
    CorporateAction.objects.create(instrument=share, kind="split", ex_date=today, new_units=3, old_units=2)
    settle_due(clock=world.clock)
    world.quote("AAPL", "125")
    venue.match_all(clock=world.clock)
    CorporateAction.objects.create(instrument=share, kind="dividend", ex_date=today, amount=Decimal("0.5"))
    settle_due(clock=world.clock)

    collect(world.account, clock=world.clock)
    order.refresh_from_db()
    assert (order.status, order.quantity, order.filled_quantity) == ("filled", 9, 9)
    assert teller.lots("AAPL") == [(15, Decimal("2000.1")), (9, Decimal("1125.09"))]
    assert oracle.faults_of(world.account) == []


def test_an_options_fill_counts_the_shares_of_its_own_day(teller: Teller) -> None:
    """Its contract stands for half as many shares by the time that anybody hears of the fill."""
    with patch.object(dispatch, "_claim", return_value=None):
        order = teller.world.place("buy", "AAPL", quantity="1", limit_price="190").order
    option = Instrument.objects.get(symbol=CALL)
    Order.objects.filter(pk=order.pk).update(instrument=option, quantity=2)
    Instrument.objects.filter(pk=option.pk).update(multiplier=50)
    report = replace(_fill_of(teller, order, CALL), quantity=Decimal(2), price=Decimal(5), multiplier=Decimal(100))
    absorb_all(teller.world.account.pk, fills=[report], clock=teller.world.clock)
    assert teller.balance("cash") == Decimal(99_000)
    assert order.fills.get().multiplier == 100
    assert Order.objects.get(pk=order.pk).filled_value == 1000


def _fill_of(teller: Teller, order: Order, symbol: str) -> FillReport:
    return FillReport(
        client_order_id=str(order.pk), venue_order_id="v", venue_fill_id="f", symbol=symbol, side=Side.BUY,
        quantity=Decimal(1), price=Decimal(1), fee=Decimal(0), filled_at=teller.world.clock.now(), cursor=1,
    )  # fmt: skip
