"""Conditions come true once, on prices that are believed: no wild tick, halt or split lets an order go."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import Notification
from arbion.domain.enums import Interval, OrderStatus, PositionEffect
from brokers.models import BrokerAccount, VenueCash, VenueOrder
from marketdata.conditions import Condition
from marketdata.instruments import set_halted
from marketdata.models import Candle, Instrument
from trading import alerts
from trading.alerts import Manner
from trading.books.check import verify_books
from trading.execution.cancel import request_cancel
from trading.execution.conditions.watch import Watch
from trading.execution.engine import engine_step
from trading.execution.replace import request_replace
from trading.instruction import Bracket
from trading.models import Alert, AlertStatus, Order, OrderEvent, Repeat


class Lookout:
    """The small world with somebody who watches conditions from second to second."""

    def __init__(self, world) -> None:
        self.world, self.watch = world, Watch(clock=world.clock)

    def tick(self, *prices: str | None, symbol: str = "AAPL", previous: str = "") -> int:
        """A second passes for each price; None where no quote comes. How many came true."""
        fired = 0
        for price in prices:
            self.world.clock.advance(seconds=1)
            if price is not None:
                self.world.quote(symbol, price, previous=previous)
            fired += self.watch.look().fired
            engine_step(clock=self.world.clock)
        return fired

    def alert(self, when: Condition, **manner) -> Alert:
        world = self.world
        return alerts.create(world.alice, world.account, when, manner=Manner(**manner), clock=world.clock).alert


@pytest.fixture
def lookout(world) -> Lookout:
    made = Lookout(world)
    made.tick("200", "200")
    return made


def said(metric="price", operator="<=", value="170", reference=None, symbol="AAPL") -> Condition:
    return Condition.of(
        {"symbol": symbol, "metric": metric, "operator": operator, "value": value, "reference": reference}
    )


DROPS = said("percent_change", "<=", "-5", "now")


def fresh(order: Order) -> Order:
    return Order.objects.select_related("condition").get(pk=order.pk)


def test_order_goes_once_when_its_price_is_there(lookout):
    order = lookout.world.place("buy", "AAPL", quantity="10", when=DROPS).order
    assert lookout.tick("196", "192", "190.5") == 0
    assert lookout.tick("190", "189", "188", "190") == 1
    order = fresh(order)
    assert (order.status, order.filled_quantity) == (OrderStatus.FILLED, 10)
    assert order.condition.fired_value == Decimal(-5)
    causes = list(OrderEvent.objects.filter(order=order).order_by("id").values_list("cause", flat=True))
    assert "AAPL fell 5.00% from 200.00 to 190.00, seen 15:00:06 UTC" in causes
    assert VenueOrder.objects.count() == 1
    assert Notification.objects.filter(key=f"order:{order.pk}:condition").count() == 1
    assert verify_books(lookout.world.account) == []


@pytest.mark.parametrize("wild", ["1", "100", "170"])
def test_one_wild_tick_lets_nothing_go(lookout, wild):
    order = lookout.world.place("buy", "AAPL", quantity="10", when=DROPS).order
    alert = lookout.alert(said(value="180"))
    assert lookout.tick(wild, "200", wild, "201", "200") == 0
    assert fresh(order).status == OrderStatus.HELD
    assert Alert.objects.get(pk=alert.pk).fires == 0
    assert not Notification.objects.exists()


def test_real_gap_lets_it_go_at_the_milder_price(lookout):
    order = lookout.world.place("buy", "AAPL", quantity="10", when=DROPS).order
    assert lookout.tick("150", "151") == 1
    assert fresh(order).condition.fired_words.startswith("AAPL fell 24.50% from 200.00 to 151.00")


def test_halted_share_and_old_price_let_nothing_go(lookout):
    order = lookout.world.place("buy", "AAPL", quantity="10", when=said(value="190")).order
    share = Instrument.objects.get(symbol="AAPL")
    set_halted(share, halted=True, actor=lookout.world.alice, reason="news", clock=lookout.world.clock)
    assert lookout.tick("180", "180", "180") == 0
    set_halted(share, halted=False, actor=lookout.world.alice, clock=lookout.world.clock)
    lookout.world.clock.advance(seconds=120)
    assert lookout.tick(None, None) == 0
    assert fresh(order).status == OrderStatus.HELD
    assert lookout.tick("185") == 1


def test_after_a_start_two_quotes_make_a_price(lookout):
    order = lookout.world.place("buy", "AAPL", quantity="10", when=said(value="190")).order
    lookout.watch = Watch(clock=lookout.world.clock)
    assert lookout.tick("100") == 0
    assert lookout.tick("200", "200") == 0
    lookout.watch = Watch(clock=lookout.world.clock)
    assert lookout.tick("189", "189") == 1
    assert fresh(order).status == OrderStatus.FILLED


def test_it_is_judged_on_the_facts_of_then(lookout):
    order = lookout.world.place("buy", "AAPL", quantity="240", when=said(value="190")).order
    for symbol, size in (("MSFT", "120"), ("BTC-USD", "0.3")):
        assert lookout.world.place("buy", symbol, quantity=size).order.status != OrderStatus.DENIED
    lookout.tick("189", "189")
    order = fresh(order)
    assert (order.status, order.reject_code) == (OrderStatus.DENIED, "insufficient_buying_power")
    assert order.condition.fired_at is not None
    assert lookout.tick("188", "189") == 0
    assert Notification.objects.get().title == "AAPL: a waiting order was refused"
    assert verify_books(lookout.world.account) == []


def test_indicator_is_read_on_daily_candles_and_money_counted_at_the_price_of_then(lookout):
    """Thirty days that only fell: the RSI is 0 until today's price is believed to be far above them."""
    share, world = Instrument.objects.get(symbol="AAPL"), lookout.world
    for number in range(30):
        day, close = world.clock.now() - timedelta(days=30 - number), Decimal(230 - number)
        Candle.objects.create(
            instrument=share, interval=Interval.D1, opens_at=day.replace(hour=0, minute=0),
            open=close, high=close, low=close, close=close, volume=1,
        )  # fmt: skip
    order = world.place("buy", "AAPL", notional="1000", when=said("rsi", ">=", "60")).order
    assert order.quantity == Decimal("4.9997")
    assert lookout.tick("200", "200", *(["201"] * 12)) == 0
    assert lookout.tick("2000", "201", *(["201"] * 12)) == 0
    assert lookout.tick("240", "240", *(["240"] * 12)) == 1
    order = fresh(order)
    assert (order.status, order.quantity) == (OrderStatus.FILLED, Decimal("4.1664"))
    assert "RSI" in order.condition.fired_words


def test_bracket_that_fits_no_more_is_refused_whole(lookout):
    bracket = Bracket(stop_loss_price=Decimal(165))
    order = lookout.world.place("buy", "AAPL", quantity="10", when=said(value="170"), bracket=bracket).order
    lookout.tick("160", "160")
    lookout.tick("160")
    assert (fresh(order).status, fresh(order).reject_code) == (OrderStatus.DENIED, "wrong_side")
    assert Order.objects.filter(group=order.group, status=OrderStatus.HELD).count() == 0
    assert VenueOrder.objects.count() == 0


def test_bracket_goes_and_its_exits_follow(lookout):
    bracket = Bracket(stop_loss_percent=Decimal(10), take_profit_price=Decimal(190))
    order = lookout.world.place("buy", "AAPL", quantity="10", when=said(value="170"), bracket=bracket).order
    assert lookout.tick("168", "168") == 1
    stop = Order.objects.get(group=order.group, group_role="stop_loss")
    assert fresh(order).status == OrderStatus.FILLED
    assert (stop.status, stop.stop_price) == (OrderStatus.ACCEPTED, Decimal("151.21"))


def test_changed_and_canceled_while_it_waits(lookout):
    world = lookout.world
    order = world.place("buy", "AAPL", notional="1000", when=said(value="190")).order
    request_replace(order, actor=world.alice, quantity=Decimal(3), clock=world.clock)
    other = world.place("buy", "AAPL", quantity="1", when=said(value="190")).order
    request_cancel(other, actor=world.alice, clock=world.clock)
    assert lookout.tick("189", "189") == 1
    assert (fresh(order).status, fresh(order).filled_quantity) == (OrderStatus.FILLED, 3)
    assert fresh(other).status == OrderStatus.CANCELED


def test_waiting_ends_in_time(lookout):
    world = lookout.world
    until = world.clock.now() + timedelta(minutes=5)
    order = world.place("buy", "AAPL", quantity="1", when=said(value="190"), when_until=until).order
    world.clock.advance(seconds=301)
    assert lookout.tick("189", "189") == 0
    order = fresh(order)
    assert (order.status, order.reject_reason) == (OrderStatus.EXPIRED, "its condition did not come true in time")


def test_move_of_the_day_is_counted_from_the_close(lookout):
    order = lookout.world.place(
        "buy", "AAPL", quantity="1", when=said("percent_change", ">=", "3", "previous_close")
    ).order
    assert lookout.tick("203", "205", previous="200") == 0
    assert lookout.tick("206", "206", previous="200") == 1
    assert "rose 3.00% from 200.00 to 206.00" in fresh(order).condition.fired_words


def test_average_price_moves_the_level(lookout):
    world = lookout.world
    world.place("buy", "AAPL", quantity="10")
    order = world.place("sell", "AAPL", quantity="10", when=said("percent_change", ">=", "10", "average_price")).order
    lookout.tick("210", "212")
    world.place("buy", "AAPL", quantity="10")
    assert lookout.tick("218", "220", "222") == 0
    assert lookout.tick("227", "227.5") == 1
    assert fresh(order).status == OrderStatus.FILLED


def test_order_for_a_closed_market_waits_on_for_its_opening(lookout, settings):
    settings.MARKET_ALWAYS_OPEN = False
    world = lookout.world
    order = world.place("buy", "AAPL", quantity="1", when=said(value="49000", symbol="BTC-USD")).order
    world.clock.advance(seconds=86_400)
    assert lookout.tick("48800", "48800", symbol="BTC-USD") == 1
    assert (fresh(order).status, fresh(order).waiting_for) == (OrderStatus.HELD, "market_open")


def test_alert_tells_once_and_one_that_tells_each_time_rests_first(lookout):
    once = lookout.alert(said(value="190"), note="buy more")
    each = lookout.alert(said(value="190"), repeat=Repeat.EACH_TIME, cooldown=timedelta(minutes=1))
    assert lookout.tick("200", "200", "189", "188", "189") == 2
    once.refresh_from_db()
    each.refresh_from_db()
    assert (once.status, once.fires, each.status, each.fires, each.is_armed) == ("fired", 1, "active", 1, False)
    told = Notification.objects.get(key=f"alert:{once.pk}:1")
    assert told.title == "AAPL at 189.00, at or below 190.00"
    assert told.body.endswith("buy more")
    lookout.tick("192", "189", "189")
    assert Alert.objects.get(pk=each.pk).fires == 1
    lookout.world.clock.advance(seconds=61)
    lookout.tick("192", "192")
    assert lookout.tick("189", "189") == 1
    assert Alert.objects.get(pk=each.pk).fires == 2
    assert Notification.objects.filter(kind="alert").count() == 3


def test_alert_on_a_position_and_on_equity(lookout):
    world = lookout.world
    world.place("buy", "AAPL", quantity="100")
    gain = lookout.alert(said("position_profit_percent", ">=", "5"))
    rich = lookout.alert(said("equity", ">=", "101000", symbol=None))
    lookout.tick("200", "200", "200", "200", "200", "200")
    assert lookout.tick("300", "200", "200", "200", "200", "200", "200") == 0
    lookout.tick("205", "209", "211", "212", "212", "212", "212", "212", "212")
    assert {Alert.objects.get(pk=one.pk).status for one in (gain, rich)} == {AlertStatus.FIRED}


def test_switched_off_and_deleted_alerts_are_silent(lookout):
    off, gone = lookout.alert(said(value="190")), lookout.alert(said(value="190"))
    lookout.tick("200")
    alerts.pause(off, user=lookout.world.alice, clock=lookout.world.clock)
    alerts.delete(gone, user=lookout.world.alice)
    assert lookout.tick("189", "188") == 0
    assert not Notification.objects.exists()


def test_sale_that_was_short_when_asked_closes_what_is_held_by_then(lookout):
    """Whether it opens or closes is what it does when it goes, not what it would have done when it was asked."""
    BrokerAccount.objects.update(margin=True)
    VenueCash.objects.update(allows_short=True)
    world = lookout.world
    world.account = BrokerAccount.objects.get(pk=world.account.pk)
    order = world.place("sell", "AAPL", quantity="10", when=said(operator=">=", value="210")).order
    assert order.effect == PositionEffect.OPEN
    world.place("buy", "AAPL", quantity="10")
    assert lookout.tick("200", "200", "210", "210") == 1
    order = fresh(order)
    assert (order.status, order.effect) == (OrderStatus.FILLED, PositionEffect.CLOSE)
    assert verify_books(world.account) == []
