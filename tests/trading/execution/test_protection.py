"""A stop goes off once, closes what it guards on the one road, and does not rest until that is done."""

from __future__ import annotations

from decimal import Decimal

import pytest

from arbion.domain.enums import OrderStatus, Source
from brokers.models import BrokerAccount, VenueCash
from marketdata.instruments import set_halted
from marketdata.models import Instrument, Tape
from trading.books.check import verify_books
from trading.errors import NotInCharge
from trading.execution.cancel import request_cancel
from trading.execution.protection.watch import Watch
from trading.models import Order, Stop, StopStatus


def test_a_price_at_the_level_makes_one_exit_order_that_fills_at_the_next_price(tower, calm) -> None:
    stop = tower.stop("AAPL", "fixed", price="195")
    calm()
    assert tower.tick("AAPL", "195.01").fired == 0
    assert tower.tick("AAPL", "195").fired == 1
    (order,) = tower.exits()
    assert (order.status, order.side, order.quantity, order.effect) == (OrderStatus.FILLED, "sell", 10, "close")
    assert (order.intent.client_key, order.intent.source) == (f"stop:{stop.pk}:1", Source.RISK)
    stop.refresh_from_db()
    assert (stop.status, stop.order_id, stop.triggered_price) == (StopStatus.DONE, order.pk, Decimal(195))
    tower.tick("AAPL", "190", "190")
    assert tower.held() == 0
    assert len(tower.exits()) == 1
    assert not list(verify_books(tower.world.account))


@pytest.mark.parametrize("wild", ["2000", "2", "150", "250"])
def test_one_wild_tick_sets_nothing_off(tower, calm, wild) -> None:
    tower.stop("AAPL", "fixed", price="195")
    tower.stop("AAPL", "take_profit", price="210")
    trail = tower.stop("AAPL", "trail_percent", percent="2")
    calm()
    tower.tick("AAPL", wild, "200")
    trail.refresh_from_db()
    assert (tower.exits(), trail.level) == ([], Decimal(196))


def test_a_gap_fires_with_its_second_quote_and_fills_where_the_market_is(tower, calm) -> None:
    tower.stop("AAPL", "fixed", price="195")
    calm()
    assert tower.tick("AAPL", "160").fired == 0
    assert tower.tick("AAPL", "159").fired == 1
    (order,) = tower.exits()
    assert order.average_fill_price < 160


def test_the_first_quote_after_a_halt_is_enough(tower, calm) -> None:
    stop = tower.stop("AAPL", "fixed", price="195")
    calm()
    apple = Instrument.objects.get(symbol="AAPL")
    set_halted(apple, halted=True, actor=None, clock=tower.world.clock)
    tower.tick("AAPL", "150", "150", step=False)
    assert tower.exits() == []
    set_halted(apple, halted=False, actor=None, clock=tower.world.clock)
    assert tower.tick("AAPL", "150").fired == 1
    stop.refresh_from_db()
    assert stop.triggered_price == 150


def test_a_replay_that_is_paused_alarms_nobody(tower, calm) -> None:
    stop = tower.stop("AAPL", "fixed", price="195")
    calm()
    apple, now = Instrument.objects.get(symbol="AAPL"), tower.world.clock.now()
    tape = Tape.objects.create(instrument=apple, interval="1d", bars_count=9, is_paused=True, loaded_at=now)
    tower.world.clock.advance(seconds=600)
    assert tower.tick("MSFT", "400").alarms == 0
    stop.refresh_from_db()
    assert stop.status == StopStatus.GUARDING
    Tape.objects.filter(pk=tape.pk).update(is_paused=False)
    assert tower.tick("AAPL", "190").fired == 1


def test_a_level_that_has_moved_is_kept_and_a_new_watch_goes_on_from_it(tower, calm) -> None:
    stop = tower.stop("AAPL", "trail_amount", amount="3")
    calm()
    assert tower.tick("AAPL", "204").moved == 1
    tower.tick("AAPL", "202")
    stop.refresh_from_db()
    assert (stop.level, stop.extreme, stop.looked_price) == (Decimal(201), Decimal(204), Decimal(204))
    tower.watch = Watch(clock=tower.world.clock)
    tower.tick("AAPL", "202", "201")
    assert len(tower.exits()) == 1


def test_a_break_even_stop_moves_and_then_guards_the_entry(tower, calm) -> None:
    stop = tower.stop("AAPL", "break_even", percent="2")
    calm()
    assert tower.tick("AAPL", "198").fired == 0
    tower.tick("AAPL", "203", "205")
    stop.refresh_from_db()
    assert stop.armed_at is not None
    assert stop.level == stop.entry == Decimal("200.01")
    tower.tick("AAPL", "201", "200")
    assert len(tower.exits()) == 1


def test_a_time_closes_the_position_whatever_the_price(tower, calm) -> None:
    from datetime import timedelta

    tower.stop("AAPL", "time", closes_at=tower.world.clock.now() + timedelta(seconds=10))
    calm()
    assert tower.exits() == []
    tower.look(seconds=8)
    assert len(tower.exits()) == 1


def test_what_is_owed_is_bought_back(tower) -> None:
    BrokerAccount.objects.update(margin=True)
    VenueCash.objects.update(allows_short=True)
    tower.world.account.refresh_from_db()
    tower.world.place("sell", "MSFT", quantity="5")
    assert tower.held("MSFT") == -5
    stop = tower.stop("MSFT", "percent", percent="1")
    assert (stop.is_long, stop.level > 400) == (False, True)
    tower.tick("MSFT", "400", "400", "405", "405")
    (order,) = tower.exits()
    assert (order.side, order.quantity, tower.held("MSFT")) == ("buy", 5, 0)


def test_it_follows_the_size_of_its_position(tower, calm) -> None:
    whole = tower.stop("AAPL", "fixed", price="195")
    tower.world.place("buy", "AAPL", quantity="5")
    tower.world.place("sell", "AAPL", quantity="3")
    calm()
    tower.tick("AAPL", "195")
    assert (tower.exits()[0].quantity, tower.held()) == (12, 0)
    tower.tick("AAPL", "195")
    whole.refresh_from_db()
    assert whole.status == StopStatus.DONE


def test_a_part_closes_only_that_and_never_more_than_there_is(tower, calm) -> None:
    part = tower.stop("AAPL", "fixed", price="196", quantity="4")
    larger = tower.stop("AAPL", "fixed", price="195", quantity="9")
    calm()
    tower.tick("AAPL", "196", "196")
    assert tower.held() == 6
    tower.tick("AAPL", "195", "195")
    assert ([order.quantity for order in tower.exits()], tower.held()) == ([4, 6], 0)
    for stop in (part, larger):
        stop.refresh_from_db()
        assert stop.status == StopStatus.DONE


def test_it_ends_with_its_position(tower, calm) -> None:
    stop = tower.stop("AAPL", "fixed", price="195")
    calm()
    tower.world.place("sell", "AAPL", quantity="10")
    tower.look()
    stop.refresh_from_db()
    assert (stop.status, stop.reason) == (StopStatus.CANCELED, "The position was closed.")
    tower.tick("AAPL", "190", "190")
    assert tower.exits() == []


def test_orders_that_claim_the_same_units_make_way(tower, calm) -> None:
    target = tower.world.place("sell", "AAPL", quantity="8", limit_price="230", tif="gtc").order
    stop = tower.stop("AAPL", "fixed", price="195")
    calm()
    tower.tick("AAPL", "195", "195", "195", "195")
    target.refresh_from_db()
    stop.refresh_from_db()
    assert (target.status, stop.status, tower.held()) == (OrderStatus.CANCELED, StopStatus.DONE, 0)
    assert sum(order.quantity for order in tower.exits()) == 10


def test_two_stops_at_one_price_close_the_position_once(tower, calm) -> None:
    tower.stop("AAPL", "fixed", price="195")
    tower.stop("AAPL", "percent", percent="2.5")
    calm()
    tower.tick("AAPL", "195", "195", "195", "195")
    assert [order.quantity for order in tower.exits()] == [10]
    assert set(Stop.objects.values_list("status", flat=True)) <= {StopStatus.DONE, StopStatus.CANCELED}


def test_an_exit_that_was_refused_is_made_again_later(tower, calm) -> None:
    stop = tower.stop("AAPL", "fixed", price="195")
    calm()
    Instrument.objects.filter(symbol="AAPL").update(tradable=False)
    tower.tick("AAPL", "195", step=False)
    stop.refresh_from_db()
    assert (stop.status, stop.fires) == (StopStatus.TRIGGERED, 1)
    assert stop.reason.startswith("The exit was refused")
    Instrument.objects.filter(symbol="AAPL").update(tradable=True)
    tower.tick("AAPL", "195")
    assert len(tower.exits()) == 1
    tower.look(seconds=5)
    tower.tick("AAPL", "195", "195")
    stop.refresh_from_db()
    assert (stop.status, stop.fires, stop.reason, tower.held()) == (StopStatus.DONE, 2, "", 0)


def test_who_cancels_the_exit_keeps_the_position(tower, calm, monkeypatch) -> None:
    stop = tower.stop("AAPL", "fixed", price="195")
    calm()
    monkeypatch.setattr("arbion.lib.commit._hand_over", lambda *_: None)
    tower.tick("AAPL", "195", step=False)
    (order,) = Order.objects.filter(intent__source="risk").select_related("account")
    request_cancel(order, actor=tower.world.alice, clock=tower.world.clock)
    tower.look()
    stop.refresh_from_db()
    assert (stop.status, stop.reason) == (StopStatus.CANCELED, "Its exit order was canceled.")


def test_an_exit_whose_sending_was_lost_is_sent_by_the_watch(tower, calm) -> None:
    tower.stop("AAPL", "fixed", price="195")
    calm()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("arbion.lib.commit._hand_over", lambda *_: None)
        tower.tick("AAPL", "195", step=False)
    assert tower.exits()[0].status == OrderStatus.SUBMITTED
    tower.look(seconds=2)
    assert tower.exits()[0].status in {OrderStatus.ACCEPTED, OrderStatus.FILLED}


def test_a_price_that_cannot_be_read_is_an_alarm_and_not_skipped(tower, calm, caplog) -> None:
    stop = tower.stop("AAPL", "fixed", price="195")
    calm()
    looked = tower.look(seconds=16)
    stop.refresh_from_db()
    assert (looked.alarms, looked.unseen, stop.status) == (1, ["AAPL"], StopStatus.ALARM)
    assert stop.reason == "The price of AAPL cannot be read."
    assert [one.levelname for one in caplog.records if "cannot be read" in one.getMessage()] == ["ERROR"]
    assert tower.look().alarms == 1
    tower.tick("AAPL", "199")
    stop.refresh_from_db()
    assert (stop.status, stop.reason) == (StopStatus.GUARDING, "")
    tower.look(seconds=16)
    assert tower.tick("AAPL", "195").fired == 1


def test_a_monitor_that_is_no_longer_in_charge_does_nothing(tower, calm, counted) -> None:
    stop = tower.stop("AAPL", "trail_amount", amount="3")
    calm()

    def no_longer() -> int:
        raise NotInCharge

    tower.watch.guard = no_longer
    before = counted()
    for price in ("204", "190"):
        tower.world.clock.advance(seconds=1)
        tower.world.quote("AAPL", price)
        if price == "204":
            with pytest.raises(NotInCharge):
                tower.watch.look()
    assert counted() == before
    fresh = Stop.objects.get()
    assert (fresh.level, fresh.version) == (stop.level, stop.version)


def test_a_split_moves_the_level_before_any_price_is_compared(tower, calm) -> None:
    from datetime import timedelta

    from marketdata import hours
    from marketdata.corporate import schedule_split

    stop = tower.stop("AAPL", "trail_amount", amount="6", quantity="4")
    calm()
    clock = tower.world.clock
    tomorrow = hours.local_date(clock.now()) + timedelta(days=1)
    schedule_split(Instrument.objects.get(symbol="AAPL"), new_units=2, old_units=1, ex_date=tomorrow, clock=clock)
    from trading.execution.engine import engine_step

    clock.advance(seconds=86_400)
    tower.world.quote("AAPL", "200")
    tower.watch.look()
    engine_step(clock=clock)
    assert tower.held() == 20
    tower.tick("AAPL", "100", "100.5")
    stop.refresh_from_db()
    assert tower.exits() == []
    assert (stop.level, stop.extreme, stop.quantity, stop.amount) == (Decimal("97.5"), Decimal("100.5"), 8, 3)
    tower.tick("AAPL", "97.5", "97.5")
    assert tower.held() == 12
