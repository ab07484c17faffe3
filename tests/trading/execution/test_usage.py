"""What is shown as used of a limit is what the gate would see if an order came at this moment."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client

from marketdata.models import Instrument, Quote
from riskdesk.limits import LimitName
from riskdesk.models import RiskLimit
from riskdesk.selectors import Usage
from tests.trading.api.conftest import program_of
from tests.trading.conftest import World
from trading.execution.preview import preview_order
from trading.execution.usage import usage_of
from trading.models import EquityPoint

D = Decimal
CENT = D("0.01")


@pytest.fixture
def busy(world: World) -> World:
    """Shares of a sector, a coin, orders that rest, a loss, a fall from the peak; every limit asks for its figure."""
    for name in ("trades_per_day", "losing_streak", "drawdown_percent", "cool_down_minutes"):
        RiskLimit.objects.create(name=name, value=D(90))
    for name in ("order_value_usd", "position_value_usd", "daily_loss_usd"):
        RiskLimit.objects.create(name=name, value=D(1_000_000))
    Instrument.objects.filter(symbol__in=["AAPL", "MSFT"]).update(sector="Technology")
    start = world.clock.now().replace(hour=5, minute=0)
    EquityPoint.objects.create(account=world.account, at=start, equity=D(101_000))
    world.place("buy", "AAPL", quantity="10")
    world.place("buy", "BTC-USD", quantity="0.1", tif="gtc")
    world.place("buy", "AAPL", quantity="2", limit_price="180", tif="gtc")
    world.place("buy", "MSFT", quantity="3", limit_price="350", tif="gtc")
    world.place("sell", "AAPL", quantity="1", limit_price="230", tif="gtc")
    for _ in range(2):
        world.place("buy", "MSFT", quantity="1")
        world.place("sell", "MSFT", quantity="1")
    world.clock.advance(seconds=40)
    for symbol, price in (("AAPL", "190"), ("MSFT", "400"), ("BTC-USD", "48000")):
        world.quote(symbol, price)
    return world


def now(world: World) -> Usage:
    return usage_of(world.account, at=world.clock.now())


def test_every_figure_is_the_gates(busy: World) -> None:
    usage = now(busy)
    share = preview_order(busy.say("buy", "AAPL", quantity="1"), clock=busy.clock).decision.snapshot
    coin = preview_order(busy.say("buy", "BTC-USD", quantity="0.01", tif="gtc"), clock=busy.clock).decision.snapshot
    assert (usage.equity, usage.gross_value) == (share.equity, share.gross_value)
    assert (usage.equity_value, usage.crypto_value) == (share.class_value, coin.class_value)
    assert (usage.sector_value, usage.option_value) == (share.sector_value, 0)
    assert usage.day_loss == -share.day_profit > 0
    assert usage.drawdown_percent == share.drawdown_percent.quantize(CENT) > 0
    counts = (usage.trades_today, usage.orders_last_minute, usage.losses_in_a_row)
    assert counts == (share.trades_today, share.orders_last_minute, share.losses_in_a_row) == (9, 9, 2)
    # The instrument with the most in it: what is held and what rests, at the last price, without one more order.
    assert usage.instrument_value == coin.instrument_value_after - D("0.01") * coin.price == 4_800
    assert share.instrument_value_after == 10 * share.last + 3 * share.price


def test_an_instrument_counts_what_rests_to_open_more_of_it(world: World) -> None:
    world.place("buy", "AAPL", quantity="10")
    world.place("buy", "AAPL", quantity="2", limit_price="180", tif="gtc")
    assert now(world).instrument_value == 12 * 200


def test_without_a_price_what_hangs_on_it_is_unknown(world: World) -> None:
    world.place("buy", "AAPL", quantity="10")
    world.place("buy", "MSFT", quantity="1", limit_price="350", tif="gtc")
    Quote.objects.all().delete()
    usage = now(world)
    unknown = (usage.equity, usage.instrument_value, usage.day_loss, usage.drawdown_percent)
    assert unknown == (None, None, None, None)
    assert usage.used(LimitName.LEVERAGE) is None


def test_a_new_account_uses_nothing(world: World) -> None:
    usage = now(world)
    assert {name.value: usage.used(name) for name in LimitName if usage.used(name)} == {}
    assert usage.equity == D(100_000)


def test_the_page_and_the_interface_tell_the_figure_of_now(busy: World) -> None:
    RiskLimit.objects.create(name="crypto_percent", value=D(50))
    program = program_of(busy.alice)

    def used() -> dict[str, str]:
        lines = program.get("risk/limits/").json()["limits"]
        return {line["name"]: line["used"] for line in lines}

    before = used()
    assert D(before["position_value_usd"]) == now(busy).instrument_value
    assert D(before["daily_loss_usd"]) == now(busy).day_loss
    busy.quote("BTC-USD", "24000")
    after = used()
    assert D(after["crypto_percent"]) == now(busy).used(LimitName.CRYPTO_PERCENT) < D(before["crypto_percent"])
    client = Client()
    client.force_login(busy.alice)
    lines = client.get("/risk/").context["limits"]
    assert {line.name.value: line.used for line in lines if line.used is not None} == {
        name: D(value) for name, value in after.items() if value is not None
    }
