"""Loading a history so that an instrument follows it, and letting go of it again."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from arbion.domain.enums import AssetClass, Interval
from arbion.lib.clock import SYSTEM, Clock
from marketdata.errors import InvalidTape
from marketdata.models import Instrument, Tape, TapeBar
from marketdata.tape_file import read_tape_file

SPEED_DEFAULT = 0.25  # a quarter of a bar a tick: open, one extreme, the other, close
SPEED_MAX = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """How a history is to be played: bars a tick, and from which day on (everything before it is history)."""

    speed: float = SPEED_DEFAULT
    begins_on: date | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.speed) and 0 < self.speed <= SPEED_MAX):
            raise InvalidTape.of(
                "speed", "out_of_range", f"The speed is above 0 and at most {SPEED_MAX:g} bars a tick."
            )


def load_tape(*, instrument: Instrument, path: Path, replay: Replay, clock: Clock = SYSTEM) -> Tape:
    """Read the file and make the instrument follow it from its next tick on; a bad file changes nothing."""
    zone = _zone(instrument)
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


def _zone(instrument: Instrument) -> ZoneInfo:
    """The zone of a file's local times: coins are kept in UTC, shares in the time of their market."""
    return ZoneInfo("UTC" if instrument.asset_class == AssetClass.CRYPTO else settings.MARKET_TIMEZONE)
