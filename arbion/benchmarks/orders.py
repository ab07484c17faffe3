"""Orders: how many a second go the whole road, and what a lone one costs, beside the same writes without the house."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from pathlib import Path

from django.db import connection, connections

from arbion.benchmarks import peers, world, writes
from arbion.benchmarks.figures import Figures, milliseconds, ratio
from arbion.benchmarks.rooms import NotMeasured
from arbion.benchmarks.statements import Count
from arbion.benchmarks.world import Player
from arbion.domain.enums import Side
from arbion.proofs import sandbox
from trading.models import Order

ACCOUNTS, SMALL_ACCOUNTS = 40, 4
THREADS = 4
SYNCS = 50


def measure(*, seconds: float, small: bool) -> Figures:
    """One thread, several threads, the statements, and then the peer, whose rows would disturb the house."""
    players = world.make_players(SMALL_ACCOUNTS if small else ACCOUNTS)
    counted = {side: _count(players[0], side) for side in (Side.BUY, Side.SELL)}
    lone = _trade([players], seconds=seconds)
    several = _trade([players[number::THREADS] for number in range(THREADS)], seconds=seconds)
    if left := world.unfilled():
        raise NotMeasured(f"orders did not fill: {', '.join(left)}")
    scripts = [_script(player) for player in players]
    raw = _raw(scripts, seconds=seconds)
    return {
        "one_thread": lone,
        "several_threads": several,
        "statements": {side.value: count.figures() for side, count in counted.items()},
        "raw": raw,
        "one_thread_to_raw": _ratio(lone, raw["one_client"]),
        "several_threads_to_raw": _ratio(several, raw["several_clients"]),
        "sync_ms": _sync_milliseconds(),
    }


def _ratio(ours: Figures, theirs: Figures) -> float | None:
    return ratio(ours["orders_per_second"], theirs.get("orders_per_second", 0))


def _count(player: Player, side: Side) -> Count:
    with Count().watched() as count:
        player.place(side)
    return count


def _trade(parts: Sequence[Sequence[Player]], *, seconds: float) -> Figures:
    """Let each thread's players buy and sell in turn until the time is over."""
    deadline = time.monotonic() + seconds
    begun = time.monotonic()
    with ThreadPoolExecutor(len(parts)) as pool:
        took = [part for found in pool.map(lambda players: _trade_alone(players, deadline), parts) for part in found]
    lasted = time.monotonic() - begun
    return {"threads": len(parts), "orders_per_second": round(len(took) / lasted, 1), **milliseconds(took)}


def _trade_alone(players: Sequence[Player], deadline: float) -> list[float]:
    took: list[float] = []
    try:
        for player, side in _turns(players):
            start = time.perf_counter()
            player.place(side)
            took.append(time.perf_counter() - start)
            if time.monotonic() >= deadline:
                break
    finally:
        connections.close_all()
    return took


def _turns(players: Sequence[Player]) -> Iterator[tuple[Player, Side]]:
    """Everybody buys, then everybody sells, and so on: no account grows."""
    for side in cycle((Side.BUY, Side.SELL)):
        for player in players:
            yield player, side


def _script(player: Player) -> list[writes.Write]:
    """The bare writes of one purchase by this player, who makes it now."""
    with Count().watched() as count:
        placed = player.place(Side.BUY)
    order = Order.objects.select_related("account", "instrument", "intent", "decision").get(pk=placed.pk)
    return writes.of(order, [statement for _, statement in count.statements if statement.startswith("UPDATE")])


def _raw(scripts: Sequence[Sequence[writes.Write]], *, seconds: float) -> Figures:
    if connection.vendor == "postgresql":
        one = peers.on_postgres(scripts, clients=1, seconds=seconds, run=0)
        several = peers.on_postgres(scripts, clients=THREADS, seconds=seconds, run=1)
        return {"by": "pgbench, one transaction an order", "one_client": one, "several_clients": several}
    one = peers.on_sqlite(scripts, seconds=seconds)
    return {"by": "the sqlite3 module, one transaction an order", "one_client": one, "several_clients": one}


def _sync_milliseconds() -> float:
    """How long the disk takes for 8 kB that must be there: the floor of a lone commit."""
    path: Path = sandbox.folder() / "sync"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    took = []
    try:
        for _ in range(SYNCS):
            os.pwrite(descriptor, b"\0" * 8192, 0)
            start = time.perf_counter()
            os.fdatasync(descriptor)
            took.append(time.perf_counter() - start)
    finally:
        os.close(descriptor)
    return float(milliseconds(took)["p50_ms"])
