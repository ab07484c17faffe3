"""Loading a history so that an instrument follows it, and letting go of it again."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from arbion.domain.enums import AssetClass, Interval
from arbion.domain.errors import FieldError, NotFound
from arbion.lib.clock import SYSTEM, Clock
from marketdata.columns import Columns
from marketdata.errors import InvalidTape
from marketdata.models import Instrument, Tape, TapeBar
from marketdata.simulator.replay import bars as bars_of
from marketdata.tape_file import read_tape_file
from marketdata.times import to_seconds

SPEED_DEFAULT = 0.25  # a quarter of a bar a tick: open, one extreme, the other, close
SPEED_MAX = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """How a history is to be played: bars a tick, and from which day on (everything before it is history)."""

    speed: float = SPEED_DEFAULT
    begins_on: date | None = None

    def __post_init__(self) -> None:
        check_speed(self.speed)


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """A loaded history as columns, oldest first: time in seconds since 1970 (its own), prices and volumes scaled."""

    symbol: str
    interval: Interval
    bars: Columns


def history_of(instrument: Instrument, *, begins: date | None = None, ends: date | None = None) -> History:
    """The whole tape of an instrument, played or not, or its bars from one day to another (both included).

    What backtests read: it is the very history that the replay shows bar by bar. Raises NotFound when none is loaded.
    """
    tape = Tape.objects.filter(instrument=instrument).first()
    if tape is None:
        raise NotFound(f"No history is loaded for {instrument.symbol}.")
    interval = Interval(tape.interval)
    found = bars_of(tape.pk, tape.loaded_at)
    zone = UTC if interval is Interval.D1 else zone_of(instrument)
    first = 0 if begins is None else _second_of(begins, zone)
    last = int(found.time[-1]) + 1 if ends is None else _second_of(ends + timedelta(days=1), zone)
    return History(instrument.symbol, interval, found.part(first, last))


def check_speed(speed: float) -> None:
    """Refuse a speed that no replay can have. Raises InvalidTape."""
    if not (math.isfinite(speed) and 0 < speed <= SPEED_MAX):
        detail = f"The speed is above 0 and at most {SPEED_MAX:g} bars a tick."
        raise InvalidTape(detail, errors=(FieldError("speed", "out_of_range", detail),))


def load_tape(*, instrument: Instrument, path: Path, replay: Replay, clock: Clock = SYSTEM) -> Tape:
    """Read the file and make the instrument follow it from its next tick on; a bad file changes nothing."""
    zone = zone_of(instrument)
    file = read_tape_file(path, zone=zone)
    position = 0
    if replay.begins_on is not None:
        begins = datetime.combine(replay.begins_on, time(), tzinfo=UTC if file.interval is Interval.D1 else zone)
        position = sum(bar.opens_at < begins for bar in file.bars)
        if position == len(file.bars):
            raise InvalidTape.of("from", "after_the_end", f"The history ends before {replay.begins_on}.")
    with transaction.atomic():
        Tape.objects.filter(instrument=instrument).delete()
        tape = Tape.objects.create(
            instrument=instrument,
            name=file.name,
            interval=file.interval,
            bars_count=len(file.bars),
            speed=replay.speed,
            position=position,
            loaded_at=clock.now(),
        )
        TapeBar.objects.bulk_create(
            (
                TapeBar(
                    tape=tape, number=number, opens_at=bar.opens_at, open=bar.open, high=bar.high, low=bar.low,
                    close=bar.close, volume=bar.volume,
                )
                for number, bar in enumerate(file.bars)
            ),
            batch_size=1000,
        )  # fmt: skip
    return tape


def stop_tape(*, instrument: Instrument) -> bool:
    """Return the instrument to the simulation, from the price it has reached; False when it followed no tape."""
    return Tape.objects.filter(instrument=instrument, is_playing=True).update(is_playing=False) > 0


def zone_of(instrument: Instrument) -> ZoneInfo:
    """The zone of a file's local times: coins are kept in UTC, shares in the time of their market."""
    return ZoneInfo("UTC" if instrument.asset_class == AssetClass.CRYPTO else settings.MARKET_TIMEZONE)


def _second_of(day: date, zone: tzinfo) -> int:
    return to_seconds(datetime.combine(day, time(), tzinfo=zone))
