"""Attaching, changing and taking away: what is refused says the field, the reason and a code, and moves nothing."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import AuditEntry, User
from arbion.domain.errors import InvalidInput, NotFound
from trading import selectors
from trading.errors import IdempotencyMismatch, StaleQuote, StopNotStanding
from trading.execution.protection.attach import cancel, change
from trading.models import Stop, StopStatus


@pytest.mark.parametrize(
    ("symbol", "kind", "given", "fault"),
    [
        ("MSFT", "fixed", {"price": "390"}, ("symbol", "no_position")),
        ("AAPL", "fixed", {"price": "201"}, ("price", "at_once")),
        ("AAPL", "take_profit", {"price": "199"}, ("price", "at_once")),
        ("AAPL", "fixed", {"price": "190", "quantity": "11"}, ("quantity", "too_large")),
        ("AAPL", "fixed", {"price": "190", "quantity": "0.00001"}, ("quantity", "size_increment")),
        ("AAPL", "fixed", {"price": "190", "quantity": "-1"}, ("quantity", "not_positive")),
        ("AAPL", "fixed", {}, ("price", "required")),
        ("AAPL", "percent", {"percent": "100"}, ("percent", "too_large")),
    ],
)
def test_what_cannot_guard_is_refused(tower, symbol, kind, given, fault) -> None:
    with pytest.raises(InvalidInput) as refusal:
        tower.stop(symbol, kind, **given)
    assert (refusal.value.errors[0].field, refusal.value.errors[0].code) == fault
    assert not Stop.objects.exists()
    assert not AuditEntry.objects.filter(action__startswith="risk.stop").exists()


def test_a_time_that_has_passed_is_refused(tower) -> None:
    with pytest.raises(InvalidInput) as refusal:
        tower.stop("AAPL", "time", closes_at=tower.world.clock.now())
    assert refusal.value.errors[0].code == "past"


def test_without_a_fresh_price_nothing_is_attached(tower) -> None:
    tower.world.clock.advance(seconds=16)
    with pytest.raises(StaleQuote):
        tower.stop("AAPL", "fixed", price="190")
    assert not Stop.objects.exists()


def test_a_position_has_so_many_stops_at_most(tower) -> None:
    for number in range(10):
        tower.stop("AAPL", "fixed", price=str(180 + number))
    with pytest.raises(InvalidInput) as refusal:
        tower.stop("AAPL", "fixed", price="170")
    assert refusal.value.errors[0].code == "too_many"
    assert Stop.objects.count() == 10


def test_the_same_key_is_the_same_stop_and_another_wish_under_it_is_refused(tower) -> None:
    first = tower.stop("AAPL", "fixed", price="190", key="k")
    assert tower.stop("AAPL", "fixed", price="190.00", key="k").pk == first.pk
    with pytest.raises(IdempotencyMismatch):
        tower.stop("AAPL", "fixed", price="189", key="k")
    assert Stop.objects.count() == 1


def test_a_change_begins_anew_and_keeps_what_was_not_said(tower) -> None:
    stop = tower.stop("AAPL", "trail_percent", percent="5", quantity="4")
    tower.world.quote("AAPL", "220")
    changed = change(stop, user=tower.world.alice, percent=Decimal(2), clock=tower.world.clock)
    assert (changed.level, changed.extreme, changed.quantity) == (Decimal("215.6"), Decimal(220), 4)
    fixed = {"kind": "fixed", "price": Decimal(200), "is_whole": True}
    other = change(stop, user=tower.world.alice, clock=tower.world.clock, **fixed)
    assert (other.kind, other.percent, other.price, other.quantity, other.version) == ("fixed", None, 200, None, 2)
    assert AuditEntry.objects.filter(action="risk.stop_changed").count() == 2


def test_the_watch_goes_by_the_changed_terms(tower, calm) -> None:
    stop = tower.stop("AAPL", "fixed", price="195")
    calm()
    change(stop, user=tower.world.alice, price=Decimal(180), clock=tower.world.clock)
    tower.tick("AAPL", "195", "194.5")
    assert tower.exits() == []
    cancel(stop, user=tower.world.alice, clock=tower.world.clock)
    tower.tick("AAPL", "190", "185", "180", "179")
    assert tower.exits() == []


def test_what_went_off_or_ended_cannot_be_changed(tower, calm) -> None:
    stop = tower.stop("AAPL", "fixed", price="195")
    assert cancel(stop, user=tower.world.alice, clock=tower.world.clock).status == StopStatus.CANCELED
    assert cancel(stop, user=tower.world.alice, clock=tower.world.clock).version == 1
    with pytest.raises(StopNotStanding):
        change(stop, user=tower.world.alice, price=Decimal(180), clock=tower.world.clock)
    fired = tower.stop("AAPL", "fixed", price="195")
    calm()
    tower.tick("AAPL", "195")
    with pytest.raises(StopNotStanding):
        cancel(fired, user=tower.world.alice, clock=tower.world.clock)


def test_another_person_finds_nothing_to_change(tower) -> None:
    stop = tower.stop("AAPL", "fixed", price="195")
    bob = User.objects.create_user("bob@example.com")
    for verb in (cancel, change):
        with pytest.raises(NotFound):
            verb(stop, user=bob, clock=tower.world.clock)
    with pytest.raises(NotFound):
        selectors.stop_of(bob, stop.pk)
    assert list(selectors.stops(bob)) == []
    assert Stop.objects.get().version == 0


def test_positions_without_a_stop_against_loss_are_named(tower) -> None:
    alice, clock = tower.world.alice, tower.world.clock
    assert [row.instrument.symbol for row in selectors.unguarded_positions(alice)] == ["AAPL"]
    tower.stop("AAPL", "take_profit", percent="10")
    tower.stop("AAPL", "time", closes_at=clock.now() + timedelta(hours=1))
    tower.stop("AAPL", "break_even", percent="10")
    assert len(selectors.unguarded_positions(alice)) == 1
    stop = tower.stop("AAPL", "trail_percent", percent="10")
    assert selectors.unguarded_positions(alice) == []
    assert selectors.count_standing().standing == 4
    assert selectors.guarded_quantity(stop, Decimal(10)) == 10
    assert selectors.guarded_quantity(stop, Decimal(-10)) == 0
