"""What the gate is shown of an account: what is at stake, what was lost, what came a moment ago; and at what price."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from arbion.domain.enums import OrderStatus
from marketdata.models import Instrument
from riskdesk.models import RiskLimit
from riskdesk.snapshot import RiskSnapshot
from tests.trading.conftest import World
from trading import selectors
from trading.execution import facts, judging
from trading.execution.exposures import exposures_of
from trading.execution.preview import preview_order
from trading.holdings import cash_of, position_rows
from trading.instruction import Bracket
from trading.models import Order

D = Decimal


def picture(world: World, symbol: str = "AAPL", **given: str) -> RiskSnapshot:
    """What the gate sees of a purchase of one."""
    instruction = world.say("buy", symbol, **({"quantity": "1", "tif": "gtc"} | given))
    return preview_order(instruction, clock=world.clock).decision.snapshot


def test_what_is_held_and_what_open_orders_claim_is_at_stake(world):
    Instrument.objects.filter(symbol__in=["AAPL", "MSFT"]).update(sector="Technology")
    world.place("buy", "AAPL", quantity="10")
    world.place("buy", "BTC-USD", quantity="0.1", tif="gtc")
    world.place("buy", "MSFT", quantity="2", limit_price="350", tif="gtc")
    world.place("sell", "AAPL", quantity="1", limit_price="230", tif="gtc")
    seen = picture(world)
    assert (seen.gross_value, seen.class_value, seen.sector_value) == (7_700, 2_700, 2_700)
    assert (seen.asset_class, seen.sector) == ("equity", "Technology")
    coin = picture(world, "BTC-USD")
    assert (coin.asset_class, coin.sector, coin.class_value, coin.sector_value) == ("crypto", "", 5_000, 5_000)


def test_an_order_that_is_judged_again_is_not_at_stake_twice(world):
    order = world.place("buy", "MSFT", quantity="2", limit_price="350", tif="gtc").order
    rows = position_rows(world.account)
    assert exposures_of(world.account, rows, cash_held=D(700)).gross == 700
    assert exposures_of(world.account, rows, cash_held=D(700), excluding=[order]).gross == 0


def test_the_worth_that_is_derived_is_the_worth_that_pages_show(world):
    world.place("buy", "AAPL", quantity="10")
    world.quote("AAPL", "190")
    assert picture(world).equity == selectors.equity_of(world.account, cash=cash_of(world.account)) == D("99899.90")


def test_a_position_without_a_price_leaves_the_worth_unknown(world):
    from marketdata.models import Quote

    world.place("buy", "MSFT", quantity="1")
    Quote.objects.filter(instrument__symbol="MSFT").delete()
    assert picture(world).equity is None


def limit(name: str, value: int) -> None:
    RiskLimit.objects.create(name=name, value=D(value))


def test_the_same_again_within_the_wait_is_a_duplicate_and_the_same_key_is_the_same_order(world):
    limit("duplicate_seconds", 5)
    first = world.place("buy", "AAPL", quantity="1", key="one").order
    assert world.place("buy", "AAPL", quantity="1", key="one").order.pk == first.pk
    again = world.place("buy", "AAPL", quantity="1").order
    assert (again.status, again.reject_code) == (OrderStatus.DENIED, "duplicate_order")
    for other in ({"quantity": "2"}, {"quantity": "1", "limit_price": "199"}):
        assert world.place("buy", "AAPL", **other).order.status != OrderStatus.DENIED
    assert world.place("buy", "MSFT", quantity="1").order.status != OrderStatus.DENIED
    world.clock.advance(seconds=5)
    world.quote("AAPL", "200")
    assert world.place("buy", "AAPL", quantity="1").order.status != OrderStatus.DENIED


def test_what_was_denied_was_no_order_to_repeat(world):
    limit("duplicate_seconds", 5)
    limit("order_units", 1)
    for _ in range(2):
        assert world.place("buy", "AAPL", quantity="2").order.reject_code == "risk_limit_exceeded"


def test_trades_of_the_day_are_counted_from_rows_and_begin_anew_at_midnight(world):
    limit("trades_per_day", 2)
    world.place("buy", "AAPL", quantity="1")
    rests = world.place("buy", "MSFT", quantity="1", limit_price="350", tif="gtc").order
    assert picture(world).trades_today == 2
    assert world.place("buy", "AAPL", quantity="1").order.status == OrderStatus.DENIED
    assert picture(world).trades_today == 2
    Order.objects.filter(pk=rests.pk).update(status=OrderStatus.CANCELED)
    assert picture(world).trades_today == 1
    world.until(world.clock.now() + timedelta(hours=14))
    assert picture(world).trades_today == 0


def test_losses_in_a_row_are_trades_not_lots_and_a_gain_ends_them(world):
    def trade(price: str, *buys: str) -> None:
        for units in buys:
            world.quote("AAPL", "200")
            world.place("buy", "AAPL", quantity=units)
        world.quote("AAPL", price)
        world.place("sell", "AAPL", quantity=str(sum(int(units) for units in buys)))
        world.clock.advance(seconds=120)

    limit("losing_streak", 2)
    trade("190", "1", "1", "1")
    assert picture(world).losses_in_a_row == 1
    trade("210", "1")
    assert picture(world).losses_in_a_row == 0
    trade("199", "1")
    trade("190", "2")
    seen = picture(world)
    assert (seen.losses_in_a_row, seen.last_loss_at) == (2, world.clock.now() - timedelta(seconds=120))
    world.quote("AAPL", "200")
    assert world.place("buy", "AAPL", quantity="1").order.reject_code == "cooling_down"
    assert selectors.losses_in_a_row(world.account, most=1)[0] == 1
    world.clock.advance(seconds=3600)
    world.quote("AAPL", "200")
    assert world.place("buy", "AAPL", quantity="1").order.status != OrderStatus.DENIED


def test_where_a_stop_is_asked_only_a_bracket_with_one_opens(world):
    limit("entry_needs_stop", 1)
    only_target = Bracket(take_profit_percent=D(5))
    with_stop = Bracket(stop_loss_percent=D(5))
    assert world.place("buy", "AAPL", quantity="1").order.reject_code == "stop_required"
    assert world.place("buy", "AAPL", quantity="1", bracket=only_target).order.reject_code == "stop_required"
    assert world.place("buy", "AAPL", quantity="1", bracket=with_stop).order.status != OrderStatus.DENIED
    assert preview_order(
        world.say("buy", "AAPL", quantity="1", bracket=with_stop), clock=world.clock
    ).decision.is_approved


@pytest.mark.parametrize("mode", ["live", "paper"])
def test_only_practice_money_needs_no_grant(world, mode):
    type(world.account).objects.filter(pk=world.account.pk).update(mode=mode)
    order = world.place("buy", "AAPL", quantity="1").order
    assert (order.reject_code == "no_live_grant") == (mode == "live")


def statements(world: World, act: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as seen:
        act()
    return len(seen)


def test_the_facts_cost_few_statements_however_much_is_held(world):
    instrument = Instrument.objects.get(symbol="AAPL")

    def gather() -> None:
        facts.gather(account=world.account, instruments=[instrument], at=world.clock.now())

    bare = statements(world, gather)
    assert bare <= 15
    for symbol in ("AAPL", "MSFT", "BTC-USD"):
        world.place("buy", symbol, quantity="0.5", tif="gtc")
        world.place("buy", symbol, quantity="0.1", limit_price="150" if symbol == "AAPL" else "300", tif="gtc")
    assert statements(world, gather) <= bare + 1


def test_an_unreadable_wait_is_not_no_duplicate(world):
    known = facts.gather(
        account=world.account, instruments=[Instrument.objects.get(symbol="AAPL")], at=world.clock.now()
    )
    from dataclasses import replace

    for value in (None, D("NaN"), D("Infinity")):
        unread = replace(known, limits=replace(known.limits, duplicate_seconds=value))
        assert judging._duplicates(world.say("buy", "AAPL", quantity="1"), unread) is None  # type: ignore[arg-type]
