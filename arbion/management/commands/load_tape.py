"""Makes an instrument follow real history from a file, or returns it to the simulation."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from arbion.domain.errors import ArbionError
from marketdata import tape
from marketdata.instruments import get_instrument


class Command(BaseCommand):
    """`manage.py load_tape FILE --symbol AAPL`: the simulated market replays the file's bars as that price.

    The file is CSV with a header (`date,open,high,low,close,volume` for days; `local_time,…` or, with a zone, `time,…`
    for minutes) or Parquet with columns of these names. Every row is checked first; a bad file is refused with line
    numbers and changes nothing. After the last bar the price stands still. `manage.py replay` controls it from there.
    """

    help = "Replay a history file as the price of an instrument, or stop doing so (--stop)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What may be said."""
        parser.add_argument("file", nargs="?", type=Path, help="a CSV or Parquet file of daily or minute bars")
        parser.add_argument("--symbol", default="", help="the instrument that follows the file (by default its name)")
        parser.add_argument("--speed", type=float, default=tape.SPEED_DEFAULT, help="bars a tick (default 0.25)")
        parser.add_argument("--from", dest="begins_on", type=date.fromisoformat, help="first day to replay: YYYY-MM-DD")
        parser.add_argument("--stop", action="store_true", help="return the instrument to the simulation")
        parser.add_argument("--json", action="store_true", help="answer in JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load or stop, and say what was done."""
        if options["stop"] == (options["file"] is not None):
            raise CommandError("Name a file to replay, or say --stop.")
        options["symbol"] = options["symbol"] or (options["file"].stem if options["file"] else "")
        try:
            answer = _stop(options) if options["stop"] else _load(options)
        except ArbionError as error:
            self._refuse(error, as_json=options["json"])
        else:
            self.stdout.write(json.dumps(answer) if options["json"] else _sentence(answer))

    def _refuse(self, error: ArbionError, *, as_json: bool) -> None:
        errors = [{"field": item.field, "code": item.code, "detail": item.detail} for item in error.errors]
        if as_json:
            self.stdout.write(json.dumps({"code": error.code, "detail": error.detail, "errors": errors}))
        lines = [error.detail, *(item["detail"] for item in errors if item["detail"] != error.detail)]
        raise CommandError("\n".join(lines))


def _load(options: dict[str, Any]) -> dict[str, Any]:
    replay = tape.Replay(speed=options["speed"], begins_on=options["begins_on"])
    loaded = tape.load_tape(instrument=get_instrument(options["symbol"]), path=options["file"], replay=replay)
    return {
        "symbol": loaded.instrument.symbol,
        "file": loaded.name,
        "interval": loaded.interval,
        "bars": loaded.bars_count,
        "position": loaded.position,
        "speed": loaded.speed,
        "playing": True,
    }


def _stop(options: dict[str, Any]) -> dict[str, Any]:
    instrument = get_instrument(options["symbol"])
    return {"symbol": instrument.symbol, "playing": False, "was_playing": tape.stop_tape(instrument=instrument)}


def _sentence(answer: dict[str, Any]) -> str:
    symbol = answer["symbol"]
    if answer["playing"]:
        return (
            f"{symbol} follows {answer['file']} from its next tick on: {answer['bars']} bars of {answer['interval']}."
        )
    return f"{symbol} is simulated again." if answer["was_playing"] else f"{symbol} followed no tape."
