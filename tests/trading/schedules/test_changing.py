"""Another size, rule or end of a repeating order: from when it holds, what it leaves alone, what is refused whole."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django_celery_beat.models import PeriodicTask

from accounts.models import AuditEntry
from arbion.domain.errors import InvalidInput
from tests.trading.schedules.test_running import MONDAY, states
from trading import schedules
from trading.models import Order, RepeatingOrder, RepeatingState, RunState
from trading.schedules.reading import view_of
from trading.schedules.verbs import RepeatingEnded

pytestmark = pytest.mark.django_db


def test_another_size_holds_from_the_next_time_on(world, repeat, come) -> None:
    repeating = repeat()
    schedules.change(repeating, size={"notional": Decimal(250)}, clock=world.clock)
    come(MONDAY)
    assert Order.objects.get().notional == Decimal(250)
    with pytest.raises(InvalidInput):
        schedules.change(repeating, size={"notional": Decimal(0)}, clock=world.clock)
    repeating.refresh_from_db()
    assert repeating.instruction["notional"] == "250"


def test_another_rule_moves_the_entry_and_the_next_time(world, repeat, come, ring) -> None:
    repeating = repeat()
    schedules.change(repeating, every={"interval": "month", "day_of_month": 24, "time": "10:00"}, clock=world.clock)
    repeating.refresh_from_db()
    assert repeating.next_run == datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
    bell = repeating.task.crontab
    assert (bell.hour, bell.minute, bell.day_of_month, bell.day_of_week) == ("10", "0", "24", "*")
    come(MONDAY)
    assert not Order.objects.exists()
    come("2026-11-24T10:00:10-05:00")
    assert states(repeating) == [("2026-11-24", RunState.PLACED)]
    [entry] = AuditEntry.objects.filter(action="repeating.changed")
    assert (entry.actor, entry.subject) == (world.alice, str(repeating.pk))
    assert entry.data["before"]["every"]["weekday"] == "monday"
    assert entry.data["after"]["every"]["day_of_month"] == 24


def test_a_day_that_was_dealt_with_is_not_promised_again_at_a_later_time(world, repeat, come) -> None:
    repeating = repeat(interval="day")
    come(MONDAY)
    schedules.change(repeating, every={"interval": "day", "time": "15:00"}, clock=world.clock)
    repeating.refresh_from_db()
    assert repeating.next_run == datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
    assert view_of(repeating).due[0] == repeating.next_run
    come("2026-11-23T15:01:00-05:00")
    assert Order.objects.count() == 1


def test_what_waits_for_a_price_still_comes_where_only_size_or_end_change(world, repeat, come) -> None:
    repeating = repeat()
    come(MONDAY, prices=False)
    until = schedules.Until(at=datetime(2026, 12, 31, tzinfo=UTC), count=9)
    schedules.change(repeating, size={"notional": Decimal(50)}, until=until, clock=world.clock)
    come("2026-11-23T09:37:00-05:00")
    assert states(repeating) == [("2026-11-23", RunState.PLACED)]
    repeating.refresh_from_db()
    assert (repeating.ends_at, repeating.count_max) == (until.at, 9)


def test_an_end_is_taken_away_again_and_a_paused_one_is_changed_without_running(world, repeat, come) -> None:
    repeating = repeat(until=schedules.Until(count=1))
    schedules.pause(repeating, clock=world.clock)
    schedules.change(repeating, every={"interval": "day"}, until=schedules.NO_END, clock=world.clock)
    repeating.refresh_from_db()
    assert (repeating.count_max, repeating.state, repeating.next_run) == (None, RepeatingState.PAUSED, None)
    assert repeating.task.enabled is False
    come(MONDAY)
    assert not Order.objects.exists()
    schedules.resume(repeating, clock=world.clock)
    repeating.refresh_from_db()
    assert repeating.next_run == datetime(2026, 11, 24, 14, 35, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"size": {"notional": Decimal(-1)}}, "notional", "not_positive"),
        ({"size": {"notional": Decimal(5), "quantity": Decimal(1)}}, "notional", "one_size"),
        ({"every": {"interval": "year"}}, "every.interval", "invalid_choice"),
        ({"every": {"interval": "week", "weekday": "someday"}}, "every.weekday", "invalid_choice"),
        ({"every": {"interval": "day", "time": "9:35"}}, "every.time", "invalid_time"),
        ({"until": schedules.Until(at=datetime(2026, 11, 1, tzinfo=UTC))}, "ends_at", "past"),
        ({"until": schedules.Until(at=datetime(2026, 11, 22, tzinfo=UTC))}, "ends_at", "never_due"),
        ({"until": schedules.Until(count=0)}, "count_max", "out_of_range"),
    ],
)
def test_a_change_that_cannot_be_changes_nothing(world, repeat, change, field, code) -> None:
    repeating = repeat()

    def rows() -> list[dict]:
        return [list(kind.objects.order_by("pk").values()) for kind in (RepeatingOrder, PeriodicTask, AuditEntry)]

    before = rows()
    with pytest.raises(InvalidInput) as refusal:
        schedules.change(repeating, **{"size": {"notional": Decimal(70)}, **change}, clock=world.clock)
    assert (refusal.value.errors[0].field, refusal.value.errors[0].code) == (field, code)
    assert rows() == before


def test_one_that_has_ended_is_not_changed(world, repeat) -> None:
    repeating = schedules.end(repeat(), clock=world.clock)
    with pytest.raises(RepeatingEnded):
        schedules.change(repeating, size={"notional": Decimal(70)}, clock=world.clock)
    repeating.refresh_from_db()
    assert repeating.instruction["notional"] == "100"
