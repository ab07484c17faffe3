"""Ticks: the simulated market moved and recorded, beside plain numpy that only moves as many prices."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import numpy as np
from django.conf import settings

from arbion.benchmarks import world
from arbion.benchmarks.figures import Figures, milliseconds, ratio
from arbion.lib.clock import SYSTEM
from marketdata import quotes
from marketdata.simulator.market import SimulatedMarket

SIZES = (2_000, 10_000)
SMALL_SIZES = (20, 50)
TICKS_MAX = 200
YEAR_SECONDS = 252 * 6.5 * 3600


def measure(*, seconds: float, small: bool) -> Figures:
    """Every size in turn."""
    return {str(count): _of(count, seconds=seconds) for count in (SMALL_SIZES if small else SIZES)}


def _of(count: int, *, seconds: float) -> Figures:
    market = SimulatedMarket(world.make_instruments(count), seed=world.SEED)
    begun = SYSTEM.now()
    moved, recorded = [], []

    def tick(number: int) -> None:
        at = begun + timedelta(seconds=settings.TICK_INTERVAL_SECS * number)
        start = time.perf_counter()
        batch = market.tick(at)
        made = time.perf_counter()
        quotes.record(batch)
        moved.append(made - start)
        recorded.append(time.perf_counter() - made)

    whole = _repeat(tick, seconds=seconds)
    plain = _repeat(_plain(count), seconds=min(seconds, 0.5))
    return {
        "tick_and_record": milliseconds(whole),
        "tick": milliseconds(moved[1:]),
        "record": milliseconds(recorded[1:]),
        "plain_numpy": milliseconds(plain),
        "tick_to_plain": ratio(milliseconds(moved[1:])["p50_ms"], milliseconds(plain)["p50_ms"]),
        "whole_to_plain": ratio(milliseconds(whole)["p50_ms"], milliseconds(plain)["p50_ms"]),
    }


def _plain(count: int) -> Callable[[int], None]:
    """Geometric Brownian motion in place with nothing around it."""
    chance = np.random.Generator(np.random.SFC64(world.SEED))
    prices, noise = np.full(count, 100.0), np.empty(count)
    step = settings.TICK_INTERVAL_SECS / YEAR_SECONDS
    scale, drift = 0.3 * step**0.5, -0.5 * 0.3**2 * step

    def move(_: int) -> None:
        chance.standard_normal(out=noise)
        np.multiply(noise, scale, out=noise)
        np.add(noise, drift, out=noise)
        np.exp(noise, out=noise)
        np.multiply(prices, noise, out=prices)

    return move


def _repeat(work: Callable[[int], None], *, seconds: float) -> list[float]:
    """How long each turn took, without the first, which warms what is cold."""
    work(0)
    took: list[float] = []
    deadline = time.monotonic() + seconds
    while not took or (time.monotonic() < deadline and len(took) < TICKS_MAX):
        start = time.perf_counter()
        work(len(took) + 1)
        took.append(time.perf_counter() - start)
    return took
