"""The table of an order's life, tried whole: every pair of a status and a trigger, and the shape of the graph."""

from __future__ import annotations

from itertools import product

import pytest

from arbion.domain.enums import OPEN, TERMINAL, OrderStatus, Trigger
from trading.lifecycle import TRANSITIONS, IllegalTransition, next_status

FILLS = {Trigger.FILL_PART, Trigger.FILL_ALL}


@pytest.mark.parametrize(("status", "trigger"), list(product(OrderStatus, Trigger)))
def test_every_pair_is_listed_or_refused(status: OrderStatus, trigger: Trigger) -> None:
    if (status, trigger) in TRANSITIONS:
        assert next_status(status, trigger) in OrderStatus
    else:
        with pytest.raises(IllegalTransition):
            next_status(status, trigger)


def reachable(start: OrderStatus) -> set[OrderStatus]:
    """Every status that some story leads to from here."""
    found, waiting = {start}, [start]
    while waiting:
        here = waiting.pop()
        for (status, _), after in TRANSITIONS.items():
            if status == here and after not in found:
                found.add(after)
                waiting.append(after)
    return found


def test_every_status_can_be_reached() -> None:
    assert reachable(OrderStatus.INITIALIZED) == set(OrderStatus)


@pytest.mark.parametrize("status", sorted(OPEN))
def test_every_open_order_can_end(status: OrderStatus) -> None:
    assert reachable(status) & TERMINAL


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_a_closed_order_stays_closed_and_hears_only_of_fills(status: OrderStatus) -> None:
    exits = {trigger: after for (before, trigger), after in TRANSITIONS.items() if before == status}
    assert set(exits) <= FILLS
    assert set(exits.values()) <= {status, OrderStatus.FILLED}
    if status == OrderStatus.DENIED:
        assert exits == {}


def test_a_fill_is_taken_by_every_order_that_may_have_left_the_house() -> None:
    kept_inside = {OrderStatus.INITIALIZED, OrderStatus.HELD, OrderStatus.DENIED}
    for status in set(OrderStatus) - kept_inside:
        assert next_status(status, Trigger.FILL_ALL) == OrderStatus.FILLED
    for status, trigger in product(kept_inside, FILLS):
        with pytest.raises(IllegalTransition):
            next_status(status, trigger)


def test_an_order_leaves_only_through_the_gate() -> None:
    ways = {pair for pair, after in TRANSITIONS.items() if after == OrderStatus.SUBMITTED}
    assert ways == {(OrderStatus.INITIALIZED, Trigger.SUBMIT), (OrderStatus.HELD, Trigger.SUBMIT)}


def test_a_lost_answer_is_known_by_looking_only() -> None:
    into = {pair for pair, after in TRANSITIONS.items() if after == OrderStatus.UNKNOWN}
    assert into == {(OrderStatus.SUBMITTED, Trigger.LOSE)}
    out = {trigger for (before, trigger) in TRANSITIONS if before == OrderStatus.UNKNOWN}
    assert out == {Trigger.ACCEPT, Trigger.REJECT, Trigger.CANCEL, Trigger.EXPIRE} | FILLS
