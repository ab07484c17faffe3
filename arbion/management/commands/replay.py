"""Controls the replay of a loaded history: pause, resume, step, seek, speed, stop, status."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Callable
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from arbion.domain.errors import ArbionError
from marketdata import replay_control
from marketdata.instruments import get_instrument
from marketdata.models import Instrument
from marketdata.replay_control import ReplayStatus

VERBS = ("status", "pause", "resume", "stop", "step", "seek", "speed")


class Command(BaseCommand):
    """`manage.py replay AAPL seek 2014-06-09`; the market follows at its next tick."""

    help = "Control a replay: pause | resume | step [BARS] | seek DAY-or-BAR | speed BARS-A-TICK | stop | status."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What may be said."""
        parser.add_argument("symbol", help="the instrument that follows a tape")
        parser.add_argument("verb", choices=VERBS, nargs="?", default="status")
        parser.add_argument("value", nargs="?", help="bars to step, day (YYYY-MM-DD) or bar to seek, bars a tick")
        parser.add_argument("--json", action="store_true", help="answer in JSON")

    def handle(self, *, symbol: str, verb: str, value: str | None, json: bool, **_: Any) -> None:
        """Do it, and say where the replay stands."""
        try:
            answer = _do(get_instrument(symbol), verb, value)
        except ArbionError as error:
            raise CommandError(error.detail) from error
        self.stdout.write(_dumped(answer) if json else _sentence(answer))


def _do(instrument: Instrument, verb: str, value: str | None) -> ReplayStatus:
    plain: dict[str, Callable[[Instrument], ReplayStatus]] = {
        "status": replay_control.status,
        "pause": replay_control.pause,
        "resume": replay_control.resume,
        "stop": replay_control.stop,
    }
    if verb in plain:
        return plain[verb](instrument)
    if verb == "step":
        return replay_control.step(instrument, _read(int, value or "1", "a number of bars"))
    if value is None:
        raise CommandError(f"Say where to {verb} to." if verb == "seek" else "Say how many bars a tick.")
    if verb == "speed":
        return replay_control.set_speed(instrument, _read(float, value, "a number of bars a tick"))
    kind = int if value.isdecimal() else date.fromisoformat
    return replay_control.seek(instrument, _read(kind, value, "a day (YYYY-MM-DD) or the number of a bar"))


def _read(kind: Callable[[str], Any], value: str, wanted: str) -> Any:
    try:
        return kind(value)
    except ValueError:
        raise CommandError(f"“{value}” is not {wanted}.") from None


def _dumped(answer: ReplayStatus) -> str:
    return json.dumps(answer.as_json())


def _sentence(answer: ReplayStatus) -> str:
    if not answer.playing:
        return f"{answer.symbol} is simulated; its tape {answer.file} stands at bar {answer.position:g}."
    state = "has ended" if answer.ended else "is paused" if answer.paused else f"plays {answer.speed:g} bars a tick"
    where = f"bar {answer.position:g} of {answer.bars}, {answer.at:%Y-%m-%d %H:%M} UTC"
    return f"{answer.symbol} follows {answer.file}: it {state}, at {where}."
