"""What is due is placed once: frozen clocks, months of silence, refusals, people who are switched off."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django_celery_beat.models import PeriodicTask

from accounts.models import Notification
from arbion.domain.enums import OrderStatus, Source
from arbion.domain.errors import InvalidInput, NotFound
from arbion.upkeep import Upkeep
from riskdesk.models import RiskLimit
from trading import schedules
from trading.errors import IdempotencyMismatch
from trading.execution.halt import halt
from trading.models import HaltScope, Order, RepeatingOrder, RepeatingRun, RepeatingState, RunState
from trading.schedules.running import BY_OPERATOR, place_all_due
from trading.schedules.verbs import RepeatingEnded

pytestmark = pytest.mark.django_db
MONDAY = "2026-11-23T09:35:10-05:00"


def states(repeating) -> list[tuple[str, str]]:
    return [(run.day.isoformat(), run.state) for run in repeating.runs.order_by("day")]


def test_a_monday_comes_and_a_hundred_dollars_of_bitcoin_are_bought(world, repeat, come, ring) -> None:
    repeating = repeat(words="$100 of bitcoin every Monday")
    assert not Order.objects.exists()
    assert come("2026-11-23T09:34:59-05:00") == 0
    come(MONDAY)
    order = Order.objects.get()
    assert (order.status, order.instrument.symbol, order.intent.source) == ("filled", "BTC-USD", Source.SCHEDULE)
    assert (order.intent.words, order.notional) == ("$100 of bitcoin every Monday", Decimal(100))
    assert states(repeating) == [("2026-11-23", RunState.PLACED)]
    assert repeating.runs.get().order == order
    repeating.refresh_from_db()
    assert repeating.next_run == datetime(2026, 11, 30, 14, 35, tzinfo=UTC)
    # Nobody waited for it, so its fill is told.
    assert Notification.objects.filter(user=world.alice, key=f"order:{order.pk}:filled").exists()
    for _ in range(3):
        ring(repeating)
        place_all_due(clock=world.clock)
    assert Order.objects.count() == 1


def test_the_entry_alone_places_what_is_due(world, repeat, come, ring) -> None:
    repeating = repeat()
    come(MONDAY, look=False)
    ring(repeating)
    assert states(repeating) == [("2026-11-23", RunState.PLACED)]


def test_an_edit_of_the_time_places_no_second_order_that_day(world, repeat, come) -> None:
    repeating = repeat()
    come(MONDAY)
    RepeatingOrder.objects.filter(pk=repeating.pk).update(at_time="15:00", next_run=world.clock.now())
    come("2026-11-23T15:01:00-05:00")
    assert Order.objects.count() == 1


def test_after_weeks_of_silence_the_newest_is_made_up_for_and_the_others_were_missed(world, repeat, come) -> None:
    repeating = repeat()
    come("2026-12-14T14:00:00-05:00")
    assert states(repeating) == [
        ("2026-11-23", RunState.MISSED),
        ("2026-11-30", RunState.MISSED),
        ("2026-12-07", RunState.MISSED),
        ("2026-12-14", RunState.PLACED),
    ]
    assert Order.objects.count() == 1
    assert Notification.objects.filter(user=world.alice, kind="repeating").count() == 3


def test_what_is_more_than_six_hours_late_is_missed(world, repeat, come) -> None:
    repeating = repeat()
    come("2026-11-23T15:35:01-05:00")
    assert states(repeating) == [("2026-11-23", RunState.MISSED)]
    assert not Order.objects.exists()


def test_a_share_without_a_fresh_price_waits_for_one_and_is_missed_when_none_comes(world, repeat, come) -> None:
    repeating = repeat("AAPL", interval="day", quantity="1")
    come(MONDAY, prices=False)
    assert not repeating.runs.exists()
    assert not Order.objects.exists()
    come("2026-11-23T09:50:00-05:00")
    come("2026-11-24T15:36:00-05:00", prices=False)
    assert states(repeating) == [("2026-11-23", RunState.PLACED), ("2026-11-24", RunState.MISSED)]


def test_money_without_a_fresh_price_waits_for_one_too(world, repeat, come) -> None:
    repeating = repeat("AAPL", interval="day", notional="100")
    come(MONDAY, prices=False)
    assert not repeating.runs.exists()
    come("2026-11-23T09:50:00-05:00")
    assert states(repeating) == [("2026-11-23", RunState.PLACED)]


def test_a_holiday_is_skipped_and_said_and_nobody_is_rung_for_it(world, repeat, come) -> None:
    repeating = repeat("AAPL", interval="day", quantity="1", until=schedules.Until(count=10))
    for day in (23, 24, 25, 26, 27):
        come(f"2026-11-{day}T09:35:10-05:00")
    assert states(repeating)[3:] == [("2026-11-26", RunState.SKIPPED), ("2026-11-27", RunState.PLACED)]
    assert "Thanksgiving" in repeating.runs.get(day="2026-11-26").reason
    assert not Notification.objects.filter(kind="repeating").exists()


def test_a_refusal_is_recorded_with_its_reason_and_three_in_a_row_pause_it(world, repeat, come) -> None:
    repeating = repeat("BTC-USD", interval="day", quantity="0.001")
    RiskLimit.objects.create(name="order_value_usd", value=Decimal(10))
    for day in (21, 22, 23, 24):
        come(f"2026-11-{day}T09:35:10-05:00")
    assert [state for _, state in states(repeating)] == [RunState.DENIED] * 3
    repeating.refresh_from_db()
    assert (repeating.state, repeating.next_run) == (RepeatingState.PAUSED, None)
    assert repeating.reason == "Refused 3 times in a row."
    assert not repeating.task.enabled
    run = repeating.runs.first()
    assert run.order.status == OrderStatus.DENIED
    assert run.reason == run.order.reject_reason != ""
    assert not Order.objects.exclude(status=OrderStatus.DENIED).exists()
    told = Notification.objects.filter(user=world.alice, kind="repeating").values_list("title", flat=True)
    assert sorted(told) == ["BTC-USD: a repeating order was paused"] + ["BTC-USD: a repeating order was refused"] * 3
    schedules.resume(repeating, clock=world.clock)
    RiskLimit.objects.all().delete()
    come("2026-11-25T09:35:10-05:00")
    assert repeating.runs.first().state == RunState.PLACED


def test_a_halt_is_refused_and_recorded_but_pauses_nothing(world, repeat, come) -> None:
    repeating = repeat("BTC-USD", interval="day", notional="100")
    halt(scope=HaltScope.ACCOUNT, actor=world.alice, account=world.account, reason="enough", clock=world.clock)
    for day in (21, 22, 23, 24):
        come(f"2026-11-{day}T09:35:10-05:00")
    assert {run.code for run in repeating.runs.all()} == {"halted"}
    repeating.refresh_from_db()
    assert repeating.state == RepeatingState.ACTIVE
    assert not Order.objects.exclude(status=OrderStatus.DENIED).exists()


def test_a_person_who_is_switched_off_has_no_order_and_a_line_that_says_so(world, repeat, come) -> None:
    repeating = repeat()
    world.alice.is_active = False
    world.alice.save()
    come(MONDAY)
    assert states(repeating) == [("2026-11-23", RunState.SKIPPED)]
    assert not Order.objects.exists()


def test_a_closed_account_ends_it(world, repeat, come) -> None:
    repeating = repeat()
    world.account.archived_at = world.clock.now()
    world.account.save()
    come(MONDAY)
    repeating.refresh_from_db()
    assert (states(repeating), repeating.state) == ([("2026-11-23", RunState.SKIPPED)], RepeatingState.ENDED)
    assert not Order.objects.exists()


def test_pausing_resuming_and_ending(world, repeat, come) -> None:
    repeating = repeat()
    schedules.pause(repeating, clock=world.clock)
    assert not PeriodicTask.objects.get(repeating_order=repeating).enabled
    come("2026-11-25T12:00:00-05:00")
    schedules.resume(repeating, clock=world.clock)
    place_all_due(clock=world.clock)
    assert not repeating.runs.exists()
    assert not Order.objects.exists()
    come("2026-11-30T09:36:00-05:00")
    assert states(repeating) == [("2026-11-30", RunState.PLACED)]
    schedules.end(repeating, clock=world.clock)
    assert not PeriodicTask.objects.filter(name__contains=str(repeating.pk)).exists()
    come("2026-12-07T09:36:00-05:00")
    assert Order.objects.count() == 1
    with pytest.raises(RepeatingEnded):
        schedules.resume(repeating, clock=world.clock)


def test_it_ends_after_so_many_and_after_its_last_date(world, repeat, come) -> None:
    twice = repeat(until=schedules.Until(count=2))
    until = repeat(
        "AAPL", interval="day", quantity="1", until=schedules.Until(at=datetime(2026, 11, 24, 23, tzinfo=UTC))
    )
    for day in ("2026-11-23", "2026-11-24", "2026-11-25", "2026-11-30", "2026-12-07"):
        come(f"{day}T09:36:00-05:00")
    twice.refresh_from_db()
    until.refresh_from_db()
    assert (twice.state, twice.placed_count, twice.runs.count()) == (RepeatingState.ENDED, 2, 2)
    assert (until.state, [state for _, state in states(until)]) == (RepeatingState.ENDED, [RunState.PLACED] * 2)


def test_an_operator_s_switch_pauses_it_honestly_and_back_on_it_goes_on(world, repeat, come) -> None:
    repeating = repeat()
    PeriodicTask.objects.filter(repeating_order=repeating).update(enabled=False)
    come(MONDAY)
    repeating.refresh_from_db()
    assert (repeating.state, repeating.reason) == (RepeatingState.PAUSED, BY_OPERATOR)
    assert not Order.objects.exists()
    assert Notification.objects.filter(user=world.alice, title__contains="paused").count() == 1
    PeriodicTask.objects.filter(repeating_order=repeating).update(enabled=True)
    come("2026-11-24T09:35:10-05:00")
    repeating.refresh_from_db()
    assert (repeating.state, repeating.reason) == (RepeatingState.ACTIVE, "")
    assert not Order.objects.exists()


def test_a_deleted_entry_loses_nothing_and_is_made_again(world, repeat, come) -> None:
    repeating = repeat()
    PeriodicTask.objects.filter(repeating_order=repeating).delete()
    come(MONDAY)
    repeating.refresh_from_db()
    assert repeating.task.enabled
    assert states(repeating) == [("2026-11-23", RunState.PLACED)]


def test_the_entry_is_the_rule_in_the_market_s_zone(world, repeat) -> None:
    entry = repeat(interval="month", day_of_month=31, time="14:05", notional="50").task
    assert entry.task == "trading.tasks.place_repeating"
    assert (entry.crontab.hour, entry.crontab.minute, entry.crontab.day_of_month) == ("14", "5", "28-31")
    assert str(entry.crontab.timezone) == "America/New_York"
    assert repeat().task.crontab.day_of_week == "1"


def test_where_the_schedule_is_silent_the_engine_looks(world, repeat, come) -> None:
    from arbion.schedules import SCHEDULES, setup_schedules

    setup_schedules()
    repeat()
    ours = tuple(one for one in SCHEDULES if one.task == "trading.tasks.place_repeating_due")
    upkeep = Upkeep(clock=world.clock, tasks=ours)
    assert upkeep.turn() == []
    come(MONDAY, look=False)
    assert upkeep.turn() == ["Place repeating orders"]
    assert Order.objects.count() == 1


def test_the_same_key_is_the_same_repeating_order(world, repeat) -> None:
    first = repeat(key="k")
    assert repeat(key="k") == first
    with pytest.raises(IdempotencyMismatch):
        repeat(key="k", notional="200")
    assert RepeatingOrder.objects.count() == PeriodicTask.objects.count() == 1


def test_what_it_would_do_is_shown_before(world) -> None:
    order = {"symbol": "BTC-USD", "side": "buy", "notional": "100"}
    seen = schedules.propose(
        world.alice, world.account, order, {"interval": "week", "weekday": "monday"}, clock=world.clock
    )
    assert [f"{at:%m-%d %H:%M}" for at in seen.due] == ["11-23 14:35", "11-30 14:35", "12-07 14:35", "12-14 14:35"]
    assert seen.in_words == "Buy $100.00 of BTC-USD, every Monday at 09:35 New York time"
    # 0.0019 coins: as many of its smallest units as the money buys.
    assert Decimal(95) <= seen.cost < Decimal(96)
    assert seen.per_month == (seen.cost * 52 / 12).quantize(Decimal("0.01"))
    assert seen.preview.decision.is_approved
    assert not RepeatingOrder.objects.exists()
    assert not Order.objects.exists()


def test_a_holiday_among_the_next_dates_is_said(world) -> None:
    order = {"symbol": "AAPL", "side": "buy", "quantity": "1"}
    seen = schedules.propose(world.alice, world.account, order, {"interval": "day"}, clock=world.clock)
    assert len(seen.due) == 4
    assert [note for note in seen.notes if "Thursday 26 November" in note and "nothing is placed" in note]


@pytest.mark.parametrize(
    ("order", "field"),
    [
        ({"symbol": "BTC-USD", "side": "buy"}, "quantity"),
        ({"symbol": "BTC-USD", "side": "buy", "quantity": "1", "notional": "5"}, "notional"),
        ({"symbol": "BTC-USD", "side": "buy", "quantity": "-1"}, "quantity"),
        ({"symbol": "BTC-USD", "side": "hold", "quantity": "1"}, "side"),
        ({"symbol": "BTC-USD", "side": "buy", "quantity": "1", "order_type": "stop", "stop_price": "9"}, "order_type"),
        ({"symbol": "BTC-USD", "side": "buy", "quantity": "1", "frequency": "5"}, "frequency"),
        ({"symbol": "AAPL", "side": "buy", "quantity": "1", "option": {"right": "call"}}, "option"),
        ({"symbol": "BTC-USD", "side": "buy", "notional": "0.00000001"}, "notional"),
    ],
)
def test_what_cannot_repeat_is_refused_by_its_field_and_nothing_is_kept(world, counted, order, field) -> None:
    before = counted()
    with pytest.raises(InvalidInput) as refusal:
        schedules.create(
            world.alice, world.account, order, {"interval": "day"}, words="", client_key="k", clock=world.clock
        )
    assert refusal.value.errors[0].field == field
    assert counted() == before


def test_nobody_repeats_in_another_s_account(world, repeat) -> None:
    from accounts.models import User

    bob = User.objects.create_user("bob@example.com")
    with pytest.raises(NotFound):
        schedules.create(
            bob, world.account, {"symbol": "AAPL", "side": "buy", "quantity": "1"}, {"interval": "day"},
            words="", client_key="k", clock=world.clock,
        )  # fmt: skip
    assert not RepeatingOrder.objects.exists()


def test_a_line_of_the_past_cannot_be_changed(world, repeat, come) -> None:
    from django.db import DatabaseError, transaction

    repeating = repeat()
    come(MONDAY)
    with pytest.raises(DatabaseError), transaction.atomic():
        RepeatingRun.objects.update(reason="never mind")
    assert repeating.runs.get().reason == ""
