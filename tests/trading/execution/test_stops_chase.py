"""Exits that a killed monitor left on their way: the next monitor brings them home by itself, and none twice."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from arbion.domain.enums import OrderStatus
from brokers.errors import OutcomeUnknown, VenueUnavailable
from brokers.simulator.adapter import SimulatedBroker
from tests.trading.execution.conftest import Tower
from tests.trading.execution.resting import again
from trading.books.check import verify_books
from trading.execution.protection.chase import Chase
from trading.execution.protection.watch import Watch
from trading.models import Order, StopStatus


def _die(*_: object) -> None:
    raise KeyboardInterrupt


def _die_after(method: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any) -> None:
        method(*args)
        raise KeyboardInterrupt

    return call


def _broken_off(tower: Tower, monkeypatch: pytest.MonkeyPatch, name: str, how: Callable[..., Any]) -> Any:
    """A stop whose exit order was recorded, and whose monitor was killed on the way to the venue."""
    stop = tower.stop("AAPL", "fixed", price="195")
    tower.tick("AAPL", "200", "200")
    with monkeypatch.context() as patch:
        patch.setattr(SimulatedBroker if name == "place" else "arbion.lib.commit", name, how)
        with pytest.raises(KeyboardInterrupt):
            tower.tick("AAPL", "194", step=False)
    tower.watch = Watch(clock=tower.world.clock)
    return stop


@pytest.mark.parametrize("when", ["before it arrived", "after it arrived"])
def test_one_that_was_on_its_way_is_asked_for_without_any_sweep(tower, monkeypatch, when) -> None:
    how = _die if when.startswith("before") else _die_after(SimulatedBroker.place)
    stop = _broken_off(tower, monkeypatch, "place", how)
    (order,) = tower.exits()
    assert (order.status, order.sent_at is None, tower.held()) == (OrderStatus.SUBMITTED, False, 10)
    for _ in range(90):
        tower.tick("AAPL", "194", step=False)
        if again(stop).status == StopStatus.DONE:
            break
    assert (again(stop).status, tower.held(), verify_books(tower.world.account)) == (StopStatus.DONE, 0, [])
    said = [one.status for one in Order.objects.filter(intent__client_key__startswith=stop.order_keys)]
    assert sorted(said) == (["filled"] if when.startswith("after") else ["filled", "rejected"])


def test_a_venue_that_is_silent_is_asked_at_growing_distances(tower, monkeypatch) -> None:
    _broken_off(tower, monkeypatch, "place", _die_after(SimulatedBroker.place))
    asked: list[float] = []
    begun = tower.world.clock.now()

    def silent(*_: object) -> None:
        asked.append((tower.world.clock.now() - begun).total_seconds())
        raise OutcomeUnknown

    with monkeypatch.context() as patch:
        patch.setattr(SimulatedBroker, "order", silent)
        for _ in range(100):
            assert tower.tick("AAPL", "194", step=False).failed == 0
    gaps = [later - before for before, later in pairwise(asked)]
    assert gaps == sorted(gaps)
    assert (gaps[0], gaps[-1], len(asked)) == (2, 30, 7)


def test_an_exit_that_never_left_is_sent_once_and_again_only_while_the_venue_takes_nothing(tower, monkeypatch) -> None:
    stop = tower.stop("AAPL", "fixed", price="195")
    tower.tick("AAPL", "200", "200")
    with monkeypatch.context() as patch:
        patch.setattr("arbion.lib.commit._hand_over", lambda *_: None)
        tower.tick("AAPL", "194", step=False)
    calls: list[object] = []

    def busy(*args: object) -> None:
        calls.append(args)
        raise VenueUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(SimulatedBroker, "place", busy)
        for _ in range(10):
            tower.tick("AAPL", "194", step=False)
    assert 2 <= len(calls) <= 4
    for _ in range(12):
        tower.tick("AAPL", "194", step=False)
    assert (again(stop).status, tower.held(), len(tower.exits())) == (StopStatus.DONE, 0, 1)


def test_an_order_with_word_is_not_chased_and_is_forgotten(tower, monkeypatch) -> None:
    _broken_off(tower, monkeypatch, "place", _die)
    chase = Chase(clock=tower.world.clock)
    tower.world.clock.advance(seconds=5)
    (order,) = tower.exits()
    assert (chase.go([order]), len(chase.waits)) == (1, 1)
    order.status = OrderStatus.FILLED
    assert (chase.go([order]), chase.waits) == (0, {})
