"""One figure for one thing: what the day made, by account and by position."""

from __future__ import annotations

from decimal import Decimal

from trading import selectors
from trading.execution.equity import mark_equity
from trading.models import EquityPoint


def day_of(world) -> tuple[Decimal | None, Decimal | None]:
    """The day's profit of the account, and the sum over its positions."""
    view = selectors.portfolio(world.account, at=world.clock.now())
    return view.day_profit, selectors.total(position.day_profit for position in view.positions)


def test_what_was_bought_today_counts_from_its_cost_and_not_from_yesterday(world):
    world.quote("AAPL", "200", previous="150")
    world.place("buy", "AAPL", quantity="10")
    assert day_of(world) == (Decimal("-0.10"), Decimal("-0.10"))


def test_the_days_profit_begins_with_the_opening_however_the_marks_fall(world):
    world.clock.advance(seconds=9)
    world.place("buy", "AAPL", quantity="10")
    mark_equity(at=world.clock.now())
    assert EquityPoint.objects.order_by("at").first().equity == Decimal(100_000)
    world.quote("AAPL", "201")
    assert selectors.portfolio(world.account, at=world.clock.now()).day_profit == Decimal("9.90")


def test_on_the_next_day_yesterdays_last_worth_is_the_base(world):
    world.place("buy", "AAPL", quantity="10")
    world.clock.advance(seconds=60)
    world.quote("AAPL", "200")
    mark_equity(at=world.clock.now())
    world.clock.advance(seconds=24 * 3600)
    world.quote("AAPL", "203", previous="200")
    assert day_of(world) == (Decimal(30), Decimal(30))


def test_an_account_that_sold_everything_keeps_what_it_was_left_with(world):
    world.place("buy", "AAPL", quantity="10")
    mark_equity(at=world.clock.now())
    world.clock.advance(seconds=60)
    world.quote("AAPL", "210")
    world.place("sell", "AAPL", percent_of_position="100")
    mark_equity(at=world.clock.now())
    assert EquityPoint.objects.order_by("at").last().equity == Decimal("100099.80")
    world.clock.advance(seconds=24 * 3600)
    assert selectors.portfolio(world.account, at=world.clock.now()).day_profit == 0


def test_moving_cash_is_no_profit_and_no_loss(world):
    from tests.trading.books.conftest import Teller

    teller = Teller(world)
    world.clock.advance(seconds=24 * 3600)
    world.quote("AAPL", "200")
    teller.happen("deposit", {"USD": "5000"})
    teller.happen("withdrawal", {"USD": "-1000"})
    view = selectors.portfolio(world.account, at=world.clock.now())
    assert (view.cash, view.opening, view.day_profit, view.total_profit) == (104_000, 104_000, 0, 0)
    found = selectors.period(world.account, since=world.clock.now())
    assert (found.moved_in, found.realized, found.dividends, found.fees) == (4000, 0, 0, 0)


def test_a_short_position_counts_against_the_account_and_needs_security(world):
    from tests.trading.books.conftest import Teller

    teller = Teller(world)
    teller.fill("sell", "AAPL", 10, 210)
    world.quote("AAPL", "200", previous="190")
    view = selectors.portfolio(world.account, at=world.clock.now())
    held = view.positions[0]
    assert (held.quantity, held.cost, held.value, held.unrealized) == (-10, -2100, -2000, 100)
    assert (held.average_price, held.unrealized_percent, held.is_short) == (210, Decimal("4.76"), True)
    assert view.equity == selectors.equity_of(world.account, cash=view.cash) == 100_100
    # Cash of 102,100, of which 150 % of the 2,000 that are owed must stay.
    assert view.buying_power == selectors.buying_power(world.account) == 99_100
    assert view.day_profit == held.day_profit == 100


def test_a_span_of_time_adds_up_what_was_closed_received_and_charged(world):
    from tests.trading.books.conftest import Teller

    teller = Teller(world)
    teller.fill("buy", "AAPL", 10, 200, fee=1)
    world.clock.advance(seconds=3600)
    since = world.clock.now()
    world.quote("AAPL", "200")
    teller.fill("sell", "AAPL", 4, 210, fee=2)
    teller.happen("dividend", {"USD": "1.5"}, symbol="AAPL")
    found = selectors.period(world.account, since=since)
    assert (found.realized, found.dividends, found.fees) == (Decimal("37.6"), Decimal("1.5"), 2)
    assert selectors.period(world.account, until=since).realized == 0
    assert [row.quantity for row in selectors.closures(world.account)] == [4]
    assert selectors.portfolio(world.account, at=world.clock.now()).dividends == Decimal("1.5")
