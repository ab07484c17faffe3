"""The seed proof: one seed gives one market, byte for byte, in another process and on another database.

Inside a sandbox a market of shares, funds and coins runs from the pre-market into the afternoon, with halts, an edit
and a restart on the way; what all its quotes, candles and generated pasts come to is a few hashes. Outside they are
compared.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from arbion.domain.enums import Interval
from arbion.domain.numbers import PRICE_SCALE
from arbion.lib.clock import FrozenClock
from arbion.proofs import sandbox
from arbion.proofs.claims import Ask
from marketdata import instruments, quotes
from marketdata.models import Candle, Instrument, Quote
from marketdata.simulator import history
from marketdata.simulator.market import LiveMarket

BEGINS = datetime(2026, 3, 4, 13, 0, tzinfo=UTC)  # 8:00 in New York: before the session
TICK_SECONDS = 20
INSTRUMENTS = 600
PASTS = 25
HASHES = ("quotes_hash", "candles_hash", "pasts_hash")

QUOTE_FIELDS = (
    "instrument_id", "bid", "ask", "last", "previous_close", "volume", "at", "source",
    "minute", "minute_open", "minute_high", "minute_low", "minute_volume",
)  # fmt: skip
CANDLE_FIELDS = ("instrument_id", "interval", "opens_at", "open", "high", "low", "close", "volume")


@dataclass
class Report:
    """What one market came to."""

    database: str
    seed: int
    ticks: int
    instruments: int = 0
    quotes: int = 0
    candles: int = 0
    quotes_hash: str = ""
    candles_hash: str = ""
    pasts_hash: str = ""
    seconds: float = 0.0

    @property
    def is_clean(self) -> bool:
        """Whether there was a market at all; one alone proves nothing more."""
        return self.quotes > 0 and self.candles > 0

    def as_json(self) -> dict[str, Any]:
        """The hashes and what they are of."""
        return asdict(self)

    def words(self) -> str:
        """The hashes for a person."""
        return f"{self.database}, seed {self.seed}: quotes {self.quotes_hash[:16]}, candles {self.candles_hash[:16]}"


@dataclass
class Comparison:
    """What the markets came to beside each other."""

    seed: int
    runs: list[dict[str, Any]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether equal seeds gave equal markets and the other seed another."""
        return len(self.runs) >= 3 and not self.faults

    def as_json(self) -> dict[str, Any]:
        """Every run, and the verdict."""
        return {**asdict(self), "verdict": "clean" if self.is_clean else "not clean"}

    def words(self) -> str:
        """The same for a person."""
        lines = [
            f"{run['database']:<11} seed {run['seed']}: {run['ticks']} ticks of {run['instruments']} instruments, "
            f"{run['candles']} candles; quotes {run['quotes_hash'][:12]}, candles {run['candles_hash'][:12]}, "
            f"pasts {run['pasts_hash'][:12]} ({run['seconds']} s)"
            for run in self.runs
        ]
        verdict = "equal seeds gave equal markets, the other seed another" if self.is_clean else "not clean"
        return "\n".join([*lines, *self.faults, verdict])


def conduct(*, trials: int, seed: int, quick: bool, ask: Ask) -> Comparison:
    """Run the seed twice on SQLite and once on PostgreSQL, where one answers, and another seed once."""
    del quick  # fewer ticks, but every database: that is what the claim is about
    url = sandbox.postgres_url()
    same = [ask("", trials, seed), ask("", trials, seed), *([ask(url, trials, seed)] if url else [])]
    return compare(seed, same, ask("", trials, seed + 1))


def compare(seed: int, same: list[dict[str, Any]], other: dict[str, Any]) -> Comparison:
    """Whether the runs of one seed agree and the other one disagrees, hash by hash."""
    runs = [*same, other]
    faults = [str(run["error"]) for run in runs if "error" in run]
    if faults:
        return Comparison(seed, [run for run in runs if "error" not in run], faults)
    for name in HASHES:
        if any(run[name] != same[0][name] for run in same):
            where = ", ".join(f"{run['database']} {run[name][:12]}" for run in same)
            faults.append(f"one seed, different {name}: {where}")
        if other[name] == same[0][name]:
            faults.append(f"another seed, the same {name}")
    return Comparison(seed, runs, faults)


def prove(*, trials: int, seed: int) -> Report:
    """Run one market for so many ticks, on the sandbox's database."""
    begun = time.monotonic()
    call_command("migrate", interactive=False, verbosity=0)
    instruments.load_catalogue()
    kept = Instrument.objects.order_by("rank", "pk").values_list("pk", flat=True)[:INSTRUMENTS]
    Instrument.objects.exclude(pk__in=list(kept)).delete()
    was = settings.MARKET_SEED, settings.MARKET_ALWAYS_OPEN
    settings.MARKET_SEED, settings.MARKET_ALWAYS_OPEN = seed, False
    try:
        _run(trials, seed)
        return _report(trials, seed, begun)
    finally:
        settings.MARKET_SEED, settings.MARKET_ALWAYS_OPEN = was


def _run(ticks: int, seed: int) -> None:
    market = LiveMarket(seed)
    halted = list(Instrument.objects.order_by("pk")[:3])
    for number in range(ticks):
        at = BEGINS + timedelta(seconds=TICK_SECONDS * number)
        if number in (ticks // 3, ticks * 2 // 3):
            for instrument in halted:
                instruments.set_halted(instrument, halted=number == ticks // 3, actor=None, clock=FrozenClock(at))
        if number == ticks // 2:
            Instrument.objects.filter(pk=halted[0].pk).update(volatility=0.5, updated_at=at)
            market = LiveMarket(seed)
        quotes.record(market.tick(at))


def _report(ticks: int, seed: int, begun: float) -> Report:
    names = dict(Instrument.objects.values_list("pk", "symbol"))
    quote_rows = Quote.objects.order_by("instrument_id").values_list(*QUOTE_FIELDS)
    candle_rows = Candle.objects.order_by("instrument_id", "interval", "opens_at").values_list(*CANDLE_FIELDS)
    return Report(
        database="PostgreSQL" if connection.vendor == "postgresql" else "SQLite",
        seed=seed,
        ticks=ticks,
        instruments=len(names),
        quotes=quote_rows.count(),
        candles=candle_rows.count(),
        quotes_hash=_hash(_line(row, QUOTE_FIELDS, names) for row in quote_rows.iterator()),
        candles_hash=_hash(_line(row, CANDLE_FIELDS, names) for row in candle_rows.iterator()),
        pasts_hash=_hash(_pasts()),
        seconds=round(time.monotonic() - begun, 1),
    )


def _pasts() -> Iterable[str]:
    """The generated history of some instruments, as the bytes of its columns."""
    for instrument in Instrument.objects.order_by("rank", "pk")[:PASTS]:
        found = history.candles(history.past_of(instrument, BEGINS), Interval.M1)
        columns = (found.time, found.open, found.high, found.low, found.close, found.volume)
        yield from (hashlib.sha256(column.tobytes()).hexdigest() for column in columns)


def _line(row: tuple[Any, ...], fields: tuple[str, ...], names: dict[int, str]) -> str:
    """One row without what a database makes up: the instrument by its symbol, figures scaled."""
    return "|".join(
        _text(names[value] if name == "instrument_id" else value) for name, value in zip(fields, row, strict=True)
    )


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(int(value.scaleb(PRICE_SCALE)))
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)


def _hash(lines: Iterable[str]) -> str:
    found = hashlib.sha256()
    for line in lines:
        found.update(line.encode() + b"\n")
    return found.hexdigest()
