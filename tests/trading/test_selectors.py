"""One figure for one thing: what the day made, by account and by position."""

from __future__ import annotations

from decimal import Decimal

from trading import selectors
from trading.execution.engine import mark_equity
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
