"""What the house does after each tick of the market: let the simulated exchange match, and take in what happened."""

from __future__ import annotations

from dataclasses import dataclass, field

from arbion.lib.clock import SYSTEM, Clock
from arbion.lib.ids import IdSource, new_id
from brokers.simulator import activities, venue
from trading.execution import equity, margin_calls
from trading.execution.collect import collect_references
from trading.execution.conditions.watch import Watch
from trading.execution.held import release_due
from trading.execution.margin_calls import call_margins
from trading.execution.splits import follow_splits
from trading.execution.watchdog import look_after_monitor


@dataclass(slots=True)
class Memory:
    """What one engine remembers from step to step; after a start it is empty."""

    owed: margin_calls.Memory = field(default_factory=margin_calls.Memory)
    worth: equity.Memory = field(default_factory=equity.Memory)


def engine_step(
    *, memory: Memory | None = None, conditions: Watch | None = None, clock: Clock = SYSTEM, ids: IdSource = new_id
) -> None:
    """Match resting orders against the newest quotes, and let the house take in and do what follows from them.

    What happens to accounts without an order (a dividend, an expiry) is due before orders meet the new prices.
    `memory` is what one engine remembers; without it no price is believed, no margin is called, and the worth of
    accounts is written at the first look. `conditions` watches what orders and alerts wait for, where it is given.
    """
    changed = activities.settle_due(clock=clock) | venue.match_all(clock=clock)
    if changed:
        collect_references(changed, clock=clock)
    follow_splits(clock=clock)
    release_due(clock=clock)
    if conditions is not None:
        conditions.look()
    call_margins(memory=memory.owed if memory else margin_calls.Memory(), clock=clock, ids=ids)
    equity.mark_equity(at=clock.now(), memory=memory.worth if memory else None)
    look_after_monitor(clock=clock)
