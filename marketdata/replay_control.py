"""The controls of a replay: pause, resume, step, seek, speed, stop. The market follows at its next tick."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.roles import Ability, can
from arbion.domain.enums import Interval
from arbion.domain.errors import Conflict, FieldError, Forbidden
from arbion.lib.clock import SYSTEM, Clock
from marketdata.errors import InvalidTape
from marketdata.models import Instrument, Tape
from marketdata.simulator import replay
from marketdata.tape import check_speed, zone_of
from marketdata.times import from_seconds, to_seconds

_TRIES = 20


class NoTape(Conflict):
    """The instrument follows no tape: load one first."""

    code = "no_tape"
    title = "No tape"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayStatus:
    """Where a replay stands; `at` is the beginning of the bar it is in, in the history's own time."""

    symbol: str
    file: str
    interval: str
    bars: int
    position: float
    at: datetime
    speed: float
    playing: bool
    paused: bool
    ended: bool

    def as_json(self) -> dict[str, Any]:
        """The same with the time as text."""
        return {**asdict(self), "at": self.at.isoformat().replace("+00:00", "Z")}


def status(instrument: Instrument) -> ReplayStatus:
    """Where the instrument's tape stands. Raises NoTape when none was ever loaded."""
    tape = _tape(instrument)
    times = replay.bars(tape.pk, tape.loaded_at).time
    inside = min(max(math.ceil(tape.position) - 1, 0), tape.bars_count - 1)
    return ReplayStatus(
        symbol=instrument.symbol,
        file=tape.name,
        interval=tape.interval,
        bars=tape.bars_count,
        position=tape.position,
        at=from_seconds(int(times[inside])),
        speed=tape.speed,
        playing=tape.is_playing,
        paused=tape.is_paused,
        ended=tape.position >= tape.bars_count,
    )


def pause(instrument: Instrument, *, by: User | None = None, clock: Clock = SYSTEM) -> ReplayStatus:
    """Let the price stand where it is; it goes on being quoted."""
    return _set(instrument, "paused", {"is_paused": True}, by, clock)


def resume(instrument: Instrument, *, by: User | None = None, clock: Clock = SYSTEM) -> ReplayStatus:
    """Go on from there, also after a stop."""
    return _set(instrument, "resumed", {"is_paused": False, "is_playing": True}, by, clock)


def stop(instrument: Instrument, *, by: User | None = None, clock: Clock = SYSTEM) -> ReplayStatus:
    """Return the instrument to the simulation, from the price it has reached; the tape stays loaded."""
    return _set(instrument, "stopped", {"is_playing": False}, by, clock)


def set_speed(instrument: Instrument, speed: float, *, by: User | None = None, clock: Clock = SYSTEM) -> ReplayStatus:
    """Play so many bars a tick. Raises InvalidTape outside 0 to 1000."""
    check_speed(speed)
    return _set(instrument, "speed", {"speed": float(speed)}, by, clock)


def step(instrument: Instrument, bars: int = 1, *, by: User | None = None, clock: Clock = SYSTEM) -> ReplayStatus:
    """Move a paused replay on by whole bars, to the end of a bar. Raises InvalidTape, and Conflict while it runs."""
    tape = _tape(instrument)
    if not 1 <= bars <= tape.bars_count:
        raise _refused("bars", "out_of_range", f"Step by 1 to {tape.bars_count} bars.")
    if not (tape.is_paused and tape.is_playing):
        raise Conflict("Pause the replay before stepping through it.")
    return _move(instrument, "stepped", by, clock, lambda found: float(int(found.position) + bars))


def seek(instrument: Instrument, to: int | date, *, by: User | None = None, clock: Clock = SYSTEM) -> ReplayStatus:
    """Go to a day of the history, or before the bar of a number (from 0), forwards or back.

    Everything before it then counts as past. Raises InvalidTape for a number or a day outside the history.
    """
    tape = _tape(instrument)
    if isinstance(to, date):
        position = _first_of(tape, instrument, to)
    elif 0 <= to < tape.bars_count:
        position = to
    else:
        raise _refused("to", "out_of_range", f"The bars are numbered 0 to {tape.bars_count - 1}.")
    return _move(instrument, "sought", by, clock, lambda _: float(position))


def _first_of(tape: Tape, instrument: Instrument, day: date) -> int:
    zone = UTC if tape.interval == Interval.D1 else zone_of(instrument)
    times = replay.bars(tape.pk, tape.loaded_at).time
    position = int(times.searchsorted(to_seconds(datetime.combine(day, time(), tzinfo=zone))))
    if position == len(times):
        raise _refused("to", "after_the_end", f"The history ends before {day}.")
    return position


def _move(instrument: Instrument, what: str, by: User | None, clock: Clock, target: Any) -> ReplayStatus:
    """Set the position, although the market may be moving it at the same time."""
    _check_person(by)
    for _ in range(_TRIES):
        tape = _tape(instrument)
        position = min(target(tape), float(tape.bars_count))
        with transaction.atomic():
            # The market keeps its own progress in the same way: whoever comes second looks again.
            if Tape.objects.filter(pk=tape.pk, position=tape.position).update(position=position):
                _record(instrument, what, {"position": position}, by, clock)
                return status(instrument)
    raise Conflict("The replay is moving too fast: pause it first.")


@transaction.atomic
def _set(instrument: Instrument, what: str, values: dict[str, Any], by: User | None, clock: Clock) -> ReplayStatus:
    _check_person(by)
    tape = _tape(instrument)
    if not tape.is_playing and "is_playing" not in values:
        raise NoTape(f"{instrument.symbol} is simulated: resume its tape first.")
    Tape.objects.filter(pk=tape.pk).update(**values)
    _record(instrument, what, values, by, clock)
    return status(instrument)


def _tape(instrument: Instrument) -> Tape:
    tape = Tape.objects.filter(instrument=instrument).first()
    if tape is None:
        raise NoTape(f"{instrument.symbol} follows no tape: load one first.")
    return tape


def _check_person(by: User | None) -> None:
    """On the machine's own console nobody is asked."""
    if by is not None and not can(by, Ability.EDIT_MARKET):
        raise Forbidden("Only who may edit the market controls a replay.")


def _record(instrument: Instrument, what: str, data: dict[str, Any], by: User | None, clock: Clock) -> None:
    if by is not None:
        audit.record(actor=by, action=f"replay.{what}", subject=instrument.symbol, data=data, clock=clock)


def _refused(field: str, code: str, detail: str) -> InvalidTape:
    return InvalidTape(detail, errors=(FieldError(field, code, detail),))
