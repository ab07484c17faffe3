"""Sizing an entry: each way on the account of the moment, cut by its limits, and refused with a reason in words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from arbion.domain.enums import OrderType, Side
from arbion.domain.errors import InvalidInput
from arbion.domain.orders import Terms
from marketdata.models import Instrument
from riskdesk.limits import Scope, set_limit
from tests.trading.conftest import World
from trading import selectors
from trading.errors import StaleQuote
from trading.execution import sizing
from trading.execution.sizing import Method, Sized, Wish, size_entry
from trading.selectors.sizing import TradeRecord

MARKET = Terms(order_type=OrderType.MARKET)
ONE_PERCENT = Decimal(1)


def sized(world: World, wish: Wish, *, side: Side = Side.BUY, terms: Terms = MARKET, symbol: str = "AAPL") -> Sized:
    """The size of an entry of Alice's."""
    instrument = Instrument.objects.get(symbol=symbol)
    return size_entry(world.account, instrument=instrument, side=side, terms=terms, wish=wish, clock=world.clock)


def fixed(stop: str | None, **more: Any) -> Wish:
    """One percent of equity down to a stop."""
    return Wish(method=Method.FIXED, risk_percent=ONE_PERCENT, stop=stop and Decimal(stop), **more)


def fault(refusal: pytest.ExceptionInfo[InvalidInput]) -> tuple[str, str]:
    """Which field was refused, and why."""
    return refusal.value.errors[0].field, refusal.value.errors[0].code


def test_a_percent_of_equity_down_to_a_stop(world: World) -> None:
    found = sized(world, fixed("195.01"))
    assert (found.price, found.equity, found.stop) == (Decimal("200.01"), 100_000, Decimal("195.01"))
    assert (found.size.units, found.size.at_risk, found.size.cut_by) == (200, 1000, None)


def test_a_limit_order_is_sized_from_its_limit(world: World) -> None:
    found = sized(world, fixed("170"), terms=Terms(order_type=OrderType.LIMIT, limit_price=Decimal(180)))
    assert (found.price, found.size.units) == (180, 100)


def test_a_stop_can_be_a_percent_from_the_entry(world: World) -> None:
    terms = Terms(order_type=OrderType.LIMIT, limit_price=Decimal(180))
    found = sized(world, fixed(None, stop_percent=Decimal(10)), terms=terms)
    assert (found.stop, found.size.units) == (162, Decimal("55.5555"))


@pytest.mark.parametrize(
    ("name", "value", "cut_by"),
    [
        ("order_value_usd", 10_000, "order_value"),
        ("position_value_usd", 10_000, "position_value"),
        ("instrument_percent", 10, "position_value"),
    ],
)
def test_a_limit_cuts_the_size_and_the_order_then_passes_the_desk(
    world: World, name: str, value: int, cut_by: str
) -> None:
    set_limit(scope=Scope(account=world.account), name=name, value=Decimal(value), actor=world.alice)
    found = sized(world, fixed("195.01"))
    # One percent of room, because the price may move until a market order fills.
    assert (found.size.cut_by, found.size.units) == (cut_by, Decimal("49.5024"))
    order = world.place("buy", "AAPL", quantity=found.size.units).order
    order.refresh_from_db()
    assert order.status == "filled"


def test_what_is_held_and_what_rests_takes_room_from_the_position(world: World) -> None:
    set_limit(scope=Scope(account=world.account), name="position_value_usd", value=Decimal(10_000), actor=world.alice)
    world.place("buy", "AAPL", quantity="20")
    world.place("buy", "AAPL", quantity="10", limit_price="190")
    found = sized(world, fixed("195.01"))
    assert (found.size.cut_by, found.size.units) == ("position_value", Decimal("19.5024"))


def test_the_cash_cuts_and_open_orders_count(world: World) -> None:
    for name, value in (("order_value_usd", 900_000), ("position_value_usd", 900_000)):
        world.alice.set_password("a good long passphrase")
        set_limit(
            scope=Scope(account=world.account), name=name, value=Decimal(value), actor=world.alice,
            password="a good long passphrase",
        )  # fmt: skip
    world.place("buy", "MSFT", quantity="100", limit_price="390")
    found = sized(world, fixed("199.51"))
    assert found.size.cut_by == "cash"
    assert found.size.value < 61_000
    order = world.place("buy", "AAPL", quantity=found.size.units).order
    order.refresh_from_db()
    assert order.status == "filled"


@pytest.mark.parametrize(
    ("side", "stop"), [(Side.BUY, "200.01"), (Side.BUY, "210"), (Side.SELL, "199.99"), (Side.SELL, "190")]
)
def test_a_stop_on_the_wrong_side_is_refused(world: World, side: Side, stop: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        sized(world, fixed(stop), side=side)
    assert fault(refusal) == ("stop", "wrong_side")


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        (Wish(method=Method.FIXED, risk_percent=ONE_PERCENT), ("stop", "required")),
        (Wish(method=Method.FIXED, stop=Decimal(190)), ("risk_percent", "required")),
        (Wish(method=Method.FIXED, stop=Decimal(190), risk_percent=Decimal(101)), ("risk_percent", "out_of_range")),
        (Wish(method=Method.EQUAL), ("positions", "required")),
        (Wish(method=Method.EQUAL, positions=0), ("positions", "out_of_range")),
        (Wish(method=Method.KELLY, risk_percent=ONE_PERCENT), ("method", "no_history")),
    ],
)
def test_what_is_missing_is_named(world: World, wish: Wish, expected: tuple[str, str]) -> None:
    with pytest.raises(InvalidInput) as refusal:
        sized(world, wish)
    assert fault(refusal) == expected


def test_what_would_close_is_not_sized_by_risk(world: World) -> None:
    world.place("buy", "AAPL", quantity="5")
    with pytest.raises(InvalidInput) as refusal:
        sized(world, fixed("210"), side=Side.SELL)
    assert fault(refusal) == ("side", "closes")


def test_without_a_fresh_price_there_is_no_size(world: World) -> None:
    world.clock.advance(seconds=60)
    with pytest.raises(StaleQuote):
        sized(world, fixed("195"))


def test_an_equal_part_of_equity(world: World) -> None:
    found = sized(world, Wish(method=Method.EQUAL, positions=10))
    assert (found.stop, found.size.units, found.size.cut_by) == (None, Decimal("49.9975"), None)


def test_by_volatility_the_stop_is_so_many_ranges_away(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selectors, "average_true_range", lambda instrument, at: Decimal("4.0004"))
    wish = Wish(method=Method.VOLATILITY, risk_percent=ONE_PERCENT, multiple=Decimal("2.5"))
    found = sized(world, wish)
    # 200.01 - 10.001, to the cent that is nearer to the entry.
    assert (found.stop, found.size.units) == (Decimal("190.01"), Decimal("99.99"))
    assert sized(world, wish, side=Side.SELL).stop == Decimal("209.99")


def test_without_candles_there_is_no_volatility(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selectors, "average_true_range", lambda instrument, at: None)
    with pytest.raises(InvalidInput) as refusal:
        sized(world, Wish(method=Method.VOLATILITY, risk_percent=ONE_PERCENT))
    assert fault(refusal) == ("method", "no_candles")


def test_the_average_true_range_is_of_whole_days(world: World) -> None:
    apple = Instrument.objects.get(symbol="AAPL")
    found = selectors.average_true_range(apple, at=world.clock.now())
    world.clock.advance(seconds=1)
    world.quote("AAPL", "260")
    assert found == selectors.average_true_range(apple, at=world.clock.now()), "the day that forms does not count"


def test_kelly_reads_the_odds_off_the_accounts_own_trades(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        world.quote("AAPL", "200")
        world.place("buy", "AAPL", quantity="10")
        world.quote("AAPL", "203" if number else "199")
        world.place("sell", "AAPL", quantity="10")
    record = selectors.trade_record(world.account)
    assert (record.wins, record.losses, record.count) == (2, 1, 3)
    assert (record.won, record.lost) == (Decimal("59.6"), Decimal("10.2"))
    assert (record.win_rate, record.payoff) == (Decimal("0.6667"), Decimal("2.9216"))
    monkeypatch.setattr(sizing, "TRADES_MIN", 3)
    found = sized(world, Wish(method=Method.KELLY, risk_percent=Decimal(2), stop=Decimal(193)))
    assert "held to the cap of 2 %" in found.size.sentence
    assert found.size.at_risk <= found.equity * 2 / 100


@pytest.mark.parametrize("brought", [(Decimal(0), Decimal(5)), (Decimal(5), Decimal(0))])
def test_without_a_gain_or_without_a_loss_there_are_no_odds(
    world: World, monkeypatch: pytest.MonkeyPatch, brought: tuple[Decimal, Decimal]
) -> None:
    won, lost = brought
    record = TradeRecord(wins=30 if won else 0, losses=30 if lost else 0, won=won, lost=lost)
    monkeypatch.setattr(selectors, "trade_record", lambda account: record)
    with pytest.raises(InvalidInput) as refusal:
        sized(world, Wish(method=Method.KELLY, risk_percent=ONE_PERCENT))
    assert fault(refusal) == ("method", "no_odds")
