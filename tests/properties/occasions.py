"""For each rule of the gate an occasion: what has to happen first, and the order that the rule alone refuses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from unittest.mock import patch

from arbion.domain.enums import OrderStatus
from arbion.domain.options import read_symbol
from brokers import registry
from brokers.accounts import configure
from brokers.models import BrokerAccount
from brokers.simulator.adapter import SimulatedBroker
from marketdata.models import Instrument, OptionContract
from riskdesk import halts
from riskdesk.models import RiskLimit
from tests.brokers.faults import Fault, FaultyBroker
from tests.trading.conftest import World, make_instrument
from trading.models import Discrepancy, EquityPoint, Order, WatchMark

SMALL: dict[str, str] = {"quantity": "1"}
CALL = "AAPL261218C00200000"


def limit(name: str, value: int) -> None:
    """A limit of the house."""
    RiskLimit.objects.create(name=name, value=Decimal(value))


def lose_one(world: World) -> None:
    """An order whose fate nobody knows."""
    broker = FaultyBroker(SimulatedBroker(clock=world.clock), place=[Fault.LOST_REQUEST])
    with patch.object(registry, "connect", lambda account: broker):
        assert world.place("buy", "AAPL", quantity="1")
    assert Order.objects.filter(status=OrderStatus.UNKNOWN).count() == 1


def switch_off(world: World) -> None:
    world.alice.is_active = False
    world.alice.save()


def fall_silent(world: World) -> None:
    """A stop monitor that looked a little too long ago."""
    WatchMark.objects.create(at=world.clock.now() - timedelta(seconds=20, milliseconds=1))


def differ(world: World) -> None:
    Discrepancy.objects.create(
        account=world.account, asset="USD", ours=Decimal(1), theirs=Decimal(2), seen_at=world.clock.now()
    )


def weekend(world: World) -> None:
    world.clock.advance(seconds=24 * 3600)
    for symbol, price in (("AAPL", "200"), ("MSFT", "400")):
        world.quote(symbol, price)


def poor_day(world: World) -> None:
    midnight = world.clock.now().replace(hour=0, minute=0)
    EquityPoint.objects.create(account=world.account, at=midnight, equity=Decimal(120_000))


def room_for_large_orders(world: World) -> None:
    limit("order_value_usd", 1_000_000)
    limit("position_value_usd", 1_000_000)


def list_a_call(world: World) -> None:
    """A call that somebody could write without a share behind it."""
    option = make_instrument(CALL, price="5", asset_class="option", size="1")
    Instrument.objects.filter(pk=option.pk).update(multiplier=100)
    terms = read_symbol(CALL)
    assert terms is not None
    OptionContract.objects.create(
        instrument=option,
        underlying=Instrument.objects.get(symbol="AAPL"),
        right=terms.right,
        strike=terms.strike,
        expires_on=terms.expires_on,
    )
    world.quote(CALL, "5")


def buy_on_margin(world: World) -> None:
    """An account that may sell short, whose purchase is still working."""
    configure(world.account, margin=True)
    world.place("buy", "AAPL", quantity="1", limit_price="150", tif="gtc")


def trade_for_real(world: World) -> None:
    """An account of real money that nobody has let trade."""
    BrokerAccount.objects.filter(pk=world.account.pk).update(mode="live")


def fall_apart(world: World) -> None:
    """A price whose buying side is far from the last trade."""
    world.quote("AAPL", "200", spread="60")


def fall_from_peak(world: World) -> None:
    """An account that was worth more the day before, and has not lost it today."""
    noon = world.clock.now() - timedelta(days=1)
    for at, equity in ((noon, 150_000), (noon + timedelta(hours=12), 100_000)):
        EquityPoint.objects.create(account=world.account, at=at, equity=Decimal(equity))


def trade_once(world: World) -> None:
    limit("trades_per_day", 1)
    world.place("buy", "MSFT", quantity="1")


def say_it_just_now(world: World) -> None:
    limit("duplicate_seconds", 5)
    world.place("buy", "AAPL", quantity="1")
    world.clock.advance(seconds=4)
    world.quote("AAPL", "200")


def lose_twice(world: World) -> None:
    """Two trades that lost their spread, a while ago."""
    limit("losing_streak", 2)
    for _ in range(2):
        world.place("buy", "MSFT", quantity="1")
        world.place("sell", "MSFT", quantity="1")
    world.clock.advance(seconds=59 * 60)
    world.quote("AAPL", "200")


def hold_technology(world: World) -> None:
    Instrument.objects.update(sector="Technology")
    limit("sector_percent", 10)
    world.place("buy", "MSFT", quantity="24")


def hold_coins(world: World) -> None:
    room_for_large_orders(world)
    world.place("buy", "BTC-USD", quantity="1.4", tif="gtc")


# For each rule: what to do first, and the order that it alone refuses.
ONLY: dict[str, tuple[Callable[[World], object], dict[str, str]]] = {
    "account_is_own": (switch_off, SMALL),
    "live_grant_is_given": (trade_for_real, SMALL),
    "not_halted": (lambda world: halts.impose(reason="test", actor=None, account=world.account), SMALL),
    "stops_are_watched": (fall_silent, SMALL),
    "no_unknown_orders": (lose_one, SMALL),
    "no_opposing_orders": (buy_on_margin, {"side": "sell", "quantity": "1"}),
    "books_agree": (differ, SMALL),
    "instrument_is_tradable": (lambda world: Instrument.objects.filter(symbol="AAPL").update(tradable=False), SMALL),
    "market_is_open": (weekend, {"quantity": "1", "tif": "ioc"}),
    "quote_is_fresh": (lambda world: world.clock.advance(seconds=16), SMALL),
    "limit_is_near_the_market": (lambda world: None, {"quantity": "1", "limit_price": "260"}),
    "quote_is_within_band": (fall_apart, SMALL),
    "order_value_within_limit": (lambda world: None, {"quantity": "300"}),
    "order_units_within_limit": (lambda world: limit("order_units", 5), {"quantity": "6"}),
    "position_value_within_limit": (lambda world: world.place("buy", "AAPL", quantity="200"), {"quantity": "200"}),
    "buying_power_suffices": (room_for_large_orders, {"quantity": "600"}),
    "units_suffice": (lambda world: None, {"side": "sell", "quantity": "1"}),
    "short_is_allowed": (lambda world: None, {"side": "sell", "quantity": "1", "effect": "open"}),
    "options_are_covered": (list_a_call, {"side": "sell", "quantity": "1", "effect": "open", "symbol": CALL}),
    "daily_loss_within_limit": (poor_day, SMALL),
    "drawdown_within_limit": (fall_from_peak, SMALL),
    "trades_per_day_within_limit": (trade_once, SMALL),
    "orders_per_minute_within_limit": (
        lambda world: (limit("orders_per_minute", 1), world.place("buy", "MSFT", quantity="1")),
        SMALL,
    ),
    "not_a_duplicate": (say_it_just_now, SMALL),
    "not_cooling_down": (lose_twice, SMALL),
    "instrument_share_within_limit": (lambda world: limit("instrument_percent", 25), {"quantity": "126"}),
    "sector_share_within_limit": (hold_technology, {"quantity": "3"}),
    "asset_class_share_within_limit": (hold_coins, {"symbol": "BTC-USD", "quantity": "0.12", "tif": "gtc"}),
    "leverage_within_limit": (
        lambda world: RiskLimit.objects.create(name="leverage", value=Decimal("0.1")),
        {"quantity": "51"},
    ),
    "entry_has_stop": (lambda world: limit("entry_needs_stop", 1), SMALL),
}
